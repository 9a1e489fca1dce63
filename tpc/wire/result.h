/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Errors and answers in messages. LLVM has two encodings with opposite flags:
 *
 *     Error        0, or 1 and a sentence
 *     Expected<T>  1 and a T, or 0 and a sentence
 *
 * An empty answer stands for a failure whose text was lost on the way.
 */
#ifndef LZR_WIRE_RESULT_H
#define LZR_WIRE_RESULT_H

#include "tpc/base/error.h"
#include "tpc/wire/pack.h"

/* Packs an Error. Takes error, NULL is success. */
void lzr_pack_error(struct lzr_writer *writer, lzr_error *error);
/* Packs the failing side of an Expected. Takes error, which is not NULL. */
void lzr_pack_unexpected(struct lzr_writer *writer, lzr_error *error);
/* Packs the flag of a successful Expected; the caller packs the value behind
   it. */
void lzr_pack_expected(struct lzr_writer *writer);

/* Converts the peer's Error or Expected into an error of kind TARGET with the
   peer's sentence: one line, cut after 1023 bytes, with control characters
   escaped. Returns
   NULL for success; an Expected's value is then next in reader. what names the
   service in the message about an answer that cannot be read. */
lzr_error *lzr_unpack_error(struct lzr_reader *reader, const char *what);
lzr_error *lzr_unpack_expected(struct lzr_reader *reader, const char *what);
/* Call it after the last value: returns an error if anything was missing. */
lzr_error *lzr_unpack_end(const struct lzr_reader *reader, const char *what);

#endif
