/*
 * Errors and answers in messages. LLVM has two encodings with opposite flags:
 *
 *     Error        0, or 1 and a sentence
 *     Expected<T>  1 and a T, or 0 and a sentence
 *
 * An answer without a byte stands for a failure whose text the wire has lost.
 */
#ifndef LZR_WIRE_RESULT_H
#define LZR_WIRE_RESULT_H

#include "tpc/error.h"
#include "tpc/wire/pack.h"

/* Packs an Error. Takes error, NULL is success. */
void lzr_pack_error(struct lzr_writer *writer, lzr_error *error);
/* Packs the failing side of an Expected. Takes error, which is not NULL. */
void lzr_pack_unexpected(struct lzr_writer *writer, lzr_error *error);
/* The other side's flag; the value is packed behind it. */
void lzr_pack_expected(struct lzr_writer *writer);

/* What the peer's Error or Expected says, as an error of kind TARGET with its
   sentence, which is cut at 4 KiB and of which control characters are replaced.
   NULL: success, for an Expected with the value next in reader. what names
   the service for the sentence about an answer that cannot be read. */
lzr_error *lzr_unpack_error(struct lzr_reader *reader, const char *what);
lzr_error *lzr_unpack_expected(struct lzr_reader *reader, const char *what);
/* After the last value: an error if anything was missing. */
lzr_error *lzr_unpack_end(const struct lzr_reader *reader, const char *what);

#endif
