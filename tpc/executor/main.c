/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * lazyrun-executor: reads the command line, opens the connection, and ends the
 * process.
 *
 * The main thread waits for the controller's first call, and then for the
 * program to run on it (program.h); it may read for the connection meanwhile.
 * Everything else happens on threads of the connection. The process ends when
 * the connection does: in order if no call is being served, else at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/memory.h"
#include "tpc/executor/bootstrap.h"
#include "tpc/executor/code.h"
#include "tpc/executor/crash.h"
#include "tpc/executor/descriptors.h"
#include "tpc/executor/dormant.h"
#include "tpc/executor/environment.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/forks.h"
#include "tpc/executor/guard.h"
#include "tpc/executor/llvm.h"
#include "tpc/executor/options.h"
#include "tpc/executor/posted.h"
#include "tpc/executor/program.h"
#include "tpc/executor/relay.h"
#include "tpc/executor/removing.h"
#include "tpc/executor/services.h"
#include "tpc/executor/setup.h"
#include "tpc/target/facts.h"
#include "tpc/target/machine.h"
#include "tpc/wire/admission.h"

/* In milliseconds: how long an orderly end may take, and how long unsent data
   may delay it. */
enum { END_TIMEOUT = 600, LAST_WORDS = 300 };

/* Prints error and returns the exit status 1. Takes error. */
static int fail(lzr_error *error) {
  lzr_executor_say_error(error);
  lzr_error_destroy(error);
  return 1;
}

/* ---- The first call ---- */

static sem_t heard; /* the controller has called something, or the connection
                       has ended */
static atomic_bool has_heard;

static void note_heard(void) {
  if (!atomic_load_explicit(&has_heard, memory_order_relaxed) &&
      !atomic_exchange(&has_heard, true))
    sem_post(&heard);
}

/* A peer that connects and sends nothing is no controller. */
static void await_first_word(int wait) {
  struct timespec end = lzr_time_after((uint64_t)wait * LZR_MILLISECOND);
  int result;

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

/* ---- Serving ---- */

static bool is_quick(void *data, uint64_t tag) {
  const struct lzr_service *service = lzr_service_find(tag);

  (void)data;
  note_heard();
  return service && lzr_service_is_quick(service);
}

static void prepare_for(const struct lzr_service *service) {
  if (lzr_service_is_ours(service))
    lzr_crash_watch();
}

/* The program runs on the main thread, if that is idle. */
static bool attends(void *data, uint64_t tag) {
  const struct lzr_service *service = lzr_service_find(tag);

  (void)data;
  if (!service || service->kind != LZR_SERVE_PROGRAM)
    return false;
  prepare_for(service);
  return lzr_program_claim_main();
}

/* An empty answer reports a failure for which the result's type has no
   place. */
static void serve(void *data, struct lzr_call *call) {
  const struct lzr_service *service = lzr_service_find(call->tag);

  (void)data;
  if (service)
    prepare_for(service);
  if (service && lzr_service_is_quick(service))
    lzr_quick_serve(service, call);
  else if (lzr_is_wrapper(call->tag))
    lzr_program_serve(call);
  else
    lzr_call_answer(call, NULL, 0);
}

/* ---- The end ---- */

static void sleep_milliseconds(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};

  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    ;
}

static void say_alone(void) {
  if (lzr_dormant_generation() > 0)
    lzr_executor_say("process %ld, a fork of the program, has lost its "
                     "compiler",
                     (long)getpid());
  else
    lzr_executor_say("the controller left while the program was running");
}

/* Runs on a thread of the connection, which then makes sure that an orderly end
   does not take for ever. */
static void ended(void *data, const lzr_error *reason) {
  int status = reason ? 1 : 0;
  bool told;

  (void)data;
  note_heard();
  while (lzr_crash_has_begun())
    pause(); /* that is how it ends */
  told = lzr_connection_finish(lzr_executor.connection, LAST_WORDS);
  if (reason && !(told && lzr_posted_has_failed()))
    lzr_executor_say_error(reason);
  else if (!reason && lzr_program_is_running())
    say_alone();
  if (lzr_program_is_running())
    _exit(1);
  lzr_program_end(status);
  sleep_milliseconds(END_TIMEOUT);
  _exit(status);
}

/* Does what other processes may notice of the end. It does not call exit():
   exit handlers of the program may lie in memory that the controller has given
   back, or may need the controller. A controller that wants them to run asks
   for it (lazyrun_exit) while it is there. */
