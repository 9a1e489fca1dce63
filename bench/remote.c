/*
 * Round trips to executors, and first calls that are made there, beside two
 * processes that send each other a call's bytes and do nothing else:
 *
 *     bench-remote CALLER.bc EXECUTOR...
 *
 * CALLER.bc is remote_caller.c; an executor is a shell command. Everything is
 * measured in turns. In each round all connections are made anew: which
 * processors the two sides of one get is then not decided once for all.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/samples.h"
#include "indirection/indirection.h"
#include "runtime/lazyrun.h"
#include "tpc/remote.h"

enum {
  ROUNDS = 15,
  CALLS = 300,   /* of each kind in a round; at most MAX_CALLS of the caller */
  WARM_UP = 100, /* before them */
  MAX_EXECUTORS = 4,
  MESSAGE = 40 /* bytes: a header and a number */
};

/* Something that is measured. */
struct row {
  char what[80];
  size_t count;
  double samples[ROUNDS * CALLS]; /* microseconds */
};

static struct row socket_pair = {.what = "raw, over a socket pair"};
static struct row pipes = {.what = "raw, over two pipes"};
static struct executor {
  const char *command;
  struct row quick, call, first_call;
} executors[MAX_EXECUTORS];
static int executor_count;

static void stop_on(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "%s\n", lzr_error_message(error));
  exit(1);
}

static void add_sample(struct row *row, double time) {
  row->samples[row->count++] = time;
}

/* ---- Raw ------------------------------------------------------------------
 */

static void transfer(ssize_t (*step)(int, void *, size_t), int descriptor) {
  char bytes[MESSAGE] = {0};
  if (step(descriptor, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
    _exit(0);
}

static ssize_t send_bytes(int descriptor, void *bytes, size_t size) {
  return write(descriptor, bytes, size);
}

static void echo(int in, int out) {
  for (;;) {
    transfer(read, in);
    transfer(send_bytes, out);
  }
}

/* Descriptors of this process and of the other one. */
static void measure_raw(struct row *row, int in, int out, int other_in,
                        int other_out) {
  pid_t other = fork();
  if (other == 0)
    echo(other_in, other_out);
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    transfer(send_bytes, out);
    transfer(read, in);
    if (i >= 0)
      add_sample(row, now() - start);
  }
  kill(other, SIGKILL);
  waitpid(other, NULL, 0);
}

static void measure_socket_pair(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    abort();
  measure_raw(&socket_pair, ends[0], ends[0], ends[1], ends[1]);
  close(ends[0]);
  close(ends[1]);
}

static void measure_pipes(void) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0)
    abort();
  measure_raw(&pipes, back[0], there[1], there[0], back[1]);
  for (int i = 0; i < 2; i++) {
    close(there[i]);
    close(back[i]);
  }
}

/* ---- Round trips ----------------------------------------------------------
 */

static lzr_addr look_up(lzr_tpc *tpc, const char *name) {
  struct lzr_name wanted = {.name = name, .required = true};
  stop_on(lzr_tpc_lookup(tpc, 0, &wanted, 1));
  return wanted.address;
}

/* A service that is answered by the thread that reads. */
static void measure_quick(struct row *row, lzr_tpc *tpc) {
  lzr_addr somewhere = lzr_tpc_facts(tpc)->return_zero;
  char bytes[8];
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    stop_on(lzr_tpc_read(tpc, somewhere, bytes, sizeof bytes));
    if (i >= 0)
      add_sample(row, now() - start);
  }
}

/* A function of the program, which may do anything. */
static void measure_call(struct row *row, lzr_tpc *tpc) {
  static const struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_addr function = look_up(tpc, "getpid");
  lzr_value result;
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    stop_on(lzr_tpc_call(tpc, function, &signature, NULL, &result));
    if (i >= 0)
      add_sample(row, now() - start);
  }
}

/* ---- First calls ----------------------------------------------------------
 */

struct lazy_function {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
  lzr_addr target;
};

static lzr_addr land(void *data) {
  struct lazy_function *function = data;
  stop_on(lzr_stub_redirect(function->indirection, &function->lazy.stub,
                            function->target));
  lzr_call_through_land(function->indirection, &function->lazy.call_through,
                        function->target);
  return function->target;
}

static void set_function(lzr_session *session, int i, lzr_addr address) {
  static const lzr_type types[] = {LZR_TYPE_I32, LZR_TYPE_PTR};
  static const struct lzr_signature signature = {LZR_TYPE_VOID, types, 2, 2};
  const lzr_value values[] = {{.i = i}, {.ptr = address}};
  stop_on(lzr_session_call(session, "set_function", &signature, values, NULL));
}

