/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Variable arguments of every class, more of them than there are registers, in
   first calls: how many vector registers are used travels in a register. */
#include <stdarg.h>
#include <stdio.h>

struct pair {
  int x;
  double y;
};

static double sum_doubles(int count, ...) {
  va_list list;
  double total = 0;
  va_start(list, count);
  while (count-- > 0)
    total += va_arg(list, double);
  va_end(list);
  return total;
}

static long mixed(const char *kinds, ...) {
  va_list list, copy;
  long total = 0;
  va_start(list, kinds);
  va_copy(copy, list);
  for (; *kinds; kinds++)
    switch (*kinds) {
    case 'i':
      total += va_arg(list, int);
      break;
    case 'l':
      total += va_arg(list, long);
      break;
    case 'd':
      total += (long)va_arg(list, double);
      break;
    case 'p':
      total += *va_arg(list, int *);
      break;
    case 's': {
      struct pair pair = va_arg(list, struct pair);
      total += pair.x + (long)pair.y;
      break;
    }
    case 'L':
      total += (long)va_arg(list, long double);
      break;
    }
  total += 1000L * va_arg(copy, int);
  va_end(copy);
  va_end(list);
  return total;
}

static void report(FILE *file, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vfprintf(file, format, list);
  va_end(list);
}

int main(void) {
  int five = 5;
  printf("%g\n",
         sum_doubles(12, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.));
  printf("%ld\n", mixed("ildps", 1, 2L, 3.0, &five, (struct pair){6, 7.5}));
  printf("%ld\n", mixed("iLiiiiiiiid", 1, 2.0L, 3, 4, 5, 6, 7, 8, 9, 10, 11.0));
  report(stdout, "%s %d %.2f %c %lld\n", "text", -1, 2.345, 'c', 1LL << 40);
  double (*volatile pointer)(int, ...) = sum_doubles;
  printf("%g %g\n", pointer(0), pointer(1, 0.25));
  return 0;
}
//> 78
//> 1024
//> 1066
//> text -1 2.35 c 1099511627776
//> 0 0.25
