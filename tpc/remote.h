/*
 * A target that is another process: an executor, of lazyrun or of LLVM (19 to
 * 22: llvm-jitlink-executor), at the other end of a connection.
 *
 * The rule a user must not break, beside those of tpc.h: an executor that hears
 * nothing for a minute (its --wait=SECONDS) after it was reached gives up, so
 * the first operation comes soon; a session's creation is one.
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

#ifdef __cplusplus
extern "C" {
#endif

/* One of launch, command and connect is given; strings are borrowed for the
   call. */
struct lzr_remote_options {
  size_t size; /* of this struct: sizeof(struct ...) */
  /* A shell command for a child to which "filedescs=IN,OUT" is appended; it
     shares this process's standard input, output and error. */
  const char *launch;
  /* A shell command whose standard input and output are the connection; the
     program's own then travel as messages. */
  const char *command;
  /* unix:connect=PATH, tcp:connect=HOST:PORT, fd=N; see wire/address.h. */
  const char *connect;
  /* TCP: what both sides must know, 16 to 4096 bytes, or insecure, which says
     that nothing need be known. */
  const char *secret;
  size_t secret_size;
  const char *secret_file; /* where it is read from if secret is NULL; only its
                              owner may be able to read it */
  bool insecure;
  int timeout; /* milliseconds: so long may it take to reach the executor, and
                  then until it has said hello; 0 counts as 10000, and as 60000
                  for an executor that is to connect to this side */
};

/* *tpc is owned; ended by lzr_tpc_close(), which lets go of the executor and
   waits for a child. */
lzr_error *lzr_tpc_create_remote(const struct lzr_remote_options *options,
                                 lzr_tpc **tpc);

/* "lazyrun-executor", "LLVM's executor, as of LLVM 22": for messages; static.
   tpc is remote. */
const char *lzr_remote_peer(const lzr_tpc *tpc);

#ifdef __cplusplus
}
#endif
#endif
