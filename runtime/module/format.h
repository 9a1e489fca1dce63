/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What kind of file some bytes are, recognized by their content, and what to
 * say about those that cannot be run.
 */
#ifndef LZR_FORMAT_H
#define LZR_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

enum lzr_format {
  /* What can be run. */
  LZR_FORMAT_BITCODE, /* raw, or in a wrapper */
  LZR_FORMAT_IR_TEXT, /* LLVM assembly; also text of comments only */
  LZR_FORMAT_OBJECT,  /* ELF, relocatable; maybe with bitcode beside the code */
  LZR_FORMAT_ARCHIVE,
  LZR_FORMAT_THIN_ARCHIVE,
  /* What cannot. */
  LZR_FORMAT_EMPTY,
  LZR_FORMAT_EXECUTABLE, /* ELF, position-independent or not */
  LZR_FORMAT_SHARED_LIBRARY,
  LZR_FORMAT_CORE,
  LZR_FORMAT_SCRIPT, /* "#!" and nothing behind that line that can be run */
  LZR_FORMAT_LINKER_SCRIPT,
  LZR_FORMAT_C_SOURCE, /* C, C++ or another language like it */
  LZR_FORMAT_ASSEMBLY,
  LZR_FORMAT_PRECOMPILED,
  LZR_FORMAT_MACH_O,
  LZR_FORMAT_COFF,
  LZR_FORMAT_PE,
  LZR_FORMAT_WASM,
  LZR_FORMAT_JAVA,
  LZR_FORMAT_UNKNOWN
};

/* *offset is where that begins: behind a "#!" line in front of something that
   can be run, else 0. */
enum lzr_format lzr_format_recognize(const uint8_t *bytes, size_t size,
                                     size_t *offset);

/* Returns NULL for what can be run, else an error of kind FORMAT: a sentence
   that names the file and says what it is and what to do. */
lzr_error *lzr_format_check(const char *name, enum lzr_format format);

#endif
