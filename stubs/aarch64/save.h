/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Saves the vector registers around a call of C. On a CPU without SVE these are
 * q0-q31, in the frame. With SVE they are z0-z31, which include the q
 * registers, and p0-p15 below them; both lie below the frame.
 */
#ifndef LZR_AARCH64_SAVE_H
#define LZR_AARCH64_SAVE_H

#include "stubs/arch.h"
#include "stubs/emit.h"

/* Fails with UNSUPPORTED unless the form is one of AArch64's. */
lzr_error *lzr_a64_check_save_area(const struct lzr_save_area *save);

/* The size in bytes of a frame whose part for q registers begins at
   q_offset. */
uint32_t lzr_a64_frame_size(const struct lzr_save_area *save,
                            uint32_t q_offset);

/* Code that saves and code that loads the registers. Before saving, sp and x29
   are the frame's start; after loading, sp is there again. */
void lzr_a64_emit_save(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset);
void lzr_a64_emit_load(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset);

#endif
