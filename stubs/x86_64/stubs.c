/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64 stubs:
 *
 *   ff 25 d32    jmp *slot(%rip)
 *   cc cc
 *
 * A stub uses no register, because r11 and rax carry arguments in some of
 * LLVM's calling conventions. A stub and its slot are both 8 bytes, so d32 is
 * the same for all stubs of a block. There is no endbr64: Linux does not turn
 * on indirect branch tracking for user programs, and many stubs are cheap to
 * call only because each is just eight bytes.
 */
#include "stubs/emit.h"
#include "stubs/reach.h"
#include "stubs/x86_64/x86_64.h"

#define JMP_SIZE 6

lzr_error *lzr_x86_64_write_stubs(struct lzr_place place, lzr_addr slots,
                                  size_t count) {
  lzr_error *error = lzr_pointer_check("a slot", slots);
  int64_t distance = (int64_t)(slots - (place.address + JMP_SIZE));
  if (!error && distance != (int32_t)distance)
    error = lzr_reach_error("a slot", place.address, slots, "2 GiB");
  if (error)
    return error;

  struct lzr_emitter out = {place.bytes};
  for (size_t i = 0; i < count; i++) {
    LZR_EMIT(&out, 0xff, 0x25); /* jmp *slot(%rip) */
    lzr_emit_32(&out, (uint32_t)distance);
    LZR_EMIT(&out, 0xcc, 0xcc); /* int3 */
  }
  return NULL;
}
