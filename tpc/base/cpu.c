/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/cpu.h"

#include <stdio.h>

#ifdef __GLIBC__
#define SYSTEM "-linux-gnu"
#else
#define SYSTEM "-linux-musl"
#endif

/* No lock: every thread would write the same bytes. */
const char *lzr_cpu_triple(void) {
  static char whole[64];

  snprintf(whole, sizeof whole, "%s%s", lzr_cpu_machine, SYSTEM);
  return whole;
}
