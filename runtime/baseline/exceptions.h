/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Exception tables, as personality routines of the Itanium C++ ABI read them.
 */
#ifndef LZR_BASELINE_EXCEPTIONS_H
#define LZR_BASELINE_EXCEPTIONS_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/ir.h"

/* Appends the table of a function, whose calls are code's sites, to table, and
   notes its offset in function. address_reloc is the type of a relocation that
   is an address of eight bytes. */
void lzr_exceptions_write(const struct lzr_ir *ir,
                          const struct lzr_machine_code *code,
                          uint32_t address_reloc,
                          struct lzr_code_function *function,
                          struct lzr_machine_code *table);

#endif