static int64_t call_with_int(lzr_session *session, const char *function,
                             lzr_type type, int argument) {
  static const lzr_type types[] = {LZR_TYPE_I32};
  struct lzr_signature signature = {type, types, 1, 1};
  lzr_value value = {.i = argument}, result;
  stop_on(lzr_session_call(session, function, &signature, &value, &result));
  return result.i;
}

static void call_functions(lzr_session *session, struct row *row) {
  int64_t sum = call_with_int(session, "call_functions", LZR_TYPE_I32, CALLS);
  if (sum != CALLS * (CALLS - 1) / 2) {
    fprintf(stderr, "the functions return %lld in all\n", (long long)sum);
    exit(1);
  }
  for (int i = 0; i < CALLS; i++)
    add_sample(row, (double)call_with_int(session, "time_of", LZR_TYPE_I64, i) /
                        1e3);
}

/* Stubs for a function that is there already, each called for the first time.
   The session is only there to get the caller into the executor. */
static void measure_first_calls(struct row *row, lzr_session *session,
                                lzr_tpc *tpc) {
  static struct lazy_function functions[CALLS];
  lzr_indirection *indirection;
  lzr_addr target = look_up(tpc, "abs");
  stop_on(lzr_indirection_create(tpc, &indirection));
  for (int i = 0; i < CALLS; i++) {
    functions[i] =
        (struct lazy_function){.indirection = indirection, .target = target};
    stop_on(lzr_lazy_stub_create(indirection, land, &functions[i],
                                 &functions[i].lazy));
    set_function(session, i, functions[i].lazy.stub.address);
  }
  call_functions(session, row);
  lzr_indirection_destroy(indirection);
}

/* ---- All of them ----------------------------------------------------------
 */

static void measure_executor(struct executor *executor, const char *caller) {
  struct lzr_remote_options options = {.size = sizeof options,
                                       .launch = executor->command};
  lzr_session *session;
  lzr_tpc *tpc;
  stop_on(lzr_tpc_create_remote(&options, &tpc));
  if (!lzr_tpc_facts(tpc)->dispatch_function)
    measure_quick(&executor->quick, tpc);
  measure_call(&executor->call, tpc);
  stop_on(lzr_session_create(tpc, NULL, &session));
  stop_on(lzr_library_add_file(lzr_session_main_library(session), caller));
  measure_first_calls(&executor->first_call, session, tpc);
  lzr_session_destroy(session);
}

static void report(struct row *row) {
  if (row->count == 0)
    return;
  double median = quantile(row->samples, row->count, 0.5);
  printf("  %-44s %7.1f us %7.1f us", row->what, median,
         quantile(row->samples, row->count, 0.9));
  printf("  x%.2f",
         median / quantile(socket_pair.samples, socket_pair.count, 0.5));
  printf("  x%.2f\n", median / quantile(pipes.samples, pipes.count, 0.5));
}

static void report_all(void) {
  printf("  %-44s %10s %10s  of socket pair, of pipes\n", "", "median", "p90");
  report(&socket_pair);
  report(&pipes);
  for (int i = 0; i < executor_count; i++) {
    report(&executors[i].quick);
    report(&executors[i].call);
  }
  for (int i = 0; i < executor_count; i++)
    report(&executors[i].first_call);
}

static void add_executor(const char *command) {
  struct executor *executor = &executors[executor_count++];
  const char *slash = strrchr(command, '/');
  const char *name = slash ? slash + 1 : command;
  executor->command = command;
  snprintf(executor->quick.what, sizeof executor->quick.what,
           "%s, read 8 bytes", name);
  snprintf(executor->call.what, sizeof executor->call.what, "%s, int(void)",
           name);
  snprintf(executor->first_call.what, sizeof executor->first_call.what,
           "%s, first call", name);
}

int main(int argc, char **argv) {
  if (argc < 3 || argc - 2 > MAX_EXECUTORS) {
    fprintf(stderr, "usage: bench-remote CALLER.bc EXECUTOR...\n");
    return 2;
  }
  for (int i = 2; i < argc; i++)
    add_executor(argv[i]);
  for (int round = 0; round < ROUNDS; round++) {
    measure_socket_pair();
    measure_pipes();
    for (int i = 0; i < executor_count; i++)
      measure_executor(&executors[i], argv[1]);
  }
  report_all();
  return 0;
}
