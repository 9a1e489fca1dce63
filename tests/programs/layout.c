/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Bit-fields, packed and over-aligned globals, flexible arrays. */
#include <stdint.h>
#include <stdio.h>

static struct {
  unsigned a : 3, b : 13;
  signed c : 5;
  unsigned long long d : 40;
} bits = {5, 4097, -7, 0xabcdef0123};

#pragma pack(push, 1)
static struct {
  char c;
  int32_t i;
  const char *text;
  double d;
} packed = {'p', 0x01020304, "packed", 0.125};
#pragma pack(pop)

_Alignas(64) static char line[3] = "ab";
_Alignas(4096) int page[10] = {1, 2, 3};
_Alignas(4096) static const char constant_page[5] = "page";
_Alignas(1024) static char zero_page[10];

struct flexible {
  int count;
  const char *items[];
};
static struct flexible list = {3, {"one", "two", "three"}};

static union {
  float f;
  uint32_t u;
} number = {1.0f};

static void change(int by) {
  bits.a += by;
  bits.c -= by;
  bits.d++;
}

static int misaligned(const void *p, unsigned to) {
  return (uintptr_t)p % to != 0;
}

int main(void) {
  change(1);
  printf("%u %u %d %llx\n", bits.a, bits.b, bits.c, (unsigned long long)bits.d);
  printf("%zu %c %x %s %g\n", sizeof packed, packed.c, (unsigned)packed.i,
         packed.text, packed.d);
  printf("%d%d%d%d\n", misaligned(line, 64), misaligned(page, 4096),
         misaligned(constant_page, 4096), misaligned(zero_page, 1024));
  printf("%s %d %s\n", line, page[2], constant_page);
  printf("%s %x\n", list.items[list.count - 1], (unsigned)number.u);
  return 0;
}
//> 6 4097 -8 abcdef0124
//> 21 p 1020304 packed 0.125
//> 0000
//> ab 3 page
//> three 3f800000
