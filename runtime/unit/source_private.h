/*
 * What a source is made of, for the files that move definitions out of it.
 */
#ifndef LZR_SOURCE_PRIVATE_H
#define LZR_SOURCE_PRIVATE_H

#include <llvm-c/Types.h>

#include "runtime/unit/certain.h"
#include "runtime/unit/debug_info.h"
#include "runtime/unit/source.h"
#include "runtime/unit/survey.h"

/* Numbers LLVM gives to names, looked up once. */
struct lzr_kinds {
  unsigned dbg, associated, absolute_symbol;     /* metadata attachments */
  unsigned noinline_, noundef, optnone, uwtable; /* attributes */
};

struct lzr_source {
  char *name;                /* owned */
  char *triple;              /* owned; given to every unit */
  const char *cpu;           /* borrowed, as in the options */
  const char *features;      /* borrowed, as in the options */
  LLVMContextRef context;    /* owned */
  LLVMModuleRef module;      /* owned */
  LLVMPassManagerRef reader; /* owned; runs no passes: running none of them on a
                                function still reads its body first */
  bool abandoned; /* LLVM was left by force: neither safe to use nor to free */
  bool debug_info, verify;
  struct lzr_survey survey;
  struct lzr_debug_info debug; /* empty if it is dropped */
  bool *taken;                 /* owned; by group */
  struct lzr_certain certain;
  struct lzr_kinds kinds;
  LLVMAttributeRef nonlazybind; /* NULL where it means nothing */
  LLVMValueRef *flags;          /* owned; module flags every unit has */
  size_t flag_count;
};

/* Fills in flags. */
lzr_error *lzr_flags_collect(lzr_source *source);

#endif
