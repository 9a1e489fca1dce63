/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// What the CPU can do, as the compiler's library tells it: by question, by
// clones of a function, and by versions of one.
//! arch: x86_64
//! no-stock-executor: it does not have what libgcc says of the CPU
//! modules: other.cpp
#include <cstdio>

int cloned(int x); // of another module

__attribute__((target_clones("avx2", "sse4.2", "default"))) int sum(int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += i * i;
  return total;
}

__attribute__((target("default"))) int version() {
  return 0;
}
__attribute__((target("sse2"))) int version() {
  return 1;
}
__attribute__((target("avx2"))) int version() {
  return 2;
}

static int expected() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") ? 2 : 1;
}

// Before main, as resolvers may be.
static const int early = (__builtin_cpu_init(), version());

int main() {
  __builtin_cpu_init();
  std::printf("%d %d\n", !!__builtin_cpu_supports("sse2"),
              !!__builtin_cpu_supports("x86-64"));
  bool known = __builtin_cpu_is("intel") || __builtin_cpu_is("amd");
  bool both = __builtin_cpu_is("intel") && __builtin_cpu_is("amd");
  std::printf("%d %d %d %d %d\n", sum(10), cloned(3), version() == expected(),
              early == expected(), both && !known);
  int (*pointer)() = version;
  std::printf("%d\n", pointer() == expected());
}
//> 1 1
//> 285 9 1 1 0
//> 1
