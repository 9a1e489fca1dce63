/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/relay_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/executor/relay_calls.h"
#include "tpc/executor/relay_failure.h"
#include "tpc/wire/little_endian.h"
#include "tpc/wire/services.h"

enum {
  PIECE = 64 << 10, /* bytes in one message */
  AHEAD = 8,        /* output messages that may be unanswered at a time */
  MAX_ERRNO = 4095  /* Linux's */
};

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

static lzr_error *no_memory(const char *what) {
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory for %s", what);
}

/* ---- Output ---- */

/* Waits until there is something to read. Returns false when the child has
   ended and has left nothing to read. */
static bool wait_for_output(const struct lzr_relay_stream *stream) {
  struct pollfd polled[] = {{stream->ours, POLLIN, 0},
                            {stream->relay->over[0], POLLIN, 0}};

  while (poll(polled, 2, -1) < 0)
    if (errno != EINTR)
      return false;
  return polled[0].revents != 0;
}

/* At most AHEAD calls are under way, so a program that prints faster than the
   controller can show it must wait. */
static void call_output(struct lzr_relay_stream *stream, const uint8_t *bytes,
                        size_t size) {
  struct lzr_writer arguments = {0};

  wait_for(&stream->turns);
  if (atomic_load(&stream->relay->gone)) {
    /* Errors may still interest whoever sees the executor's own. */
    if (stream->descriptor == STDERR_FILENO)
      write_all(STDERR_FILENO, bytes, size);
    sem_post(&stream->turns);
    lzr_output_end(stream->output, 0, false);
    return;
  }
  lzr_pack_u8(&arguments, (uint8_t)stream->descriptor);
  lzr_pack_bytes(&arguments, bytes, size);
  if (arguments.failed)
    lzr_relay_check(stream->relay, no_memory("what the program has printed"));
  else
    lzr_relay_check(stream->relay,
                    lzr_relay_call(stream->relay, lzr_relay_next(stream),
                                   LZR_TAG_OUTPUT, arguments.bytes,
                                   arguments.size));
  lzr_writer_fini(&arguments);
}

static void *pass_output(void *data) {
  struct lzr_relay_stream *stream = data;
  uint8_t bytes[PIECE];

  while (wait_for_output(stream)) {
    ssize_t size;

    lzr_output_begin(stream->output);
    size = read(stream->ours, bytes, sizeof bytes);
    if (size > 0 && atomic_load(&stream->relay->is_ours)) {
      call_output(stream, bytes, (size_t)size);
      continue;
    }
    if (size > 0)
      write_all(STDERR_FILENO, bytes, (size_t)size);
    lzr_output_end(stream->output, 0, false);
    if (size == 0 || (size < 0 && errno != EINTR))
      break;
  }
  return NULL;
}

/* ---- Input ---- */

/* Returns false when nobody will read any more. */
static bool wait_for_room(const struct lzr_relay_stream *stream) {
  struct pollfd polled = {stream->ours, POLLOUT, 0};

  while (poll(&polled, 1, -1) < 0)
    if (errno != EINTR)
      return false;
  return !(polled.revents & (POLLERR | POLLNVAL));
}

/* Waits until the controller has sent input, or until the end. */
static bool ask_for_input(struct lzr_relay_stream *stream) {
  uint8_t most[sizeof(uint64_t)];

  lzr_store_le(most, sizeof most, PIECE);
  atomic_store(&stream->asked, true);
  if (!lzr_relay_check(stream->relay,
                       lzr_relay_call(stream->relay, lzr_relay_next(stream),
                                      LZR_TAG_INPUT, most, sizeof most)))
    return false;
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

/* ---- Answers ---- */

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
  } else if (!reader.failed && count > 0) {
    lzr_relay_check(stream->relay, no_memory("the program's input"));
  }
  sem_post(&stream->turns);
}

/* Controllers of other versions answer nothing. */
static void take_outcome(struct lzr_relay_stream *stream,
                         const uint8_t *payload, size_t size) {
  struct lzr_reader reader;
  uint32_t failure;
  bool awaited;

  lzr_reader_init(&reader, payload, size);
  failure = lzr_unpack_u32(&reader);
  awaited = lzr_unpack_bool(&reader);
  if (reader.failed)
    failure = 0, awaited = false;
  if (failure > MAX_ERRNO)
    failure = EIO;
  lzr_output_end(stream->output, (int)failure, awaited);
  sem_post(&stream->turns);
}

/* The last call's answer may come, but nobody waits for it. */
static lzr_error *refuse_answer(uint64_t sequence) {
  if (sequence == LZR_RELAY_LAST)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_FORMAT,
      "the controller answered call number %llu, which nobody waits for",
      (unsigned long long)sequence);
}

lzr_error *lzr_relay_take_answer(struct lzr_relay *relay, uint64_t sequence,
                                 const uint8_t *payload, size_t size) {
  struct lzr_relay_stream *stream = lzr_relay_stream_of(relay, sequence);

  if (!stream || atomic_load(&stream->unanswered) == 0)
    return refuse_answer(sequence);
  atomic_fetch_sub(&stream->unanswered, 1);
  if (stream->descriptor == STDIN_FILENO)
    take_input(stream, payload, size);
  else
    take_outcome(stream, payload, size);
  return NULL;
}

/* ---- Starting and ending ---- */

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
  struct lzr_output *outputs = lzr_outputs_create(LZR_RELAY_STREAMS);

  if (!outputs)
    return false;
  for (int i = 0; i < LZR_RELAY_STREAMS; i++) {
    if (!open_stream(relay, i))
      return false;
    relay->streams[i].output = lzr_output_at(outputs, (size_t)i);
  }
  return true;
}

bool lzr_relay_take_streams(struct lzr_relay *relay) {
  for (int i = 0; i < LZR_RELAY_STREAMS; i++) {
    struct lzr_relay_stream *stream = &relay->streams[i];

    if (dup2(stream->programs, i) < 0)
      return false;
    if (i != STDIN_FILENO)
      lzr_output_watch(i, stream->output);
    close(stream->programs);
    close(stream->ours);
  }
  return true;
}

bool lzr_relay_start_streams(struct lzr_relay *relay) {
  for (int i = 0; i < LZR_RELAY_STREAMS; i++) {
    struct lzr_relay_stream *stream = &relay->streams[i];

    close(stream->programs);
    errno =
        pthread_create(&stream->thread, NULL,
                       i == STDIN_FILENO ? pass_input : pass_output, stream);
    if (errno != 0)
      return false;
  }
  return true;
}

void lzr_relay_drop_streams(struct lzr_relay *relay) {
  for (int i = STDOUT_FILENO; i < LZR_RELAY_STREAMS; i++) {
    if (relay->with_stdio)
      lzr_output_give_up(relay->streams[i].output);
    sem_post(&relay->streams[i].turns);
  }
}

/* The thread that waits for input is not joined: it may wait until the process
   ends. */
void lzr_relay_drain_streams(struct lzr_relay *relay) {
  for (int i = STDOUT_FILENO; i < LZR_RELAY_STREAMS; i++)
    pthread_join(relay->streams[i].thread, NULL);
}
