/*
 * All that is particular to an architecture, as one table of sizes and writers.
 *
 * A writer gets where the bytes are written and where they will run, so every
 * architecture's writers work on every host. Nothing here knows an operating
 * system, a process or LLVM; nothing outside this folder writes an opcode.
 *
 * The words: a *stub* is a function's address for good; it jumps through its
 * *slot*, the one pointer that changes. A *trampoline* tells which lazy
 * function was called and enters the *resolver*, which saves every argument
 * register, asks for the body's address, and jumps there.
 */
#ifndef LZR_ARCH_H
#define LZR_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"
#include "tpc/tpc.h" /* lzr_addr and struct lzr_save_area: types only */

#ifdef __cplusplus
extern "C" {
#endif

/* Where bytes are written now, and where they will run. */
struct lzr_place {
  uint8_t *bytes;
  lzr_addr address;
};

/* ---- Relocations ----------------------------------------------------------
 */

/* Which sum a relocation computes. Letters as in the ABI documents: S the
   symbol, A the addend, P the place, G the symbol's GOT entry, GOT the table.
 */
enum lzr_reloc_sum {
  LZR_SUM_NONE = 1, /* nothing to do */
  LZR_SUM_S_A,      /* S + A */
  LZR_SUM_S_A_P,    /* S + A - P */
  LZR_SUM_CALL,     /* as S + A - P, but S may be any code that does what S
                       does: the body, a stub, a PLT entry */
  LZR_SUM_PAGE,     /* Page(S + A) - Page(P), 4 KiB pages */
  LZR_SUM_GOT,      /* G + A - P, the entry holds S */
  LZR_SUM_GOT_CALL, /* the same, when the instruction at P is an indirect call
                       or jump through the entry: the entry may be a lazy slot.
                       The row says GOT; lzr_arch.is_got_call decides */
  LZR_SUM_GOT_PAGE, /* Page(G) - Page(P) */
  LZR_SUM_GOT_LOW,  /* G, its low 12 bits used */
  LZR_SUM_GOT_REL,  /* G + A - GOT */
  LZR_SUM_GOT_PAGE_REL, /* G - Page(GOT) */
  LZR_SUM_GOTOFF,       /* S + A - GOT */
  LZR_SUM_GOTPC,        /* GOT + A - P */
  LZR_SUM_SIZE,         /* Z + A, the symbol's size */
  LZR_SUM_TLSGD,  /* address of the pair of GOT words { module, offset }, as GOT
                   */
  LZR_SUM_TLSLD,  /* the same for { module, 0 } */
  LZR_SUM_DTPOFF, /* S + A as an offset in the module's TLS block */
  LZR_SUM_TPOFF_GOT, /* GOT entry that holds the offset from the thread pointer
                      */
  LZR_SUM_TPOFF,     /* the offset from the thread pointer itself */
  LZR_SUM_TLSDESC_PAGE, /* Page(descriptor + A) - Page(P) */
  LZR_SUM_TLSDESC_LOW   /* descriptor + A, its low 12 bits used */
};

/* One relocation type: which sum, into which field. A type without a row is
   refused by the linker, by architecture name and number. */
struct lzr_reloc_row {
  uint8_t sum;   /* enum lzr_reloc_sum; 0 marks a type without a row */
  uint8_t field; /* the architecture's own numbering */
  uint8_t size;  /* bytes touched at P */
};

/* ---- The architecture ------------------------------------------------------
 */

/* Where in the code for LLVM's dispatch things are; bytes from its start. */
struct lzr_dispatch {
  size_t caller;
  size_t copier;
  size_t size; /* of all */
};

struct lzr_arch {
  const char *name;     /* "x86_64": the first component of a triple */
  uint16_t elf_machine; /* e_machine of its objects */

  uint32_t least_instruction; /* bytes of the shortest there is */
  bool calls_through_memory;  /* one instruction loads an address and calls it:
                                 LLVM makes use of that for "nonlazybind" */
  uint32_t stub_size;         /* bytes of one stub; a multiple of 8 */
  uint32_t trampoline_size;   /* bytes of one trampoline */
  uint32_t trampoline_tail_size; /* bytes behind the last of a block */
  uint32_t trampoline_data_size; /* bytes of a block's data: { context,
                                    resolver } */
  uint32_t resolver_max_size;    /* bytes, for any save area */
  uint32_t resolver_unwind_max_size;
  uint32_t dispatch_max_size;
  uint32_t dispatch_unwind_max_size;
  uint32_t tls_descriptor_max_size; /* 0 where LLVM's code calls __tls_get_addr
                                       itself */
  uint32_t tls_descriptor_unwind_max_size;
  uint64_t branch_reach; /* a direct call reaches this many bytes either way */

  /* A feature, in LLVM's words, that makes code ask at run time whether the CPU
     has another one, with functions that only the compiler's static library
     has. Here the answer is known beforehand. NULL where there is none. */
  const char *asking_feature;
  const char *asked_feature;

  /* count stubs; stub i jumps through the 8-byte slot at slots + 8 * i. Also
     what a PLT entry is made of. Fails when the slots are out of reach, and
     then has written nothing. */
  lzr_error *(*write_stubs)(struct lzr_place place, lzr_addr slots,
                            size_t count);

  /* count trampolines and their common tail: trampoline i enters the resolver
     whose address is in the second word at data with the context in the first
     word and the number first_index + i. data must be in reach. */
  lzr_error *(*write_trampolines)(struct lzr_place place, lzr_addr data,
                                  uint32_t first_index, size_t count);

  /* The resolver: calls (*(uint64_t (**)(void *, uint64_t))context)(context,
     index) and jumps to the answer with every argument register as it was. To
     an answer of 0 it does not jump: it stops at a trap instruction inside
     itself, from where a debugger still sees the caller. *size is the bytes
     written. */
  lzr_error *(*write_resolver)(struct lzr_place place,
                               const struct lzr_save_area *save, size_t *size);

  /* Unwind information for a resolver of that size and save area at resolver:
     a whole .eh_frame section with its terminator, pointers relative to
     place.address. */
  lzr_error *(*write_resolver_unwind)(struct lzr_place place, lzr_addr resolver,
                                      size_t resolver_size,
                                      const struct lzr_save_area *save,
                                      size_t *size);

  /* Three functions for a target that has only LLVM's services. At place, a
     handler's enter function (lzr_tpc_add_handler): called with a context of
     four words { its own address, dispatch function, dispatch context, tag }
     and an index, it calls function(context, tag, &index, 8), and returns the
     eight bytes that this answers, or 0 if the answer has another size. The
     other two are what lzr_tpc_set_helpers asks for. Unwind information as for
     the resolver, of all three. */
  void (*write_dispatch)(struct lzr_place place, struct lzr_dispatch *dispatch);
  void (*write_dispatch_unwind)(struct lzr_place place, lzr_addr code,
                                size_t code_size, size_t *size);

  /* The function in the first of the four words of a TLS descriptor
     { function, tls_get_addr, module, offset }, in whatever way code calls it;
     it gets the variable's place from tls_get_addr(&module). Unwind information
     as for the resolver. Called only where there is a size for it. */
  lzr_error *(*write_tls_descriptor)(struct lzr_place place,
                                     const struct lzr_save_area *save,
                                     size_t *size);
  lzr_error *(*write_tls_descriptor_unwind)(struct lzr_place place,
                                            lzr_addr code, size_t code_size,
                                            const struct lzr_save_area *save,
                                            size_t *size);

  /* The row for a relocation type, or NULL. */
  const struct lzr_reloc_row *(*find_reloc)(uint32_t type);

  /* Whether the instruction around a GOT relocation calls or jumps through the
     entry. bytes is the section, offset the relocation's place in it; size
     bounds every access. */
  bool (*is_got_call)(const uint8_t *bytes, size_t size, size_t offset,
                      uint32_t type);

  /* Puts value, a finished sum, into a field; place.bytes has the row's size
     bytes. Fails with LIMIT, and writes nothing, when it does not fit. */
  lzr_error *(*write_field)(struct lzr_place place,
                            const struct lzr_reloc_row *row, uint64_t value);
};

/* The architecture of a triple ("aarch64-linux-gnu", "x86_64") or of an ELF
   e_machine; NULL when there is none. */
const struct lzr_arch *lzr_arch_for_triple(const char *triple);
const struct lzr_arch *lzr_arch_for_machine(uint16_t elf_machine);

#ifdef __cplusplus
}
#endif
#endif
