/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calling functions of libraries.
 */
#include <pthread.h>

#include "runtime/build/lookup.h"
#include "runtime/platform/initialize.h"
#include "runtime/session/first_thread.h"
#include "runtime/session/session.h"

lzr_error *lzr_library_call(lzr_library *library, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result) {
  lzr_session *session = library->session;
  lzr_addr address;
  lzr_error *error = lzr_look_up(&session->builder, library, NULL, function,
                                 signature, &address);
  if (!error)
    error = lzr_library_initialize(library);
  if (!error)
    error = lzr_tpc_call(session->tpc, address, signature, arguments, result);
  return error;
}

lzr_error *lzr_session_call(lzr_session *session, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result) {
  return lzr_library_call(lzr_session_main_library(session), function,
                          signature, arguments, result);
}

/* A program may end its first thread and go on with others; the process ends
   with the last of them. Its exit handlers come after exit_program() in
   platform.c, which keeps a compile thread from being the last once more. */
static void let_compile_threads_go(void *data) {
  lzr_session *session = data;
  lzr_platform_precede_exit(&session->platform);
  lzr_first_thread_leave();
  lzr_workers_let_go(&session->builder.workers, true);
}

lzr_error *lzr_library_run_main(lzr_library *library, const char *function,
                                int argc, const char *const *argv,
                                int *status) {
  lzr_session *session = library->session;
  lzr_addr address;
  lzr_error *error = lzr_library_lookup(library, function, &address);
  if (!error)
    error = lzr_platform_initialize(&session->platform, library, argc, argv);
  if (error)
    return error;
  bool owns = session->options.owns_process &&
              lzr_tpc_facts(session->tpc)->this_process;
  if (owns) {
    lzr_workers_note_main(&session->builder.workers);
    lzr_first_thread_begin(session);
  }
  pthread_cleanup_push(let_compile_threads_go, session);
  error = lzr_tpc_run_main(session->tpc, address, argc, argv, status);
  pthread_cleanup_pop(0);
  if (owns)
    lzr_first_thread_end();
  return error;
}

lzr_error *lzr_session_run_main(lzr_session *session, const char *function,
                                int argc, const char *const *argv,
                                int *status) {
  return lzr_library_run_main(lzr_session_main_library(session), function, argc,
                              argv, status);
}
