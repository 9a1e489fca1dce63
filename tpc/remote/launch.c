/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/remote/environment.h"
#include "tpc/wire/services.h"

/* Size of a pipe, so that a commit goes through in few pieces; the kernel may
   refuse. */
enum { PIPE_SIZE = 1 << 20 };

/* In milliseconds: a process that was killed may still be in the kernel, or
   held by a debugger. */
enum { KILL_TIMEOUT = 2000 };

/* ---- Pipes ---- */

/* Two pipes; a pipe wakes its reader in half the time of a socket pair. */
struct pipes {
  int to_child[2], from_child[2]; /* read end, write end; -1 for none */
};

static void close_one(int *descriptor) {
  if (*descriptor >= 0)
    close(*descriptor);
  *descriptor = -1;
}

static void close_pipes(struct pipes *pipes) {
  for (int i = 0; i < 2; i++) {
    close_one(&pipes->to_child[i]);
    close_one(&pipes->from_child[i]);
  }
}

/* Moves descriptors out of the way of the standard ones, which this process may
   lack. */
static bool raise_above_standard(int *descriptor) {
  int raised;

  if (*descriptor > STDERR_FILENO)
    return true;
  raised = fcntl(*descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (raised < 0)
    return false;
  close(*descriptor);
  *descriptor = raised;
  return true;
}

static bool open_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) {
    ends[0] = ends[1] = -1;
    return false;
  }
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
  return raise_above_standard(&ends[0]) && raise_above_standard(&ends[1]);
}

static lzr_error *open_pipes(struct pipes *pipes) {
  *pipes = (struct pipes){{-1, -1}, {-1, -1}};
  if (open_pipe(pipes->to_child) && open_pipe(pipes->from_child))
    return NULL;
  close_pipes(pipes);
  return lzr_error_create(LZR_ERROR_FILE, "no pipe to an executor: %s",
                          strerror(errno));
}

/* ---- Starting ---- */

static int give_descriptors(posix_spawn_file_actions_t *actions,
                            const struct pipes *pipes, int channel,
                            enum lzr_child_kind kind) {
  bool stdio = kind == LZR_CHILD_STDIO;
  int in = pipes->to_child[0], out = pipes->from_child[1];
  /* The child keeps a descriptor open that is duplicated onto itself. */
  int error =
      posix_spawn_file_actions_adddup2(actions, in, stdio ? STDIN_FILENO : in);

  if (!error)
    error = posix_spawn_file_actions_adddup2(actions, out,
                                             stdio ? STDOUT_FILENO : out);
  if (!error && channel >= 0)
    error = posix_spawn_file_actions_adddup2(actions, channel, channel);
  return error;
}

/* Makes the shell replace itself by the command, so that the child is the
   executor, or a command that the user put in front of it. */
static int spawn_shell(const char *command, enum lzr_child_kind kind,
                       char *filedescs, char *variable,
                       const posix_spawn_file_actions_t *actions, pid_t *id) {
  const char *parameters = kind == LZR_CHILD_FILEDESCS ? " \"$@\"" : "";
  char *argv[] = {(char *)"sh", (char *)"-c", NULL,
                  (char *)"sh", filedescs,    NULL};
  char **environment = lzr_environment_for_shell(environ, variable);
  int error = ENOMEM;

  if (environment &&
      asprintf(&argv[2], "exec %s%s", command, parameters) >= 0) {
    error = posix_spawn(id, "/bin/sh", actions, NULL, argv, environment);
    free(argv[2]);
  }
  lzr_environment_free(environment);
  return error;
}

static int spawn_program(char *argv[], char *variable,
                         const posix_spawn_file_actions_t *actions, pid_t *id) {
  char **environment = lzr_environment_with(environ, variable);
  int error = ENOMEM;

  if (environment)
    error = posix_spawn(id, argv[0], actions, NULL, argv, environment);
  lzr_environment_free(environment);
  return error;
}

