#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# gdb and compiled code: breakpoints by name and by line, before and after the code
# exists; stepping, variables, backtraces, of threads that wait for the compiler too;
# in lazyrun, in an executor, in processes that run already, and in core dumps. Skipped where gdb is missing or may not trace.
#
#   gdb_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

command -v gdb >/dev/null || {
  echo 'no gdb'
  exit 77
}

# gdb's commands, one an argument, then -- and a command line of gdb's.
debug() {
  local commands=()
  while [ "$1" != -- ]; do
    commands+=(-ex "$1")
    shift
  done
  shift
  { # a machine with more to do takes gdb minutes
    timeout 400 gdb -nx -batch -ex 'set breakpoint pending on' -ex 'set width 0' \
      "${commands[@]}" "$@" >out 2>err </dev/null
    status=$?
  } 2>/dev/null
}
# Each regular expression matches a line of gdb's output, behind the one before.
shows() {
  local line=0 found regex
  for regex; do
    found=$(tail -n +$((line + 1)) out | grep -nE -m 1 -- "$regex") || {
      echo "  not shown: $regex"
      return 1
    }
    line=$((line + ${found%%:*}))
  done
}

debug 'break main' run 'info registers rip' -- --args "$BASH"
grep -q '^rip' out || {
  echo "gdb cannot trace here: $(tail -n 1 err)"
  exit 77
}

# Functions that are compiled later come behind those that are compiled before: gdb
# takes a line that has no code yet for the next one that has.
compile program -g <<'END'
#include <stdio.h>
#include <unistd.h>
int early(int n);
int later(int n);
int depth;
static int nest(int n) {
  return n ? nest(n - 1) : later(depth);
}
int main(void) {
  int total = early(1);
  printf("%d\n", (int)getpid());
  fflush(stdout);
  getchar();
  total += early(2);
  total += nest(3);
  fprintf(stderr, "total %d\n", total);
  return total - 9;
}
int early(int n) {
  int twice = 2 * n;
  depth = twice;
  return twice;
}
int later(int n) {
  int more = n + 1;
  return more - 2;
}
END

# ---- Names -----------------------------------------------------------------------

for options in -O0 -O2 --codegen=baseline --eager; do
  debug 'break later' 'break early' run bt delete 'break later' continue bt \
    finish continue -- --args "$lazyrun" $options program.bc
  check "$options: stops at functions that are not compiled yet" shows \
    'hit Breakpoint 2, .*\<early \(\)' '^#0 .*\<early ' '^#1 .*\<main \(\)' \
    'hit Breakpoint 3, .*\<later \(\)' '^#0 .*\<later \(\)' '\<main \(\)'
  check "$options: the program ends well" says '^total 9'
done

# ---- Lines and variables ---------------------------------------------------------

later=$(grep -n 'more - 2' program.c | cut -d: -f1)
debug "break program.c:$later" 'break early' run 'print n' next next 'print twice' \
  finish 'watch depth' continue continue delete "break program.c:$later" continue \
  'info locals' bt 'up 2' 'info args' continue -- \
  --args "$lazyrun" --debug-info program.bc
check 'stops at lines, steps and shows variables' shows \
  'hit Breakpoint 2, early \(n=1\) at program.c' '^\$1 = 1$' '^\$2 = 2$' \
  'Value returned is .* = 2' 'hit Breakpoint 2, early \(n=2\)' \
  'atchpoint .*: depth' 'Old value = 2' 'New value = 4' \
  "hit Breakpoint 4, later \\(n=4\\) at program.c:$later" '^more = 5$' \
  '^#1 .* nest \(n=0\) at program.c:' '^#4 .* nest \(n=3\)' '^#5 .* main \(\) at' \
  '^n = 1$'
check 'the program is not disturbed by that' says '^total 9'

debug 'break main' run continue step 'bt 2' -- --args "$lazyrun" --debug-info program.bc
check 'steps into a function that is not compiled yet' shows \
  'main \(\) at program.c' '^early \(n=1\) at program.c' '^#0 +early ' '^#1 .* main \(\)'

# ---- Processes that run ----------------------------------------------------------

# The program says its number and waits for a line, which gdb sends once the
# breakpoints are set.
mkfifo input output || exit 2
exec 3<>input 4<>output
attach() { # what, then a command line; early has been called, later has not
  "${@:2}" <input >output 2>program.err &
  local running=$! pid
  read -rt 300 pid <&4 || pid=0
  debug 'break early' 'break later' 'info breakpoints' "shell echo go >$PWD/input" \
    continue bt continue bt -- -p "$pid"
  check "$1: stops in compiled code and in what is compiled later" shows \
    '^1 .*\<early\>' '^2 .*PENDING.* later' 'hit Breakpoint 1, .*\<early \(' \
    '^#1 .*\<main \(' 'hit Breakpoint 2, .*\<later \(' '^#1 .*\<nest \(' \
    '\<main \('
  wait $running
  status=$?
  cp program.err err
  check "$1: goes on without a debugger" returns 0
}

attach 'lazyrun' "$lazyrun" program.bc
attach 'lazyrun, baseline' "$lazyrun" --codegen=baseline program.bc
attach 'executor' "$lazyrun" --oop-launch="$executor" program.bc
attach 'executor, baseline' "$lazyrun" --oop-launch="$executor" \
  --codegen=baseline program.bc
attach 'executor, lines' "$lazyrun" --oop-launch="$executor" --debug-info program.bc

# ---- Threads that wait for the compiler --------------------------------------------

# The compile thread stops when it begins with a function, so the program's thread
# waits for that. The first time nobody has called yet but lazyrun.
for options in -O0 --codegen=baseline; do
  debug 'break lzr_build_call' run continue 'thread 1' bt -- \
    --args "$lazyrun" $options program.bc
  check "$options: who waits in a first call has a caller" shows \
    'Switching to thread 1 ' '^#[0-9]+ .*\<lazyrun_resolver \(\)' '\<(nest|main) \('
done
"$lazyrun" --oop-launch="$executor" program.bc <input >output 2>err &
running=$!
read -rt 300 pid <&4 || pid=0
debug 'break lzr_controller_call' "shell echo go >$PWD/input" continue bt -- -p "$pid"
check 'executor: who waits in a first call has a caller' shows \
  'hit Breakpoint 1, ' '^#[0-9]+ .*\<lazyrun_resolver \(\)' '\<(nest|main) \('
wait $running
status=$?
check 'executor: goes on afterwards' returns 0

# ---- Core dumps ------------------------------------------------------------------

# Only where the kernel writes them as files beside the program.
compile crash <<'END'
int fall(int *p) {
  if (!p)
    __asm__(".space 16384"); /* crashes far from the first page */
  return *p;
}
int main(void) {
  return fall((int *)8);
}
END
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ] &&
  (ulimit -Sc unlimited) 2>/dev/null; then
  (ulimit -Sc unlimited && run "$lazyrun" crash.bc)
  debug bt 'x/i $pc' -- "$lazyrun" core*
  check 'core dumps have code and names' shows '^#0 .*\<fall \(\)' \
    '^#1 .*\<main \(\)' '<fall\+[0-9]+>:.*(mov|ldr)'
  rm -f core*
fi

finish
