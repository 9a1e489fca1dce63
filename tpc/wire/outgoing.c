/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tpc/base/clock.h"

/* How often the drainer checks whether it should end, while it waits. */
enum { DRAINER_TICK = 100 }; /* ms */

enum { WITHOUT_THREAD = 5000 }; /* ms */

void lzr_outgoing_renew(struct lzr_outgoing *outgoing, int out) {
  struct lzr_writer kept = outgoing->kept; /* its bytes are for another peer */

  kept.size = 0;
  kept.failed = false;
  *outgoing = (struct lzr_outgoing){.out = out,
                                    .is_socket = true,
                                    .flags = -1,
                                    .peer = outgoing->peer,
                                    .kept = kept};
  pthread_mutex_init(&outgoing->lock, NULL);
  lzr_condition_init(&outgoing->changed);
}

void lzr_outgoing_init(struct lzr_outgoing *outgoing, int out,
                       const char *peer) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  *outgoing = (struct lzr_outgoing){.out = out, .flags = -1, .peer = peer};
  outgoing->is_socket =
      getsockname(out, (struct sockaddr *)&address, &size) == 0;
  pthread_mutex_init(&outgoing->lock, NULL);
  lzr_condition_init(&outgoing->changed);
  if (outgoing->is_socket)
    return; /* MSG_DONTWAIT does it, for us alone */
  outgoing->flags = fcntl(out, F_GETFL);
  if (outgoing->flags >= 0)
    fcntl(out, F_SETFL, outgoing->flags | O_NONBLOCK);
}

/* ---- Writing ---- */

/* A write to a pipe has no MSG_NOSIGNAL. It raises SIGPIPE for this thread,
   which blocks it, so the signal stays pending. */
static void take_sigpipe(void) {
  static const struct timespec at_once;
  sigset_t set;

  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
    ;
}

/* Returns how many bytes the system took, maybe none, or -1 and errno. */
static ssize_t write_parts(const struct lzr_outgoing *outgoing,
                           struct iovec *parts, size_t count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
  ssize_t taken;

  do
    taken = outgoing->is_socket
                ? sendmsg(outgoing->out, &message, MSG_NOSIGNAL | MSG_DONTWAIT)
                : writev(outgoing->out, parts, (int)count);
  while (taken < 0 && errno == EINTR);
  if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return 0;
  if (taken < 0 && errno == EPIPE && !outgoing->is_socket) {
    take_sigpipe();
    errno = EPIPE;
  }
  return taken;
}

static size_t kept(const struct lzr_outgoing *outgoing) {
  return outgoing->kept.size - outgoing->sent;
}

static struct iovec unsent(const struct lzr_outgoing *outgoing) {
  return (struct iovec){outgoing->kept.bytes + outgoing->sent, kept(outgoing)};
}

static void fail(struct lzr_outgoing *outgoing, int failure) {
  outgoing->failure = failure;
  outgoing->has_backlog = outgoing->has_answers = false;
  lzr_writer_fini(&outgoing->kept);
  outgoing->sent = 0;
  pthread_cond_broadcast(&outgoing->changed);
}

static lzr_error *explain(const struct lzr_outgoing *outgoing) {
  if (outgoing->failure == ENOBUFS)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%s does not read what is sent to it: %d bytes "
                            "have been kept, which is the limit",
                            outgoing->peer, LZR_OUTGOING_BACKLOG_MAX);
  if (outgoing->failure == ENOMEM)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "out of memory for what %s does not read yet",
                            outgoing->peer);
  if (outgoing->failure == EAGAIN)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "no thread for what %s does not read yet",
                            outgoing->peer);
  return lzr_error_create(LZR_ERROR_CLOSED, "cannot send to %s: %s",
                          outgoing->peer, strerror(outgoing->failure));
}

/* Appends what follows the first taken bytes of parts. */
static void keep_rest(struct lzr_outgoing *outgoing, const struct iovec *parts,
                      size_t count, size_t taken) {
  for (size_t i = 0; i < count; i++) {
    size_t skipped = taken < parts[i].iov_len ? taken : parts[i].iov_len;

    taken -= skipped;
    lzr_pack_raw(&outgoing->kept, (uint8_t *)parts[i].iov_base + skipped,
                 parts[i].iov_len - skipped);
  }
  if (outgoing->kept.failed)
    fail(outgoing, ENOMEM);
}

