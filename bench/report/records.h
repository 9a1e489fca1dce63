/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads records; see results.h. */
#ifndef LZR_BENCH_RECORDS_H
#define LZR_BENCH_RECORDS_H

#include <jansson.h>

#include "tpc/base/error.h"

#define RESULTS_FORMAT "lazyrun benchmarks 1"

/* *root is owned (json_decref()), also after a failure, unless it is NULL. */
lzr_error *records_read(const char *path, json_t **root);

#endif
