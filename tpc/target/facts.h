/*
 * What this process and its CPU are.
 */
#ifndef LZR_TARGET_FACTS_H
#define LZR_TARGET_FACTS_H

#include "tpc/tpc.h"

/* The strings are static. cpu and features are "": who compiles for its own
   process asks the compiler for them. */
struct lzr_target_facts lzr_facts_of_self(void);

#endif
