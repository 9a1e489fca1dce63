#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What --perf writes, in lazyrun, in an executor and in a fork's child; and, where
# there is perf and the kernel lets it run, what it makes of that.
#
#   perf_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
llvm=$3
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"
export JITDUMPDIR=$folder HOME=$folder

# ---- The files -------------------------------------------------------------------

compile program -g <<'END'
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static int burn(int n) {
  volatile int sum = 0;
  for (int i = 0; i < n; i++)
    sum += i;
  return sum;
}
int childs_own(int n) {
  return burn(n) + 1;
}
int main(int argc, char **argv) {
  printf("%d\n", (int)getpid());
  fflush(stdout);
  int sum = burn(argc == 1 ? 3 : 200000000);
  pid_t child = argc == 1 ? fork() : 0;
  if (argc == 1 && child == 0) {
    printf("%d\n", (int)getpid());
    fflush(stdout);
    _exit(childs_own(2) != 2);
  }
  int status = 0;
  if (child)
    waitpid(child, &status, 0);
  return status || sum == 1;
}
END

# Names with their sizes in a jitdump file. Fails unless its records are whole.
parse_jitdump() {
  od -An -v -tu1 "$1" | awk '
    { for (i = 1; i <= NF; i++) byte[count++] = $i }
    function word(at) {
      return byte[at] + 256 * (byte[at + 1] + 256 * (byte[at + 2] + 256 * byte[at + 3]))
    }
    function text(at,   made) {
      for (made = ""; byte[at]; at++)
        made = made sprintf("%c", byte[at])
      return made
    }
    function load(at, size,   name) {
      name = text(at + 56)
      if (size != 56 + length(name) + 1 + word(at + 40))
        exit 1
      print name, word(at + 40)
    }
    function lines(at, size,   end, left, file) {
      end = at + size
      left = word(at + 24)
      for (at += 32; left > 0; left--) {
        file = text(at + 16)
        print "line", file ":" word(at + 8)
        at += 16 + length(file) + 1
      }
      if (at != end)
        exit 1
    }
    END {
      if (word(0) != 1248416836 || word(4) != 1 || word(8) != 40)
        exit 1
      for (at = 40; at < count; at += size) {
        size = word(at + 4)
        if (size < 16 || at + size > count)
          exit 1
        if (word(at) == 0)
          load(at, size)
        else if (word(at) == 2)
          lines(at, size)
      }
    }'
}
map_has() { # file, names
  local name
  for name in "${@:2}"; do
    grep -qE "^[0-9a-f]+ [0-9a-f]+ $name\$" "$1" || return 1
  done
}
dump_has() {
  local name
  parse_jitdump "$1" >parsed || return 1
  for name in "${@:2}"; do
    grep -qE "^$name [1-9][0-9]*\$|^line .*/$name\$" parsed || return 1
  done
}

line=$(grep -n 'sum += i' program.c | cut -d: -f1)
with_lines() { # options of lazyrun
  run "$lazyrun" --perf=jitdump --debug-info "$@" program.bc
  check "$*: lines" dump_has "jit-$(head -n 1 out).dump" "program.c:$line" burn
}
write_both() { # what, then options of lazyrun
  local what=$1 pids
  shift
  run "$lazyrun" --perf=map "$@" program.bc
  mapfile -t pids <out
  check "$what: the program runs" returns 0
  check "$what: a map" map_has "/tmp/perf-${pids[0]}.map" main burn
  check "$what: a map of a child, with its parent's names" \
    map_has "/tmp/perf-${pids[1]}.map" main burn childs_own
  rm -f "/tmp/perf-${pids[0]}.map" "/tmp/perf-${pids[1]}.map"
  run "$lazyrun" --perf=jitdump "$@" program.bc
  mapfile -t pids <out
  check "$what: the program runs" returns 0
  check "$what: a jitdump file" dump_has "jit-${pids[0]}.dump" main burn
  check "$what: a jitdump file of a child" dump_has "jit-${pids[1]}.dump" childs_own
}
write_both 'lazyrun'
write_both 'lazyrun, -O2, lines' -O2 --debug-info
write_both 'lazyrun, baseline' --codegen=baseline
write_both 'executor' --oop-launch="$executor"
write_both 'executor, baseline' --oop-launch="$executor" --codegen=baseline
with_lines -O0
with_lines -O2
with_lines --oop-launch="$executor"

run "$lazyrun" program.bc
mapfile -t pids <out
check 'nothing is written unasked' eval \
  '[ ! -e jit-${pids[0]}.dump ] && [ ! -e /tmp/perf-${pids[0]}.map ]'

# ---- Refusals --------------------------------------------------------------------

JITDUMPDIR=/nowhere run "$lazyrun" --perf=jitdump program.bc
check 'a folder that is not there' fails_saying "cannot write '/nowhere': No such file"
run "$lazyrun" --perf=both program.bc
check 'an unknown format' fails_saying "--perf takes jitdump or map, not 'both'"
if [ -x "$llvm/llvm-jitlink-executor" ]; then
  run "$lazyrun" --perf=map --oop-launch="$llvm/llvm-jitlink-executor" program.bc
  check "LLVM's executor" fails_saying "LLVM's executor writes no files for perf"
fi

# ---- perf ------------------------------------------------------------------------

sample() { # options of lazyrun
  run perf record -q -k mono -e cpu-clock -F 400 -o samples \
    "$lazyrun" "$@" program.bc long
}
is_busy() { # a file of samples, a function
  timeout 60 perf report -i "$1" --stdio -F overhead,sym >report 2>/dev/null </dev/null
  grep -qE "^ +[0-9]+\.[0-9]+% +\[\.\] $2" report
}
if ! { perf record -q -k mono -e cpu-clock -o samples true &&
  perf inject --jit -i samples -o injected; } >/dev/null 2>&1; then
  echo 'not checked: what perf makes of it, because perf does not run here'
else
  for options in '' --codegen=baseline "--oop-launch=$executor"; do
    # shellcheck disable=SC2086
    sample --perf=map $options
    check "perf, $options: a map's names" is_busy samples burn
    rm -f "/tmp/perf-$(cat out).map"
    # shellcheck disable=SC2086
    sample --perf=jitdump $options
    perf inject --jit -i samples -o injected >out 2>err
    check "perf, $options: a jitdump file's names" is_busy injected burn
    timeout 60 perf annotate -i injected --stdio burn >annotated 2>/dev/null </dev/null
    check "perf, $options: annotated code" grep -qE ' <burn>:' annotated
  done
  sample --perf=jitdump --debug-info
  perf inject --jit -i samples -o injected >out 2>err
  timeout 100 perf report -i injected --stdio -F overhead,sym,srcline >report 2>/dev/null </dev/null
  check 'perf: lines' grep -qE "burn +program.c:$line" report
fi

finish
