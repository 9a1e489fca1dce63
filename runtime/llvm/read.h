/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads a function's body out of its bitcode, and has LLVM check it: what
 * reading lets pass, such as a block without a terminator or a value that is
 * used before it exists, would crash lazyrun or LLVM later, or run as anything.
 */
#ifndef LZR_READ_H
#define LZR_READ_H

#include <llvm-c/Types.h>
#include <stdbool.h>

#include "tpc/base/error.h"

struct lzr_body_reader {
  LLVMPassManagerRef passes; /* owned; none: running none of them on a function
                                still reads its body first */
  bool unchecked;            /* what is read is taken to make sense */
};

/* All of a module's functions may then be read. */
void lzr_reader_open(struct lzr_body_reader *reader, LLVMModuleRef module,
                     bool unchecked);
/* All zero is closed. */
void lzr_reader_close(struct lzr_body_reader *reader);

/* Returns false if the body makes no sense, then and whenever it is asked
   again. */
bool lzr_read_body(const struct lzr_body_reader *reader, LLVMValueRef function);

/* Why lzr_read_body() returned false. */
lzr_error *lzr_read_error(LLVMValueRef function);

#endif
