/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/last_words.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/wire/inside.h"

enum { LOCK_TICK = 5 }; /* ms */

/* pthread_mutex_trylock() is not on the list of functions that a signal handler
   may call, but it does no more than one atomic exchange. The handler may have
   interrupted the very thread that holds the lock. */
static bool take_lock(pthread_mutex_t *lock, uint64_t deadline) {
  while (pthread_mutex_trylock(lock) != 0) {
    if (lzr_now() >= deadline)
      return false;
    poll(NULL, 0, LOCK_TICK);
  }
  return true;
}

static ssize_t write_some(const struct lzr_outgoing *outgoing,
                          const uint8_t *bytes, size_t size) {
  return outgoing->is_socket
             ? send(outgoing->out, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT)
             : write(outgoing->out, bytes, size);
}

static bool write_all(const struct lzr_outgoing *outgoing, const void *from,
                      size_t size, uint64_t deadline) {
  const uint8_t *bytes = from;

  while (size > 0) {
    struct pollfd polled = {outgoing->out, POLLOUT, 0};
    ssize_t written = write_some(outgoing, bytes, size);

    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
      continue;
    }
    if (written < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    if (lzr_now() >= deadline)
      return false;
    poll(&polled, 1, LOCK_TICK);
  }
  return true;
}

bool lzr_connection_last_words(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, int timeout) {
  struct lzr_outgoing *outgoing = &connection->outgoing;
  struct lzr_header header = {.size = LZR_HEADER_SIZE + size,
                              .opcode = LZR_OPCODE_CALL,
                              .sequence = UINT64_MAX, /* never given out */
                              .tag = tag};
  uint64_t deadline = lzr_now() + (uint64_t)timeout * LZR_MILLISECOND;
  uint8_t packed[LZR_HEADER_SIZE];

  lzr_header_pack(&header, packed);
  if (!take_lock(&outgoing->lock, deadline) || outgoing->failure != 0)
    return false;
  return write_all(outgoing, outgoing->kept.bytes + outgoing->sent,
                   outgoing->kept.size - outgoing->sent, deadline) &&
         write_all(outgoing, packed, sizeof packed, deadline) &&
         write_all(outgoing, bytes, size, deadline);
}
