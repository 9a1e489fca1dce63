/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Two connections call each other from many threads, with calls that call
 * back, posts, a thread at each end that attends, and connections that end in
 * the middle of it all: a plain program, which also runs under
 * ThreadSanitizer. Exits with 0 if every answer was right.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/wire/connection.h"

enum { THREADS = 4, CALLS = 300, ROUNDS = 12, BIG = 200 << 10 };
enum tag { TAG_ECHO, TAG_QUICK, TAG_BACK, TAG_ATTENDED, TAGS };

static lzr_connection *ends[2];
static atomic_bool is_busy[2]; /* who attends there */
static atomic_int wrong, answered, told;
static bool is_to_last; /* calls may not fail */

static void complain(lzr_error *error) {
  if (error && is_to_last) {
    fprintf(stderr, "tpc_wire_race: %s\n", lzr_error_message(error));
    wrong++;
  }
  lzr_error_destroy(error);
}

static bool is_quick(void *data, uint64_t tag) {
  (void)data;
  return tag == TAG_QUICK;
}

/* Calls tag, and checks that the same comes back. */
static void call(lzr_connection *connection, enum tag tag, const void *bytes,
                 size_t size) {
  uint8_t *answer;
  size_t answer_size;
  lzr_error *error =
      lzr_connection_call(connection, tag, bytes, size, &answer, &answer_size);

  if (!error && (answer_size != size || memcmp(answer, bytes, size) != 0))
    wrong++;
  complain(error);
  free(answer);
}

static void serve(void *data, struct lzr_call *call_in) {
  (void)data;
  if (call_in->tag == TAG_BACK)
    call(call_in->connection, call_in->bytes[0] % 2 ? TAG_ECHO : TAG_QUICK,
         call_in->bytes, call_in->size);
  lzr_call_answer(call_in, call_in->bytes, call_in->size);
}

static bool attends(void *data, uint64_t tag) {
  return tag == TAG_ATTENDED && !atomic_exchange((atomic_bool *)data, true);
}

static void *attend(void *data) {
  lzr_connection **end = data;
  struct lzr_call *call_in;

  while ((call_in = lzr_connection_attend(*end))) {
    call(*end, TAG_ECHO, call_in->bytes, call_in->size);
    atomic_store(&is_busy[end - ends], false);
    lzr_call_answer(call_in, call_in->bytes, call_in->size);
  }
  return NULL;
}

static void ended(void *data, const lzr_error *reason) {
  (void)data;
  if (reason && is_to_last)
    wrong++;
  told++;
}

static void count_answer(void *data, const uint8_t *answer, size_t size) {
  (void)data;
  (void)answer;
  (void)size;
  answered++;
}

static void open_ends(bool callers_read, bool pipes) {
  struct lzr_connection_options options = {.callers_read = callers_read,
                                           .data = &is_busy[0],
                                           .is_quick = is_quick,
                                           .attends = attends,
                                           .serve = serve,
                                           .ended = ended};
  int forth[2], back[2];
  uint8_t *setup;
  size_t size;

  if (pipes ? pipe(forth) != 0 || pipe(back) != 0
            : socketpair(AF_UNIX, SOCK_STREAM, 0, forth) != 0)
    exit(2);
  is_busy[0] = is_busy[1] = false;
  if (lzr_connection_create(pipes ? back[0] : forth[0],
                            pipes ? forth[1] : forth[0], &options, &ends[0]))
    exit(2);
  options.data = &is_busy[1];
  if (lzr_connection_create(pipes ? forth[0] : forth[1],
                            pipes ? back[1] : forth[1], &options, &ends[1]) ||
      lzr_connection_start(ends[1], "", 0) ||
      lzr_connection_meet(ends[0], 5000, &setup, &size))
    exit(2);
  free(setup);
}

static void *work(void *data) {
  unsigned seed = *(unsigned *)data;
  lzr_connection *connection = ends[seed % 2];
  uint8_t *bytes = calloc(1, BIG);

  for (int i = 0; i < CALLS; i++) {
    size_t size = 1 + (size_t)rand_r(&seed) % (i % 50 ? 100 : BIG);

    bytes[0] = (uint8_t)i;
    if (i % 4 == 0)
      complain(lzr_connection_post(connection, TAG_QUICK, bytes, size,
                                   count_answer, NULL));
    call(connection, (enum tag)(rand_r(&seed) % TAGS), bytes, size);
  }
  free(bytes);
  return NULL;
}

static void play(bool to_last, bool callers_read, bool pipes) {
  pthread_t threads[THREADS], attendants[2];
  unsigned seeds[THREADS];

  is_to_last = to_last;
  answered = told = 0;
  open_ends(callers_read, pipes);
  for (int i = 0; i < 2; i++)
    if (pthread_create(&attendants[i], NULL, attend, &ends[i]) != 0)
      exit(2);
  for (unsigned i = 0; i < THREADS; i++) {
    seeds[i] = i;
    if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0)
      exit(2);
  }
  if (!to_last) {
    usleep(2000);
    lzr_connection_end(ends[0], lzr_error_create(LZR_ERROR_LIMIT, "enough"));
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  if (to_last && answered != THREADS * ((CALLS + 3) / 4)) {
    fprintf(stderr, "tpc_wire_race: %d posts answered\n", (int)answered);
    wrong++;
  }
  for (int i = 0; i < 2; i++) {
    lzr_connection_recall(ends[i]);
    pthread_join(attendants[i], NULL);
  }
  lzr_connection_destroy(ends[0]);
  lzr_connection_destroy(ends[1]);
  if (told != 2)
    wrong++;
}

int main(void) {
  for (int i = 0; i < ROUNDS; i++)
    play(i >= 4, i & 1, i & 2);
  if (wrong != 0)
    fprintf(stderr, "tpc_wire_race: %d things were wrong\n", (int)wrong);
  return wrong != 0;
}
