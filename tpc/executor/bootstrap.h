/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The services that the executor offers by name: LLVM 19's and 22's bootstrap
 * symbols, and lazyrun's (tpc/wire/services.h). Names and addresses are data,
 * so that another flavour is another row.
 */
#ifndef LZR_EXECUTOR_BOOTSTRAP_H
#define LZR_EXECUTOR_BOOTSTRAP_H

#include "tpc/executor/services.h"

/* In the order of the Setup message. */
extern const struct lzr_service lzr_bootstrap[];
extern const size_t lzr_bootstrap_count;

#endif
