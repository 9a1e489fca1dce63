/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "entries.h"

extern "C" {
__attribute__((weak, section("weak_tab"))) long shared = 5;
MIXED __attribute__((weak)) long both = 2;
MIXED long second = 3;
}
