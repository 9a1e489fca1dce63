/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* -fsanitize-coverage=pc-table: a constructor hands over a table of all blocks
   of all functions, and one of counters, which the blocks increment. */
//! flags: -fsanitize-coverage=inline-8bit-counters,pc-table
//! modules: other.c
#include <stdint.h>
#include <stdio.h>

#define NOT_COVERED __attribute__((no_sanitize("coverage")))

struct block {
  uintptr_t address;
  uintptr_t is_entry;
};
static char *first_counter, *last_counter;
static const struct block *first_block, *last_block;

NOT_COVERED void __sanitizer_cov_8bit_counters_init(char *start, char *stop) {
  first_counter = start;
  last_counter = stop;
}

NOT_COVERED void __sanitizer_cov_pcs_init(const uintptr_t *start,
                                          const uintptr_t *stop) {
  first_block = (const struct block *)start;
  last_block = (const struct block *)stop;
}

int other(int x);
volatile int sink;

__attribute__((noinline)) int called(int x) {
  for (int i = 0; i < 10; i++)
    x = x % 3 ? x * 2 : x + 1;
  return x;
}
int never_called(int x) {
  return x ? other(x) : 1;
}

NOT_COVERED static int count(int entries) {
  int found = 0;
  for (const struct block *b = first_block; b < last_block; b++)
    found += b->address && (!entries || b->is_entry);
  return found;
}

NOT_COVERED int main(void) {
  printf("%d entries\n", count(1));
  printf("%d\n", last_counter - first_counter == last_block - first_block &&
                     count(0) == last_block - first_block);
  sink = called(1);
  sink = called(2);
  sink = other(1);
  int calls = 0;
  for (const struct block *b = first_block; b < last_block; b++)
    if (b->is_entry)
      calls += first_counter[b - first_block];
  printf("%d calls\n", calls);
  return 0;
}
//> 3 entries
//> 1
//> 3 calls
