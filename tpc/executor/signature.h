/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Signatures in messages: u8 result, bytes of parameters, by lzr_type. They are
 * checked as tpc.c checks a caller's.
 */
#ifndef LZR_EXECUTOR_SIGNATURE_H
#define LZR_EXECUTOR_SIGNATURE_H

#include "tpc/target/call.h"
#include "tpc/wire/pack.h"

struct lzr_unpacked_signature {
  struct lzr_signature signature; /* parameters points into the next member */
  lzr_type parameters[LZR_CALL_MAX_PARAMETERS];
};

/* fixed_count becomes the number of parameters. */
lzr_error *lzr_unpack_signature(struct lzr_reader *reader,
                                struct lzr_unpacked_signature *unpacked);

#endif
