/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64 trampolines:
 *
 *   f3 0f 1e fa    endbr64          a stub jumps here indirectly
 *   68 i32         push $index      below 2^31: sign extension has no effect
 *   e9 d32         jmp  tail
 *   cc cc
 *
 * and the tail behind the last of them:
 *
 *   ff 35 d32      push context(%rip)
 *   ff 25 d32      jmp  *resolver(%rip)
 *   cc cc cc cc
 *
 * The index goes on the stack because no register is free. It is pushed, and
 * not derived from a return address, because a call that never returns would
 * cost a mispredicted return and break a shadow stack.
 */
#include "stubs/emit.h"
#include "stubs/reach.h"
#include "stubs/x86_64/x86_64.h"

#define TRAMPOLINE_SIZE LZR_X86_64_TRAMPOLINE_SIZE
#define JMP_END 14  /* of a trampoline: where its jmp ends */
#define PUSH_SIZE 6 /* of the tail */
#define TAIL_SIZE 12

static bool tail_reaches(lzr_addr tail, lzr_addr data) {
  int64_t context = (int64_t)(data - (tail + PUSH_SIZE));
  int64_t resolver = (int64_t)(data + 8 - (tail + TAIL_SIZE));
  return context == (int32_t)context && resolver == (int32_t)resolver;
}

static void emit_trampoline(struct lzr_emitter *out, uint32_t index,
                            uint32_t to_tail) {
  LZR_EMIT(out, 0xf3, 0x0f, 0x1e, 0xfa); /* endbr64 */
  lzr_emit_8(out, 0x68);                 /* push $index */
  lzr_emit_32(out, index);
  lzr_emit_8(out, 0xe9); /* jmp tail */
  lzr_emit_32(out, to_tail);
  LZR_EMIT(out, 0xcc, 0xcc); /* int3 */
}

static void emit_tail(struct lzr_emitter *out, lzr_addr tail, lzr_addr data) {
  LZR_EMIT(out, 0xff, 0x35); /* push context(%rip) */
  lzr_emit_32(out, (uint32_t)(data - (tail + PUSH_SIZE)));
  LZR_EMIT(out, 0xff, 0x25); /* jmp *resolver(%rip) */
  lzr_emit_32(out, (uint32_t)(data + 8 - (tail + TAIL_SIZE)));
  LZR_EMIT(out, 0xcc, 0xcc, 0xcc, 0xcc); /* int3 */
}

lzr_error *lzr_x86_64_write_trampolines(struct lzr_place place, lzr_addr data,
                                        uint32_t first_index, size_t count) {
  lzr_error *error =
      lzr_trampoline_check(first_index, count, INT32_MAX / TRAMPOLINE_SIZE);
  if (!error)
    error = lzr_pointer_check("a trampoline block's data", data);
  if (error)
    return error;
  size_t size = count * TRAMPOLINE_SIZE;
  lzr_addr tail = place.address + size;
  if (!tail_reaches(tail, data))
    return lzr_reach_error("a trampoline block's data", tail, data, "2 GiB");

  struct lzr_emitter out = {place.bytes};
  for (size_t i = 0; i < count; i++)
    emit_trampoline(&out, first_index + (uint32_t)i,
                    (uint32_t)(size - i * TRAMPOLINE_SIZE - JMP_END));
  emit_tail(&out, tail, data);
  return NULL;
}
