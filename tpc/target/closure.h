/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * C functions made at run time. Code in the target calls one like any function
 * of its signature; the call reaches one function here, with the arguments as
 * values. Thread-safe.
 */
#ifndef LZR_TARGET_CLOSURE_H
#define LZR_TARGET_CLOSURE_H

#include "tpc/tpc.h"

/* Runs on the thread that made the call. The arguments, as many as the
   signature has, are borrowed for the call; *result is 0 at first. */
typedef void (*lzr_closure_enter)(void *data, const lzr_value *arguments,
                                  lzr_value *result);

struct lzr_closure;

/* The signature is copied; it must not be variadic. *closure is owned; end it
   with lzr_closure_destroy() when no code will call it any more. */
lzr_error *lzr_closure_create(const struct lzr_signature *signature,
                              lzr_closure_enter enter, void *data,
                              struct lzr_closure **closure);
void lzr_closure_destroy(struct lzr_closure *closure);

/* The C function. */
lzr_addr lzr_closure_address(const struct lzr_closure *closure);

#endif
