/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which values are in registers, and slots in the frame for the others.
 *
 * An instruction locks the registers that it works with;
 * lzr_x64_end_instruction() unlocks them all, and frees those that hold no
 * value.
 */
#ifndef LZR_BASELINE_X86_64_CACHE_H
#define LZR_BASELINE_X86_64_CACHE_H

#include "runtime/baseline/x86_64/generator.h"

/* Frame. Slots are offsets from RBP. */
int32_t lzr_x64_new_slot(struct lzr_x64 *g, uint32_t size, uint32_t align);
/* The value's slot, which is made when it is first asked for. */
int32_t lzr_x64_slot(struct lzr_x64 *g, uint32_t value);
static inline struct lzr_x64_memory lzr_x64_frame(int32_t slot) {
  return lzr_x64_at(LZR_RBP, slot);
}

/* Copies a whole register from or to a slot of 8 bytes. */
void lzr_x64_load_slot(struct lzr_x64 *g, struct lzr_ir_type type, unsigned reg,
                       int32_t slot);
void lzr_x64_store_slot(struct lzr_x64 *g, struct lzr_ir_type type,
                        unsigned reg, int32_t slot);

/* Allocates and locks a register of the set. */
unsigned lzr_x64_allocate(struct lzr_x64 *g, uint32_t set);
/* The same for one that is given. It must not be locked. */
void lzr_x64_take(struct lzr_x64 *g, unsigned reg);
/* Unlocks it, and frees it if it holds nothing. */
void lzr_x64_release(struct lzr_x64 *g, unsigned reg);

/* Notes that a register, which is locked, holds a copy of the value. */
void lzr_x64_cache(struct lzr_x64 *g, uint32_t value, unsigned reg);
/* Forgets the value's register. */
void lzr_x64_uncache(struct lzr_x64 *g, uint32_t value);
/* The value has been made, in a locked register. */
void lzr_x64_define(struct lzr_x64 *g, uint32_t value, unsigned reg);
/* The value has been made, in its slot. */
void lzr_x64_define_stored(struct lzr_x64 *g, uint32_t value);

/* Stores the value in its slot, if it is only in a register. */
void lzr_x64_store(struct lzr_x64 *g, uint32_t value);

/* One use of the value is over. */
void lzr_x64_done(struct lzr_x64 *g, uint32_t value);

void lzr_x64_end_instruction(struct lzr_x64 *g);
/* Forgets what is in registers. */
void lzr_x64_forget_registers(struct lzr_x64 *g);
/* The same, but for values that other blocks use. */
void lzr_x64_forget_own_values(struct lzr_x64 *g);

#endif
