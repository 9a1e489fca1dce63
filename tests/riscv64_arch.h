/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the linker needs to know about RISC-V (64-bit, LP64D): relocations, and
 * the PLT entry for a call out of reach. It is here, and not in stubs/,
 * because lazyrun cannot run RISC-V code: a port moves it there and adds the
 * other functions (stubs/PORTING.md). It shows that the rows can express an
 * architecture whose addresses are made of pairs of relocations.
 */
#ifndef LZR_TESTS_RISCV64_ARCH_H
#define LZR_TESTS_RISCV64_ARCH_H

#include <elf.h>

#include "stubs/arch.h"

/* Has a name, a machine, stubs and relocations; every other writer is NULL. */
extern const struct lzr_arch riscv64_arch;

/* Younger than many elf.h. */
#ifndef R_RISCV_GOT32_PCREL
#define R_RISCV_GOT32_PCREL 41
#define R_RISCV_PLT32 59
#define R_RISCV_SET_ULEB128 60
#define R_RISCV_SUB_ULEB128 61
#endif

#endif
