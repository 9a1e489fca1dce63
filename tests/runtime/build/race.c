/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads and a signal handler look addresses up while another thread adds
 * functions: a plain program, which also runs under ThreadSanitizer. Exits
 * with 0 if every function that was found was complete, and every function
 * that had been added was found.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "runtime/build/extents.h"

enum { READERS = 3, FUNCTIONS = 4000, SIZE = 32 };

static struct lzr_extents extents;
static atomic_uint added; /* of order's, so many are there */
static unsigned order[FUNCTIONS];
static atomic_int wrong;
static atomic_uint handled; /* by the handler */

static lzr_addr start_of(unsigned i) {
  return 0x100000 + (lzr_addr)i * SIZE;
}

/* The unit tells which function it is. */
static struct lzr_extent extent_of(unsigned i) {
  return (struct lzr_extent){
      .start = start_of(i), .size = SIZE, .unit = i, .version = i % 5};
}

static void look_for(unsigned i, bool is_there) {
  struct lzr_extent found;
  bool seen =
      lzr_extents_find(&extents, start_of(i) + (i + handled) % SIZE, &found);
  if (is_there && !seen)
    atomic_fetch_add(&wrong, 1);
  if (seen && (found.start != start_of(i) || found.unit != i ||
               found.size != SIZE || found.version != i % 5))
    atomic_fetch_add(&wrong, 1);
}

static void list_all(void) {
  struct lzr_extent *list;
  size_t count, least = atomic_load(&added);
  if (!lzr_extents_list(&extents, &list, &count))
    exit(2);
  if (count < least)
    atomic_fetch_add(&wrong, 1);
  for (size_t i = 1; i < count; i++)
    if (list[i - 1].start >= list[i].start)
      atomic_fetch_add(&wrong, 1);
  free(list);
}

static void *read_on(void *data) {
  unsigned seed = *(unsigned *)data;
  for (unsigned round = 0; atomic_load(&added) < FUNCTIONS; round++) {
    unsigned there = atomic_load(&added), i = (unsigned)rand_r(&seed);
    look_for(order[i % FUNCTIONS], i % FUNCTIONS < there);
    if (round % 256 == 0)
      list_all();
  }
  return NULL;
}

/* On whichever thread, the writer among them. */
static void handle(int signal_number) {
  (void)signal_number;
  unsigned there = atomic_load(&added), at = atomic_fetch_add(&handled, 1);
  if (there > 0)
    look_for(order[at % there], true);
}

static void start_signals(void) {
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
  struct itimerval often = {{0, 500}, {0, 500}};
  if (sigaction(SIGALRM, &action, NULL) != 0 ||
      setitimer(ITIMER_REAL, &often, NULL) != 0)
    exit(2);
}

static void stop_signals(void) {
  struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
}

static void shuffle(unsigned seed) {
  for (unsigned i = 0; i < FUNCTIONS; i++)
    order[i] = i;
  for (unsigned i = FUNCTIONS - 1; i > 0; i--) {
    unsigned other = (unsigned)rand_r(&seed) % (i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}

static void add_all(void) {
  for (unsigned i = 0; i < FUNCTIONS; i += 2) {
    struct lzr_extent two[] = {extent_of(order[i]), extent_of(order[i + 1])};
    if (!lzr_extents_add(&extents, two, 2))
      exit(2);
    atomic_store(&added, i + 2);
  }
}

static void play_round(unsigned seed) {
  pthread_t threads[READERS];
  unsigned seeds[READERS];
  atomic_store(&added, 0);
  shuffle(seed);
  for (unsigned i = 0; i < READERS; i++) {
    seeds[i] = 10 * seed + i;
    if (pthread_create(&threads[i], NULL, read_on, &seeds[i]) != 0)
      exit(2);
  }
  add_all();
  for (unsigned i = 0; i < READERS; i++)
    pthread_join(threads[i], NULL);
  for (unsigned i = 0; i < FUNCTIONS; i++)
    look_for(i, true);
}

int main(void) {
  start_signals();
  for (unsigned seed = 1; seed <= 3; seed++) {
    play_round(seed);
    /* The handler must not look at a set that is being ended. */
    stop_signals();
    lzr_extents_fini(&extents);
    atomic_store(&added, 0);
    start_signals();
  }
  stop_signals();
  if (wrong || !handled)
    fprintf(stderr, "build_race: %d answers were wrong, %u signals\n",
            (int)wrong, (unsigned)handled);
  return wrong != 0 || handled == 0;
}
