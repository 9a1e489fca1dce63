/* The program's standard input, output and error, when the executor's own are
   the connection. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/executor/relay_inside.h"
#include "tpc/wire/services.h"

enum {
  PIECE = 64 << 10, /* bytes in one message */
  AHEAD = 8         /* output messages that are not answered yet */
};

/* Our sequence numbers: the top bit, whose they are, and a count. */
static const uint64_t own_bit = UINT64_C(1) << 63;
enum { STREAM_SHIFT = 56 };

bool lzr_relay_is_own(uint64_t sequence) {
  return (sequence & own_bit) != 0;
}

uint64_t lzr_relay_next(struct lzr_relay_stream *stream) {
  return own_bit | (uint64_t)stream->descriptor << STREAM_SHIFT |
         stream->calls++;
}

static struct lzr_relay_stream *stream_of(struct lzr_relay *relay,
                                          uint64_t sequence) {
  uint64_t number = (sequence & ~own_bit) >> STREAM_SHIFT;

  return relay->with_stdio && number < LZR_RELAY_STREAMS
             ? &relay->streams[number]
             : NULL;
}

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0)
    ; /* EINTR */
}

/* As much as goes. */
static void write_all(int descriptor, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(descriptor, bytes, size);

    if (written < 0 && errno != EINTR)
      return;
    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
    }
  }
}

/* ---- Output -------------------------------------------------------------- */

/* Waits until there is something to read. False when the child has ended and
   has left nothing. */
static bool wait_for_output(const struct lzr_relay_stream *stream) {
  struct pollfd polled[] = {{stream->ours, POLLIN, 0},
                            {stream->relay->over[0], POLLIN, 0}};

  while (poll(polled, 2, -1) < 0)
    if (errno != EINTR)
      return false;
  return polled[0].revents != 0;
}

/* At most AHEAD calls are on their way, so that a program that prints faster
   than the controller can show it waits. */
static void call_output(struct lzr_relay_stream *stream, const uint8_t *bytes,
                        size_t size) {
  struct lzr_writer arguments = {0};

  wait_for(&stream->turns);
  if (atomic_load(&stream->relay->gone)) {
    sem_post(&stream->turns);
    return;
  }
  lzr_pack_u8(&arguments, (uint8_t)stream->descriptor);
  lzr_pack_bytes(&arguments, bytes, size);
  if (!arguments.failed)
    lzr_error_destroy(lzr_relay_call(stream->relay, lzr_relay_next(stream),
                                     LZR_TAG_OUTPUT, &arguments));
  lzr_writer_fini(&arguments);
}

static void *pass_output(void *data) {
  struct lzr_relay_stream *stream = data;
  uint8_t bytes[PIECE];

  while (wait_for_output(stream)) {
    ssize_t size = read(stream->ours, bytes, sizeof bytes);

    if (size == 0 || (size < 0 && errno != EINTR))
      break;
    if (size < 0)
      continue;
    if (atomic_load(&stream->relay->is_ours))
      call_output(stream, bytes, (size_t)size);
    else
      write_all(STDERR_FILENO, bytes, (size_t)size);
  }
  return NULL;
}

/* ---- Input --------------------------------------------------------------- */

/* False when nobody will read any more. */
static bool wait_for_room(const struct lzr_relay_stream *stream) {
  struct pollfd polled = {stream->ours, POLLOUT, 0};

  while (poll(&polled, 1, -1) < 0)
    if (errno != EINTR)
      return false;
  return !(polled.revents & (POLLERR | POLLNVAL));
}

/* Waits until the controller has some, or the end. */
static bool ask_for_input(struct lzr_relay_stream *stream) {
  struct lzr_writer arguments = {0};
  lzr_error *error;

  lzr_pack_u64(&arguments, PIECE);
  atomic_store(&stream->asked, true);
  error = lzr_relay_call(stream->relay, lzr_relay_next(stream), LZR_TAG_INPUT,
                         &arguments);
  lzr_writer_fini(&arguments);
  if (error) {
    lzr_error_destroy(error);
    return false;
  }
  wait_for(&stream->turns);
  return stream->answer != NULL;
}

static void *pass_input(void *data) {
  struct lzr_relay_stream *stream = data;

  wait_for(&stream->relay->known_as_ours);
  while (wait_for_room(stream) && ask_for_input(stream)) {
    write_all(stream->ours, stream->answer, stream->answer_size);
    free(stream->answer);
    stream->answer = NULL;
  }
  close(stream->ours);
  return NULL;
}

/* ---- Answers ------------------------------------------------------------- */

static void take_input(struct lzr_relay_stream *stream, const uint8_t *payload,
                       size_t size) {
  struct lzr_reader reader;
  const uint8_t *bytes;
  size_t count;

  if (!atomic_exchange(&stream->asked, false))
    return; /* nobody asked */
  lzr_reader_init(&reader, payload, size);
  bytes = lzr_unpack_bytes(&reader, &count);
  if (!reader.failed && count > 0)
    stream->answer = malloc(count);
  if (stream->answer) {
    memcpy(stream->answer, bytes, count);
    stream->answer_size = count;
  }
  sem_post(&stream->turns);
}

void lzr_relay_take_answer(struct lzr_relay *relay, uint64_t sequence,
                           const uint8_t *payload, size_t size) {
  struct lzr_relay_stream *stream = stream_of(relay, sequence);

  if (!stream)
    return;
  if (stream->descriptor == STDIN_FILENO)
    take_input(stream, payload, size);
  else
    sem_post(&stream->turns);
}

/* ---- Beginning and end --------------------------------------------------- */

static bool open_stream(struct lzr_relay *relay, int descriptor) {
  struct lzr_relay_stream *stream = &relay->streams[descriptor];
  bool is_input = descriptor == STDIN_FILENO;
  int ends[2];

  *stream = (struct lzr_relay_stream){.relay = relay, .descriptor = descriptor};
  sem_init(&stream->turns, 0, is_input ? 0 : AHEAD);
  if (pipe2(ends, O_CLOEXEC) != 0)
    return false;
  stream->ours = ends[is_input ? 1 : 0];
  stream->programs = ends[is_input ? 0 : 1];
  return true;
}

bool lzr_relay_open_streams(struct lzr_relay *relay) {
  for (int i = 0; i < LZR_RELAY_STREAMS; i++)
    if (!open_stream(relay, i))
      return false;
  return true;
}

bool lzr_relay_take_streams(struct lzr_relay *relay) {
  for (int i = 0; i < LZR_RELAY_STREAMS; i++) {
    struct lzr_relay_stream *stream = &relay->streams[i];

    if (dup2(stream->programs, i) < 0)
      return false;
    close(stream->programs);
    close(stream->ours);
  }
  return true;
}

bool lzr_relay_start_streams(struct lzr_relay *relay) {
  for (int i = 0; i < LZR_RELAY_STREAMS; i++) {
    struct lzr_relay_stream *stream = &relay->streams[i];

    close(stream->programs);
    if (pthread_create(&stream->thread, NULL,
                       i == STDIN_FILENO ? pass_input : pass_output,
                       stream) != 0)
      return false;
  }
  return true;
}

void lzr_relay_drop_streams(struct lzr_relay *relay) {
  for (int i = STDOUT_FILENO; i < LZR_RELAY_STREAMS; i++)
    sem_post(&relay->streams[i].turns);
}

/* Input may be waited for until the process ends. */
void lzr_relay_drain_streams(struct lzr_relay *relay) {
  for (int i = STDOUT_FILENO; i < LZR_RELAY_STREAMS; i++)
    pthread_join(relay->streams[i].thread, NULL);
}
