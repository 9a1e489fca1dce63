/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Three functions. The first, a handler's, calls LLVM's dispatch function:
 *     uint64_t enter(void *context, uint64_t index)
 *     struct { union { char *pointer; char value[8]; }; size_t size; }
 *     dispatch(void *context, const void *tag, const char *, size_t)
 * An answer of up to eight bytes comes in rax, its size in rdx. The second and
 * the third are wrapper functions, whose type is dispatch's without the first
 * two parameters. The second calls a function with up to six words as
 * arguments; the third copies bytes.
 */
#include <assert.h>

#include "stubs/eh_frame.h"
#include "stubs/x86_64/x86_64.h"

/* In bytes from the first function's start. */
enum {
  ENTER_AFTER_PUSH = 5,
  ENTER_AFTER_POP = 28,
  CALLER = 39,
  CALLER_AFTER_PUSH = CALLER + 5,
  CALLER_AFTER_POP = CALLER + 38
};

static void emit_enter(struct lzr_emitter *out) {
  LZR_EMIT(out, 0xf3, 0x0f, 0x1e, 0xfa); /* endbr64 */
  LZR_EMIT(out, 0x56);                   /* push %rsi: the arguments */
  LZR_EMIT(out, 0x48, 0x8b, 0x47, 0x08); /* mov  8(%rdi),%rax: function */
  LZR_EMIT(out, 0x48, 0x8b, 0x77, 0x18); /* mov  24(%rdi),%rsi: tag */
  LZR_EMIT(out, 0x48, 0x8b, 0x7f, 0x10); /* mov  16(%rdi),%rdi: context */
  LZR_EMIT(out, 0x48, 0x89, 0xe2);       /* mov  %rsp,%rdx */
  LZR_EMIT(out, 0xb9, 8, 0, 0, 0);       /* mov  $8,%ecx */
  LZR_EMIT(out, 0xff, 0xd0);             /* call *%rax */
  LZR_EMIT(out, 0x59);                   /* pop  %rcx */
  LZR_EMIT(out, 0x31, 0xc9);             /* xor  %ecx,%ecx */
  LZR_EMIT(out, 0x48, 0x83, 0xfa, 0x08); /* cmp  $8,%rdx */
  LZR_EMIT(out, 0x48, 0x0f, 0x45, 0xc1); /* cmovne %rcx,%rax: no answer */
  LZR_EMIT(out, 0xc3);                   /* ret */
}

static void emit_caller(struct lzr_emitter *out) {
  LZR_EMIT(out, 0xf3, 0x0f, 0x1e, 0xfa); /* endbr64 */
  LZR_EMIT(out, 0x57);                   /* push %rdi: for alignment */
  LZR_EMIT(out, 0x4c, 0x8b, 0x1f);       /* mov  (%rdi),%r11: function */
  LZR_EMIT(out, 0x48, 0x8b, 0x77, 0x10); /* mov  16(%rdi),%rsi */
  LZR_EMIT(out, 0x48, 0x8b, 0x57, 0x18); /* mov  24(%rdi),%rdx */
  LZR_EMIT(out, 0x48, 0x8b, 0x4f, 0x20); /* mov  32(%rdi),%rcx */
  LZR_EMIT(out, 0x4c, 0x8b, 0x47, 0x28); /* mov  40(%rdi),%r8 */
  LZR_EMIT(out, 0x4c, 0x8b, 0x4f, 0x30); /* mov  48(%rdi),%r9 */
  LZR_EMIT(out, 0x48, 0x8b, 0x7f, 0x08); /* mov  8(%rdi),%rdi */
  LZR_EMIT(out, 0x31, 0xc0);             /* xor  %eax,%eax: no vectors */
  LZR_EMIT(out, 0x41, 0xff, 0xd3);       /* call *%r11 */
  LZR_EMIT(out, 0x5a);                   /* pop  %rdx */
  LZR_EMIT(out, 0xba, 8, 0, 0, 0);       /* mov  $8,%edx */
  LZR_EMIT(out, 0xc3);                   /* ret */
}

/* The arguments are a count, then for each copy an address, a length and the
   bytes. Eight bytes are copied by one store. Other threads see stores in their
   order; those of one string instruction have none among themselves, but come
   before all later ones. */
