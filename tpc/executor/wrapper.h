/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Wrapper functions, which a peer calls by address: C functions of one type,
 * which LLVM defines, with packed arguments and a packed result. Services are
 * such functions, and so is compiled code that a controller calls or names as
 * an action.
 *
 * A result of up to 8 bytes travels inside the struct, in registers; a longer
 * one is malloc'ed, and the receiver frees it. A failure for which the packed
 * type has no place is size 0 and a malloc'ed message; it is sent as an empty
 * answer.
 */
#ifndef LZR_EXECUTOR_WRAPPER_H
#define LZR_EXECUTOR_WRAPPER_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"
#include "tpc/wire/pack.h"

/* LLVM's layout, which compiled code passes and expects. */
struct lzr_wrapper_result {
  union {
    char *pointer;
    char bytes[8];
  } data;
  size_t size;
};

typedef struct lzr_wrapper_result (*lzr_wrapper)(const char *arguments,
                                                 size_t size);

/* Declares or defines a wrapper function. */
#define LZR_WRAPPER(name)                                                      \
  struct lzr_wrapper_result name(const char *arguments, size_t size)

/* The packed result. Takes writer's bytes, and fails as described above when
   writer ran out of memory. */
struct lzr_wrapper_result lzr_wrapper_packed(struct lzr_writer *writer);

/* An Error. Takes error, NULL is success. */
struct lzr_wrapper_result lzr_wrapper_error(lzr_error *error);

/* An Expected<u64>: error, which the function takes, or value. */
struct lzr_wrapper_result lzr_wrapper_expected(lzr_error *error,
                                               uint64_t value);

/* A failure for which the type has no place. Takes error. */
struct lzr_wrapper_result lzr_wrapper_failure(lzr_error *error);

/* Borrowed from result. */
const char *lzr_wrapper_bytes(const struct lzr_wrapper_result *result);

void lzr_wrapper_result_fini(struct lzr_wrapper_result *result);

/* The error for arguments that end early or are invalid; NULL if reader has not
   failed. */
lzr_error *lzr_wrapper_check(const struct lzr_reader *reader);

#endif
