/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Programs that are installed beside lazyrun. */
#ifndef LZR_TOOL_BESIDE_H
#define LZR_TOOL_BESIDE_H

#include "tpc/error.h"

/* The path of a program of this name in the folder of this one, whether or not
   there is one. *path is owned. */
lzr_error *beside_find(const char *name, char **path);

#endif
