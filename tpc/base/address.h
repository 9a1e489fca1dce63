/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Addresses in a target, and how code in it saves its registers: the types that
 * both the writers of code (stubs/) and its runner (tpc.h) use.
 */
#ifndef LZR_ADDRESS_H
#define LZR_ADDRESS_H

#include <stdint.h>

/* An address in the target. 0 is never a valid one. */
typedef uint64_t lzr_addr;

/* How a resolver saves the vector registers: by which instruction, which state
   components, and in how many bytes. Only the target knows its CPU, and only
   the architecture's own files know its forms (tpc/base/<arch>/save.h): the
   target names one, the writers of code refuse one that they do not know, and
   everyone between them carries numbers. */
struct lzr_save_area {
  uint32_t form; /* LZR_SAVE_LEAST, or the architecture's own numbering */
  uint32_t mask; /* state components to save; 0 where the form has none */
  uint32_t size; /* bytes of the save area, a multiple of 64; 0 where the form
                    has a fixed size */
};

/* The registers that every CPU of the architecture has; for a target that does
   not say more, and where all CPUs have the same. mask and size are then not
   used. */
enum { LZR_SAVE_LEAST = 0 };

#endif
