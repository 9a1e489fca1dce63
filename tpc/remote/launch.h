/*
 * A child process started by a shell command, and how it ended. Not
 * thread-safe.
 */
#ifndef LZR_REMOTE_LAUNCH_H
#define LZR_REMOTE_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tpc/error.h"

/* Which of the child's descriptors are the connection. */
enum lzr_child_kind {
  LZR_CHILD_FILEDESCS, /* two that "filedescs=IN,OUT", appended to the command,
                          names; its standard ones are this process's */
  LZR_CHILD_STDIO      /* its standard input and output */
};

struct lzr_child {
  pid_t id;        /* until it has ended */
  bool ended;      /* and has been waited for */
  bool has_status; /* nobody else has waited for it */
  int status;      /* as of waitpid() */
};

/* Starts command with all signals let through and at their defaults, whatever
   the host program does about them. *in and *out, owned, are this process's
   ends: close-on-exec, so that no other child has them. */
lzr_error *lzr_child_start(const char *command, enum lzr_child_kind kind,
                           struct lzr_child *child, int *in, int *out);

/* Waits for its end for at most timeout milliseconds; whether it has ended. */
bool lzr_child_wait(struct lzr_child *child, int timeout);

/* Kills it unless it ends within timeout milliseconds. */
void lzr_child_end(struct lzr_child *child, int timeout);

/* "ended with status 127", "was killed by signal 9 (Killed)", ... into text. */
void lzr_child_describe(const struct lzr_child *child, char *text, size_t size);

#endif
