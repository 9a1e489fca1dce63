/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bodies that are not to be used any more, because they or what they have
 * inlined (borrow.h) is replaced or removed: the functions are built again at
 * their next call. All of this is called under the symbols' lock.
 */
#ifndef LZR_SYMBOLS_FORGET_H
#define LZR_SYMBOLS_FORGET_H

#include "runtime/symbols/changes.h"
#include "runtime/symbols/resident.h"

/* How many symbols lzr_forget_borrowed() adds to changes at most. */
size_t lzr_forget_count(const struct lzr_entry *entry);

/* The body is not to be inlined any more: whoever may have done it is built
   again. */
void lzr_forget_borrowed(struct lzr_entry *entry, struct lzr_changes *changes);

/* The function is built again at its next call. Its body stays as long as the
   module, because a thread may be in it. */
void lzr_forget_body(struct lzr_entry *entry, struct lzr_changes *changes);

#endif
