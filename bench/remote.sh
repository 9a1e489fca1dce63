#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures sessions whose code runs in another process: the cost of a call, of a
# first call, of a whole program, and of the executor itself; beside LLVM's
# executors, if these are installed.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=programs.sh
source "$bench/programs.sh"
# shellcheck source=sqlite_bitcode.sh
source "$bench/sqlite_bitcode.sh"

executors=("$ours")
versions=()
for version in 22 19; do
  if other=$(command -v "llvm-jitlink-executor-$version"); then
    executors+=("$other")
  else
    versions+=("$version")
  fi
done
missing_executors() { # table, row
  for version in "${versions[@]}"; do
    missing "$1" "$2" "LLVM $version" "the package llvm-$version is not installed"
  done
}

# Calls.

"$clang" -O2 -emit-llvm -c "$bench/remote_caller.c" -o remote_caller.bc ||
  fail 'its program cannot be compiled'
title='Round trips and first calls, code in another process'
table remote us 'raw socket pair' "$title"
table remote-one-processor us 'raw socket pair' "$title, one processor"
missing_executors remote 'first call'
missing_executors remote-one-processor 'first call'
"$tools/bench-remote" remote $((rounds * 2)) remote_caller.bc \
  "${executors[@]}" || exit 1
pinned "$tools/bench-remote" remote-one-processor $((rounds * 2)) \
  remote_caller.bc "${executors[@]}" || exit 1

# Executors.

table executor-time ms lazyrun 'An executor that does nothing: time'
table executor-memory KiB lazyrun 'An executor that does nothing: memory'
table executor-file KiB lazyrun 'The executor, stripped'
missing_executors executor-time start
missing_executors executor-memory resident
missing_executors executor-file file
pinned "$tools/bench-executor" $((rounds * 3)) "${executors[@]}" || exit 1
for executor in "${executors[@]}"; do
  case $executor in
    *llvm-jitlink-executor-*) column="LLVM ${executor##*-}" ;;
    *) column=lazyrun ;;
  esac
  "$llvm_bin/llvm-strip" "$executor" -o stripped &&
    record sample executor-file file "$column" \
      "$(awk "BEGIN { print $(stat -Lc %s stripped) / 1024 }")"
done

# Programs.

cat >hello.c <<'C'
#include <stdio.h>
int main(void) {
  puts("hello");
  return 0;
}
C
"$clang" -emit-llvm -c hello.c -o hello.bc &&
  "$clang" -fPIC -c hello.c -o hello.o || fail 'hello cannot be compiled'

# llvm-jitlink is lazy only with LLVM's runtime library, which looks for names of
# libstdc++ and libm in the executor.
jitlink=$llvm_bin/llvm-jitlink
theirs=$llvm_bin/llvm-jitlink-executor
runtime=$(find "${llvm_bin%/bin}/lib/clang" \
  \( -name 'liborc_rt*.a' -o -name 'libclang_rt.orc*.a' \) 2>/dev/null |
  head -n 1)
table remote-programs ms 'lazyrun --oop-launch' \
  'Programs in another process: from start to exit'
commands="lazyrun	$lazyrun hello.bc
lazyrun --oop-launch	$lazyrun --oop-launch hello.bc
"
if [ -x "$jitlink" ] && [ -x "$theirs" ] && [ -n "$runtime" ]; then
  libraries='-preload=libstdc++.so.6 -preload=libm.so.6'
  commands+="llvm-jitlink -lazy	$jitlink -oop-executor=$theirs -orc-runtime=$runtime $libraries -lazy hello.o
llvm-jitlink	$jitlink -oop-executor=$theirs hello.o
"
else
  missing remote-programs hello 'llvm-jitlink -lazy' \
    'it needs the packages llvm-22 and libclang-rt-22-dev'
fi
"$tools/bench-time" --wall=remote-programs hello $((rounds * 3)) "$limit" \
  <<<"${commands%$'\n'}" || exit 1

missing_program() { # row, reason
  missing remote-programs "$1" 'lazyrun --oop-launch' "$2"
}
make_sqlite || exit 0
./sqlite >sqlite.expected
"$lazyrun" --oop-launch sqlite.bc | cmp -s - sqlite.expected ||
  fail 'SQLite prints something else in an executor'
{
  echo "lazyrun	$lazyrun sqlite.bc"
  echo "lazyrun --oop-launch	$lazyrun --oop-launch sqlite.bc"
  for executor in "${executors[@]:1}"; do
    echo "LLVM ${executor##*-}	$lazyrun --oop-launch=$executor sqlite.bc"
  done
} | "$tools/bench-time" --wall=remote-programs SQLite "$rounds" "$limit"
