/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Inline functions, templates and inline variables that two modules both have
// are one.
//! modules: other.cpp
#include "cxx_templates/shared.h"
#include <cstdio>

int count_in_other();
int *counter_in_other();
int (*twice_in_other())(int);
const void *type_in_other();

int main() {
  int here = count();
  int there = count_in_other();
  std::printf("%d %d %d\n", here, there, count());
  std::printf("%d\n", &counter == counter_in_other());
  std::printf("%d\n", &twice<int> == twice_in_other());
  std::printf("%d\n", &typeid(Shared) == type_in_other());
  std::printf("%d %g %s\n", twice(4), twice(1.25), twice("ab"_s).c_str());
  std::printf("%d\n", Factorial<10>::value);
}
//> 1 2 3
//> 1
//> 1
//> 1
//> 8 2.5 abab
//> 3628800
