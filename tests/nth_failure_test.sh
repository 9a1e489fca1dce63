#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The nth malloc, mmap, mprotect or pthread_create fails (tests/failing_libc.c), in
# each process that takes part in running a short program. Then the program runs
# as ever, or ends with a sentence and a status that is neither 0 nor a signal's. The
# same if all calls from the nth on fail.
#
#   nth_failure_test.sh LAZYRUN EXECUTOR CLIENT LIBRARY LLVM_BIN [RUNS [TITLE]]
#
# RUNS is how many n are tried of each kind and process, evenly spread: 12 if not
# given, and the last 30, where several threads end the process; "all" tries every
# n, which takes an hour or more. Of the lines that it prints, TITLE, a regular
# expression, says which to try. CLIENT is runtime/examples/embed.c, LIBRARY
# tests/failing_libc.c.
set -u

lazyrun=$1
executor=$2
client=$3
library=$4
clang=$5/clang
runs=${6:-12}
titles=${7:-}
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

unset LAZYRUN_SECRET
cp "$executor" . || exit 2 # so that no other test runs it
executor=$folder/$(basename "$executor")

compile short <<'END'
#include <stdio.h>
#include <stdlib.h>
static _Thread_local int local = 3;
static int table[100];
int sum(int a, int b) { return a + b + table[a]; }
static void last(void) { local = sum(local, 1); }
__attribute__((constructor)) static void first(void) { local = 4; }
int main(void) {
  char *text = malloc(100);
  if (!text) {
    fprintf(stderr, "short: no memory\n");
    return 3;
  }
  sprintf(text, "%d", sum(local, 38));
  puts(text);
  free(text);
  atexit(last);
  if (fflush(stdout) != 0) {
    perror("short");
    return 4;
  }
  return 0;
}
END

command_of() { # a mode; prints the words of its command, a line each
  case $1 in
    here) printf '%s\n' "$lazyrun" short.bc ;;
    call) printf '%s\n' "$lazyrun" '--call=i32 sum(i32 4, i32 38)' short.bc ;;
    launch) printf '%s\n' "$lazyrun" "--oop-launch='$executor'" short.bc ;;
    stdio) printf '%s\n' "$lazyrun" "--oop-command='$executor' stdio" short.bc ;;
    client) printf '%s\n' "$client" short.bc ;;
  esac
}

expected() { # a mode; prints what its command prints
  if [ "$1" = client ]; then echo 'sum(2, 40) = 42'; else echo 42; fi
}

# What libc says when it has no memory for a thread-local variable of a program.
libc_says='cannot allocate memory for thread-local data: ABORT'

judge() { # mode, status, what the names of its files end with
  if [ "$2" = 0 ] && [ "$(cat "out.$3")" = "$(expected "$1")" ]; then
    echo success
  elif [ "$2" = 0 ]; then
    echo LOST
  elif [ "$2" = 124 ] || [ "$2" = 137 ]; then
    echo HANG
  elif [ "$2" -gt 128 ]; then
    echo SIGNAL
  elif grep -qE "^((lazyrun|lazyrun-executor|embed|short): .|$libc_says)" "err.$3"; then
    echo sentence
  else
    echo SILENCE
  fi
}

try() { # mode, variables..., n; prints n, the outcome, and what was seen of it
  local mode=$1 n=${*: -1} me=$BASHPID words status
  mapfile -t words < <(command_of "$mode")
  env "${@:2:$#-2}" FAILING_NUMBER="$n" LD_PRELOAD="$library" timeout -k 1 30 \
    "${words[@]}" >"out.$me" 2>"err.$me" </dev/null
  status=$?
  echo "$n $(judge "$mode" "$status" "$me") $status $(tail -n 1 "err.$me")"
  rm -f "out.$me" "err.$me"
}

export -f command_of expected judge try
export lazyrun executor client library

every() { # a title, a mode, variables...; tries the numbers
  local title=$1 count step=1
  shift
  [[ $title =~ $titles ]] || return
  rm -f count
  try "$@" FAILING_COUNT="$folder/count" 0 >results
  grep -q '^0 success' results || {
    echo "FAILED: $title: without a failure: $(cat results)"
    failures=$((failures + 1))
    return
  }
  count=$(sort -n count 2>/dev/null | tail -n 1)
  [ "${count:-0}" -gt 0 ] || return
  [ "$runs" = all ] || step=$(((count + runs - 1) / runs))
  {
    seq "$((1 + RANDOM % step))" "$step" "$count"
    seq "$((count > 30 ? count - 29 : 1))" "$count"
  } | sort -nu | xargs -r -P 2 -I '{}' bash -c 'try "$@" 2>/dev/null' try "$@" '{}' >results
  printf '%-32s %6d calls' "$title" "$count"
  awk '{ n[$2]++ } END { for (o in n) printf ", %d %s", n[o], o; print "" }' results
  grep -E '^[0-9]+ [A-Z]+ ' results | sort -n >bad
  [ -s bad ] || return
  failures=$((failures + 1))
  echo "FAILED: $title: n, outcome, status, the last line of standard error"
  head -n 20 bad
}

program() { # a program's path; prints the variable that names it
  echo "FAILING_PROGRAM=$(basename "$(readlink -f "$1")")"
}

for kind in malloc mmap mprotect pthread_create; do
  for rest in '' rest; do # the nth, or all from the nth on
    variables=(FAILING_KIND="$kind" ${rest:+FAILING_REST=1})
    for mode in here call launch stdio; do
      every "$mode, lazyrun, $kind $rest" "$mode" "${variables[@]}" "$(program "$lazyrun")"
    done
    for mode in launch stdio; do
      every "$mode, executor, $kind $rest" "$mode" "${variables[@]}" "$(program "$executor")"
    done
    every "client, $kind $rest" client "${variables[@]}" "$(program "$client")"
  done
done
# LLVM's too: without the region of lazyrun's own heap (runtime/tool/heap.c), its
# memory comes from malloc.
for rest in '' rest; do
  variables=(FAILING_KIND=malloc FAILING_REGION=256 ${rest:+FAILING_REST=1})
  for mode in here launch; do
    rm -f count
    every "$mode, LLVM, malloc $rest" "$mode" "${variables[@]}" "$(program "$lazyrun")"
    [ ! -s count ] || [ "$(sort -n count | tail -n 1)" -gt 5000 ] || {
      echo "FAILED: $mode: LLVM's memory does not come from malloc"
      failures=$((failures + 1))
    }
  done
done
for _ in {1..50}; do
  pgrep -f "^$executor" >left || break
  sleep 0.1
done
[ ! -s left ] || {
  echo "FAILED: executors are left: $(xargs <left)"
  failures=$((failures + 1))
  xargs kill -9 <left
}
finish
