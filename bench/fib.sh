#!/usr/bin/env bash
# The speed of code once it is compiled; the program times itself.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

cd "$work" || exit 1
"$llvm_bin/clang" -O2 -emit-llvm -c "$bench/fib.c" -o fib.bc &&
  "$llvm_bin/clang" -O2 fib.bc -o fib || exit 1

median() { # of one column of a file
  sort -n <(cut -d' ' -f"$2" "$1") | sed -n "$(((rounds + 1) / 2))p"
}

: >fib-native
: >fib-lazyrun
for ((i = 0; i < rounds; i++)); do
  ./fib >>fib-native
  "$lazyrun" -O2 fib.bc >>fib-lazyrun
done
echo 'fib(35), bitcode from clang -O2, milliseconds within the process'
column=1
for what in 'calls itself' 'two functions call each other'; do
  native=$(median fib-native $column)
  lazy=$(median fib-lazyrun $column)
  printf '  %-32s native %8.2f  lazyrun %8.2f  x%.2f\n' "$what" "$native" \
    "$lazy" "$(awk "BEGIN { print $lazy / $native }")"
  column=$((column + 1))
done
