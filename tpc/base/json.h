/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writing JSON.
 */
#ifndef LZR_BASE_JSON_H
#define LZR_BASE_JSON_H

#include <stdio.h>

/* Writes text as a string, quoted. Bytes that are not UTF-8, as the file must
   be, stand as characters of the same number. */
void lzr_json_string(FILE *file, const char *text);

#endif
