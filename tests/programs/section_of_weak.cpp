/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Sections that several modules' weak and inline variables are in: of a weak
// one each module's bytes stay, of an inline one the first module's.
//! modules: second.cpp third.cpp
//! variants: native-O0 native-O2 O0-at-O0 O2-at-O2 eager debug no-pic
#include <cstdio>

#include "section_of_weak/entries.h"

extern "C" {
__attribute__((weak, section("weak_tab"))) extern long shared;
extern const long __start_weak_tab[], __stop_weak_tab[];
extern const long __start_mixed_tab[], __stop_mixed_tab[];
extern const long __start_inline_tab[], __stop_inline_tab[];
long *shared_in_third(void);
}

MIXED long first = 1;
INLINE_TAB long own = 10;

static void walk(const char *name, const long *start, const long *stop) {
  std::printf("%s:", name);
  for (const long *entry = start; entry < stop; entry++)
    std::printf(" %ld", *entry);
  std::puts("");
}

int main() {
  walk("weak", __start_weak_tab, __stop_weak_tab);
  walk("mixed", __start_mixed_tab, __stop_mixed_tab);
  walk("inline", __start_inline_tab, __stop_inline_tab);
  shared = 50;
  walk("weak", __start_weak_tab, __stop_weak_tab);
  std::printf("%d %ld\n", shared_in_third() == &shared, *shared_in_third());
  return 0;
}
//> weak: 5 6
//> mixed: 1 2 3 4 3
//> inline: 7 10 11
//> weak: 50 6
//> 1 50
