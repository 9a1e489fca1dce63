/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bitcode as a kind of module (lzr_bitcode_open() is in bitcode_module.c), and
 * whatever else LLVM can turn into bitcode.
 */
#ifndef LZR_LLVM_BITCODE_H
#define LZR_LLVM_BITCODE_H

#include "runtime/llvm/compiler.h"
#include "runtime/module/module.h"

/*
 * Opens bitcode: reads module-level records, but no bodies. Takes bitcode (from
 * malloc), also when it fails; name is copied; compiler is borrowed as long as
 * the module lives. *module is owned (lzr_module_close()). Fails with FORMAT
 * for bitcode that LLVM cannot read and for modules of another architecture or
 * data layout. A body is checked when it is read, see
 * lzr_compiler_options.
 */
lzr_error *lzr_bitcode_open(lzr_compiler *compiler, const char *name,
                            char *bitcode, size_t size, lzr_module **module);

/* Makes bitcode of IR text, or copies bitcode as it is. name is for messages.
   *bitcode is owned, from malloc. Fails with FORMAT for text that LLVM cannot
   parse or that its verifier rejects. */
lzr_error *lzr_bitcode_from_bytes(const char *name, const char *bytes,
                                  size_t size, char **bitcode,
                                  size_t *bitcode_size);

struct LLVMOpaqueModule; /* what LLVM-C's LLVMModuleRef points to */

/* Makes bitcode of a client's module, which is refused if it makes no sense.
   Takes module, but nothing else that is in its context; name is for messages.
   A module that is unchecked and makes no sense may crash LLVM. */
lzr_error *lzr_bitcode_from_module(const char *name,
                                   struct LLVMOpaqueModule *module,
                                   bool unchecked, char **bitcode,
                                   size_t *bitcode_size);

#endif