static void emit_copier(struct lzr_emitter *out) {
  LZR_EMIT(out, 0xf3, 0x0f, 0x1e, 0xfa); /* endbr64 */
  LZR_EMIT(out, 0x48, 0x8b, 0x17);       /* mov  (%rdi),%rdx: count */
  LZR_EMIT(out, 0x48, 0x8d, 0x77, 0x08); /* lea  8(%rdi),%rsi */
  LZR_EMIT(out, 0x48, 0x85, 0xd2);       /* next: test %rdx,%rdx */
  LZR_EMIT(out, 0x74, 28);               /* je   done */
  LZR_EMIT(out, 0x48, 0xff, 0xca);       /* dec  %rdx */
  LZR_EMIT(out, 0x48, 0x8b, 0x3e);       /* mov  (%rsi),%rdi: address */
  LZR_EMIT(out, 0x48, 0x8b, 0x4e, 0x08); /* mov  8(%rsi),%rcx: length */
  LZR_EMIT(out, 0x48, 0x83, 0xc6, 0x10); /* add  $16,%rsi */
  LZR_EMIT(out, 0x48, 0x83, 0xf9, 0x08); /* cmp  $8,%rcx */
  LZR_EMIT(out, 0x75, 4);                /* jne  bytes */
  LZR_EMIT(out, 0x48, 0xa5);             /* movsq */
  LZR_EMIT(out, 0xeb, (uint8_t)-29);     /* jmp  next */
  LZR_EMIT(out, 0xf3, 0xa4);             /* bytes: rep movsb */
  LZR_EMIT(out, 0xeb, (uint8_t)-33);     /* jmp  next */
  LZR_EMIT(out, 0x31, 0xc0);             /* done: xor %eax,%eax: no error */
  LZR_EMIT(out, 0xba, 1, 0, 0, 0);       /* mov  $1,%edx: in one byte */
  LZR_EMIT(out, 0xc3);                   /* ret */
}

void lzr_x86_64_write_dispatch(struct lzr_place place,
                               struct lzr_dispatch *dispatch) {
  struct lzr_emitter out = {place.bytes};
  emit_enter(&out);
  dispatch->caller = (size_t)(out.at - place.bytes);
  assert(dispatch->caller == CALLER);
  emit_caller(&out);
  dispatch->copier = (size_t)(out.at - place.bytes);
  emit_copier(&out);
  dispatch->size = (size_t)(out.at - place.bytes);
  assert(dispatch->size <= lzr_x86_64.dispatch_max_size);
}

/* DWARF register numbers: System V psABI for AMD64, figure 3.36 */
enum { RSP = 7, RETURN_ADDRESS = 16 };

static const uint8_t entry_rules[] = {
    0x0c,
    RSP,
    8,                     /* DW_CFA_def_cfa: rsp + 8 */
    0x80 | RETURN_ADDRESS, /* DW_CFA_offset: */
    1,                     /* CFA - 8 */
};

void lzr_x86_64_write_dispatch_unwind(struct lzr_place place, lzr_addr code,
                                      size_t code_size, size_t *size) {
  const struct lzr_cie cie = {1, RETURN_ADDRESS, entry_rules,
                              sizeof entry_rules};
  uint8_t rules[32];
  struct lzr_emitter out = {rules};
  lzr_cfa_advance(&out, ENTER_AFTER_PUSH);
  lzr_cfa_def(&out, RSP, 16);
  lzr_cfa_advance(&out, ENTER_AFTER_POP - ENTER_AFTER_PUSH);
  lzr_cfa_def(&out, RSP, 8);
  lzr_cfa_advance(&out, CALLER_AFTER_PUSH - ENTER_AFTER_POP);
  lzr_cfa_def(&out, RSP, 16);
  lzr_cfa_advance(&out, CALLER_AFTER_POP - CALLER_AFTER_PUSH);
  lzr_cfa_def(&out, RSP, 8); /* as the copier has it from its start */
  lzr_eh_frame_write(place, &cie, code, code_size, rules,
                     (size_t)(out.at - rules), size);
  assert(*size <= lzr_x86_64.dispatch_unwind_max_size);
}
