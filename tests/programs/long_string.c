/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A string constant of 64 KiB, and one with zeros and bytes above 127. */
#include <stdio.h>
#include <string.h>

#define R4(x) x x x x
#define R16(x) R4(R4(x))
#define R256(x) R16(R16(x))

static const char text[] = R256(R256("a")) "end";

static unsigned long hash(const char *bytes, size_t size) {
  unsigned long h = 5381;
  for (size_t i = 0; i < size; i++)
    h = (h * 33 + (unsigned char)bytes[i]) % 1000003;
  return h;
}

int main(void) {
  static const char bytes[] = "\0\1\377\200\0tail";
  printf("%zu %s %lu\n", strlen(text), text + 65536, hash(text, sizeof text));
  printf("%zu %lu\n", sizeof bytes, hash(bytes, sizeof bytes));
  return 0;
}
//> 65539 end 380419
//> 10 943036
