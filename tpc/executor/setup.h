/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The Setup message, with which an executor introduces itself.
 */
#ifndef LZR_EXECUTOR_SETUP_H
#define LZR_EXECUTOR_SETUP_H

#include "tpc/wire/pack.h"

/* Writes the triple, the page size, the map with the facts for lazyrun's
   controllers (see tpc/wire/services.h), and all services. */
void lzr_setup_pack(struct lzr_writer *writer);

#endif
