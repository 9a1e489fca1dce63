/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/profile.h"

#include <errno.h>
#include <string.h>

#include "tpc/common/allocation.h"
#include "tpc/target/fork.h"

enum { ALIGNMENT = 8 };

typedef bool (*add_function)(const struct lzr_profiled_function *function,
                             const char *name, char path[LZR_PROFILE_PATH]);

static lzr_error *refuse(lzr_addr address) {
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "what a profiler is told at 0x%llx makes no sense",
                          (unsigned long long)address);
}

/* Whether size bytes are so many lines. */
static bool are_lines(const char *bytes, uint64_t size, uint64_t count) {
  enum { HEAD = sizeof(struct lzr_profiled_line) };

  for (uint64_t i = 0; i < count; i++) {
    uint64_t length = size > HEAD ? strnlen(bytes + HEAD, size - HEAD) : 0;
    if (size <= HEAD || length == size - HEAD)
      return false;
    bytes += HEAD + length + 1;
    size -= HEAD + length + 1;
  }
  return size == 0;
}

/* Whether left bytes hold a function, its name and its lines. */
static bool is_sound(const struct lzr_block *block, const uint8_t *bytes,
                     uint64_t left) {
  const struct lzr_profiled_function *function = (const void *)bytes;
  const char *name = (const char *)(function + 1);

  if (left < sizeof *function)
    return false;
  left -= sizeof *function;
  return function->name_size > 0 && function->name_size <= left &&
         strnlen(name, function->name_size) + 1 == function->name_size &&
         function->lines_size <= left - function->name_size &&
         are_lines(name + function->name_size, function->lines_size,
                   function->line_count) &&
         lzr_allocation_find(&block->allocation, function->address,
                             function->size) == LZR_PROT_CODE;
}

static uint64_t size_of(const struct lzr_profiled_function *function) {
  uint64_t size = sizeof *function + function->name_size + function->lines_size;

  return (size + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

/* Adds all functions, or only checks them if add is NULL. */
static lzr_error *walk(const struct lzr_block *block,
                       const struct lzr_action *action, add_function add) {
  lzr_addr at = action->address, end = at + action->size;
  char path[LZR_PROFILE_PATH];

  while (at < end) {
    const struct lzr_profiled_function *function = (void *)(uintptr_t)at;

    if (!add && !is_sound(block, (const uint8_t *)function, end - at))
      return refuse(at);
    if (add && !add(function, (const char *)(function + 1), path))
      return lzr_error_create(LZR_ERROR_TARGET, "cannot write '%s': %s", path,
                              strerror(errno));
    at += size_of(function);
  }
  return NULL;
}

lzr_error *lzr_profile_add(const struct lzr_block *block,
                           const struct lzr_action *action) {
  lzr_error *error = action->address % ALIGNMENT ? refuse(action->address)
                                                 : walk(block, action, NULL);

  if (error)
    return error;
  lzr_target_lock();
  error = walk(block, action,
               action->kind == LZR_ACTION_JITDUMP ? lzr_jitdump_add
                                                  : lzr_perf_map_add);
  lzr_target_unlock();
  return error;
}
