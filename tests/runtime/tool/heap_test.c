/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/tool/heap.h"
#include "tpc/tpc.h"

/* This program is linked as lazyrun is: its malloc is the heap's. */

enum { LARGEST = 32 << 10, CLASSES = 84 };

static void *as_own(void *function) {
  lzr_tpc_own_thread();
  ((void (*)(void))(uintptr_t)function)();
  return NULL;
}

/* On a thread of lazyrun's own. */
static void run(void (*function)(void)) {
  pthread_t thread;

  cr_assert_eq(
      pthread_create(&thread, NULL, as_own, (void *)(uintptr_t)function), 0);
  pthread_join(thread, NULL);
}

static bool is_filled(const void *block, int byte, size_t size) {
  const unsigned char *bytes = block;

  for (size_t i = 0; i < size; i++)
    if (bytes[i] != (unsigned char)byte)
      return false;
  return true;
}

/* What a heap has not used is no memory yet. */

static void allocate_little(void) {
  enum { LITTLE = 16 << 20 };
  static char line[256];
  unsigned long start = 0, end = 0;
  char *block = malloc(100);
  FILE *maps = fopen("/proc/self/maps", "r");
  bool found = false;

  cr_assert(lzr_heap_holds(block));
  cr_assert(maps);
  while (!found && fgets(line, sizeof line, maps))
    found = sscanf(line, "%lx-%lx rw", &start, &end) == 2 &&
            (uintptr_t)block - start < end - start;
  cr_expect(found);
  cr_expect_leq(end - start, LITTLE, "%s", line);
  fclose(maps);
  free(block);
}

Test(heap, takes_little_memory_for_little) {
  run(allocate_little);
}

/* Blocks. */

static size_t size_at(int i) {
  return i < 3000 ? (size_t)i : (size_t)i * 7 - 18000;
}

static void allocate_every_size(void) {
  enum { COUNT = 8000 };
  static unsigned char *blocks[COUNT];

  for (int i = 0; i < COUNT; i++) {
    blocks[i] = malloc(size_at(i));
    cr_assert(blocks[i]);
    cr_expect_eq((uintptr_t)blocks[i] % 16, 0);
    cr_expect_eq(lzr_heap_holds(blocks[i]), size_at(i) <= LARGEST);
    memset(blocks[i], i, size_at(i));
  }
  for (int i = 0; i < COUNT; i++)
    cr_expect(is_filled(blocks[i], i, size_at(i)), "%zu bytes", size_at(i));
  for (int i = 0; i < COUNT; i++)
    free(blocks[i]);
}

Test(heap, has_blocks_of_every_size) {
  run(allocate_every_size);
}

static void allocate_again(void) {
  char *first = malloc(100), *second;

  memset(first, 1, 100);
  free(first);
  second = calloc(4, 25);
  cr_expect_eq(first, second);
  cr_expect(is_filled(second, 0, 100));
  free(second);
  free(NULL);
}

Test(heap, uses_a_block_again) {
  run(allocate_again);
}

static void grow(void) {
  size_t size = 1;
  char *block = realloc(NULL, size);

  memset(block, 7, size);
  while (size < 1 << 20) {
    size_t more = size / 3 + 1;

    block = realloc(block, size + more);
    cr_assert(block);
    cr_expect(is_filled(block, 7, size));
    memset(block + size, 7, more);
    size += more;
  }
  cr_expect_not(lzr_heap_holds(block));
  block = reallocarray(block, 10, 10);
  cr_expect(is_filled(block, 7, 100));
  free(block);
}

Test(heap, keeps_what_is_in_a_block_that_grows) {
  run(grow);
}

static void ask_for_too_much(void) {
  volatile size_t many = SIZE_MAX / 2;
  char *volatile block = malloc(10); /* compilers take it for gone */

  strcpy(block, "old");
  cr_expect_null(calloc(many, 3));
  errno = 0;
  cr_expect_null(reallocarray(block, many, 3));
  cr_expect_eq(errno, ENOMEM);
  cr_expect_null(realloc(block, many));
  cr_expect_str_eq(block, "old");
  free(block);
}

Test(heap, refuses_what_is_too_large) {
  run(ask_for_too_much);
}

static void allocate_aligned(void) {
  for (size_t alignment = 8; alignment <= 4096; alignment *= 2) {
    void *block = aligned_alloc(alignment, 2 * alignment);

    cr_expect_eq((uintptr_t)block % alignment, 0);
    free(block);
  }
}

