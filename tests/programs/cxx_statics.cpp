/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Global and local static objects: made in order, once, and destroyed in
// reverse.
#include <cstdio>
#include <string>

struct Noisy {
  std::string name;
  Noisy(const char *name) : name(name) {
    std::printf("+%s\n", name);
  }
  ~Noisy() {
    std::printf("-%s\n", name.c_str());
  }
};

inline Noisy shared("inline");
static Noisy first("first");
static Noisy late __attribute__((init_priority(2000))) ("priority 2000");
static Noisy early __attribute__((init_priority(1000))) ("priority 1000");
static Noisy last("last");

static Noisy &local() {
  static Noisy noisy("local");
  return noisy;
}

int main() {
  std::puts("main");
  local();
  std::printf("%s\n", local().name.c_str());
}
//> +priority 1000
//> +priority 2000
//> +inline
//> +first
//> +last
//> main
//> +local
//> local
//> -local
//> -last
//> -first
//> -inline
//> -priority 2000
//> -priority 1000
