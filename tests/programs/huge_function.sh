# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Prints a program with one function of ten thousand lines.
cat <<'HEAD'
#include <stdio.h>
static unsigned table[64];
static unsigned huge(unsigned x) {
HEAD
for ((i = 0; i < 5000; i++)); do
  echo "  x = x * 1664525u + ${i}u;"
  if ((i % 50 == 0)); then
    echo "  if (x & 1) x ^= table[$((i % 64))];"
  else
    echo "  table[$((i % 64))] ^= x >> 7;"
  fi
done
cat <<'TAIL'
  return x;
}
/* The same, in a loop. */
static unsigned small(unsigned x) {
  for (unsigned i = 0; i < 5000; i++) {
    x = x * 1664525u + i;
    if (i % 50)
      table[i % 64] ^= x >> 7;
    else if (x & 1)
      x ^= table[i % 64];
  }
  return x;
}
int main(void) {
  unsigned by_lines = huge(1);
  for (int i = 0; i < 64; i++)
    table[i] = 0;
  printf("%d\n", by_lines == small(1));
  return 0;
}
//! variants: native-O0 O0-at-O0 O0-at-O2 debug threads O1-at-O0 O1-g-debug
//> 1
TAIL
