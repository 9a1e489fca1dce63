#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures the speed of compiled code. The program, callers.c, times itself.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

"$clang" -O2 -emit-llvm -c "$bench/callers.c" -o callers.bc &&
  "$clang" -O2 callers.bc -o callers &&
  "$clang" -O2 -fPIC -fsemantic-interposition -shared "$bench/callers.c" \
    -o libcallers.so &&
  "$clang" -o callers-plt -L. -lcallers -Wl,-rpath,"$work" ||
  fail 'the program cannot be compiled'

table callers ms lazyrun \
  'Code that does little but call, bitcode from clang -O2'
rows=('fib(32)' 'fib(32), two functions' 'loop around a leaf')

measure() { # column, command
  local column=$1 times i
  shift
  read -ra times < <(limited taskset -c "$processor" "$@" 2>/dev/null)
  for i in 0 1 2; do
    if [ "${#times[@]}" = 3 ]; then
      record sample callers "${rows[i]}" "$column" "${times[i]}"
    else
      missing callers "${rows[i]}" "$column" 'it does not run'
    fi
  done
}

for ((round = 0; round < rounds; round++)); do
  measure native ./callers
  measure lazyrun "$lazyrun" -O2 callers.bc
  measure orc-lazy "$lli" -O2 -jit-kind=orc-lazy callers.bc
  measure orc "$lli" -O2 -jit-kind=orc callers.bc
  measure mcjit "$lli" -O2 -jit-kind=mcjit callers.bc
  measure 'glibc PLT' ./callers-plt
done