static int spawn(const char *command, enum lzr_child_kind kind,
                 const struct pipes *pipes, int channel,
                 const posix_spawn_file_actions_t *actions, pid_t *id) {
  char filedescs[64], variable[sizeof LZR_VARIABLE_CHANNEL + 16];
  char *argv[] = {(char *)(uintptr_t)command, filedescs, NULL};

  snprintf(filedescs, sizeof filedescs, "filedescs=%d,%d", pipes->to_child[0],
           pipes->from_child[1]);
  snprintf(variable, sizeof variable, "%s=%d", LZR_VARIABLE_CHANNEL, channel);
  if (kind != LZR_CHILD_PROGRAM)
    return spawn_shell(command, kind, filedescs, channel < 0 ? NULL : variable,
                       actions, id);
  return spawn_program(argv, channel < 0 ? NULL : variable, actions, id);
}

static int spawn_with_pipes(const char *command, enum lzr_child_kind kind,
                            const struct pipes *pipes, int channel, pid_t *id) {
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);

  if (error)
    return error;
  error = give_descriptors(&actions, pipes, channel, kind);
  if (!error)
    error = spawn(command, kind, pipes, channel, &actions, id);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

lzr_error *lzr_child_start(const char *command, enum lzr_child_kind kind,
                           int channel, struct lzr_child *child, int *in,
                           int *out) {
  struct pipes pipes;
  lzr_error *error = open_pipes(&pipes);
  int number;

  if (error)
    return error;
  *child = (struct lzr_child){.id = -1};
  number = spawn_with_pipes(command, kind, &pipes, channel, &child->id);
  if (number == 0) {
    *in = pipes.from_child[0];
    *out = pipes.to_child[1];
    pipes.from_child[0] = pipes.to_child[1] = -1;
  }
  close_pipes(&pipes);
  if (number == 0)
    return NULL;
  return lzr_error_create(LZR_ERROR_TARGET, "cannot start '%s': %s", command,
                          strerror(number));
}

/* ---- Waiting ---- */

static bool try_wait(struct lzr_child *child) {
  int status;
  pid_t id;

  do
    id = waitpid(child->id, &status, WNOHANG);
  while (id < 0 && errno == EINTR);
  if (id == 0)
    return false;
  child->ended = true;
  child->has_status = id > 0; /* otherwise another thread has waited for it */
  child->status = status;
  return true;
}

/* Waits until the process ends or timeout is over. Uses a process descriptor
   or, where the kernel (before 5.3) or an emulator has none, sleeps a few
   milliseconds at a time. */
static void pause_for(pid_t id, int timeout) {
#ifdef SYS_pidfd_open
  struct pollfd watched = {.fd = (int)syscall(SYS_pidfd_open, id, 0),
                           .events = POLLIN};

  if (watched.fd >= 0) {
    poll(&watched, 1, timeout);
    close(watched.fd);
    return;
  }
#endif
  (void)id;
  poll(NULL, 0, timeout < 5 ? timeout : 5);
}

bool lzr_child_wait(struct lzr_child *child, int timeout) {
  uint64_t end = lzr_now() + (uint64_t)timeout * LZR_MILLISECOND;

  while (!child->ended && !try_wait(child)) {
    int left = lzr_milliseconds_until(end);

    if (left == 0)
      return false;
    pause_for(child->id, left);
  }
  return true;
}

void lzr_child_end(struct lzr_child *child, int timeout) {
  if (lzr_child_wait(child, timeout))
    return;
  kill(child->id, SIGKILL);
  lzr_child_wait(child, KILL_TIMEOUT);
}

void lzr_child_describe(const struct lzr_child *child, char *text,
                        size_t size) {
  if (!child->ended)
    snprintf(text, size, "is still running");
  else if (!child->has_status)
    snprintf(text, size, "ended");
  else if (WIFSIGNALED(child->status))
    snprintf(text, size, "was killed by signal %d (%s)",
             WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
  else
    snprintf(text, size, "ended with status %d", WEXITSTATUS(child->status));
}
