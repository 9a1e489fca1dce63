/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Code as clients give it: a struct lzr_code in one of its forms.
 */
#ifndef LZR_SESSION_CODE_H
#define LZR_SESSION_CODE_H

#include "runtime/session/session.h"

/* Copies a client's struct and checks that it has one form. What the struct
   gives away is still the client's if this fails. */
lzr_error *lzr_code_take(const struct lzr_code *given, struct lzr_code *code);

/* Opens a module of code, which has been checked and is not lazy (lazy.h).
   Takes what the code gives away. *module is owned. */
lzr_error *lzr_code_open(lzr_session *session, const struct lzr_code *code,
                         lzr_module **module);

/* Reads a whole file. *bytes is owned. */
lzr_error *lzr_file_read(const char *path, uint8_t **bytes, size_t *size);

#endif
