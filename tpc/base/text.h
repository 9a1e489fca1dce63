/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Text for people, part of which comes from a file or a peer: a terminal must
 * not obey it, and it must not make up lines of its own.
 *
 * Whoever puts names into a sentence escapes the whole sentence, so that it is
 * one line; only what is made of several sentences has several lines.
 */
#ifndef LZR_BASE_TEXT_H
#define LZR_BASE_TEXT_H

#include <stddef.h>

/* How many bytes at most stand for one byte of text. */
enum { LZR_TEXT_ESCAPE = 4 };

/* Copies text with \xNN in place of each byte of a control character or of a
   line separator, and of each byte that is not UTF-8. Returns the copy's length
   without its final zero byte; copy may be NULL, to ask for that only. */
size_t lzr_text_escape(const char *text, char *copy);

/* Copies what others say in several lines, as one line: with "; " in place of
   line ends and the white space around them. Leaves out lines that are empty or
   only point at what is above them. size bytes at most, the zero byte
   included. */
void lzr_text_join_lines(const char *text, char *copy, size_t size);

#endif
