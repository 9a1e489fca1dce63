/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

__attribute__((used)) void of_other(int argc, char **argv) {
  printf("other %d %s\n", argc, argv[2]);
}
__attribute__((used)) void other_at_end(void) {
  puts("other at the end");
}

__asm__(".pushsection .init_array.300,\"aw\",@init_array\n"
        "  .p2align 3\n"
        "  .quad of_other\n"
        ".popsection\n"
        ".pushsection .fini_array.300,\"aw\",@fini_array\n"
        "  .p2align 3\n"
        "  .quad other_at_end\n"
        ".popsection\n");
