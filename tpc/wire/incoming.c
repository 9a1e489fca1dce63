/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/memory.h"

enum { BUFFER_SIZE = 64 << 10 };

/* ---- Creating and ending ---- */

/* Makes reads non-blocking: another thread may have read the bytes first. */
static void make_non_blocking(struct lzr_incoming *incoming) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  incoming->is_socket =
      getsockname(incoming->in, (struct sockaddr *)&address, &size) == 0;
  incoming->flags = -1;
  if (incoming->is_socket)
    return; /* MSG_DONTWAIT makes a single read non-blocking, for this process
               alone */
  incoming->flags = fcntl(incoming->in, F_GETFL);
  if (incoming->flags >= 0)
    fcntl(incoming->in, F_SETFL, incoming->flags | O_NONBLOCK);
}

/* Makes the eventfd, at a number above in's: a caller that has moved in out of
   the program's way wants the eventfd out of the way, too. */
static int make_stop(int in) {
  int low = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int high = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, in + 1);

  if (high < 0)
    return low;
  close(low);
  return high;
}

static lzr_error *no_descriptor(void) {
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "no descriptor is left for a connection: %s",
                          strerror(errno));
}

lzr_error *lzr_incoming_init(struct lzr_incoming *incoming, int in,
                             const char *peer, uint64_t max_message) {
  *incoming =
      (struct lzr_incoming){.in = in, .peer = peer, .max_message = max_message};
  make_non_blocking(incoming);
  incoming->stop = make_stop(in);
  if (incoming->stop < 0)
    return no_descriptor();
  incoming->buffer = malloc(BUFFER_SIZE);
  return incoming->buffer ? NULL : lzr_out_of_memory();
}

lzr_error *lzr_incoming_resume(struct lzr_incoming *incoming) {
  incoming->stop = make_stop(incoming->in);
  return incoming->stop >= 0 ? NULL : no_descriptor();
}

void lzr_incoming_fini(struct lzr_incoming *incoming) {
  if (incoming->stop >= 0)
    close(incoming->stop);
  if (incoming->flags >= 0)
    fcntl(incoming->in, F_SETFL, incoming->flags);
  free(incoming->buffer);
  free(incoming->message.block);
}

void lzr_incoming_stop(const struct lzr_incoming *incoming) {
  uint64_t one = 1;

  while (write(incoming->stop, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

/* ---- Bytes into messages ---- */

static lzr_error *check_size(const struct lzr_incoming *incoming,
                             uint64_t size) {
  if (size < LZR_HEADER_SIZE)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "%s sent a message of %" PRIu64
                            " bytes, less than its header's %d",
                            incoming->peer, size, LZR_HEADER_SIZE);
  if (size > incoming->max_message)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%s sent a message of %" PRIu64
                            " bytes; the limit is %" PRIu64,
                            incoming->peer, size, incoming->max_message);
  return NULL;
}

static lzr_error *check_setup(const struct lzr_incoming *incoming,
                              const struct lzr_header *header) {
  if (header->opcode != LZR_OPCODE_SETUP)
    return lzr_error_create(
        LZR_ERROR_FORMAT,
        "%s did not start with a Setup message (opcode 0), but with opcode %d",
        incoming->peer, header->opcode);
  if (header->sequence != 0 || header->tag != 0)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "%s sent a Setup message with sequence number "
                            "%" PRIu64 " and tag %" PRIu64 ", not 0 and 0",
                            incoming->peer, header->sequence, header->tag);
  return NULL;
}

/* Checks the header before any of the payload is awaited. */
static lzr_error *check_header(const struct lzr_incoming *incoming,
                               const struct lzr_header *header) {
  lzr_error *error = check_size(incoming, header->size);

  if (error)
    return error;
  if (header->opcode >= LZR_OPCODE_COUNT)
    return lzr_error_create(
        LZR_ERROR_FORMAT, "%s sent a message with opcode %d; the last is %d",
        incoming->peer, header->opcode, LZR_OPCODE_COUNT - 1);
  if (incoming->expects_setup)
    return check_setup(incoming, header);
  if (header->opcode == LZR_OPCODE_SETUP)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "%s sent a Setup message, which nobody waits for",
                            incoming->peer);
  return NULL;
}

static size_t buffered(const struct lzr_incoming *incoming) {
  return incoming->end - incoming->start;
}

/* The bytes in front of a payload in its block. */
static size_t room(const struct lzr_message *message) {
  return message->header.opcode == LZR_OPCODE_CALL ? sizeof(struct lzr_given)
                                                   : 0;
}

/* Allocates capacity bytes for the payload, including those that have
   arrived. */
