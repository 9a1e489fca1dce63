/*
 * Functions that the wire calls by address: C functions of one type, LLVM's for
 * "wrapper functions", with packed arguments and a packed result. Services are
 * such functions, and so is compiled code that a controller calls or names as
 * an action.
 *
 * A result of up to 8 bytes travels inside the struct, in registers; a longer
 * one is malloc'ed and the receiver's. A failure that the packed type has no
 * place for is size 0 and a malloc'ed sentence; the wire carries it as an
 * answer without a byte.
 */
#ifndef LZR_EXECUTOR_WRAPPER_H
#define LZR_EXECUTOR_WRAPPER_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"
#include "tpc/wire/pack.h"

/* The layout is LLVM's: it is what compiled code passes and expects. */
struct lzr_wrapper_result {
  union {
    char *pointer;
    char bytes[8];
  } data;
  size_t size;
};

typedef struct lzr_wrapper_result (*lzr_wrapper)(const char *arguments,
                                                 size_t size);

/* How one is declared and defined. */
#define LZR_WRAPPER(name)                                                      \
  struct lzr_wrapper_result name(const char *arguments, size_t size)

/* What was packed. Takes writer's bytes, and fails as described above when it
   ran out of memory. */
struct lzr_wrapper_result lzr_wrapper_packed(struct lzr_writer *writer);

/* An Error; takes error, NULL is success. */
struct lzr_wrapper_result lzr_wrapper_error(lzr_error *error);

/* An Expected<u64>: error, which it takes, or value. */
struct lzr_wrapper_result lzr_wrapper_expected(lzr_error *error,
                                               uint64_t value);

/* A failure that has no place in the type; takes error. */
struct lzr_wrapper_result lzr_wrapper_failure(lzr_error *error);

/* Borrowed from result. */
const char *lzr_wrapper_bytes(const struct lzr_wrapper_result *result);

void lzr_wrapper_result_fini(struct lzr_wrapper_result *result);

/* The error for arguments that end early or are not what they should be; NULL
   if reader has not failed. */
lzr_error *lzr_wrapper_check(const struct lzr_reader *reader);

#endif
