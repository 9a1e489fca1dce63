/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Text for people, part of which comes from a file or a peer: a terminal must
 * not obey it.
 */
#ifndef LZR_BASE_TEXT_H
#define LZR_BASE_TEXT_H

#include <stddef.h>

/* How many bytes at most stand for one byte of text. */
enum { LZR_TEXT_ESCAPE = 4 };

/* Copies text with \xNN in place of control characters other than line feeds
   and tabs. Returns the copy's length without its final zero byte; copy may be
   NULL, to ask for that only. */
size_t lzr_text_escape(const char *text, char *copy);

#endif
