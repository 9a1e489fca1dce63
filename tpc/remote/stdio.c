/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The standard streams of a program whose executor's own are the connection:
   the program's output arrives here, and its input is sent from here. */
#include "tpc/remote/stdio.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tpc/remote/remote.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/services.h"

enum { MAX_INPUT = 64 * 1024 }; /* bytes at once */

/* ---- Output ---- */

/* Acts as a program does that notices that nobody reads its output: the threads
   of a connection have signals blocked, so this lets the SIGPIPE through that
   write() has left pending, unless the host program ignores it. */
static void meet_broken_pipe(void) {
  sigset_t pipe_signal;

  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &pipe_signal, NULL);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
}

/* Waits for a descriptor that does not block. */
static bool may_retry(int descriptor) {
  struct pollfd watched = {.fd = descriptor, .events = POLLOUT};

  if (errno == EINTR)
    return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK)
    return false;
  return poll(&watched, 1, -1) >= 0 || errno == EINTR;
}

/* Returns 0, or errno. */
static int print(int descriptor, const uint8_t *bytes, size_t size) {
  while (size) {
    ssize_t written = write(descriptor, bytes, size);

    if (written >= 0) {
      bytes += written;
      size -= (size_t)written;
    } else if (!may_retry(descriptor)) {
      int failure = errno;

      if (failure == EPIPE)
        meet_broken_pipe();
      return failure;
    }
  }
  return 0;
}

/* Whether a program would hear from its own write that there is no room for it.
   What goes elsewhere is under way when write() returns. */
static bool may_be_full(int descriptor) {
  const dev_t null_device = makedev(1, 3);
  struct stat status;

  if (fstat(descriptor, &status) != 0)
    return false;
  return S_ISREG(status.st_mode) || S_ISBLK(status.st_mode) ||
         (S_ISCHR(status.st_mode) && status.st_rdev != null_device &&
          !isatty(descriptor));
}

static void answer_output(struct lzr_call *call, int failure, bool awaited) {
  struct lzr_writer answer = {0};

  lzr_pack_u32(&answer, (uint32_t)failure);
  lzr_pack_bool(&answer, awaited);
  if (answer.failed)
    lzr_call_answer(call, NULL, 0);
  else
    lzr_call_answer(call, answer.bytes, answer.size);
  lzr_writer_fini(&answer);
}

void lzr_remote_serve_output(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_reader reader;
  uint8_t descriptor;
  const uint8_t *bytes;
  size_t size;
  int failure;

  lzr_reader_init(&reader, call->bytes, call->size);
  descriptor = lzr_unpack_u8(&reader);
  bytes = lzr_unpack_bytes(&reader, &size);
  if (!remote->carries_stdio || reader.failed ||
      (descriptor != STDOUT_FILENO && descriptor != STDERR_FILENO)) {
    lzr_call_answer(call, NULL, 0);
    return;
  }
  failure = print(descriptor, bytes, size);
  answer_output(call, failure, may_be_full(descriptor));
}

/* ---- Input ---- */

/* Waits for something to read, or for the end of the connection: a program that
   has ended must not wait for its user to press a key. */
static bool wait_for_input(int stop) {
  struct pollfd watched[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = stop, .events = POLLIN}};

  while (poll(watched, 2, -1) < 0)
    if (errno != EINTR)
      return false;
  return !watched[1].revents;
}

/* Returns the bytes read; 0 at the end, after which a terminal may have
   more. */
static size_t read_input(int stop, uint8_t *bytes, size_t most) {
  ssize_t size;

  do {
    if (!wait_for_input(stop))
      return 0;
    size = read(STDIN_FILENO, bytes, most);
  } while (size < 0 && (errno == EINTR || errno == EAGAIN));
  return size > 0 ? (size_t)size : 0;
}

static void answer_input(struct lzr_call *call, const uint8_t *bytes,
                         size_t size) {
  struct lzr_writer answer = {0};

  lzr_pack_bytes(&answer, bytes, size);
  if (answer.failed)
    lzr_call_answer(call, NULL, 0);
  else
    lzr_call_answer(call, answer.bytes, answer.size);
  lzr_writer_fini(&answer);
}

void lzr_remote_serve_input(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_reader reader;
  uint8_t *bytes;
  uint64_t most;

  lzr_reader_init(&reader, call->bytes, call->size);
  most = lzr_unpack_u64(&reader);
  if (most > MAX_INPUT)
    most = MAX_INPUT;
  bytes = malloc(most + 1);
  if (!bytes || reader.failed || !remote->carries_stdio)
    lzr_call_answer(call, NULL, 0);
  else
    answer_input(call, bytes, read_input(remote->stop, bytes, most));
  free(bytes);
}
