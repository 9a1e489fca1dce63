/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program's output and input, when they travel as messages. Thread-safe.
 */
#ifndef LZR_REMOTE_STDIO_H
#define LZR_REMOTE_STDIO_H

#include "tpc/remote/remote.h"

/* Serve the calls that carry the program's output and input. */
void lzr_remote_serve_output(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_serve_input(struct lzr_remote *remote, struct lzr_call *call);

#endif
