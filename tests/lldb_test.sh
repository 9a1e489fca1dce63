#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lldb and compiled code, as gdb_test.sh has it for gdb: breakpoints by name and by
# line, before and after the code exists; variables, backtraces; in lazyrun, in an
# executor, and in processes that run already. Skipped where lldb is missing or may
# not trace.
#
#   lldb_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

# This LLVM's, another one, or Debian's own.
lldb=$(command -v "$3/lldb" lldb-22 lldb-19 lldb | head -n 1)
[ -n "$lldb" ] || {
  echo 'no lldb'
  exit 77
}

# lldb's commands, one an argument, then -- and what else is on its command line.
debug() {
  local commands=()
  while [ "$1" != -- ]; do
    commands+=(-o "$1")
    shift
  done
  shift
  { # a machine with more to do takes lldb minutes
    timeout 400 "$lldb" -x -b "${commands[@]}" "$@" >out 2>err </dev/null
    status=$?
  } 2>/dev/null
}
# Each regular expression matches a line of lldb's output, behind the one before.
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
run_it='process launch -i /dev/null -e program.err'

debug "script print('python', 1)" 'breakpoint set -n main' run 'register read rip' \
  kill -- "$BASH"
grep -q '^python 1' out || {
  echo "$lldb has no Python, by which it wakes the program"
  exit 77
}
grep -q 'rip = 0x' out || {
  echo "lldb cannot trace here: $(tail -n 1 err)"
  exit 77
}

# As in gdb_test.sh.
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

# ---- Names, lines and variables --------------------------------------------------

for options in -O0 --codegen=baseline; do
  debug 'breakpoint set -n early' 'breakpoint set -n later' "$run_it" bt \
    'breakpoint delete 1' continue bt continue -- -- "$lazyrun" $options program.bc
  check "$options: stops at functions that are not compiled yet" shows \
    'stop reason = breakpoint 1' 'frame #0: .*`early' 'frame #1: .*`main' \
    'stop reason = breakpoint 2' 'frame #0: .*`later' '`nest' '`main' \
    'exited with status = 0'
done

line=$(grep -n 'more - 2' program.c | cut -d: -f1)
debug "breakpoint set -f program.c -l $line" 'breakpoint set -n early' "$run_it" \
  'frame variable' next 'frame variable' 'breakpoint delete 2' continue bt \
  'frame variable' continue -- -- "$lazyrun" --debug-info program.bc
check 'stops at lines, steps and shows variables' shows \
  'stop reason = breakpoint 2' '`early\(n=1\) at program.c' '\(int\) n = 1' \
  'stop reason = step over' 'twice = 2' \
  'stop reason = breakpoint 1' "frame #0: .*\`later\\(n=4\\) at program.c:$line" \
  'frame #1: .*`nest\(n=0\) at program.c' '`nest\(n=3\)' '`main at program.c' \
  'more = 5' 'exited with status = 0'
check 'the program is not disturbed by that' grep -q '^total 9' program.err

# ---- Processes that run ----------------------------------------------------------

mkfifo input output || exit 2
exec 3<>input 4<>output
attach() { # what, what frames are called in addition, then a command line
  "${@:3}" <input >output 2>err &
  local running=$! pid
  read -rt 300 pid <&4 || pid=0
  debug 'breakpoint set -n early' 'breakpoint set -n later' \
    "script import os; os.system('echo go >$PWD/input')" continue bt \
    continue bt detach -- -p "$pid"
  check "$1: stops in compiled code and in what is compiled later" shows \
    'Breakpoint 1: .*early' 'Breakpoint 2: no locations' \
    "frame #0: .*\`early$2" '`main' "frame #0: .*\`later$2" "\`nest$2" '`main'
  wait $running
  status=$?
  check "$1: goes on without a debugger" returns 0
}

attach lazyrun '' "$lazyrun" program.bc
attach executor '' "$lazyrun" --oop-launch="$executor" program.bc
attach 'executor, lines' '\(n=.*at program.c' "$lazyrun" --oop-launch="$executor" \
  --debug-info program.bc

finish
