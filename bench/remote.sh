#!/usr/bin/env bash
# A session whose code runs in another process: what a call costs, a first call,
# a whole program, and the executor itself; beside LLVM's where it is installed.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=sqlite_bitcode.sh
source "$bench/sqlite_bitcode.sh"

ours=$(dirname "$lazyrun")/lazyrun-executor
executors=("$ours")
for version in 22 19; do
  if other=$(command -v "llvm-jitlink-executor-$version"); then
    executors+=("$other")
  else
    echo "llvm-jitlink-executor-$version: not measured: it is not installed"
  fi
done

cd "$work" || exit 1
"$llvm_bin/clang" -O2 -emit-llvm -c "$bench/remote_caller.c" \
  -o remote_caller.bc || exit 1
echo 'Round trips and first calls, wherever the system runs the two processes'
"$tools/bench-remote" remote_caller.bc "${executors[@]}" || exit 1
echo 'The same with both on one processor'
taskset -c 0 "$tools/bench-remote" remote_caller.bc "${executors[@]}" || exit 1

# ---- Executors ----------------------------------------------------------------

echo
echo 'An executor that does nothing'
"$tools/bench-executor" "${executors[@]}" || exit 1
for executor in "${executors[@]}"; do
  "$llvm_bin/llvm-strip" "$executor" -o stripped &&
    printf '  %-26s file, stripped %8d bytes; %s\n' "${executor##*/}" \
      "$(stat -Lc %s stripped)" \
      "$(ldd "$executor" | grep -c '=>') libraries"
done

# ---- Programs -----------------------------------------------------------------

cat >hello.c <<'C'
#include <stdio.h>
int main(void) {
  puts("hello");
  return 0;
}
C
"$llvm_bin/clang" -emit-llvm -c hello.c -o hello.bc &&
  "$llvm_bin/clang" -fPIC -c hello.c -o hello.o || exit 1

# llvm-jitlink is lazy with LLVM's runtime library only, which looks for names
# of libstdc++ and libm in the executor.
jitlink=$llvm_bin/llvm-jitlink
theirs=$llvm_bin/llvm-jitlink-executor
runtime=$(find "${llvm_bin%/bin}/lib/clang" \
  \( -name 'liborc_rt*.a' -o -name 'libclang_rt.orc*.a' \) 2>/dev/null |
  head -n 1)
commands="in-process   $lazyrun hello.bc
remote       $lazyrun --oop-launch hello.bc
"
if [ -x "$jitlink" ] && [ -x "$theirs" ] && [ -n "$runtime" ]; then
  libraries='-preload=libstdc++.so.6 -preload=libm.so.6'
  commands+="jitlink-lazy $jitlink -oop-executor=$theirs -orc-runtime=$runtime $libraries -lazy hello.o
jitlink      $jitlink -oop-executor=$theirs hello.o
"
else
  echo "llvm-jitlink -lazy: not measured: it needs the packages llvm-22 and" \
    'libclang-rt-22-dev'
fi
echo
echo 'hello, from start to exit; llvm-jitlink gets it as compiled code'
"$tools/bench-median" $((rounds * 3)) <<<"${commands%$'\n'}"

echo
fetch_sqlite || exit 0
[ -f sqlite.bc ] || make_sqlite || exit 1
check_sqlite "$lazyrun" --oop-launch sqlite.bc || exit 1
echo 'SQLite, from start to exit'
{
  echo "in-process   $lazyrun sqlite.bc"
  for executor in "${executors[@]}"; do
    name=${executor##*/}
    echo "${name/llvm-jitlink-executor/llvm} $lazyrun --oop-launch=$executor sqlite.bc"
  done
} | "$tools/bench-median" "$rounds"
