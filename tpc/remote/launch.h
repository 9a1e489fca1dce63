/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A child process, and how it ended. Not thread-safe.
 */
#ifndef LZR_REMOTE_LAUNCH_H
#define LZR_REMOTE_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tpc/base/error.h"

/* How the child gets its end of the connection. */
enum lzr_child_kind {
  LZR_CHILD_FILEDESCS, /* two descriptors, which "filedescs=IN,OUT", appended to
                          the command, names; the standard ones are this
                          process's */
  LZR_CHILD_PROGRAM,   /* the same, without a shell */
  LZR_CHILD_STDIO      /* as its standard input and output */
};

struct lzr_child {
  pid_t id;        /* until it has ended */
  bool ended;      /* and this process has waited for it */
  bool has_status; /* no other code has waited for it */
  int status;      /* as of waitpid() */
};

/* Starts command. The child inherits the environment, the calling thread's
   signal mask, and the signals that the process ignores. A LZR_CHILD_PROGRAM is
   a path that is started directly; anything else is a command for the shell.
   channel is the child's end of a channel, borrowed, or -1.
   *in and *out, owned, are this process's ends; they are close-on-exec, so that
   no other child gets them. */
lzr_error *lzr_child_start(const char *command, enum lzr_child_kind kind,
                           int channel, struct lzr_child *child, int *in,
                           int *out);

/* Waits for the child's end for at most timeout milliseconds; returns whether
   it has ended. */
bool lzr_child_wait(struct lzr_child *child, int timeout);

/* Kills the child unless it ends within timeout milliseconds. */
void lzr_child_end(struct lzr_child *child, int timeout);

/* Writes into text how the child ended: "ended with status 127", "was killed by
   signal 9 (Killed)", ... */
void lzr_child_describe(const struct lzr_child *child, char *text, size_t size);

#endif
