/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The module kind of relocatable object files (ELF64). A function is linked at
 * its first call where the compiler gave it a section of its own
 * (-ffunction-sections), else with the other functions of its section. Sections
 * that do not make sense apart are one group.
 *
 * Building copies no code: the objects it returns borrow the file's bytes.
 */
#ifndef LZR_OBJECT_MODULE_H
#define LZR_OBJECT_MODULE_H

#include "runtime/module/module.h"

/*
 * Takes bytes, which are from malloc. name is the file's, for messages, with
 * that of the archive's member if it is one ("lib.a(member.o)"); copied. With
 * debug_info, an object that has some is one group, as debuggers know whole
 * files only.
 *
 * *module is owned; ended by lzr_module_close(). Fails with FORMAT for what is
 * malformed or for another architecture, with UNSUPPORTED for what an object
 * may ask of a linker and this one does not do, with LIMIT, and with SYMBOL if
 * one name is defined twice.
 *
 * The module's operations ignore the thread's number: they share nothing that
 * changes.
 */
lzr_error *lzr_object_module_open(const struct lzr_arch *arch, const char *name,
                                  uint8_t *bytes, size_t size, bool debug_info,
                                  lzr_module **module);

#endif
