/*
 * Saving the vector registers around a call of C, as the target's CPU has them:
 * q0-q31 in a frame, or, with SVE, whose z registers are q registers and more,
 * z0-z31 and then p0-p15 below it.
 */
#ifndef LZR_AARCH64_SAVE_H
#define LZR_AARCH64_SAVE_H

#include "stubs/arch.h"
#include "stubs/emit.h"

/* ARGUMENT unless the form is one of AArch64's. */
lzr_error *lzr_a64_check_save_area(const struct lzr_save_area *save);

/* Bytes of a frame whose part for q registers begins at q_offset. */
uint32_t lzr_a64_frame_size(const struct lzr_save_area *save,
                            uint32_t q_offset);

/* sp and x29 are the frame's start; loading leaves sp there again. */
void lzr_a64_emit_save(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset);
void lzr_a64_emit_load(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset);

#endif
