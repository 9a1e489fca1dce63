/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A TPC that passes everything on to another one, except for the nth operation
 * that can fail: that one fails, with kind TARGET, and does nothing. With n
 * from 1 until nothing fails any more, a test reaches every error path there
 * is.
 */
#ifndef LZR_TESTS_FAILING_TPC_H
#define LZR_TESTS_FAILING_TPC_H

#include "tpc/tpc.h"

/* Takes inner, also when it fails, and closes it when *tpc is closed. No
   operation fails until it is armed. */
lzr_error *lzr_failing_tpc_create(lzr_tpc *inner, lzr_tpc **tpc);

/* The nth operation from now on fails, counted from 1; 0 for none. */
void lzr_failing_tpc_arm(lzr_tpc *tpc, unsigned n);

/* Calls watch before each operation that can fail, on the thread that asked for
   the operation. To be set before other threads use the TPC. */
void lzr_failing_tpc_watch(lzr_tpc *tpc, void (*watch)(const char *operation));

/* Operations that could have failed, since it was last armed. */
unsigned lzr_failing_tpc_count(const lzr_tpc *tpc);

/* How many of these were of the kind named, such as "lookup". */
unsigned lzr_failing_tpc_count_of(const lzr_tpc *tpc, const char *operation);

#endif
