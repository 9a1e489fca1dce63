/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The x86-64 resolver. The trampoline has pushed the index and the context:
 *
 *    24(%rbp)     return address      <- %rsp after the caller's call
 *    16(%rbp)     index; later the answer
 *     8(%rbp)     context
 *     0(%rbp)     the caller's rbp
 *    -8..-72      rax rcx rdx rsi rdi r8 r9 r10 r11
 *    ...          up to 63 bytes
 *    0(%rsp)      save area, 64-byte aligned whatever the caller's alignment
 *
 * It saves the registers that a C function may change, if one of LLVM's calling
 * conventions passes arguments in them or expects them kept; the C function
 * itself keeps rbx, rbp and r12-r15. It saves all of the vector state, because
 * vector arguments come at full width. Never in the mask are x87 and MMX, which
 * are empty at a call; PKRU, because what a library sets while compiling must
 * stay set; and AMX tiles, which callers save.
 *
 * It leaves by a jump through the red zone, where signal handlers do not
 * overwrite the answer. That needs no register and no return without a call, so
 * the return predictor and a shadow stack stay in step.
 */
#include <assert.h>

#include "stubs/eh_frame.h"
#include "stubs/emit.h"
#include "stubs/x86_64/x86_64.h"
#include "tpc/base/x86_64/save.h"

#define FXSAVE_SIZE 512 /* Intel SDM vol. 1, 10.5.1 */
#define HEADER_SIZE 64  /* of an xsave area, behind the fxsave part: 13.4.2 */
#define MAX_AREA_SIZE 65536
#define SSE_COMPONENT 2 /* both are bits of the mask: 13.1 */
#define PKRU_COMPONENT 0x200

/* Offsets that code and unwind information share: in bytes from the start, */
#define AFTER_PUSH_RBP 5
#define AFTER_MOV_RBP 8
/* and in bytes from the end. */
#define AFTER_POP_RBP_TO_END 11
#define AFTER_LEA_RSP_TO_END 6
#define TRAP_SIZE 2

/* Every x86-64 CPU has fxsave. */
static bool is_fxsave(const struct lzr_save_area *save) {
  return save->form == LZR_SAVE_LEAST;
}

static lzr_error *check_save_area(const struct lzr_save_area *save) {
  if (is_fxsave(save))
    return NULL;
  if (save->form != LZR_X86_64_XSAVE && save->form != LZR_X86_64_XSAVEC)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the target saves registers in form %u, which is "
                            "none of x86-64's that are known here",
                            save->form);
  if (!(save->mask & SSE_COMPONENT) || (save->mask & PKRU_COMPONENT))
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a resolver cannot save components 0x%x: SSE "
                            "(0x2) belongs among them, PKRU (0x200) does not",
                            save->mask);
  if (save->size < FXSAVE_SIZE + HEADER_SIZE || save->size > MAX_AREA_SIZE ||
      save->size % 64 != 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a save area of %u bytes; it takes %d to %d, a "
                            "multiple of 64",
                            save->size, FXSAVE_SIZE + HEADER_SIZE,
                            MAX_AREA_SIZE);
  return NULL;
}

static uint32_t area_size(const struct lzr_save_area *save) {
  return is_fxsave(save) ? FXSAVE_SIZE : save->size;
}

static void emit_entry(struct lzr_emitter *out, uint32_t area) {
  LZR_EMIT(out, 0xf3, 0x0f, 0x1e, 0xfa);       /* endbr64 */
  LZR_EMIT(out, 0x55);                         /* push %rbp */
  LZR_EMIT(out, 0x48, 0x89, 0xe5);             /* mov  %rsp,%rbp */
  LZR_EMIT(out, 0x50, 0x51, 0x52, 0x56, 0x57); /* push rax rcx rdx rsi rdi */
  LZR_EMIT(out, 0x41, 0x50, 0x41, 0x51);       /* push %r8; push %r9 */
  LZR_EMIT(out, 0x41, 0x52, 0x41, 0x53);       /* push %r10; push %r11 */
  LZR_EMIT(out, 0x48, 0x83, 0xe4, 0xc0);       /* and  $-64,%rsp */
  LZR_EMIT(out, 0x48, 0x81, 0xec);             /* sub  $area,%rsp */
  lzr_emit_32(out, area);
}

/* Zeroes the bytes of the area's header that xrstor requires to be 0 and that
   saving does not write. xsavec does not write the last 48. Nor does xsave,
   which does not write the second 8 either, and reads the first 8 before it
   changes them. */
static void emit_zero_header(struct lzr_emitter *out, uint32_t form) {
  uint32_t skipped = form == LZR_X86_64_XSAVEC ? 16 : 0;
  LZR_EMIT(out, 0x31, 0xd2); /* xor %edx,%edx */
  for (uint32_t offset = skipped; offset < HEADER_SIZE; offset += 8) {
    LZR_EMIT(out, 0x48, 0x89, 0x94, 0x24); /* mov %rdx,offset(%rsp) */
    lzr_emit_32(out, FXSAVE_SIZE + offset);
  }
}

static void emit_save(struct lzr_emitter *out,
                      const struct lzr_save_area *save) {
  if (is_fxsave(save)) {
    LZR_EMIT(out, 0x48, 0x0f, 0xae, 0x04, 0x24); /* fxsave64 (%rsp) */
    return;
  }
  emit_zero_header(out, save->form); /* zeroes edx too, the mask's upper half */
  lzr_emit_8(out, 0xb8);             /* mov $mask,%eax */
  lzr_emit_32(out, save->mask);
  if (save->form == LZR_X86_64_XSAVEC)
    LZR_EMIT(out, 0x48, 0x0f, 0xc7, 0x24, 0x24); /* xsavec64 (%rsp) */
  else
    LZR_EMIT(out, 0x48, 0x0f, 0xae, 0x24, 0x24); /* xsave64 (%rsp) */
}

