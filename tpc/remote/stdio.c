/* The standard streams of a program whose executor's own are the connection:
   what it prints comes here, what it reads goes from here. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/remote/remote.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/services.h"

enum { MAX_INPUT = 64 * 1024 }; /* bytes at once */

/* ---- Output -------------------------------------------------------------- */

/* As a program notices that nobody reads what it prints: the threads of a
   connection have signals blocked, so the one that write() has left pending is
   let through, unless the host program ignores it. */
static void meet_broken_pipe(void) {
  sigset_t pipe_signal;

  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &pipe_signal, NULL);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
}

/* A descriptor that does not block is waited for. */
static bool may_retry(int descriptor) {
  struct pollfd watched = {.fd = descriptor, .events = POLLOUT};

  if (errno == EINTR)
    return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK)
    return false;
  return poll(&watched, 1, -1) >= 0 || errno == EINTR;
}

static void print(int descriptor, const uint8_t *bytes, size_t size) {
  while (size) {
    ssize_t written = write(descriptor, bytes, size);

    if (written >= 0) {
      bytes += written;
      size -= (size_t)written;
    } else if (!may_retry(descriptor)) {
      if (errno == EPIPE)
        meet_broken_pipe();
      return;
    }
  }
}

void lzr_remote_serve_output(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_reader reader;
  uint8_t descriptor;
  const uint8_t *bytes;
  size_t size;

  lzr_reader_init(&reader, call->bytes, call->size);
  descriptor = lzr_unpack_u8(&reader);
  bytes = lzr_unpack_bytes(&reader, &size);
  if (remote->carries_stdio && !reader.failed &&
      (descriptor == STDOUT_FILENO || descriptor == STDERR_FILENO))
    print(descriptor, bytes, size);
  lzr_call_answer(call, NULL, 0);
}

/* ---- Input --------------------------------------------------------------- */

/* Waits for something to read, or the end of the connection: a program that is
   over must not wait for its user to press a key. */
static bool wait_for_input(int stop) {
  struct pollfd watched[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = stop, .events = POLLIN}};

  while (poll(watched, 2, -1) < 0)
    if (errno != EINTR)
      return false;
  return !watched[1].revents;
}

/* Bytes read; 0 at the end, after which a terminal may have more. */
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
