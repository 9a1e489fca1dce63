/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The frame of a function that calls C: its code and its unwind rules. x29 and
 * x30 are at the frame's start, to which sp and x29 point. The return address
 * is signed with the CFA, because an unwinder authenticates it with the CFA.
 */
#ifndef LZR_AARCH64_FRAME_H
#define LZR_AARCH64_FRAME_H

#include <stdint.h>

#include "stubs/eh_frame.h"
#include "stubs/emit.h"

/* The number of instructions in both parts. The first part begins with an
   instruction that is a landing pad; the second ends before the ret. */
enum { LZR_A64_FRAME_BEGIN = 4, LZR_A64_FRAME_END = 3 };

void lzr_a64_emit_frame_begin(struct lzr_emitter *out, uint32_t size);
void lzr_a64_emit_frame_end(struct lzr_emitter *out, uint32_t size);

/* The rules at the first instruction of all code that has such a frame: nothing
   is on the stack. */
extern const struct lzr_cie lzr_a64_frame_cie;

/* The rules that change with each instruction. length is the number of
   instructions between the two parts. */
void lzr_a64_emit_frame_begin_rules(struct lzr_emitter *out, uint32_t size);
void lzr_a64_emit_frame_end_rules(struct lzr_emitter *out, uint32_t size,
                                  uint32_t length);

#endif
