#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# --trace-file, --stats=json, progress at a terminal, and the pictures that
# lazyrun-report draws.
#
#   trace_test.sh LAZYRUN LLVM_BIN [LAZYRUN_REPORT]
set -u

lazyrun=$1
clang=$2/clang
report=${3:-}
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

traced() { # each is one line of the trace, which begins with this
  local start
  for start; do
    grep -qF -- "$start" trace.json || return 1
  done
}
event() { # name, category: how its line begins
  echo "{\"name\":\"$1\",\"cat\":\"$2\""
}
count() { # category: how many events it has
  grep -c "\"cat\":\"$1\"" trace.json
}

compile forks <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int in_child(int n) { return n + 4; }
int twice(int n) { return 2 * n; }
int main(int argc, char **argv) {
  int status = 0;
  if (chdir("/"))
    return 1;
  if (argc > 1) {
    if (fork() == 0)
      exit(in_child(3));
    wait(&status);
    status = WEXITSTATUS(status);
  }
  printf("%d\n", twice(21) + status);
  return 3;
}
END

# ---- The trace --------------------------------------------------------------------

modes=('-O0' '--oop-launch')
[ "$(uname -m)" = x86_64 ] && modes+=('--codegen=auto')
for mode in "${modes[@]}"; do
  rm -f trace.json
  run "$lazyrun" "$mode" --trace-file=trace.json forks.bc
  check "$mode: the program runs" prints 42
  check "$mode: its status" returns 3
  check "$mode: nothing is said" says_nothing
  check "$mode: threads, first calls, units, phases and memory" traced \
    "$(event thread_name __metadata)" "$(event forks.bc open)" \
    "$(event main 'first call')" "$(event twice 'first call')" \
    "$(event main unit)" "$(event generate phase)" "$(event memory memory)" \
    '"args":{"name":"main"}' '"args":{"name":"compile thread 0"}'
  check "$mode: what is not called is not there" bash -c '! grep -q in_child trace.json'
  [ "$mode" = --oop-launch ] ||
    check "$mode: who called" grep -q '"name":"twice","cat":"first call".*"caller":"main"' trace.json
  check "$mode: as many first calls as functions" test "$(count 'first call')" = 2
done
run "$lazyrun" --oop-launch --trace-file=trace.json forks.bc
check 'messages to the executor' traced "$(event 'running a program' message)"
check 'the threads of its connection have a name' traced \
  "$(event thread_name __metadata)" '"args":{"name":"connection"}'
if [ "$(uname -m)" = x86_64 ]; then
  echo 'define i32 @main() "unheard-of" { ret i32 3 }' >unheard.ll
  run "$lazyrun" --codegen=auto --trace-file=trace.json unheard.ll
  check 'a function that falls back' traced "$(event main fallback)"
  check 'and why' grep -qF '"args":{"reason":"attribute unheard-of"}' trace.json
fi
for mode in -O0 --oop-launch; do
  rm -f trace.json.*
  run "$lazyrun" "$mode" --trace-file=trace.json forks.bc fork
  check "$mode: a program that forks" prints 49
  check "$mode: its child's first calls are in a file of its own" \
    bash -c '! grep -q in_child trace.json && grep -q in_child trace.json.*'
done
run "$lazyrun" --trace-file=trace.json --eager forks.bc
check '--eager leaves no first calls of functions to wait for' traced "$(event in_child unit)"

run "$lazyrun" --trace-file=nowhere/trace.json forks.bc
check 'a file that cannot be created is an error before the program runs' \
  fails_saying '^lazyrun: nowhere/trace.json: cannot write the trace: '
check 'before' prints ''
run "$lazyrun" --trace-file=/dev/full forks.bc
check 'a full disk is said' says '^lazyrun: /dev/full: cannot write the trace: No space'
check 'a full disk: the program has run' prints 42
check 'a full disk leaves a status that is not 0' returns 3
run "$lazyrun" --trace-file=/dev/full '--call=i32 twice(i32 4)' forks.bc
check 'the same where it would be 0' returns 1

