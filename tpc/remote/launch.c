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
#include <time.h>
#include <unistd.h>

/* A commit goes through in few pieces; the kernel may say no. */
enum { PIPE_SIZE = 1 << 20 };

/* In milliseconds: what is killed may still be in the kernel, or a debugger's.
 */
enum { KILL_TIMEOUT = 2000 };

/* ---- Pipes --------------------------------------------------------------- */

/* Two pipes, which take half of a socket pair's time to wake who reads. */
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

/* Out of the way of the standard descriptors, which this process may lack. */
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

/* ---- Starting ------------------------------------------------------------ */

static int give_descriptors(posix_spawn_file_actions_t *actions,
                            const struct pipes *pipes,
                            enum lzr_child_kind kind) {
  bool stdio = kind == LZR_CHILD_STDIO;
  int in = pipes->to_child[0], out = pipes->from_child[1];
  /* A descriptor duplicated onto itself is kept open by the child. */
  int error =
      posix_spawn_file_actions_adddup2(actions, in, stdio ? STDIN_FILENO : in);

  if (error)
    return error;
  return posix_spawn_file_actions_adddup2(actions, out,
                                          stdio ? STDOUT_FILENO : out);
}

static int reset_signals(posix_spawnattr_t *attributes) {
  sigset_t all, none;
  int error;

  sigfillset(&all);
  sigemptyset(&none);
  error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error)
    error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error)
    error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSIGMASK);
  return error;
}

/* The shell replaces itself by the command, so that the child is the executor,
   or what the user put in front of it. */
static int spawn(const char *command, enum lzr_child_kind kind,
                 const struct pipes *pipes,
                 const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, pid_t *id) {
  const char *parameters = kind == LZR_CHILD_FILEDESCS ? " \"$@\"" : "";
  char filedescs[64], *script;
  char *argv[] = {(char *)"sh", (char *)"-c", NULL,
                  (char *)"sh", filedescs,    NULL};
  int error;

  if (asprintf(&script, "exec %s%s", command, parameters) < 0)
    return ENOMEM;
  argv[2] = script;
  snprintf(filedescs, sizeof filedescs, "filedescs=%d,%d", pipes->to_child[0],
           pipes->from_child[1]);
  error = posix_spawn(id, "/bin/sh", actions, attributes, argv, environ);
  free(script);
  return error;
}

static int spawn_with_pipes(const char *command, enum lzr_child_kind kind,
                            const struct pipes *pipes, pid_t *id) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);

  if (error)
    return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = give_descriptors(&actions, pipes, kind);
    if (!error)
      error = reset_signals(&attributes);
    if (!error)
      error = spawn(command, kind, pipes, &actions, &attributes, id);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

lzr_error *lzr_child_start(const char *command, enum lzr_child_kind kind,
                           struct lzr_child *child, int *in, int *out) {
  struct pipes pipes;
  lzr_error *error = open_pipes(&pipes);
  int number;

  if (error)
    return error;
  *child = (struct lzr_child){.id = -1};
  number = spawn_with_pipes(command, kind, &pipes, &child->id);
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

/* ---- Waiting ------------------------------------------------------------- */

static bool try_wait(struct lzr_child *child) {
  int status;
  pid_t id;

  do
    id = waitpid(child->id, &status, WNOHANG);
  while (id < 0 && errno == EINTR);
  if (id == 0)
    return false;
  child->ended = true;
  child->has_status = id > 0; /* else somebody else has waited for it */
  child->status = status;
  return true;
}

static int64_t now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Until the process ends or timeout is over: by its descriptor, or, where the
   kernel (before 5.3) or an emulator has none, for a few milliseconds. */
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
  int64_t end = now() + timeout;

  while (!child->ended && !try_wait(child)) {
    int64_t left = end - now();

    if (left <= 0)
      return false;
    pause_for(child->id, (int)left);
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
