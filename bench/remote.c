/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures round trips to executors, and first calls that are made there. The
 * base is two processes that send each other a call's bytes and do nothing
 * else:
 *
 *     bench-remote TABLE ROUNDS CALLER.bc EXECUTOR...
 *
 * CALLER.bc is remote_caller.c; an executor is a shell command. All take turns.
 * Each round makes all connections anew, because the system then decides anew
 * on which processors the two sides run.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/own.h"
#include "bench/record.h"
#include "indirection/indirection.h"
#include "runtime/lazyrun.h"
#include "tpc/remote.h"

enum {
  MAX_ROUNDS = 100,
  CALLS = 300,   /* of each kind in a round; at most MAX_CALLS of the caller */
  WARM_UP = 100, /* calls before these, which do not count */
  MAX_EXECUTORS = 4,
  MESSAGE = 40 /* bytes: a header and a number */
};

/* The times of one quantity in a round; their median is one sample. */
struct times {
  size_t count;
  double times[CALLS]; /* microseconds */
};

static struct executor {
  const char *command;
  char column[32];
} executors[MAX_EXECUTORS];
static const char *table;
static int executor_count;

static void add_time(struct times *times, double time) {
  times->times[times->count++] = time;
}

static void report(const char *row, const char *column, struct times *times) {
  record_sample(table, row, column, median(times->times, times->count));
}

/* Raw round trips. */

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

/* in and out are this process' descriptors, the others are the other
   process'. */
static void measure_raw(struct times *times, int in, int out, int other_in,
                        int other_out) {
  fflush(stdout);
  pid_t other = fork();
  if (other == 0)
    echo(other_in, other_out);
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    transfer(send_bytes, out);
    transfer(read, in);
    if (i >= 0)
      add_time(times, now() - start);
  }
  kill(other, SIGKILL);
  waitpid(other, NULL, 0);
}

/* The base of every row. */
static void report_raw(const char *column, struct times *times) {
  report("read 8 bytes", column, times);
  report("int(void)", column, times);
  report("first call", column, times);
}

static void measure_socket_pair(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    abort();
  struct times times = {0};
  measure_raw(&times, ends[0], ends[0], ends[1], ends[1]);
  report_raw("raw socket pair", &times);
  close(ends[0]);
  close(ends[1]);
}

static void measure_pipes(void) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0)
    abort();
  struct times times = {0};
  measure_raw(&times, back[0], there[1], there[0], back[1]);
  report_raw("raw pipes", &times);
  for (int i = 0; i < 2; i++) {
    close(there[i]);
    close(back[i]);
  }
}

/* Round trips. */

static lzr_addr look_up(lzr_tpc *tpc, const char *name) {
  struct lzr_name wanted = {.name = name, .required = true};
  stop_on(lzr_tpc_lookup(tpc, 0, &wanted, 1));
  return wanted.address;
}

/* A service that the reading thread answers. */
static void measure_quick(struct times *times, lzr_tpc *tpc) {
  lzr_addr somewhere = lzr_tpc_facts(tpc)->return_zero;
  char bytes[8];
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    stop_on(lzr_tpc_read(tpc, somewhere, bytes, sizeof bytes));
    if (i >= 0)
      add_time(times, now() - start);
  }
}

/* A function of the program, which may do anything. */
static void measure_call(struct times *times, lzr_tpc *tpc) {
  static const struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_addr function = look_up(tpc, "getpid");
  lzr_value result;
  for (int i = -WARM_UP; i < CALLS; i++) {
    double start = now();
    stop_on(lzr_tpc_call(tpc, function, &signature, NULL, &result));
    if (i >= 0)
      add_time(times, now() - start);
  }
}

/* First calls. */

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

static void call_functions(lzr_session *session, struct times *times) {
  int64_t sum = call_with_int(session, "call_functions", LZR_TYPE_I32, CALLS);
  if (sum != CALLS * (CALLS - 1) / 2) {
    fprintf(stderr, "the functions return %lld in all\n", (long long)sum);
    exit(1);
  }
  for (int i = 0; i < CALLS; i++)
    add_time(times,
             (double)call_with_int(session, "time_of", LZR_TYPE_I64, i) / 1e3);
}

/* Calls stubs for a function that exists already, each for the first time. The
   session is needed only to bring the caller into the executor. */
static void measure_first_calls(struct times *times, lzr_session *session,
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
  call_functions(session, times);
  lzr_indirection_destroy(indirection);
}

/* Executors. */

static void measure_executor(struct executor *executor, const char *caller) {
  struct lzr_remote_options options = {.size = sizeof options,
                                       .launch = executor->command};
  lzr_session *session;
  lzr_tpc *tpc;
  stop_on(lzr_tpc_create_remote(&options, &tpc));
  struct times quick = {0}, call = {0}, first_call = {0};
  if (!lzr_tpc_facts(tpc)->dispatch_function) {
    measure_quick(&quick, tpc);
    report("read 8 bytes", executor->column, &quick);
  }
  measure_call(&call, tpc);
  report("int(void)", executor->column, &call);
  stop_on(lzr_session_create(tpc, NULL, &session));
  stop_on(lzr_library_add_file(lzr_session_main_library(session), caller));
  measure_first_calls(&first_call, session, tpc);
  report("first call", executor->column, &first_call);
  lzr_session_destroy(session);
}

static void add_executor(const char *command) {
  struct executor *executor = &executors[executor_count++];
  executor->command = command;
  name_executor(executor->column, sizeof executor->column, command);
}

int main(int argc, char **argv) {
  int rounds = argc > 4 ? atoi(argv[2]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS || argc - 4 > MAX_EXECUTORS) {
    fprintf(stderr, "usage: bench-remote TABLE ROUNDS CALLER.bc EXECUTOR...\n");
    return 2;
  }
  table = argv[1];
  for (int i = 4; i < argc; i++)
    add_executor(argv[i]);
  for (int round = 0; round < rounds; round++) {
    measure_socket_pair();
    measure_pipes();
    for (int i = 0; i < executor_count; i++)
      measure_executor(&executors[i], argv[3]);
    fflush(stdout);
  }
  return 0;
}
