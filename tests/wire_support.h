/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the tests of connections have in common: two ends in this process, or
   one end and a peer that is nothing but descriptors. */
#ifndef LZR_TESTS_WIRE_SUPPORT_H
#define LZR_TESTS_WIRE_SUPPORT_H

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tpc/wire/connection.h"
#include "tpc/wire/header.h"

enum { PATIENCE = 20 }; /* seconds, for whatever a test waits for */

static inline void expect_fine(lzr_error *error) {
  cr_assert_null(error, "%s", lzr_error_message(error));
}

/* error is of kind, and its sentence contains words. Destroys it. */
static inline void expect_error(lzr_error *error, lzr_error_kind kind,
                                const char *words) {
  cr_assert_not_null(error, "there should be an error about '%s'", words);
  cr_expect_eq(lzr_error_get_kind(error), kind, "%s: %s",
               lzr_error_kind_name(lzr_error_get_kind(error)),
               lzr_error_message(error));
  cr_expect(strstr(lzr_error_message(error), words), "'%s' lacks '%s'",
            lzr_error_message(error), words);
  lzr_error_destroy(error);
}

static inline void expect_posted(sem_t *semaphore, const char *what) {
  struct timespec deadline;

  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += PATIENCE;
  cr_assert_eq(sem_timedwait(semaphore, &deadline), 0, "%s", what);
}

/* How an end reports its own end. */
struct ending {
  sem_t told;
  int count;
  char reason[512]; /* "" for none */
  lzr_error_kind kind;
};

static inline void note_ending(struct ending *ending, const lzr_error *reason) {
  ending->count++;
  if (reason) {
    ending->kind = lzr_error_get_kind(reason);
    strncpy(ending->reason, lzr_error_message(reason),
            sizeof ending->reason - 1);
  }
  sem_post(&ending->told);
}

/* A raw peer. */

/* Two descriptors at each end of a stream; a socket's are the same. */
struct stream {
  int in[2], out[2];
};

static inline struct stream open_stream(bool pipes) {
  struct stream stream;
  int forth[2], back[2];

  if (!pipes) {
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, forth), 0);
    for (int i = 0; i < 2; i++)
      stream.in[i] = stream.out[i] = forth[i];
    return stream;
  }
  cr_assert(pipe(forth) == 0 && pipe(back) == 0);
  stream.in[0] = back[0];
  stream.out[0] = forth[1];
  stream.in[1] = forth[0];
  stream.out[1] = back[1];
  return stream;
}

static inline void close_end(const struct stream *stream, int end) {
  close(stream->in[end]);
  if (stream->out[end] != stream->in[end])
    close(stream->out[end]);
}

static inline void raw_write(int out, const void *bytes, size_t size) {
  cr_assert_eq(write(out, bytes, size), (ssize_t)size);
}

static inline void raw_header(int out, uint64_t size, uint64_t opcode,
                              uint64_t sequence, uint64_t tag) {
  uint8_t bytes[LZR_HEADER_SIZE];

  lzr_store_le(bytes, 8, size);
  lzr_store_le(bytes + 8, 8, opcode);
  lzr_store_le(bytes + 16, 8, sequence);
  lzr_store_le(bytes + 24, 8, tag);
  raw_write(out, bytes, sizeof bytes);
}

static inline void raw_send(int out, uint64_t opcode, uint64_t sequence,
                            uint64_t tag, const void *payload, size_t size) {
  raw_header(out, LZR_HEADER_SIZE + size, opcode, sequence, tag);
  if (size > 0)
    raw_write(out, payload, size);
}

/* False at the end of the stream. */
static inline bool raw_read(int in, void *bytes, size_t size) {
  size_t total = 0;

  while (total < size) {
    ssize_t got = read(in, (char *)bytes + total, size - total);

    if (got <= 0)
      return false;
    total += (size_t)got;
  }
  return true;
}

/* The next message; its payload, cut at capacity. */
static inline struct lzr_header raw_receive(int in, void *payload,
                                            size_t capacity) {
  uint8_t bytes[LZR_HEADER_SIZE], byte;
  struct lzr_header header;

  cr_assert(raw_read(in, bytes, sizeof bytes), "the stream ended");
  header = lzr_header_unpack(bytes);
  for (uint64_t i = 0; i < header.size - LZR_HEADER_SIZE; i++) {
    cr_assert(raw_read(in, &byte, 1));
    if (i < capacity)
      ((uint8_t *)payload)[i] = byte;
  }
  return header;
}

#endif