/* Notes that so many bytes of kept have been sent. */
static void drop_sent(struct lzr_outgoing *outgoing, size_t size) {
  struct lzr_writer *all = &outgoing->kept;

  outgoing->sent += size;
  if (outgoing->sent < kept(outgoing))
    return; /* moving the rest would cost more than it frees */
  if (outgoing->sent > 0 && kept(outgoing) > 0)
    memmove(all->bytes, all->bytes + outgoing->sent, kept(outgoing));
  all->size = kept(outgoing);
  outgoing->sent = 0;
  if (all->size == 0 && all->capacity > 2 * LZR_OUTGOING_POSTED_MAX)
    lzr_writer_fini(all);
}

/* ---- The backlog ---- */

static void drain_some(struct lzr_outgoing *outgoing) {
  struct iovec part = unsent(outgoing);
  ssize_t taken = write_parts(outgoing, &part, 1);

  if (taken < 0) {
    fail(outgoing, errno);
    return;
  }
  drop_sent(outgoing, (size_t)taken);
  outgoing->has_backlog = kept(outgoing) > 0;
  pthread_cond_broadcast(&outgoing->changed);
}

static void *drain(void *data) {
  struct lzr_outgoing *outgoing = data;
  struct pollfd polled = {.events = POLLOUT};

  pthread_mutex_lock(&outgoing->lock);
  while (!outgoing->stopping) {
    if (!outgoing->has_backlog) {
      pthread_cond_wait(&outgoing->changed, &outgoing->lock);
      continue;
    }
    polled.fd =
        outgoing->out; /* if out is moved meanwhile, only a tick is lost */
    pthread_mutex_unlock(&outgoing->lock);
    poll(&polled, 1, DRAINER_TICK);
    pthread_mutex_lock(&outgoing->lock);
    if (outgoing->has_backlog)
      drain_some(outgoing);
  }
  pthread_mutex_unlock(&outgoing->lock);
  return NULL;
}

bool lzr_outgoing_has_thread(struct lzr_outgoing *outgoing) {
  bool has_thread;

  pthread_mutex_lock(&outgoing->lock);
  has_thread = outgoing->has_drainer;
  pthread_mutex_unlock(&outgoing->lock);
  return has_thread;
}

/* Where the system gives no thread for the drainer, the sender waits itself, at
   most so long for each piece; then the connection is of no use. */
static void drain_here(struct lzr_outgoing *outgoing, int failure) {
  while (outgoing->has_backlog) {
    struct pollfd polled = {outgoing->out, POLLOUT, 0};
    int ready = poll(&polled, 1, WITHOUT_THREAD);

    if (ready > 0)
      drain_some(outgoing);
    else if (ready == 0)
      fail(outgoing, failure);
  }
}

/* Handles a backlog: the system takes no more now. */
static void begin_backlog(struct lzr_outgoing *outgoing) {
  int failure = 0;

  if (outgoing->failure != 0)
    return;
  if (!outgoing->has_drainer)
    failure = pthread_create(&outgoing->drainer, NULL, drain, outgoing);
  outgoing->has_drainer |= failure == 0;
  outgoing->has_backlog = true;
  if (failure != 0)
    drain_here(outgoing, failure);
  pthread_cond_broadcast(&outgoing->changed);
}

static void wait_for_room(struct lzr_outgoing *outgoing, bool may_wait) {
  while (may_wait && outgoing->has_backlog && !outgoing->stopping &&
         kept(outgoing) > LZR_OUTGOING_HELD_UP)
    pthread_cond_wait(&outgoing->changed, &outgoing->lock);
}

/* ---- Sending ---- */

/* Sends what is posted and the message's two parts. */
static void send_now(struct lzr_outgoing *outgoing, const struct iovec *message,
                     size_t count) {
  size_t posted = kept(outgoing), part_count = 0;
  struct iovec parts[3];
  ssize_t taken;

  outgoing->has_answers = false;
  if (posted > 0)
    parts[part_count++] = unsent(outgoing);
  for (size_t i = 0; i < count; i++)
    parts[part_count++] = message[i];
  taken = write_parts(outgoing, parts, part_count);
  if (taken < 0) {
    fail(outgoing, errno);
    return;
  }
  drop_sent(outgoing, (size_t)taken < posted ? (size_t)taken : posted);
  keep_rest(outgoing, message, count,
            (size_t)taken < posted ? 0 : (size_t)taken - posted);
  if (kept(outgoing) > 0)
    begin_backlog(outgoing);
}

