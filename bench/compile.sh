#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures a first call that compiles: for modules of several sizes, for functions
# of several sizes, and in phases.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

# Writes a chain of functions: a call of f0 with k calls k further ones.
generate() { # functions, statements in each
  local count=$1 statements=$2
  echo '#include <stdlib.h>'
  awk -v count="$count" -v statements="$statements" 'BEGIN {
    print "int f" count "(int x, int k) { return x; }"
    for (i = count - 1; i >= 0; i--) {
      print "int f" i "(int x, int k) {"
      for (s = 0; s < statements; s++)
        print "  x = x * 3 + " (i + s) % 1000 "; x ^= x >> 7;"
      print "  return k > 0 ? f" i + 1 "(x, k - 1) : x; }"
    }
  }'
  echo 'int main(int argc, char **argv) {'
  echo '  return f0(argc, argc > 1 ? atoi(argv[1]) : 0) == 12345; }'
}

make_chain() { # functions, statements in each
  [ -f "chain-$1-$2.bc" ] || {
    generate "$1" "$2" >"chain-$1-$2.c" &&
      "$clang" -O0 -w -emit-llvm -c "chain-$1-$2.c" -o "chain-$1-$2.bc"
  } || fail "a chain of $1 functions cannot be compiled"
}

instructions() { # of a function with so many statements
  "$llvm_bin/llvm-dis" -o - "chain-1-$1.bc" |
    awk '/^define.*@f0\(/ { inside = 1 } inside && /^  / { n++ }
         inside && /^}/ { print n; exit }'
}

timed() { # table, row; lines of commands on standard input
  pinned "$tools/bench-time" --cpu="$1" "$2" "$rounds" "$limit" || exit 1
}

modules='10 100 1000 10000'
sizes='1 10 100'
calls=50
[ -z "$quick" ] || {
  modules='10 100'
  sizes='1 10'
}

# Modules of several sizes.

table compile-start ms lazyrun \
  'One function of a module called: processor time of it all'
for n in $modules; do
  make_chain "$n" 1
  timed compile-start "$n functions" <<END
lazyrun	$lazyrun chain-$n-1.bc
orc-lazy	$lli -O0 -jit-kind=orc-lazy chain-$n-1.bc
orc	$lli -O0 -jit-kind=orc chain-$n-1.bc
mcjit	$lli -O0 -jit-kind=mcjit chain-$n-1.bc
END
done

table compile-module 'us a function' lazyrun \
  'One more function called for the first time, or compiled eagerly'
make_chain 1 1
for n in $modules; do
  k=$((n - 1 < calls ? n - 1 : calls))
  timed compile-module "$n functions" <<END
lazyrun	$lazyrun chain-$n-1.bc $k	$lazyrun chain-$n-1.bc 0	$(awk "BEGIN { print $k / 1000 }")
orc-lazy	$lli -O0 -jit-kind=orc-lazy chain-$n-1.bc $k	$lli -O0 -jit-kind=orc-lazy chain-$n-1.bc 0	$(awk "BEGIN { print $k / 1000 }")
orc	$lli -O0 -jit-kind=orc chain-$n-1.bc	$lli -O0 -jit-kind=orc chain-1-1.bc	$(awk "BEGIN { print ($n - 1) / 1000 }")
mcjit	$lli -O0 -jit-kind=mcjit chain-$n-1.bc	$lli -O0 -jit-kind=mcjit chain-1-1.bc	$(awk "BEGIN { print ($n - 1) / 1000 }")
END
done

# Functions of several sizes.

table compile-size 'us a function' lazyrun \
  'One more function called for the first time, or compiled eagerly'
n=100
for size in $sizes; do
  make_chain 1 "$size"
  make_chain $n "$size"
  timed compile-size "$(instructions "$size") instructions" <<END
lazyrun	$lazyrun chain-$n-$size.bc $calls	$lazyrun chain-$n-$size.bc 0	$(awk "BEGIN { print $calls / 1000 }")
orc-lazy	$lli -O0 -jit-kind=orc-lazy chain-$n-$size.bc $calls	$lli -O0 -jit-kind=orc-lazy chain-$n-$size.bc 0	$(awk "BEGIN { print $calls / 1000 }")
orc	$lli -O0 -jit-kind=orc chain-$n-$size.bc	$lli -O0 -jit-kind=orc chain-1-$size.bc	$(awk "BEGIN { print ($n - 1) / 1000 }")
mcjit	$lli -O0 -jit-kind=mcjit chain-$n-$size.bc	$lli -O0 -jit-kind=mcjit chain-1-$size.bc	$(awk "BEGIN { print ($n - 1) / 1000 }")
END
done

# Phases.

table compile-open us lazyrun 'Opening a module'
table compile-phases 'us a function' 'lazyrun: whole call' \
  "A first call that compiles, by the runtime's own timers"
for ((i = 0; i < rounds; i++)); do
  for n in $modules; do
    pinned "$tools/bench-phases" "chain-$n-1.bc" "$((n < calls ? n : calls))" \
      "$n functions" "$n functions, 1 statement" || exit 1
  done
  for size in ${sizes#1 }; do
    pinned "$tools/bench-phases" "chain-100-$size.bc" $calls - \
      "100 functions, $size statements" || exit 1
  done
done
