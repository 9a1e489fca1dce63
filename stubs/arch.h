/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Everything that differs between architectures, as one table of sizes and
 * functions that write code.
 *
 * Such a function is told where to write the bytes and where they will run, so
 * every architecture's functions work on every host. Nothing here knows an
 * operating system, a process or LLVM; nothing outside of this folder writes an
 * opcode.
 *
 * The words: a *stub* is a function's address for good; it jumps through its
 * *slot*, which is the only pointer that changes. A *trampoline* passes on
 * which lazy function was called and enters the *resolver*, which saves every
 * argument register, asks for the landing address, and jumps there.
 */
#ifndef LZR_ARCH_H
#define LZR_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/base/address.h"
#include "tpc/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where bytes are written now, and where they will run. */
struct lzr_place {
  uint8_t *bytes;
  lzr_addr address;
};

/* Relocations. */

/* The expression that a relocation computes. Letters as in the ABI documents: S
   the symbol, A the addend, P the place, G the symbol's GOT entry, GOT the
   table. */
enum lzr_reloc_expr {
  LZR_EXPR_NONE = 1,     /* the relocation changes nothing */
  LZR_EXPR_S_A,          /* S + A */
  LZR_EXPR_S_A_P,        /* S + A - P */
  LZR_EXPR_CALL,         /* S + A - P, where S may be any code that leads to the
                            function: its body, its stub, a PLT entry */
  LZR_EXPR_PAGE,         /* Page(S + A) - Page(P), 4 KiB pages */
  LZR_EXPR_GOT,          /* G + A - P; the entry holds S */
  LZR_EXPR_GOT_CALL,     /* the same where the instruction at P calls or jumps
                            through the entry, so that the entry may be a call word.
                            The row says GOT; lzr_arch.is_got_call decides */
  LZR_EXPR_GOT_PAGE,     /* Page(G) - Page(P) */
  LZR_EXPR_GOT_LOW,      /* G, of which the field holds the low 12 bits */
  LZR_EXPR_GOT_REL,      /* G + A - GOT */
  LZR_EXPR_GOT_PAGE_REL, /* G - Page(GOT) */
  LZR_EXPR_GOTOFF,       /* S + A - GOT */
  LZR_EXPR_GOTPC,        /* GOT + A - P */
  LZR_EXPR_SIZE,         /* Z + A, where Z is the symbol's size */
  LZR_EXPR_TLSGD,        /* like GOT, for the GOT words { module, offset } */
  LZR_EXPR_TLSLD,        /* like GOT, for the GOT words { module, 0 } */
  LZR_EXPR_DTPOFF,       /* S + A as an offset in the module's TLS block */
  LZR_EXPR_TPOFF_GOT,    /* like GOT, for an entry that holds TPOFF */
  LZR_EXPR_TPOFF,        /* S + A as an offset from the thread pointer */
  LZR_EXPR_TLSDESC_PAGE, /* Page(descriptor + A) - Page(P) */
  LZR_EXPR_TLSDESC_LOW,  /* descriptor + A, of which the field holds the low 12
                            bits */
  LZR_EXPR_P_A,          /* P + A: the end of A bytes of padding at P */

  /* Computed from the value of another relocation of the same pair, its
     partner. */
  LZR_EXPR_PARTNER_AT_S, /* the value of the partner whose place is S: the low
                           half of an address names the instruction with the
                           high half, not the target. A must be 0 */
  LZR_EXPR_S_A_PARTNER   /* S + A - the value of the partner whose place is P:
                           the distance between two symbols in one field */
};

/* One relocation type: which expression goes into which field. The linker
   refuses a type without a row by a sentence with the architecture's name and
   the type's number. Two types with the same pair are partners: the expression
   of one needs a partner, the expression of the other does not. */
struct lzr_reloc_row {
  uint8_t expr;  /* enum lzr_reloc_expr; 0 marks a type without a row */
  uint8_t field; /* the architecture's own numbering */
  uint8_t size; /* bytes that the field has at P; the fewest it can have, if its
                   bytes say how long it is */
  uint8_t pair; /* the architecture's own numbering; 0 without partners */
};

/* The architecture. */

/* Where the second and third function of the dispatch code begin, and its size;
   in bytes from its start. */
struct lzr_dispatch {
  size_t caller;
  size_t copier;
  size_t size;
};

struct lzr_arch {
  const char *name;     /* "x86_64": the first component of a triple */
  uint16_t elf_machine; /* e_machine of its objects */

  uint32_t least_instruction; /* bytes of the shortest instruction */
  bool calls_through_memory; /* one instruction can load an address and call it,
                                as LLVM does for "nonlazybind" */
  uint32_t stub_size;        /* bytes of one stub; a multiple of 8 */
  uint32_t trampoline_size;  /* bytes of one trampoline */
  uint32_t trampoline_tail_size; /* bytes behind a block's last trampoline */
  uint32_t trampoline_data_size; /* bytes of a block's data: { context,
                                    resolver } */
  uint32_t resolver_max_size;    /* bytes, for any save area */
  uint32_t resolver_unwind_max_size;
  uint32_t dispatch_max_size;
  uint32_t dispatch_unwind_max_size;
  uint32_t tls_descriptor_max_size; /* 0 if LLVM's code calls __tls_get_addr
                                       instead of using TLS descriptors */
  uint32_t tls_descriptor_unwind_max_size;
  uint64_t branch_reach; /* a direct call reaches this many bytes either way */
  bool counts_from_field_end; /* a PC-relative field in code counts from the
                                 field's end, not from its start */

