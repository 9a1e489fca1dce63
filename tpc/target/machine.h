/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a target tells about its architecture. <arch>/machine.c is compiled for
 * its own architecture only, and is part of every process that runs code.
 */
#ifndef LZR_TARGET_MACHINE_H
#define LZR_TARGET_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* "+avx2,+sha": the features of this CPU beyond those that all CPUs of the
   architecture have. The names are known to every LLVM version with which a
   controller may be built, and a feature counts only if the operating system
   saves the registers it needs. A static string, made once, before there are
   threads. */
const char *lzr_machine_features(void);

/* Fills freed code, so that a stale call is noticed at once. */
extern const uint8_t lzr_machine_trap;

/* MiB of code in a session's window: a branch should reach all of it. */
extern const unsigned lzr_machine_code_mib;

/* Whether a core may have fetched the bytes of new code before they were
   written, though their addresses have never held code. */
extern const bool lzr_machine_fetches_ahead;

/* Types of the dynamic relocations that store a symbol's address in a word: in
   data, in the GOT, and in the GOT's part for the PLT. */
struct lzr_machine_relocs {
  uint32_t word, got, plt;
};
extern const struct lzr_machine_relocs lzr_machine_relocs;

/* Names that compiled code refers to but that only a static library of the
   compiler defines; that library is linked into this process. Ends with a
   NULL. */
struct lzr_machine_name {
  const char *name;
  uintptr_t address;
};
extern const struct lzr_machine_name lzr_machine_names[];

#endif
