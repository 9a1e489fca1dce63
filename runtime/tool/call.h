/* --call: a call with its types and values, as LLVM's IR writes it:
   "i32 add(i32 2, i32 40)", "void log(double 1.5, ptr null)". Types are void,
   i1, i8, i16, i32, i64, float, double and ptr; "..." stands between the named
   parameters of a variadic function and the others. */
#ifndef LZR_TOOL_CALL_H
#define LZR_TOOL_CALL_H

#include "tpc/tpc.h"

struct call {
  char *function; /* owned */
  struct lzr_signature signature;
  lzr_type *types;   /* owned; of the parameters */
  lzr_value *values; /* owned */
};

/* ARGUMENT, with a sentence that says where text stops making sense. */
lzr_error *call_parse(const char *text, struct call *call);
void call_fini(struct call *call);

/* A line with the result on standard output; none for void. */
void call_print(const struct call *call, const lzr_value *result);

#endif
