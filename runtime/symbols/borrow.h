/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bodies that units of other modules have inlined; forget.h says what happens
 * when such a body is replaced or removed. All of this is called under the
 * symbols' lock.
 */
#ifndef LZR_SYMBOLS_BORROW_H
#define LZR_SYMBOLS_BORROW_H

#include "runtime/symbols/resident.h"

/* The function of another module that calls of a name in input's code lead to,
   if its body may be inlined. NULL: none. */
struct lzr_entry *lzr_borrow_find(const struct lzr_input *input,
                                  const char *name);
/* Has it prevail for good; returns false if another does by now. */
bool lzr_borrow_settle(const struct lzr_entry *entry);

/* The unit of a resident may have inlined these; count of them. Takes
   entries. */
void lzr_borrow_note(struct lzr_resident *resident, struct lzr_entry **entries,
                     size_t count);
/* Undoes that, when the resident goes. */
void lzr_borrow_return(struct lzr_resident *resident);

#endif
