/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A table has call sites: ranges of code, each with where an exception lands
 * and which actions are taken; the actions of each landing pad; and the types
 * that are caught, backwards from its end. What is in no call site must not
 * throw: the program ends then. So all code is in one, most of it without a
 * landing.
 */
#include "runtime/baseline/exceptions.h"

enum { DW_EH_PE_absptr = 0x00, DW_EH_PE_uleb128 = 0x01, DW_EH_PE_omit = 0xff };

static void put(struct lzr_machine_code *table, unsigned byte) {
  lzr_code_want(table);
  lzr_code_put(table, byte);
}

static void put_unsigned(struct lzr_machine_code *table, uint32_t number) {
  for (; number > 0x7f; number >>= 7)
    put(table, (number & 0x7f) | 0x80);
  put(table, number);
}

/* A number that is not negative, as a signed one. */
static void put_signed(struct lzr_machine_code *table, uint32_t number) {
  for (; number > 0x3f; number >>= 7)
    put(table, (number & 0x7f) | 0x80);
  put(table, number);
}

static size_t size_of_signed(uint32_t number) {
  size_t size = 1;
  for (; number > 0x3f; number >>= 7)
    size++;
  return size;
}

/* Numbers that are written when it is known what they are. */
enum { LATER = 5 };

static size_t put_later(struct lzr_machine_code *table) {
  size_t at = table->size;
  for (unsigned i = 0; i < LATER; i++)
    put(table, 0);
  return at;
}

static void patch_later(struct lzr_machine_code *table, size_t at,
                        size_t number) {
  for (unsigned i = 0; i < LATER && !table->out_of_memory; i++)
    table->bytes[at + i] =
        (uint8_t)((number >> 7 * i & 0x7f) | (i + 1 < LATER ? 0x80 : 0));
}

/* Actions. Each call site has a chain of its own: a record for each clause of
   its landing pad, one behind the other, and one for cleaning up. A pad that
   only cleans up needs none. */

static uint32_t clause(const struct lzr_ir *ir,
                       const struct lzr_ir_instruction *pad, uint32_t k) {
  return ir->items[pad->list + k].number + 1;
}

static size_t size_of_actions(const struct lzr_ir *ir,
                              const struct lzr_ir_instruction *pad) {
  size_t size = pad->count && pad->sub ? 2 : 0;
  for (uint32_t k = 0; k < pad->count; k++)
    size += size_of_signed(clause(ir, pad, k)) + 1;
  return size;
}

/* The second number of a record is the distance from itself to the next one, or
   0. */
static void put_actions(const struct lzr_ir *ir,
                        const struct lzr_ir_instruction *pad,
                        struct lzr_machine_code *table) {
  for (uint32_t k = 0; k < pad->count; k++) {
    bool is_last = k + 1 == pad->count && !pad->sub;
    put_signed(table, clause(ir, pad, k));
    put(table, is_last ? 0 : 1);
  }
  if (pad->count && pad->sub) {
    put(table, 0);
    put(table, 0);
  }
}

/* Call sites. */

static void put_site(struct lzr_machine_code *table, uint32_t start,
                     uint32_t size, uint32_t landing, size_t action) {
  put_unsigned(table, start);
  put_unsigned(table, size);
  put_unsigned(table, landing);
  put_unsigned(table, (uint32_t)action);
}

static void put_sites(const struct lzr_ir *ir,
                      const struct lzr_machine_code *code,
                      const struct lzr_code_function *function,
                      struct lzr_machine_code *table) {
  uint32_t start = function->start, at = start;
  size_t actions = 0;
  for (size_t k = 0; k < code->site_count; k++) {
    const struct lzr_code_site *site = &code->sites[k];
    const struct lzr_ir_instruction *pad = &ir->instructions[site->pad];
    if (site->start > at)
      put_site(table, at - start, site->start - at, 0, 0);
    put_site(table, site->start - start, site->end - site->start,
             site->landing - start, pad->count ? actions + 1 : 0);
    actions += size_of_actions(ir, pad);
    at = site->end;
  }
  if (function->end > at)
    put_site(table, at - start, function->end - at, 0, 0);
}

static void put_types(const struct lzr_ir *ir, uint32_t address_reloc,
                      struct lzr_machine_code *table) {
  for (size_t k = ir->catch_count; k-- > 0;) {
    lzr_code_want(table);
    if (!ir->catches[k].all)
      lzr_code_relocate(table, address_reloc, ir->catches[k].symbol, 0);
    lzr_code_put_number(table, 0, 8);
  }
}

void lzr_exceptions_write(const struct lzr_ir *ir,
                          const struct lzr_machine_code *code,
                          uint32_t address_reloc,
                          struct lzr_code_function *function,
                          struct lzr_machine_code *table) {
  function->has_exceptions = true;
  function->exceptions = (uint32_t)table->size;
  put(table, DW_EH_PE_omit); /* landings count from the function's start */
  put(table, DW_EH_PE_absptr);
  size_t types = put_later(table);
  put(table, DW_EH_PE_uleb128);
  size_t length = put_later(table), sites = table->size;
  put_sites(ir, code, function, table);
  patch_later(table, length, table->size - sites);
  for (size_t k = 0; k < code->site_count; k++)
    put_actions(ir, &ir->instructions[code->sites[k].pad], table);
  put_types(ir, address_reloc, table);
  patch_later(table, types, table->size - types - LATER);
}