static lzr_error *resize(struct lzr_incoming *incoming, size_t capacity) {
  struct lzr_message *message = &incoming->message;
  uint8_t *block = realloc(message->block, room(message) + capacity);

  if (!block)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "no memory for a message of %zu bytes from %s",
                            message->size, incoming->peer);
  message->block = block;
  message->payload = block + room(message);
  incoming->capacity = capacity;
  return NULL;
}

static lzr_error *take_header(struct lzr_incoming *incoming) {
  struct lzr_header header =
      lzr_header_unpack(incoming->buffer + incoming->start);
  lzr_error *error = check_header(incoming, &header);

  if (error)
    return error;
  incoming->start += LZR_HEADER_SIZE;
  incoming->has_header = true;
  incoming->message = (struct lzr_message){
      .header = header, .size = (size_t)(header.size - LZR_HEADER_SIZE)};
  incoming->arrived = incoming->capacity = 0;
  return header.opcode == LZR_OPCODE_CALL ? resize(incoming, 0) : NULL;
}

static size_t missing(const struct lzr_incoming *incoming) {
  return incoming->message.size - incoming->arrived;
}

/* Moves the payload's bytes from the buffer to its block. */
static lzr_error *take_payload(struct lzr_incoming *incoming) {
  size_t size = buffered(incoming);
  lzr_error *error = NULL;

  if (size > missing(incoming))
    size = missing(incoming);
  if (size == 0)
    return NULL;
  if (incoming->arrived + size > incoming->capacity)
    error = resize(incoming, incoming->arrived + size);
  if (error)
    return error;
  memcpy(incoming->message.payload + incoming->arrived,
         incoming->buffer + incoming->start, size);
  incoming->arrived += size;
  incoming->start += size;
  return NULL;
}

static enum lzr_next hand_over(struct lzr_incoming *incoming,
                               struct lzr_message *message) {
  *message = incoming->message;
  incoming->message = (struct lzr_message){0};
  incoming->has_header = false;
  return LZR_NEXT_MESSAGE;
}

enum lzr_next lzr_incoming_take(struct lzr_incoming *incoming,
                                struct lzr_message *message,
                                lzr_error **error) {
  *error = NULL;
  if (!incoming->has_header && buffered(incoming) >= LZR_HEADER_SIZE)
    *error = take_header(incoming);
  if (!*error && incoming->has_header)
    *error = take_payload(incoming);
  if (*error)
    return LZR_NEXT_ERROR;
  if (!incoming->has_header || missing(incoming) > 0)
    return LZR_NEXT_NOTHING;
  return hand_over(incoming, message);
}

bool lzr_incoming_has_bytes(const struct lzr_incoming *incoming) {
  return buffered(incoming) > 0;
}

bool lzr_incoming_has_part(const struct lzr_incoming *incoming) {
  return incoming->has_header || buffered(incoming) > 0;
}

/* ---- Reading ---- */

/* Chooses where the next bytes go: behind the payload's bytes that have
   arrived, whose memory grows now, or otherwise to the buffer. */
static lzr_error *place(struct lzr_incoming *incoming, uint8_t **to,
                        size_t *size) {
  lzr_error *error = NULL;

  if (!incoming->has_header) {
    size_t kept = buffered(incoming);

    memmove(incoming->buffer, incoming->buffer + incoming->start, kept);
    incoming->start = 0;
    incoming->end = kept;
    *to = incoming->buffer + kept;
    *size = BUFFER_SIZE - kept;
    return NULL;
  }
  if (incoming->arrived == incoming->capacity) {
    size_t more = incoming->arrived > BUFFER_SIZE ? incoming->arrived
                                                  : (size_t)BUFFER_SIZE;

    if (more > missing(incoming))
      more = missing(incoming);
    error = resize(incoming, incoming->arrived + more);
  }
  *to = incoming->message.payload + incoming->arrived;
  *size = incoming->capacity - incoming->arrived;
  return error;
}

static void count(struct lzr_incoming *incoming, size_t size) {
  if (incoming->has_header)
    incoming->arrived += size;
  else
    incoming->end += size;
}

static lzr_error *cut_off(const struct lzr_incoming *incoming) {
  size_t there = incoming->has_header ? LZR_HEADER_SIZE + incoming->arrived
                                      : buffered(incoming);
  uint64_t size = incoming->has_header ? incoming->message.header.size
                                       : (uint64_t)LZR_HEADER_SIZE;

  if (there == 0)
    return NULL;
  return lzr_error_create(LZR_ERROR_CLOSED,
                          "%s closed the connection inside a message, after "
                          "%zu bytes of %s%" PRIu64,
                          incoming->peer, there,
                          incoming->has_header ? "" : "a header's ", size);
}