Test(heap, aligns) {
  run(allocate_aligned);
}

/* Threads. */

Test(heap, leaves_threads_of_the_program_to_libc) {
  char *block = malloc(10);

  *block = 0;
  cr_expect_not(lzr_heap_holds(block));
  free(block);
  block = strdup("libc's"); /* though nothing here frees it but the heap */
  cr_expect_not(lzr_heap_holds(block));
  free(block);
}

enum { EXCHANGED = 1000 };
static void *exchanged[EXCHANGED];

static void allocate_exchanged(void) {
  for (int i = 0; i < EXCHANGED; i++)
    exchanged[i] = malloc(1000);
}

static void expect_held_and_free(void) {
  for (int i = 0; i < EXCHANGED; i++) {
    cr_expect(lzr_heap_holds(exchanged[i]));
    free(exchanged[i]);
  }
}

/* A thousand times a megabyte is more than there is. */
Test(heap, takes_back_what_another_thread_frees) {
  for (int i = 0; i < 1000; i++) {
    run(allocate_exchanged);
    expect_held_and_free();
  }
}

static pthread_barrier_t turn;

static void allocate_in_turns(void) {
  for (int i = 0; i < 1000; i++) {
    allocate_exchanged();
    pthread_barrier_wait(&turn);
    pthread_barrier_wait(&turn);
  }
}

static void free_in_turns(void) {
  void *block = malloc(1); /* it has a heap itself */

  for (int i = 0; i < 1000; i++) {
    pthread_barrier_wait(&turn);
    expect_held_and_free();
    pthread_barrier_wait(&turn);
  }
  free(block);
}

Test(heap, takes_back_what_a_thread_with_a_heap_frees) {
  pthread_t thread;

  pthread_barrier_init(&turn, NULL, 2);
  cr_assert_eq(
      pthread_create(&thread, NULL, as_own, (void *)(uintptr_t)free_in_turns),
      0);
  run(allocate_in_turns);
  pthread_join(thread, NULL);
}

/* A span for each class, five megabytes. */
static void touch_every_class(void) {
  void *blocks[CLASSES];
  size_t size = 1;

  for (int i = 0; i < CLASSES; i++) {
    blocks[i] = malloc(size);
    cr_expect(lzr_heap_holds(blocks[i]));
    size += size < 1024 ? 16 : size / 4;
    if (size > LARGEST)
      size = LARGEST;
  }
  for (int i = 0; i < CLASSES; i++)
    free(blocks[i]);
}

Test(heap, passes_on_to_the_next_thread) {
  for (int i = 0; i < 1000; i++)
    run(touch_every_class);
}

static void exhaust(void) {
  enum { MOST = 10000 };
  static void *blocks[MOST];
  int count = 0;

  while (count < MOST && lzr_heap_holds(blocks[count] = malloc(LARGEST)))
    count++;
  cr_expect_gt(count, 8000);
  cr_expect_lt(count, MOST);
  cr_expect(blocks[count]); /* libc's */
  free(blocks[count]);
  while (count-- > 0)
    free(blocks[count]);
  blocks[0] = malloc(LARGEST);
  cr_expect(lzr_heap_holds(blocks[0]));
  free(blocks[0]);
}

Test(heap, leaves_the_rest_to_libc_when_it_is_full) {
  run(exhaust);
}

/* Forks. */

static void expect_child_succeeds(pid_t child) {
  int status = -1;

  cr_assert_gt(child, 0);
  cr_expect_eq(waitpid(child, &status, 0), child);
  cr_expect_eq(status, 0);
}

static void *use(void *held) {
  char *block;

  lzr_tpc_own_thread();
  block = malloc(1000);
  *block = 0;
  *(bool *)held = lzr_heap_holds(block);
  free(block);
  return NULL;
}

static void fork_and_use(void) {
  void *old = malloc(1000);
  pid_t child = fork();

  if (child == 0) {
    bool held = false;
    pthread_t thread;

    free(old);
    if (pthread_create(&thread, NULL, use, &held) == 0)
      pthread_join(thread, NULL);
    _exit(held ? 0 : 1);
  }
  expect_child_succeeds(child);
  free(old);
}

Test(heap, works_in_a_child) {
  run(fork_and_use);
}
