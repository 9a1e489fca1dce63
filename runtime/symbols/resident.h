/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A unit that is in the target, and what its code mentions: all that must be
 * given back when its module is removed.
 */
#ifndef LZR_SYMBOLS_RESIDENT_H
#define LZR_SYMBOLS_RESIDENT_H

#include "runtime/symbols/symbols.h"

struct lzr_resident {
  lzr_image *image; /* owned */
  struct lzr_input *input;
  const char *registers; /* a function it mentions that registers exit
                            handlers of which nobody can tell whose they
                            are; static, or NULL */
  struct lzr_resident *next, **link; /* all of a session */
  struct lzr_resident *next_of_input;
  uint32_t *seen; /* owned: definitions of the input that the code may rely on
                     without mentioning them, by index */
  size_t seen_count;
  struct lzr_entry **borrowed; /* owned: functions of other modules that the
                                  code may have inlined; NULL where it has been
                                  forgotten since. See borrow.h */
  size_t borrowed_count;
  size_t mention_count;
  struct lzr_symbol *mentions[]; /* those that can go */
};

/* Keeps an image of input's as long as the input, and counts what it mentions:
   symbols, count, whose entries may be NULL. Returns NULL when memory is out.
   Under lock. */
struct lzr_resident *lzr_resident_create(struct lzr_input *input,
                                         lzr_image *image,
                                         struct lzr_symbol *const *symbols,
                                         size_t count);

/* Takes it out of the session's list, so that it is no longer owned there, and
   stops counting what it mentions. Under lock. */
void lzr_resident_detach(struct lzr_resident *resident);

/* Releases the image in the target and frees the rest, once nobody knows it any
   more. Not under lock. */
void lzr_resident_release(struct lzr_resident *resident);

#endif