static void keep(struct lzr_outgoing *outgoing, const struct lzr_header *header,
                 const struct iovec parts[2]) {
  keep_rest(outgoing, parts, 2, 0);
  outgoing->has_answers |= header->opcode == LZR_OPCODE_RESULT;
}

static lzr_error *deliver(struct lzr_outgoing *outgoing,
                          const struct lzr_header *header, const void *payload,
                          bool may_wait, bool now) {
  uint8_t bytes[LZR_HEADER_SIZE];
  struct iovec parts[] = {
      {bytes, sizeof bytes},
      {(void *)(uintptr_t)payload, (size_t)header->size - LZR_HEADER_SIZE}};
  lzr_error *error;

  lzr_header_pack(header, bytes);
  pthread_mutex_lock(&outgoing->lock);
  wait_for_room(outgoing, may_wait);
  if (outgoing->failure == 0 && outgoing->has_backlog &&
      kept(outgoing) > LZR_OUTGOING_BACKLOG_MAX)
    fail(outgoing, ENOBUFS);
  if (outgoing->failure == 0 && !outgoing->has_backlog &&
      (now || kept(outgoing) + header->size > LZR_OUTGOING_POSTED_MAX))
    send_now(outgoing, parts, parts[1].iov_len > 0 ? 2 : 1);
  else if (outgoing->failure == 0)
    keep(outgoing, header, parts);
  error = outgoing->failure != 0 ? explain(outgoing) : NULL;
  pthread_mutex_unlock(&outgoing->lock);
  return error;
}

lzr_error *lzr_outgoing_send(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait) {
  return deliver(outgoing, header, payload, may_wait, true);
}

lzr_error *lzr_outgoing_post(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait) {
  return deliver(outgoing, header, payload, may_wait, false);
}

lzr_error *lzr_outgoing_flush(struct lzr_outgoing *outgoing, bool wait) {
  lzr_error *error;

  pthread_mutex_lock(&outgoing->lock);
  if (outgoing->failure == 0 && !outgoing->has_backlog && kept(outgoing) > 0)
    send_now(outgoing, NULL, 0);
  while (wait && outgoing->has_backlog && !outgoing->stopping)
    pthread_cond_wait(&outgoing->changed, &outgoing->lock);
  error = outgoing->failure != 0 ? explain(outgoing) : NULL;
  pthread_mutex_unlock(&outgoing->lock);
  return error;
}

lzr_error *lzr_outgoing_send_answers(struct lzr_outgoing *outgoing) {
  lzr_error *error = NULL;

  pthread_mutex_lock(&outgoing->lock);
  if (outgoing->has_answers && outgoing->failure == 0 &&
      !outgoing->has_backlog) {
    send_now(outgoing, NULL, 0);
    error = outgoing->failure != 0 ? explain(outgoing) : NULL;
  }
  pthread_mutex_unlock(&outgoing->lock);
  return error;
}

/* ---- Ending ---- */

bool lzr_outgoing_stop(struct lzr_outgoing *outgoing, int timeout) {
  struct timespec deadline =
      lzr_time_after((uint64_t)timeout * LZR_MILLISECOND);
  int late = 0;
  bool all;

  pthread_mutex_lock(&outgoing->lock);
  while (outgoing->has_backlog && late != ETIMEDOUT)
    late =
        pthread_cond_timedwait(&outgoing->changed, &outgoing->lock, &deadline);
  outgoing->stopping = true;
  all = outgoing->failure == 0 && late != ETIMEDOUT;
  if (outgoing->failure == 0)
    fail(outgoing, ESHUTDOWN);
  pthread_cond_broadcast(&outgoing->changed);
  pthread_mutex_unlock(&outgoing->lock);
  return all;
}

void lzr_outgoing_fini(struct lzr_outgoing *outgoing) {
  if (outgoing->has_drainer)
    pthread_join(outgoing->drainer, NULL);
  if (outgoing->flags >= 0)
    fcntl(outgoing->out, F_SETFL, outgoing->flags);
  lzr_writer_fini(&outgoing->kept);
  pthread_cond_destroy(&outgoing->changed);
  pthread_mutex_destroy(&outgoing->lock);
}
