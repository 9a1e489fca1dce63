/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which values are in registers, and slots in the frame for the others.
 *
 * An instruction locks the registers that it works with;
 * lzr_gen_end_instruction() unlocks them all, and frees those that hold no
 * value.
 */
#ifndef LZR_BASELINE_GENERATOR_CACHE_H
#define LZR_BASELINE_GENERATOR_CACHE_H

#include "runtime/baseline/generator/generator.h"

/* Frame. Slots are offsets from its base. */
int32_t lzr_gen_new_slot(struct lzr_gen *g, uint32_t size, uint32_t align);
/* The value's slot, which is made when it is first asked for. */
int32_t lzr_gen_slot(struct lzr_gen *g, uint32_t value);
static inline struct lzr_gen_memory lzr_gen_frame(const struct lzr_gen *g,
                                                  int32_t slot) {
  return lzr_gen_at(g->target->frame, slot);
}

/* Copies a whole register from or to a slot of 8 bytes. */
void lzr_gen_load_slot(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                       int32_t slot);
void lzr_gen_store_slot(struct lzr_gen *g, struct lzr_ir_type type,
                        unsigned reg, int32_t slot);

/* Allocates and locks a register of the set. */
unsigned lzr_gen_allocate(struct lzr_gen *g, uint32_t set);
/* The same for one that is given. It must not be locked. */
void lzr_gen_take(struct lzr_gen *g, unsigned reg);
/* Unlocks it, and frees it if it holds nothing. */
void lzr_gen_release(struct lzr_gen *g, unsigned reg);

/* Notes that a register, which is locked, holds a copy of the value. */
void lzr_gen_cache(struct lzr_gen *g, uint32_t value, unsigned reg);
/* Forgets the value's register. */
void lzr_gen_uncache(struct lzr_gen *g, uint32_t value);
/* The value has been made, in a locked register. */
void lzr_gen_define(struct lzr_gen *g, uint32_t value, unsigned reg);
/* The value has been made, in its slot. */
void lzr_gen_define_stored(struct lzr_gen *g, uint32_t value);

/* Stores the value in its slot, if it is only in a register. */
void lzr_gen_store(struct lzr_gen *g, uint32_t value);

/* One use of the value is over. */
void lzr_gen_done(struct lzr_gen *g, uint32_t value);

void lzr_gen_end_instruction(struct lzr_gen *g);
/* Forgets what is in registers. */
void lzr_gen_forget_registers(struct lzr_gen *g);
/* The same, but for values that other blocks use. */
void lzr_gen_forget_own_values(struct lzr_gen *g);

#endif
