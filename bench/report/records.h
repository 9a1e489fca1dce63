/* Reads records; see results.h. */
#ifndef LZR_BENCH_RECORDS_H
#define LZR_BENCH_RECORDS_H

#include <jansson.h>

#include "tpc/error.h"

#define RESULTS_FORMAT "lazyrun benchmarks 1"

/* *root is owned, also after a failure, unless it is still NULL. */
lzr_error *records_read(const char *path, json_t **root);

#endif