static _Noreturn void end_in_order(int status) {
  lzr_llvm_memory_end();
  lzr_llvm_shared_end();
  fflush(NULL); /* comes last, because it may wait for a thread that reads
                   standard input */
  _exit(status);
}

/* ---- Starting ---- */

static lzr_error *connect_to_controller(int in, int out, int channel) {
  struct lzr_connection_options options = {
      .peer = "the controller",
      .keep_signals = true,
      .callers_read = true, /* no quick service takes a program's lock */
      .is_quick = is_quick,
      .attends = attends,
      .serve = serve,
      .ended = ended,
  };
  lzr_error *error =
      lzr_connection_create(in, out, &options, &lzr_executor.connection);

  if (error)
    return error;
  lzr_guard_start();
  lzr_crash_init(lzr_executor.connection);
  lzr_forked_watch();
  return lzr_forks_watch(channel) ? NULL : lzr_out_of_memory();
}

static lzr_error *introduce(void) {
  struct lzr_writer setup = {0};
  lzr_error *error;

  lzr_setup_pack(&setup);
  if (setup.failed)
    error = lzr_out_of_memory();
  else
    error =
        lzr_connection_start(lzr_executor.connection, setup.bytes, setup.size);
  lzr_writer_fini(&setup);
  return error;
}

/* Takes in, out and channel. */
static int execute(int in, int out, int channel, int wait) {
  lzr_error *error = lzr_memory_create(&lzr_executor.memory);

  if (error)
    return fail(error);
  sem_init(&heard, 0, 0);
  lzr_executor.facts = lzr_facts_of_self();
  lzr_executor.facts.features = lzr_machine_features();
  error = connect_to_controller(in, out, channel);
  if (!error)
    error = introduce();
  if (error)
    return fail(error);
  await_first_word(wait);
  end_in_order(lzr_program_loop());
}

static void say_listening(void *data, const char *text) {
  lzr_remove_at_signal(((const struct lzr_address *)data)->path);
  lzr_executor_say("listening; the controller connects to %s", text);
}

/* Opens the descriptors of a controller that is admitted; owned. */
static lzr_error *reach_controller(const struct lzr_executor_options *options,
                                   int *in, int *out) {
  const struct lzr_address *address = &options->address;
  const struct lzr_admission admission = {
      .secret = options->secret,
      .size = options->secret_size,
      .side = LZR_SIDE_EXECUTOR | (address->listens ? LZR_SIDE_LISTENS : 0)};
  bool is_secret = address->kind == LZR_ADDRESS_TCP && !options->insecure;
  lzr_error *error = lzr_address_open_secretly(
      address, options->wait, say_listening, (void *)(uintptr_t)address,
      is_secret ? &admission : NULL, in, out);

  lzr_remove_at_signal(NULL);
  return error ? error : lzr_descriptors_move_up(in, out);
}

/* The channel that the controller has opened; -1 if there is none. */
static int find_channel(enum lzr_address_kind kind) {
  int channel = lzr_environment_take_channel();

  return channel >= 0 && kind == LZR_ADDRESS_DESCRIPTORS
             ? lzr_descriptor_move_up(channel)
             : -1;
}

int main(int argc, char **argv) {
  static const int statuses[] = {[LZR_OPTIONS_HELPED] = 0,
                                 [LZR_OPTIONS_WRONG] = 2,
                                 [LZR_OPTIONS_REFUSED] = 1};
  struct lzr_executor_options options;
  enum lzr_options_outcome outcome =
      lzr_executor_options_parse(argc, argv, &options);
  enum lzr_address_kind kind;
  lzr_error *error;
  int in, out, channel;

  if (outcome != LZR_OPTIONS_FINE)
    return statuses[outcome];
  if (!lzr_environment_restore() ||
      !lzr_services_init(lzr_bootstrap, lzr_bootstrap_count))
    return fail(lzr_out_of_memory());
  error = reach_controller(&options, &in, &out);
  kind = options.address.kind;
  channel = find_channel(kind);
  lzr_executor_options_fini(&options);
  if (!error && kind != LZR_ADDRESS_DESCRIPTORS)
    error = lzr_relay_start(kind == LZR_ADDRESS_STDIO, &in, &out);
  return error ? fail(error) : execute(in, out, channel, options.wait);
}
