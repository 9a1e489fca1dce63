/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Switches that become jump tables and lookup tables. */
#include <stdio.h>

static int effect;

static const char *name(int n) {
  switch (n) {
  case 0:
    return "zero";
  case 1:
    return "one";
  case 2:
    return "two";
  case 3:
    return "three";
  case 4:
    return "four";
  case 5:
    return "five";
  default:
    return "many";
  }
}

static int act(int n) {
  switch (n) {
  case 10:
    effect += 1;
    break;
  case 11:
    effect *= 3;
    /* fallthrough */
  case 12:
    effect -= 4;
    break;
  case 13:
    return act(10) + act(11);
  case 14:
    effect = -effect;
    break;
  case 15:
    printf(" %s", name(5));
    break;
  case 1000:
    effect = 1000;
    break;
  case 1 << 30:
    return 30;
  default:
    return -1;
  }
  return effect;
}

int main(void) {
  for (int i = -1; i < 7; i++)
    printf(" %s", name(i));
  puts("");
  for (int i = 9; i < 17; i++)
    printf(" %d", act(i));
  printf(" %d %d\n", act(1000), act(1 << 30));
  return 0;
}
//>  many zero one two three four five many
//>  -1 1 -1 -5 -20 16 five 16 -1 1000 30
