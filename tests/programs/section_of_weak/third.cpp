/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "entries.h"

extern "C" {
__attribute__((weak, section("weak_tab"))) long shared = 6;
MIXED __attribute__((weak)) long both = 4;
MIXED __attribute__((weak)) long second = 3;
long *shared_in_third(void) {
  return &shared;
}
}
INLINE_TAB long last = 11;
