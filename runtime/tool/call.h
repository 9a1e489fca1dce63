/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The argument of --call: a call with its types and values, as LLVM's IR writes
   it: "i32 add(i32 2, i32 40)", "void log(double 1.5, ptr null)". Types are
   void, i1, i8, i16, i32, i64, float, double and ptr; "..." stands between the
   named arguments of a variadic function and the others. */
#ifndef LZR_TOOL_CALL_H
#define LZR_TOOL_CALL_H

#include "tpc/tpc.h"

struct call {
  char *function; /* owned */
  struct lzr_signature signature;
  lzr_type *types;   /* owned; of the parameters */
  lzr_value *values; /* owned */
};

/* Reads a call from text into call, which is owned (call_fini()). Fails with
   ARGUMENT, and a sentence that says at which place of text. */
lzr_error *call_parse(const char *text, struct call *call);
void call_fini(struct call *call);

/* Prints the result as a line on standard output; prints nothing for void. */
void call_print(const struct call *call, const lzr_value *result);

#endif
