/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Facts about this process and its CPU.
 */
#ifndef LZR_TARGET_FACTS_H
#define LZR_TARGET_FACTS_H

#include "tpc/tpc.h"

/* The strings are static. cpu and features are "": a client that compiles for
   its own process asks the compiler for them. */
struct lzr_target_facts lzr_facts_of_self(void);

#endif
