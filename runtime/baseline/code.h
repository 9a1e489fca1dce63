/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Machine code while it is generated: bytes, and the relocations that point
 * into them. Code of several functions may follow each other.
 *
 * When memory is out, the code says so and forgets its bytes, so that
 * generators need not look after each one.
 */
#ifndef LZR_BASELINE_CODE_H
#define LZR_BASELINE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lzr_code_reloc {
  uint32_t offset; /* of the field, in the code */
  uint32_t type;   /* of the architecture's ELF relocations */
  uint32_t symbol; /* number in the compact IR */
  int64_t addend;
};

/* Where a function is, in bytes from the start of the code. */
struct lzr_code_function {
  uint32_t start;
  uint32_t end;      /* of what runs; tables may follow */
  uint32_t epilogue; /* where its frame has gone: from there to end the stack
                        pointer is where it was at start; end if nowhere */
  bool has_exceptions;
  uint32_t exceptions; /* offset of its exception table, if it has one */
};

/* A call that exceptions may come from, with where they go. Offsets in the
   code. */
struct lzr_code_site {
  uint32_t start, end;
  uint32_t landing;
  uint32_t pad; /* the landing pad's instruction in the compact IR */
};

/* All zero is empty, but lzr_code_reset() must come before the first byte. */
struct lzr_machine_code {
  uint8_t *bytes; /* owned */
  size_t size, room;
  struct lzr_code_reloc *relocs; /* owned */
  size_t reloc_count, reloc_room;
  struct lzr_code_site *sites; /* owned; of the last function, by address */
  size_t site_count, site_room;
  bool out_of_memory;
};

enum { LZR_CODE_STEP = 16 }; /* bytes that can always be written behind room */

void lzr_code_reset(struct lzr_machine_code *code);
void lzr_code_fini(struct lzr_machine_code *code);

/* See lzr_code_want(). */
void lzr_code_grow(struct lzr_machine_code *code);

/* Makes room for LZR_CODE_STEP more bytes, as much as an instruction has. */
static inline void lzr_code_want(struct lzr_machine_code *code) {
  if (code->room - code->size < LZR_CODE_STEP)
    lzr_code_grow(code);
}

/* These write behind the bytes that there are, for which lzr_code_want() has
   made room. Little-endian. */
static inline void lzr_code_put(struct lzr_machine_code *code, unsigned byte) {
  code->bytes[code->size++] = (uint8_t)byte;
}

static inline void lzr_code_put_number(struct lzr_machine_code *code,
                                       uint64_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    lzr_code_put(code, (unsigned)(number >> 8 * i & 0xff));
}

/* Writes over four bytes that are there. */
void lzr_code_patch(struct lzr_machine_code *code, size_t offset,
                    uint32_t number);

void lzr_code_add_site(struct lzr_machine_code *code,
                       const struct lzr_code_site *site);

void lzr_code_relocate(struct lzr_machine_code *code, uint32_t type,
                       uint32_t symbol, int64_t addend);

#endif
