/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inside of a source, for the files that work on it.
 */
#ifndef LZR_SOURCE_PRIVATE_H
#define LZR_SOURCE_PRIVATE_H

#include <llvm-c/Types.h>

#include "runtime/llvm/certain.h"
#include "runtime/llvm/debug_info.h"
#include "runtime/llvm/read.h"
#include "runtime/llvm/source.h"
#include "runtime/llvm/survey.h"

/* The numbers that LLVM gives to names, looked up once. */
struct lzr_kinds {
  unsigned dbg, associated, absolute_symbol; /* metadata attachments */
  unsigned alwaysinline, naked, noinline_, noundef, optnone,
      uwtable; /* attributes */
};

struct lzr_source {
  char *name;             /* owned */
  char *triple;           /* owned; given to every unit */
  const char *cpu;        /* borrowed, as in the options */
  const char *features;   /* borrowed, as in the options */
  LLVMContextRef context; /* owned */
  LLVMModuleRef module;   /* owned */
  struct lzr_body_reader reader;
  bool abandoned; /* lzr_source_abandon() */
  bool debug_info, verify, unchecked, optimize;
  uint32_t inline_budget;
  uint32_t inlined; /* instructions of copies in the last unit */
  struct lzr_survey survey;
  struct lzr_debug_info debug; /* empty if it is dropped */
  bool *taken;                 /* owned; by group */
  uint32_t *seen;              /* owned; see lzr_source_seen() */
  size_t seen_count;
  struct lzr_certain certain;
  struct lzr_kinds kinds;
  LLVMAttributeRef nonlazybind; /* NULL on architectures that do not use it */
  LLVMValueRef *flags;          /* owned; the module flags of every unit */
  size_t flag_count;
  uint64_t near_size; /* the most bytes of a variable that code reaches by a
                         distance */
};

#endif