static void emit_load(struct lzr_emitter *out,
                      const struct lzr_save_area *save) {
  if (is_fxsave(save)) {
    LZR_EMIT(out, 0x48, 0x0f, 0xae, 0x0c, 0x24); /* fxrstor64 (%rsp) */
    return;
  }
  lzr_emit_8(out, 0xb8); /* mov $mask,%eax */
  lzr_emit_32(out, save->mask);
  LZR_EMIT(out, 0x31, 0xd2);                   /* xor %edx,%edx */
  LZR_EMIT(out, 0x48, 0x0f, 0xae, 0x2c, 0x24); /* xrstor64 (%rsp) */
}

/* Asks for the landing address. Returns the place of the byte that holds the
   distance to the trap. */
static uint8_t *emit_ask(struct lzr_emitter *out) {
  LZR_EMIT(out, 0x48, 0x8b, 0x7d, 0x08); /* mov  8(%rbp),%rdi: context */
  LZR_EMIT(out, 0x48, 0x8b, 0x75, 0x10); /* mov  16(%rbp),%rsi: index */
  LZR_EMIT(out, 0xff, 0x17);             /* call *(%rdi) */
  LZR_EMIT(out, 0x48, 0x85, 0xc0);       /* test %rax,%rax */
  LZR_EMIT(out, 0x74, 0);                /* je   trap */
  uint8_t *to_trap = out->at - 1;
  LZR_EMIT(out, 0x48, 0x89, 0x45, 0x10); /* mov  %rax,16(%rbp): the answer */
  return to_trap;
}

static void emit_exit(struct lzr_emitter *out) {
  LZR_EMIT(out, 0x48, 0x8d, 0x65, 0xb8);       /* lea -72(%rbp),%rsp */
  LZR_EMIT(out, 0x41, 0x5b, 0x41, 0x5a);       /* pop %r11; pop %r10 */
  LZR_EMIT(out, 0x41, 0x59, 0x41, 0x58);       /* pop %r9; pop %r8 */
  LZR_EMIT(out, 0x5f, 0x5e, 0x5a, 0x59, 0x58); /* pop rdi rsi rdx rcx rax */
  LZR_EMIT(out, 0x5d);                         /* pop %rbp */
  LZR_EMIT(out, 0x48, 0x8d, 0x64, 0x24, 0x10); /* lea 16(%rsp),%rsp */
  LZR_EMIT(out, 0xff, 0x64, 0x24, 0xf8);       /* jmp *-8(%rsp) */
}

lzr_error *lzr_x86_64_write_resolver(struct lzr_place place,
                                     const struct lzr_save_area *save,
                                     size_t *size) {
  lzr_error *error = check_save_area(save);
  if (error)
    return error;
  struct lzr_emitter out = {place.bytes};
  emit_entry(&out, area_size(save));
  emit_save(&out, save);
  uint8_t *to_trap = emit_ask(&out);
  emit_load(&out, save);
  emit_exit(&out);
  *to_trap = (uint8_t)(out.at - (to_trap + 1));
  LZR_EMIT(&out, 0x0f, 0x0b); /* trap: ud2 */
  *size = (size_t)(out.at - place.bytes);
  assert(*size <= lzr_x86_64.resolver_max_size);
  return NULL;
}

/* Unwind information. */

/* DWARF register numbers: System V psABI for AMD64, figure 3.36 */
enum { RBP = 6, RSP = 7, RETURN_ADDRESS = 16 };

/* At the first byte, return address, index and context are on the stack. */
static const uint8_t entry_rules[] = {
    0x0c,
    RSP,
    24,                    /* DW_CFA_def_cfa: rsp + 24 */
    0x80 | RETURN_ADDRESS, /* DW_CFA_offset: */
    1,                     /* CFA - 8 */
};

lzr_error *lzr_x86_64_write_resolver_unwind(struct lzr_place place,
                                            lzr_addr resolver,
                                            size_t resolver_size,
                                            const struct lzr_save_area *save,
                                            size_t *size) {
  lzr_error *error = check_save_area(save);
  if (error)
    return error;
  const struct lzr_cie cie = {1, RETURN_ADDRESS, entry_rules,
                              sizeof entry_rules};
  uint32_t popped = (uint32_t)resolver_size - AFTER_POP_RBP_TO_END;
  uint8_t rules[64];
  struct lzr_emitter out = {rules};
  lzr_cfa_advance(&out, AFTER_PUSH_RBP);
  lzr_cfa_def(&out, RSP, 32);
  lzr_cfa_offset(&out, RBP, 4);
  lzr_cfa_advance(&out, AFTER_MOV_RBP - AFTER_PUSH_RBP);
  lzr_cfa_def(&out, RBP, 32);
  lzr_cfa_remember(&out);
  lzr_cfa_advance(&out, popped - AFTER_MOV_RBP);
  lzr_cfa_def(&out, RSP, 24);
  lzr_cfa_restore(&out, RBP);
  lzr_cfa_advance(&out, AFTER_POP_RBP_TO_END - AFTER_LEA_RSP_TO_END);
  lzr_cfa_def(&out, RSP, 8);
  lzr_cfa_advance(&out, AFTER_LEA_RSP_TO_END - TRAP_SIZE);
  lzr_cfa_recall(&out); /* the trap is reached from inside the frame */
  lzr_eh_frame_write(place, &cie, resolver, resolver_size, rules,
                     (size_t)(out.at - rules), size);
  assert(*size <= lzr_x86_64.resolver_unwind_max_size);
  return NULL;
}
