/*
 * C functions made at run time: code of the target calls one like any function
 * of its signature, and lands in one function here with the arguments as
 * values. Thread-safe.
 */
#ifndef LZR_TARGET_CLOSURE_H
#define LZR_TARGET_CLOSURE_H

#include "tpc/tpc.h"

/* Runs on the thread that called, with the signature's number of arguments,
   borrowed for the call; *result is 0. */
typedef void (*lzr_closure_enter)(void *data, const lzr_value *arguments,
                                  lzr_value *result);

struct lzr_closure;

/* The signature is copied; it is not variadic. *closure is owned, ended by
   lzr_closure_destroy() when nothing will call it any more. */
lzr_error *lzr_closure_create(const struct lzr_signature *signature,
                              lzr_closure_enter enter, void *data,
                              struct lzr_closure **closure);
void lzr_closure_destroy(struct lzr_closure *closure);

/* The C function. */
lzr_addr lzr_closure_address(const struct lzr_closure *closure);

#endif
