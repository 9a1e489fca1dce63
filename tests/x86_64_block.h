/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stubs, trampolines and a resolver for any save area in plain memory of this
 * process, without a TPC: a page of code and one of data. Tests on x86-64 only.
 */
#ifndef X86_64_BLOCK_H
#define X86_64_BLOCK_H

#include <cpuid.h>
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "stubs/arch.h"
#include "tpc/base/x86_64/save.h"

#define BLOCK_STUBS 4
#define BLOCK_PAGE 4096

/* Offsets in the code page and the data page. */
#define BLOCK_TRAMPOLINES 64
#define BLOCK_RESOLVER 256
#define BLOCK_SLOTS 64
#define BLOCK_UNWIND 256

struct block {
  uint8_t *code;
  uint8_t *data;
  size_t resolver_size;
};

/* What the resolver calls; code needs only its first member. */
struct context {
  uint64_t (*reenter)(struct context *context, uint64_t index);
  uint64_t index; /* seen */
  uint64_t answer;
};

static inline struct lzr_place block_place(uint8_t *bytes) {
  return (struct lzr_place){bytes, (lzr_addr)(uintptr_t)bytes};
}

static inline void block_put(struct block *block, size_t offset,
                             uint64_t value) {
  memcpy(block->data + offset, &value, sizeof value);
}

static inline void block_write(struct block *block, struct context *context,
                               const struct lzr_save_area *save) {
  const struct lzr_arch *arch = lzr_arch_for_triple("x86_64");
  lzr_addr data = (lzr_addr)(uintptr_t)block->data;
  lzr_addr resolver = (lzr_addr)(uintptr_t)block->code + BLOCK_RESOLVER;
  size_t unwind_size = 0;
  cr_assert_null(arch->write_stubs(block_place(block->code), data + BLOCK_SLOTS,
                                   BLOCK_STUBS));
  cr_assert_null(arch->write_trampolines(
      block_place(block->code + BLOCK_TRAMPOLINES), data, 1000, BLOCK_STUBS));
  cr_assert_null(arch->write_resolver(block_place(block->code + BLOCK_RESOLVER),
                                      save, &block->resolver_size));
  cr_assert_null(arch->write_resolver_unwind(
      block_place(block->data + BLOCK_UNWIND), resolver, block->resolver_size,
      save, &unwind_size));
  block_put(block, 0, (uint64_t)(uintptr_t)context);
  block_put(block, 8, resolver);
  for (size_t i = 0; i < BLOCK_STUBS; i++)
    block_put(block, BLOCK_SLOTS + 8 * i,
              (uint64_t)(uintptr_t)block->code + BLOCK_TRAMPOLINES + 16 * i);
}

static inline struct block block_create(struct context *context,
                                        const struct lzr_save_area *save) {
  struct block block = {.resolver_size = 0};
  void *pages = mmap(NULL, 2 * BLOCK_PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  cr_assert_neq(pages, MAP_FAILED);
  block.code = pages;
  block.data = block.code + BLOCK_PAGE;
  block_write(&block, context, save);
  cr_assert_eq(mprotect(pages, BLOCK_PAGE, PROT_READ | PROT_EXEC), 0);
  return block;
}

static inline void block_destroy(struct block *block) {
  munmap(block->code, 2 * BLOCK_PAGE);
}

static inline void (*block_stub(const struct block *block, size_t i))(void) {
  return (void (*)(void))(uintptr_t)(block->code + 8 * i);
}

/* The save areas that this CPU supports. */

#define VECTOR_COMPONENTS 0xe6u

static inline bool cpu_has_xsave(void) {
  unsigned a, b, c = 0, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE);
}

static inline bool cpu_has_xsavec(void) {
  unsigned a = 0, b, c, d;
  return cpu_has_xsave() && __get_cpuid_count(13, 1, &a, &b, &c, &d) && (a & 2);
}

/* All vector components of the CPU, and an area large enough for either
   form. */
static inline struct lzr_save_area cpu_save_area(uint32_t form) {
  struct lzr_save_area save = {form, 0, 0};
  if (form == LZR_SAVE_LEAST)
    return save;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  unsigned a, b = 0, c, d;
  __get_cpuid_count(13, 0, &a, &b, &c, &d);
  save.mask = low & VECTOR_COMPONENTS;
  save.size = (b + 63) & ~63u;
  return save;
}

#endif
