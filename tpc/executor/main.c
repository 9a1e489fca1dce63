/*
 * lazyrun-executor: from the command line to the connection, and the end.
 *
 * The main thread waits for the controller's first word, and then for the
 * program to run on it (program.h), and may read for the connection meanwhile.
 * Everything else happens on threads of the connection, and the process ends
 * when that does: in order if no call is being served, else at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stubs/self.h"
#include "tpc/executor/code.h"
#include "tpc/executor/crash.h"
#include "tpc/executor/descriptors.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/llvm.h"
#include "tpc/executor/options.h"
#include "tpc/executor/program.h"
#include "tpc/executor/relay.h"
#include "tpc/executor/services.h"
#include "tpc/executor/setup.h"
#include "tpc/target/facts.h"
#include "tpc/wire/secret.h"

/* How long an end in order may take, in milliseconds. */
enum { END_TIMEOUT = 600 };

struct lzr_executor lzr_executor;

void lzr_executor_say(const char *format, ...) {
  char line[2048] = "lazyrun-executor: ";
  size_t length = strlen(line);
  va_list arguments;
  int added;

  va_start(arguments, format);
  added = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
  va_end(arguments);
  if (added > 0)
    length = strlen(line);
  line[length++] = '\n';
  if (write(STDERR_FILENO, line, length) < 0)
    return; /* there is nobody else to tell */
}

/* 1 for an exit status. Takes error. */
static int fail(lzr_error *error) {
  lzr_executor_say("%s", lzr_error_message(error));
  lzr_error_destroy(error);
  return 1;
}

/* ---- The first word ------------------------------------------------------ */

static sem_t heard; /* the controller has called something, or it is over */
static atomic_bool has_heard;

static void note_heard(void) {
  if (!atomic_load_explicit(&has_heard, memory_order_relaxed) &&
      !atomic_exchange(&has_heard, true))
    sem_post(&heard);
}

/* Whoever is connected and says nothing is no controller. */
static void await_first_word(int wait) {
  struct timespec end;
  int result;

  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += wait / 1000;
  do
    result = sem_clockwait(&heard, CLOCK_MONOTONIC, &end);
  while (result != 0 && errno == EINTR);
  if (result != 0)
    lzr_connection_end(
        lzr_executor.connection,
        lzr_error_create(LZR_ERROR_TARGET,
                         "whoever connected has said nothing for %d s",
                         wait / 1000));
}

/* ---- Serving ------------------------------------------------------------- */

static bool is_quick(void *data, uint64_t tag) {
  const struct lzr_service *service = lzr_service_find(tag);

  (void)data;
  note_heard();
  return service && service->kind == LZR_SERVE_QUICK;
}

static void serve_quick(const struct lzr_service *service,
                        struct lzr_call *call) {
  struct lzr_wrapper_result result =
      ((lzr_wrapper)service->address)((const char *)call->bytes, call->size);

  lzr_call_answer(call, lzr_wrapper_bytes(&result), result.size);
  lzr_wrapper_result_fini(&result);
}

static void prepare_for(const struct lzr_service *service) {
  if (lzr_service_is_ours(service))
    lzr_crash_watch();
}

/* The program runs on the main thread, if that is free. */
static bool attends(void *data, uint64_t tag) {
  const struct lzr_service *service = lzr_service_find(tag);

  (void)data;
  if (!service || service->kind != LZR_SERVE_PROGRAM)
    return false;
  prepare_for(service);
  return lzr_program_claim_main();
}

/* An answer without a byte is how a failure travels that has no other way. */
static void serve(void *data, struct lzr_call *call) {
  const struct lzr_service *service = lzr_service_find(call->tag);

  (void)data;
  if (service)
    prepare_for(service);
  if (service && service->kind == LZR_SERVE_QUICK)
    serve_quick(service, call);
  else if (lzr_is_wrapper(call->tag))
    lzr_program_serve(call);
  else
    lzr_call_answer(call, NULL, 0);
}

/* ---- The end ------------------------------------------------------------- */

