/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Structures of every class as arguments and results of first calls. */
#include <stdio.h>

struct small {
  int a, b;
};
struct mixed {
  long i;
  double d;
};
struct floats {
  float x, y, z;
};
struct large {
  int numbers[20];
};
struct odd {
  char text[7];
};

static struct small swap(struct small s) {
  return (struct small){s.b, s.a};
}
static struct mixed scale(struct mixed m, double factor) {
  return (struct mixed){m.i * 2, m.d * factor};
}
static struct floats rotate(struct floats f) {
  return (struct floats){f.y, f.z, f.x};
}
static struct large fill(int from) {
  struct large l;
  for (int i = 0; i < 20; i++)
    l.numbers[i] = from + i;
  return l;
}
static int sum(struct large l, struct small s, struct large m) {
  int total = s.a - s.b;
  for (int i = 0; i < 20; i++)
    total += l.numbers[i] * m.numbers[i];
  return total;
}
static struct odd upper(struct odd o) {
  for (int i = 0; o.text[i]; i++)
    o.text[i] -= 32;
  return o;
}

int main(void) {
  struct small s = swap((struct small){1, 2});
  struct mixed m = scale((struct mixed){21, 1.5}, 3);
  struct floats f = rotate((struct floats){1, 2, 3});
  printf("%d %d, %ld %g, %g %g %g\n", s.a, s.b, m.i, m.d, f.x, f.y, f.z);
  printf("%d\n", sum(fill(1), s, fill(2)));
  printf("%s\n", upper((struct odd){"struct"}).text);
  return 0;
}
//> 2 1, 42 4.5, 2 3 1
//> 3081
//> STRUCT