# ---- Statistics -------------------------------------------------------------------

run "$lazyrun" --stats=json forks.bc
check '--stats=json is one line' test "$(wc -l <err)" = 1
check '--stats=json says what was compiled' says \
  '^\{"functions":\{"defined":3,"compiled":2,"llvm":2,"baseline":0\},"units":[0-9]+,' \
  '"ms":\{"wall":[0-9.]+,"processor":[0-9.]+,"open":' \
  '"slowest":\[\{"ms":[0-9.]+,"unit":[0-9]+,"functions":[12],"name":"(main|twice)"\}' '\}$'
run "$lazyrun" --stats forks.bc
check '--stats says how long it took, and what took longest' says \
  '^lazyrun: [0-9.]+ ms in all, [0-9.]+ of processor time$' \
  '^lazyrun: slowest: [0-9.]+ ms, unit [0-9]{4}, [12] functions, '
run "$lazyrun" --stats=xml forks.bc
check 'another form is refused' fails_saying "--stats takes json or no value, not 'xml'"

# ---- Progress, at a terminal ------------------------------------------------------

if command -v script >/dev/null; then
  for i in $(seq 300); do
    echo "int f$i(int *v, int n) { int s = 0; for (int i = 0; i < n; i++) switch (v[i] % 7) {"
    for j in $(seq 20); do
      echo "case $j: s += v[i] * $i; if (s > $j) s ^= v[$j % n]; break;"
    done
    echo 'default: s--; } return s; }'
  done | compile many -xc -O1
  echo 'int main(void) { return 0; }' | compile empty
  run script -qec "'$lazyrun' -O3 --check --extra-module=many.bc empty.bc" log
  check '--check at a terminal succeeds' returns 0
  check '--check at a terminal says how far it is' grep -q 'of 301 functions compiled' out
  run "$lazyrun" -O3 --check --extra-module=many.bc empty.bc
  check '--check elsewhere says nothing' says_nothing
fi

# ---- Pictures ---------------------------------------------------------------------

if [ -n "$report" ]; then
  run "$lazyrun" --oop-launch --trace-file=trace.json forks.bc
  run "$report" trace.json
  check 'a trace is drawn' returns 0
  check 'threads, bars with names, and a legend' \
    grep -qE '<text.*compile thread 0' out
  for words in 'first call: twice, [0-9.]+ ms' 'unit: main' 'message: running a program' '</svg>'; do
    check "the picture has: $words" grep -qE "$words" out
  done
  if command -v xmllint >/dev/null; then
    check 'the picture is XML' xmllint --noout out
  fi
  echo '{"traceEvents":[{"name":"<&\"\u0001","cat":"unit","ph":"X","ts":1,"dur":1e3,"tid":1}]}' >odd.json
  run "$report" odd.json
  check 'names are escaped' grep -q 'unit: &lt;&amp;"?' out
  echo '{"traceEvents":[]}' >empty.json
  run "$report" empty.json
  check 'a trace of nothing is drawn' returns 0
  for damaged in '' '{' '[]' '{"traceEvents":3}' '{"traceEvents":[3]}' \
    '{"traceEvents":[{"ph":"X"}]}' '{"traceEvents":[{"ph":"X","name":"a","cat":"b","ts":-1,"dur":1,"tid":1}]}' \
    '{"traceEvents":[{"ph":"X","name":"a","cat":"b","ts":1,"dur":"1","tid":1}]}' \
    '{"traceEvents":[{"ph":"M","name":"a","tid":1}]}'; do
    echo "$damaged" >damaged.json
    run "$report" damaged.json
    check "'$damaged' is refused" fails_saying '^lazyrun-report: damaged.json: '
  done
  run "$report" missing.json
  check 'a file that is not there' fails_saying 'missing.json'
  run "$report"
  check 'no file' returns 2
  run "$report" --help
  check '--help' returns 0
  run bash -c '"$1" trace.json >/dev/full' full "$report"
  check 'a full disk' fails_saying 'cannot write'
fi
finish