enum lzr_next lzr_incoming_fill(struct lzr_incoming *incoming,
                                lzr_error **error) {
  uint8_t *to;
  size_t size;
  ssize_t got;

  *error = place(incoming, &to, &size);
  if (*error)
    return LZR_NEXT_ERROR;
  do
    got = incoming->is_socket ? recv(incoming->in, to, size, MSG_DONTWAIT)
                              : read(incoming->in, to, size);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    count(incoming, (size_t)got);
    return LZR_NEXT_MESSAGE;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return LZR_NEXT_NOTHING;
  *error = got == 0
               ? cut_off(incoming)
               : lzr_error_create(LZR_ERROR_CLOSED, "cannot read from %s: %s",
                                  incoming->peer, strerror(errno));
  return *error ? LZR_NEXT_ERROR : LZR_NEXT_END;
}

/* ---- Waiting ---- */

/* The number of waits that this thread is in: more than one if a signal handler
   has interrupted a wait. */
static _Thread_local unsigned depth;

static void nap(void) {
  static const struct timespec time = {0, 20000};

  nanosleep(&time, NULL);
}

/* From here to leave(), the descriptor numbers keep their meaning. */
static void enter(struct lzr_incoming *incoming) {
  for (;;) {
    atomic_fetch_add(&incoming->waiting, 1);
    if (!atomic_load(&incoming->moving))
      break;
    atomic_fetch_sub(&incoming->waiting, 1);
    nap();
  }
  depth++;
}

static void leave(struct lzr_incoming *incoming) {
  depth--;
  atomic_fetch_sub(&incoming->waiting, 1);
}

void lzr_incoming_renew(struct lzr_incoming *incoming, int in) {
  incoming->in = in;
  incoming->stop = -1;
  incoming->is_socket = true;
  incoming->flags = -1;
  atomic_store(&incoming->waiting, depth);
  atomic_store(&incoming->moving, false);
  incoming->start = incoming->end = 0;
  incoming->has_header = false;
  incoming->message = (struct lzr_message){0}; /* its block is lost */
  incoming->arrived = incoming->capacity = 0;
}

enum lzr_next lzr_incoming_wait(struct lzr_incoming *incoming, int64_t timeout,
                                const sigset_t *signals) {
  struct timespec time = {timeout / 1000000, timeout % 1000000 * 1000};
  bool moving;
  int ready;

  enter(incoming);
  struct pollfd polled[] = {{incoming->in, POLLIN, 0},
                            {incoming->stop, POLLIN, 0}};
  ready = ppoll(polled, 2, timeout < 0 ? NULL : &time, signals);
  moving = atomic_load(&incoming->moving);
  leave(incoming);
  if (ready <= 0 || moving)
    return LZR_NEXT_NOTHING;
  return polled[1].revents ? LZR_NEXT_END : LZR_NEXT_MESSAGE;
}

/* A wait that a signal handler has jumped out of never ends, so do not wait for
   it for ever. */
static void await_waiters(struct lzr_incoming *incoming) {
  enum { NAPS = 5000 };

  for (int i = 0; i < NAPS && atomic_load(&incoming->waiting) > depth; i++)
    nap();
}

void lzr_incoming_move(struct lzr_incoming *incoming, int number, int moved) {
  uint64_t count;

  while (atomic_exchange(&incoming->moving, true))
    nap(); /* another thread moves */
  lzr_incoming_stop(incoming);
  await_waiters(incoming);
  if (incoming->in == number)
    incoming->in = moved;
  if (incoming->stop == number)
    incoming->stop = moved;
  while (read(incoming->stop, &count, sizeof count) < 0 && errno == EINTR)
    ;
  atomic_store(&incoming->moving, false);
}

static int64_t microseconds(void) {
  return (int64_t)(lzr_now() / LZR_MICROSECOND);
}

enum lzr_next lzr_incoming_next(struct lzr_incoming *incoming, int timeout,
                                struct lzr_message *message,
                                lzr_error **error) {
  int64_t deadline = microseconds() + timeout * INT64_C(1000);
  enum lzr_next next;

  for (;;) {
    int64_t left = deadline - microseconds();

    next = lzr_incoming_take(incoming, message, error);
    if (next != LZR_NEXT_NOTHING || left < 0)
      return next;
    next = lzr_incoming_wait(incoming, left, NULL);
    if (next == LZR_NEXT_MESSAGE)
      next = lzr_incoming_fill(incoming, error);
    if (next == LZR_NEXT_END || next == LZR_NEXT_ERROR)
      return next;
  }
}
