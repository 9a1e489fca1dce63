#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures what LLVM's passes give a loop that computes, and what they cost the
# start of a program.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

cat >loop.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static const int weights[] = {3, 1, 4, 1, 5, 9, 2, 6};
static unsigned calls;
static int weight(int i) { return weights[i & 7]; }
static int mix(int a, int b) { return (a ^ b) * 31 + (a >> 3); }
static int clamp(int x, int low, int high) {
  return x < low ? low : x > high ? high : x;
}
static int step(int sum, int i) {
  calls++;
  return clamp(mix(sum, i) + weight(i), -1000000, 1000000);
}
int main(int argc, char **argv) {
  int n = atoi(argv[argc - 1]), sum = 0;
  for (int i = 0; i < n; i++)
    sum = step(sum, i);
  printf("%d %u\n", sum, calls);
  return 0;
}
END
cat >matrix.c <<'END'
#include <stdio.h>
#include <stdlib.h>
enum { SIZE = 64 };
typedef struct { double at[SIZE][SIZE]; } matrix;
static matrix a, b, c;
static double get(const matrix *m, int i, int j) { return m->at[i][j]; }
static void add(matrix *m, int i, int j, double x) { m->at[i][j] += x; }
static void multiply(void) {
  for (int i = 0; i < SIZE; i++)
    for (int k = 0; k < SIZE; k++)
      for (int j = 0; j < SIZE; j++)
        add(&c, i, j, get(&a, i, k) * get(&b, k, j));
}
int main(int argc, char **argv) {
  int n = atoi(argv[argc - 1]);
  for (int i = 0; i < SIZE * SIZE; i++)
    add(&a, i / SIZE, i % SIZE, i % 7), add(&b, i / SIZE, i % SIZE, i % 5);
  while (n-- > 0)
    multiply();
  printf("%g\n", get(&c, 3, 5));
  return 0;
}
END
passes='--passes=default<O2>'

measure() { # name, argument
  local name=$1 argument=$2 level
  "$clang" -O2 -w "$name.c" -o "$name-native" || fail "$name: it cannot be compiled"
  for level in 0 2; do
    "$clang" -O$level -w -emit-llvm -c "$name.c" -o "$name-O$level.bc"
    pinned "$tools/bench-time" --cpu=passes-loop "$name, -O$level bitcode" \
      "$rounds" "$limit" <<END || exit 1
native -O2	./$name-native $argument
lazyrun	$lazyrun $name-O$level.bc $argument
lazyrun -O2	$lazyrun -O2 $name-O$level.bc $argument
lazyrun -O2, passes	$lazyrun -O2 $passes $name-O$level.bc $argument
mcjit -O2	$lli -O2 -jit-kind=mcjit $name-O$level.bc $argument
orc-lazy -O2	$lli -O2 -jit-kind=orc-lazy $name-O$level.bc $argument
END
  done
}

# What the same programs take if there is nothing to compute.
measure_start() { # name, argument
  local name=$1 argument=$2
  pinned "$tools/bench-time" --cpu=passes-start "$name, -O2 bitcode" \
    "$rounds" "$limit" <<END || exit 1
lazyrun	$lazyrun $name-O2.bc $argument
lazyrun -O2	$lazyrun -O2 $name-O2.bc $argument
lazyrun -O2, passes	$lazyrun -O2 $passes $name-O2.bc $argument
mcjit -O2	$lli -O2 -jit-kind=mcjit $name-O2.bc $argument
END
}

table passes-loop ms 'native -O2' \
  'A loop over small functions, from start to exit: processor time'
table passes-start ms lazyrun \
  'The same programs with nothing to compute: processor time'
loops=200000000 products=1500
[ -z "$quick" ] || loops=1000000 products=10
measure loop "$loops"
measure matrix "$products"
measure_start loop 1
measure_start matrix 0
