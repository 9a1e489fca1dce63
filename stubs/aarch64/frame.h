/*
 * The frame of a function that calls C: x29 and x30 at its start, to which sp
 * and x29 point, the return address signed with the sp that is the CFA, which
 * is what an unwinder takes for it. Code, and the unwind rules that go with it.
 */
#ifndef LZR_AARCH64_FRAME_H
#define LZR_AARCH64_FRAME_H

#include <stdint.h>

#include "stubs/eh_frame.h"
#include "stubs/emit.h"

/* Instructions of both parts. The first begins with one that is a landing pad;
   the second ends before the ret. */
enum { LZR_A64_FRAME_BEGIN = 4, LZR_A64_FRAME_END = 3 };

void lzr_a64_emit_frame_begin(struct lzr_emitter *out, uint32_t size);
void lzr_a64_emit_frame_end(struct lzr_emitter *out, uint32_t size);

/* The same rules hold at the first instruction of all code that has such a
   frame: nothing is on the stack. */
extern const struct lzr_cie lzr_a64_frame_cie;

/* What changes with each instruction. length is that of all instructions
   between the two parts. */
void lzr_a64_emit_frame_begin_rules(struct lzr_emitter *out, uint32_t size);
void lzr_a64_emit_frame_end_rules(struct lzr_emitter *out, uint32_t size,
                                  uint32_t length);

#endif
