/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The constructor of a library that another library loads calls functions of
   the program's that nobody has called before, while the dynamic linker serves
   nobody else. */
//! modules: cold.c
//! no-stock-executor: shared libraries there do not see the program
//! shared: opener.c
//! shared: caller.c
//! libs: -lopener
void open_library(const char *path);

void begin(void) {
}

int main(void) {
  open_library("./libcaller.so");
  return 0;
}
//> COLD
