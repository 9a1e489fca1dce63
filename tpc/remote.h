/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A target that is another process: an executor, of lazyrun or of LLVM (19 to
 * 22: llvm-jitlink-executor), at the other end of a connection.
 *
 * The rule a user must not break, beside those of tpc.h: the first operation
 * must come soon, because an executor that hears nothing for a minute (its
 * --wait=SECONDS) after it was reached gives up. Creating a session counts as
 * an operation.
 *
 * With lazyrun's executor everything in tpc.h works; a commit and the answer to
 * a first call go out in one write. LLVM's executors have no thread-local
 * storage for compiled code, no host functions, and typed calls of up to six
 * integers and pointers only (errors of kind UNSUPPORTED say so), and need a
 * round trip or two more for a first call.
 */
#ifndef LZR_REMOTE_H
#define LZR_REMOTE_H

#include "tpc.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Set exactly one of launch, program, command and connect. Strings are borrowed
   for the call. */
struct lzr_remote_options {
  size_t size; /* size of this struct: sizeof(struct ...). A struct of another
                  version of this header is accepted, unless it sets a member
                  that is unknown here */
  /* A shell command for a child process; "filedescs=IN,OUT" is appended to it.
     The child shares this process's standard input, output and error. */
  const char *launch;
  /* The path of an executor, started likewise but without a shell: it gets this
     process's environment as it is. Children of both kinds inherit the calling
     thread's signal mask and the signals that the process ignores. A process
     that ignores SIGCHLD does not learn how a child has ended. */
  const char *program;
  /* A shell command whose standard input and output are the connection; the
     program's own then travel as messages. */
  const char *command;
  /* unix:connect=PATH, tcp:connect=HOST:PORT, fd=N; see wire/address.h. */
  const char *connect;
  /* For TCP: the secret that both sides must know, 16 to 4096 bytes; or
     insecure, which says that no secret is needed. */
  const char *secret;
  size_t secret_size;
  const char *secret_file; /* the file with the secret, used if secret is NULL;
                              only its owner may be able to read it */
  bool insecure;
  int timeout; /* milliseconds: the longest time to reach the executor, and then
                  to wait for its Setup message; 0 counts as 10000, as 60000
                  for an executor that connects to this side, and as INT_MAX
                  for a command, which may ask for a password or wait in a
                  queue */
  int call_timeout; /* milliseconds: the connection ends if the executor does
                       not answer a question for so long, whatever call is under
                       way; its program may take any time. Every call then fails
                       with kind CLOSED. 0: no limit. For lazyrun's executor
                       only */
  /* Set by a process that exists only for the program, with launch or program:
     when the program forks, this process may fork too, and the copy serves the
     program's child. Only the thread that called lzr_tpc_create_remote() goes
     on in the copy; it must be the one that runs the program: lzr_tpc_run_main
     and its like then return in the copy as well, for the child. on_fork is
     called in the copy first. lazyrun's executor only. If it is NULL, a child
     of the program that makes a first call ends with a message. */
  void (*on_fork)(void *data);
  void *on_fork_data; /* borrowed for as long as the TPC lives */
};

/* *tpc is owned; end it with lzr_tpc_close(), which ends the connection and
   waits for a child. */
lzr_error *lzr_tpc_create_remote(const struct lzr_remote_options *options,
                                 lzr_tpc **tpc);

/* The kind of executor, for messages: "lazyrun-executor", "LLVM's executor, as
   of LLVM 22"; static. tpc is remote. */
const char *lzr_remote_peer(const lzr_tpc *tpc);

/* Says that this process exists only for the program. From now on, signals that
   somebody sends to this process to end it or as a message (SIGHUP, SIGINT,
   SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2) are passed on to the program, unless this
   process handles or ignores them; this process then lasts until the program
   has ended. The program gets a terminal's signals directly. Does nothing if
   the executor is no child. */
void lzr_remote_stand_before(const lzr_tpc *tpc);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
