/*
 * Functions and variables of a unit, made after those of the source: without
 * contents, which may mention other globals and so come later.
 */
#ifndef LZR_DECLARE_H
#define LZR_DECLARE_H

#include "runtime/unit/source_private.h"

/* A declaration of what is defined elsewhere. */
lzr_error *lzr_declare(lzr_source *source, LLVMModuleRef unit,
                       LLVMValueRef global, LLVMValueRef *declared);

/* What will be a definition, of a function or a variable. */
lzr_error *lzr_define(lzr_source *source, LLVMModuleRef unit,
                      LLVMValueRef global, bool keep_section,
                      LLVMValueRef *defined);

/* cpu.c: the CPU a definition is compiled for, if it names one and the source's
   options want another. False without memory. */
bool lzr_choose_cpu(const lzr_source *source, LLVMValueRef function);

#endif