static void sleep_milliseconds(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};

  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    ;
}

/* On a thread of the connection, which then sees to it that an end in order
   does not take for ever. */
static void ended(void *data, const lzr_error *reason) {
  int status = reason ? 1 : 0;

  (void)data;
  note_heard();
  while (lzr_crash_has_begun())
    pause(); /* that is how it ends */
  if (reason)
    lzr_executor_say("%s", lzr_error_message(reason));
  if (lzr_program_is_running())
    _exit(1);
  lzr_program_end(status);
  sleep_milliseconds(END_TIMEOUT);
  _exit(status);
}

/* What others than this process may notice. Not exit(): handlers of the program
   may be in memory that the controller has given back, or need the controller.
   A controller that wants them to run asks for it while it is there. */
static _Noreturn void end_in_order(int status) {
  lzr_llvm_memory_end();
  lzr_llvm_shared_end();
  fflush(NULL); /* may wait for a thread that reads standard input: the last */
  _exit(status);
}

/* ---- The beginning ------------------------------------------------------- */

static lzr_error *connect_to_controller(int in, int out) {
  struct lzr_connection_options options = {
      .peer = "the controller",
      .keep_signals = true,
      .callers_read = true, /* quick services take no lock that a program has */
      .is_quick = is_quick,
      .attends = attends,
      .serve = serve,
      .ended = ended,
  };
  lzr_error *error =
      lzr_connection_create(in, out, &options, &lzr_executor.connection);

  if (error)
    return error;
  lzr_crash_init(lzr_executor.connection);
  if (lzr_forked_watch())
    return NULL;
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
}

static lzr_error *introduce(void) {
  struct lzr_writer setup = {0};
  lzr_error *error;

  lzr_setup_pack(&setup);
  if (setup.failed)
    error = lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  else
    error =
        lzr_connection_start(lzr_executor.connection, setup.bytes, setup.size);
  lzr_writer_fini(&setup);
  return error;
}

/* Takes in and out. */
static int execute(int in, int out, int wait) {
  lzr_error *error = lzr_memory_create(&lzr_executor.memory);

  if (error)
    return fail(error);
  sem_init(&heard, 0, 0);
  lzr_executor.facts = lzr_facts_of_self();
  lzr_executor.facts.features = lzr_self_cpu_features();
  error = connect_to_controller(in, out);
  if (!error)
    error = introduce();
  if (error)
    return fail(error);
  await_first_word(wait);
  end_in_order(lzr_program_loop());
}

static void say_listening(void *data, const char *text) {
  (void)data;
  lzr_executor_say("listening; the controller connects to %s", text);
}

/* The descriptors of a controller that is let in, owned. */
static lzr_error *reach_controller(const struct options *options, int *in,
                                   int *out) {
  const struct lzr_address *address = &options->address;
  lzr_error *error =
      lzr_address_open(address, options->wait, say_listening, NULL, in, out);

  if (!error && address->kind == LZR_ADDRESS_TCP && !options->insecure)
    error = lzr_secret_exchange(*in, *out, options->secret,
                                options->secret_size, address->listens);
  return error ? error : lzr_descriptors_move_up(in, out);
}

int main(int argc, char **argv) {
  static const int statuses[] = {
      [OPTIONS_HELPED] = 0, [OPTIONS_WRONG] = 2, [OPTIONS_REFUSED] = 1};
  struct options options;
  enum options_outcome outcome = options_parse(argc, argv, &options);
  enum lzr_address_kind kind;
  lzr_error *error;
  int in, out;

  if (outcome != OPTIONS_FINE)
    return statuses[outcome];
  if (!lzr_services_init())
    return fail(lzr_error_create(LZR_ERROR_MEMORY, "out of memory"));
  error = reach_controller(&options, &in, &out);
  kind = options.address.kind;
  options_fini(&options);
  if (!error && kind != LZR_ADDRESS_DESCRIPTORS)
    error = lzr_relay_start(kind == LZR_ADDRESS_STDIO, &in, &out);
  return error ? fail(error) : execute(in, out, options.wait);
}
