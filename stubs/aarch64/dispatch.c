/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Three functions. The first, a handler's, calls LLVM's dispatch function:
 *     uint64_t enter(void *context, uint64_t index)
 *     struct { union { char *pointer; char value[8]; }; size_t size; }
 *     dispatch(void *context, const void *tag, const char *, size_t)
 * An answer of up to eight bytes comes in x0, its size in x1. The second and
 * the third are wrapper functions, whose type is dispatch's without the first
 * two parameters. The second calls a function with up to six words as
 * arguments; the third copies bytes.
 */
#include <assert.h>

#include "stubs/aarch64/aarch64.h"
#include "stubs/aarch64/encode.h"
#include "stubs/aarch64/frame.h"

/* In bytes; ARGUMENTS is an offset from sp. */
enum { ENTER_FRAME = 32, ARGUMENTS = 16, CALLER_FRAME = 16 };

enum { ENTER_LENGTH = 18, CALLER_LENGTH = 17 }; /* instructions */

static void emit_enter(struct lzr_emitter *out) {
  lzr_a64_emit_frame_begin(out, ENTER_FRAME);
  lzr_emit_32(out, lzr_a64_stp(1, 1, ARGUMENTS));
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X16, 0, 8)); /* function */
  lzr_emit_32(out, lzr_a64_ldr(1, 0, 24));          /* tag */
  lzr_emit_32(out, lzr_a64_ldr(0, 0, 16));          /* context */
  lzr_emit_32(out, lzr_a64_add(2, LZR_A64_SP, ARGUMENTS));
  lzr_emit_32(out, lzr_a64_movz_w(3, 8));
  lzr_emit_32(out, lzr_a64_blr(LZR_A64_X16));
  lzr_emit_32(out, lzr_a64_sub(1, 1, 8));
  lzr_emit_32(out, lzr_a64_cbz(1, 8));
  lzr_emit_32(out, lzr_a64_movz_w(0, 0)); /* no answer */
  lzr_a64_emit_frame_end(out, ENTER_FRAME);
  lzr_emit_32(out, LZR_A64_RET);
}

static void emit_caller(struct lzr_emitter *out) {
  lzr_a64_emit_frame_begin(out, CALLER_FRAME);
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X16, 0, 0)); /* function */
  for (uint32_t i = 1; i < 6; i++)
    lzr_emit_32(out, lzr_a64_ldr(i, 0, 8 + 8 * i));
  lzr_emit_32(out, lzr_a64_ldr(0, 0, 8));
  lzr_emit_32(out, lzr_a64_blr(LZR_A64_X16));
  lzr_emit_32(out, lzr_a64_movz_w(1, 8));
  lzr_a64_emit_frame_end(out, CALLER_FRAME);
  lzr_emit_32(out, LZR_A64_RET);
}

/* The arguments are a count, then for each copy an address, a length and the
   bytes. Eight bytes are copied by one store, behind a barrier: a thread that
   sees it sees everything that was copied before. */
static void emit_copier(struct lzr_emitter *out) {
  enum { NEXT = 2, BYTES = 8, POINTER = 13, DONE = 17 }; /* instructions */
  lzr_emit_32(out, LZR_A64_BTI_C);
  lzr_emit_32(out, lzr_a64_ldr_post(2, 0, 8)); /* count */
  lzr_emit_32(out, lzr_a64_cbz(2, 4 * (DONE - NEXT)));
  lzr_emit_32(out, lzr_a64_sub(2, 2, 1));
  lzr_emit_32(out, lzr_a64_ldr_post(3, 0, 8)); /* address */
  lzr_emit_32(out, lzr_a64_ldr_post(4, 0, 8)); /* length */
  lzr_emit_32(out, lzr_a64_sub(5, 4, 8));
  lzr_emit_32(out, lzr_a64_cbz(5, 4 * (POINTER - 7)));
  lzr_emit_32(out, lzr_a64_cbz(4, 4 * (NEXT - BYTES)));
  lzr_emit_32(out, lzr_a64_ldrb_next(5, 0));
  lzr_emit_32(out, lzr_a64_strb_next(5, 3));
  lzr_emit_32(out, lzr_a64_sub(4, 4, 1));
  lzr_emit_32(out, lzr_a64_b(4 * (BYTES - 12)));
  lzr_emit_32(out, lzr_a64_ldr_post(5, 0, 8));
  lzr_emit_32(out, LZR_A64_DMB_ISH);
  lzr_emit_32(out, lzr_a64_str(5, 3));
  lzr_emit_32(out, lzr_a64_b(4 * (NEXT - 16)));
  lzr_emit_32(out, lzr_a64_movz_w(0, 0)); /* no error */
  lzr_emit_32(out, lzr_a64_movz_w(1, 1)); /* in one byte */
  lzr_emit_32(out, LZR_A64_RET);
}

void lzr_aarch64_write_dispatch(struct lzr_place place,
                                struct lzr_dispatch *dispatch) {
  struct lzr_emitter out = {place.bytes};
  emit_enter(&out);
  dispatch->caller = (size_t)(out.at - place.bytes);
  assert(dispatch->caller == 4 * ENTER_LENGTH);
  emit_caller(&out);
  dispatch->copier = (size_t)(out.at - place.bytes);
  assert(dispatch->copier == dispatch->caller + 4 * CALLER_LENGTH);
  emit_copier(&out);
  dispatch->size = (size_t)(out.at - place.bytes);
  assert(dispatch->size <= lzr_aarch64.dispatch_max_size);
}

/* The rules of one function, up to its ret. */
static void emit_rules(struct lzr_emitter *out, uint32_t frame,
                       uint32_t length) {
  lzr_a64_emit_frame_begin_rules(out, frame);
  lzr_a64_emit_frame_end_rules(
      out, frame, length - LZR_A64_FRAME_BEGIN - LZR_A64_FRAME_END - 1);
}

void lzr_aarch64_write_dispatch_unwind(struct lzr_place place, lzr_addr code,
                                       size_t code_size, size_t *size) {
  uint8_t rules[96];
  struct lzr_emitter out = {rules};
  emit_rules(&out, ENTER_FRAME, ENTER_LENGTH);
  lzr_cfa_advance(&out, 1); /* its ret */
  emit_rules(&out, CALLER_FRAME, CALLER_LENGTH);
  /* The copier has no frame, so the rules at the caller's ret are right for
     it. */
  lzr_eh_frame_write(place, &lzr_a64_frame_cie, code, code_size, rules,
                     (size_t)(out.at - rules), size);
  assert(*size <= lzr_aarch64.dispatch_unwind_max_size);
}