  /* asking_feature (in LLVM's words) makes code ask at run time whether the CPU
     has asked_feature, by functions that only the compiler's static library
     has. Here the answer is known when code is compiled. Both are NULL if there
     is no such feature. If both are the same, code is compiled without it
     unless a user asks for it. */
  const char *asking_feature;
  const char *asked_feature;

  /* Writes count stubs; stub i jumps through the 8-byte slot at slots + 8 * i.
     A PLT entry is such a stub. Fails with LIMIT if the slots are out of reach,
     and then writes nothing. */
  lzr_error *(*write_stubs)(struct lzr_place place, lzr_addr slots,
                            size_t count);

  /* Writes count trampolines and their common tail. At data there are two
     words, a context and the resolver's address. Trampoline i enters the
     resolver with the context and the number first_index + i. Fails with LIMIT
     if data is out of reach, and then writes nothing. */
  lzr_error *(*write_trampolines)(struct lzr_place place, lzr_addr data,
                                  uint32_t first_index, size_t count);

  /* Writes the resolver. It calls (*(uint64_t (**)(void *, uint64_t))context)(
     context, index) and jumps to the address that this returns, with every
     argument register as it was. If that is 0, the resolver stops at a trap
     instruction of its own, where a debugger still sees the caller. *size is
     the number of bytes written. */
  lzr_error *(*write_resolver)(struct lzr_place place,
                               const struct lzr_save_area *save, size_t *size);

  /* Writes unwind information for a resolver of that size and save area at
     resolver: a whole .eh_frame section with its terminator. Its pointers are
     relative to place.address. */
  lzr_error *(*write_resolver_unwind)(struct lzr_place place, lzr_addr resolver,
                                      size_t resolver_size,
                                      const struct lzr_save_area *save,
                                      size_t *size);

  /* Writes three functions for a target that has only LLVM's services. The
     first, at place, is a handler's enter function (lzr_tpc_add_handler()). It
     gets an index and a context of four words, { its own address, dispatch
     function, dispatch context, tag }, calls dispatch function(dispatch
     context, tag, &index, 8), and returns the eight bytes of the answer, or 0
     if the answer has another size. The other two are the helpers of
     lzr_tpc_set_helpers(). The unwind information is like the resolver's, and
     for all three. */
  void (*write_dispatch)(struct lzr_place place, struct lzr_dispatch *dispatch);
  void (*write_dispatch_unwind)(struct lzr_place place, lzr_addr code,
                                size_t code_size, size_t *size);

  /* Writes the function that code calls for a TLS descriptor { function,
     tls_get_addr, module, offset }, by the architecture's convention for these.
     It gets the variable's address from tls_get_addr(&module). The unwind
     information is like the resolver's. Not called if tls_descriptor_max_size
     is 0. */
  lzr_error *(*write_tls_descriptor)(struct lzr_place place,
                                     const struct lzr_save_area *save,
                                     size_t *size);
  lzr_error *(*write_tls_descriptor_unwind)(struct lzr_place place,
                                            lzr_addr code, size_t code_size,
                                            const struct lzr_save_area *save,
                                            size_t *size);

  /* The row of a relocation type, or NULL. */
  const struct lzr_reloc_row *(*find_reloc)(uint32_t type);

  /* Whether the instruction around a GOT relocation calls or jumps through the
     entry. bytes and size are the section, offset is the relocation's place in
     it. */
  bool (*is_got_call)(const uint8_t *bytes, size_t size, size_t offset,
                      uint32_t type);

  /* Whether the instruction around a relocation is a jump, conditional or not,
     rather than a call or no branch at all. */
  bool (*is_jump)(const uint8_t *bytes, size_t size, size_t offset,
                  uint32_t type);

  /* Finds the next instruction at or behind *offset that may compute an address
     by adding a constant to its own address, which needs no relocation. *place
     is that address as an offset in bytes, modulo 2^64; *offset is where the
     next search begins. Returns false if there are no more. */
  bool (*next_address)(const uint8_t *bytes, size_t size, size_t *offset,
                       uint64_t *place);

  /* Writes value, which an expression has computed, into a field. available is
     the number of bytes at place.bytes, at least the row's size. Fails with
     LIMIT if the value does not fit, with FORMAT if the field is longer than
     available, and with UNSUPPORTED if the instructions would have to be
     rewritten in a way that is not done here; then it writes nothing. */
  lzr_error *(*write_field)(struct lzr_place place, size_t available,
                            const struct lzr_reloc_row *row, uint64_t value);
};

/* The architecture of a triple ("aarch64-linux-gnu", "x86_64"), or of an ELF
   e_machine. Both return NULL for an architecture that is not in
   architectures.h. */
const struct lzr_arch *lzr_arch_for_triple(const char *triple);
const struct lzr_arch *lzr_arch_for_machine(uint16_t elf_machine);

#ifdef __cplusplus
}
#endif
#endif
