/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of what stays in memory.
 */
#ifndef LZR_TESTS_MEMORY_SUPPORT_H
#define LZR_TESTS_MEMORY_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* Sanitizers keep what is freed, and take their time. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_KEPT 1
#else
#define MEMORY_IS_KEPT 0
#endif
enum { FEWER = MEMORY_IS_KEPT ? 20 : 1 }; /* times something is done */

struct memory {
  long resident; /* KiB */
  int mappings;
};

static inline struct memory memory_of(pid_t process) {
  struct memory memory = {0, 0};
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", (int)process);
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  while (fgets(line, sizeof line, file))
    sscanf(line, "VmRSS: %ld", &memory.resident);
  fclose(file);
  snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
  file = fopen(path, "r");
  for (int c; (c = getc(file)) != EOF;)
    memory.mappings += c == '\n';
  fclose(file);
  return memory;
}

/* Not more than so many KiB have come. */
static inline void expect_at_most(const struct memory *before,
                                  const struct memory *after, long most) {
  if (!MEMORY_IS_KEPT)
    cr_expect_leq(after->resident - before->resident, most, "%ld KiB, then %ld",
                  before->resident, after->resident);
}

/* Memory has not grown with time. The C library may have mapped an arena for a
   thread. */
static inline void expect_flat(const struct memory *before,
                               const struct memory *after) {
  expect_at_most(before, after, 256);
  cr_expect_leq(after->mappings, before->mappings + 8, "%d mappings, then %d",
                before->mappings, after->mappings);
}

#endif
