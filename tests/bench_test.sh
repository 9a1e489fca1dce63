#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# bench as a command, and a quick run of all benchmarks that need no network:
#
#   bench_test.sh BENCH-DIR TOOL TOOLS-DIR LLVM-BIN-DIR
set -u
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"
benchmarks=$1
lazyrun=$2
tools=$3
llvm_bin=$4
bench=$tools/bench

# ---- The command -----------------------------------------------------------------

samples() { # of lazyrun and of a peer, the numbers all in all
  printf 'table\tcalls\tns\tlazyrun\tCalls\n'
  printf 'sample\tcalls\t1 function\tlazyrun\t%s\n' "$1.1" "$1.2" "$1.3" "$1.4" "$1.5"
  printf 'sample\tcalls\t1 function\torc\t%s\n' 50.1 50.2 50.3 50.4 50.5
}
samples 10 >old.records
samples 20 >new.records
for name in old new; do
  run "$bench" --report $name.records --json=$name.json --charts=.
  check "it makes JSON and a chart of $name.records" returns 0
done
check 'it prints a median' grep -q 'lazyrun  *20.30 ' out
check 'it prints a multiple' grep -q 'orc .* x2.48 ' out
run "$bench" --compare old.json new.json
check 'it says by its status that something got worse' returns 1
check 'it says what' grep -q '^calls | 1 function | lazyrun: .*WORSE$' out
run "$bench" --compare new.json old.json
check 'better is not worse' returns 0
run "$bench" --compare old.json old.json
check 'a run compared with itself has not changed' returns 0
run "$bench" --compare old.json new.json --threshold=150
check 'changes below the threshold do not count' returns 0
run "$bench" --compare old.json new.json --threshold=x
check 'a threshold is a number' fails_saying '^bench: --threshold=x is no percentage$'
head -c 300 old.json >cut.json
run "$bench" --compare old.json cut.json
check 'a cut file is refused' returns 2
check 'a cut file is named' says '^bench: cut.json:[0-9]+: .*near end of file$'
run "$bench" --compare nowhere.json old.json
check 'a missing file is named' fails_saying '^bench: .*nowhere.json: No such file'
run "$bench" --compare old.json
check 'two files are needed' fails_saying '^usage: '
run env PATH=/nowhere "$bench" --report old.records --charts=.
check 'without gnuplot there are no charts' returns 3
check 'gnuplot is asked for' says '^bench: no charts: gnuplot is not installed'

# ---- Timing programs -------------------------------------------------------------

echo 'while :; do :; done' >slow.sh
printf 'good\ttrue\nbad\tfalse\nslow\tsh slow.sh\ngone\tnowhere-at-all\n' |
  "$tools/bench-time" --cpu=table row 2 1 >timed
check 'what runs is timed as often as asked' \
  [ "$(grep -c '^sample	table	row	good	' timed)" = 2 ]
check 'what fails has no figure' \
  grep -q '^missing	table	row	bad	exits with status 1$' timed
check 'what takes too long has none' \
  grep -q '^missing	table	row	slow	takes more than 1 s$' timed
check 'what is not there has none' \
  grep -q '^missing	table	row	gone	is not installed$' timed
check 'nothing else is written' [ "$(wc -l <timed)" = 5 ]

# ---- All of it -------------------------------------------------------------------

mkdir work
bash "$benchmarks/run.sh" --quick --no-fetch --work=work --lazyrun="$lazyrun" \
  --tools="$tools" --llvm-bin="$llvm_bin" >out 2>err </dev/null
status=$?
check 'a quick run succeeds' returns 0
run "$bench" --compare work/bench.json work/bench.json
check 'its JSON can be read' returns 0
measured() { # table
  grep -q "^sample	$1	.*	lazyrun" work/bench.records
}
for name in stub-time stub-cycles callers first-call compile-start \
  compile-module compile-size compile-open compile-phases many \
  memory-resident memory-mappings making-time making-memory \
  definitions-time definitions-memory definitions-mappings remote \
  remote-one-processor executor-time executor-memory executor-file \
  remote-programs passes-loop passes-start; do
  check "$name has a figure of lazyrun's" measured $name
  check "$name has a chart" \
    grep -q '^</svg>' "work/$name.svg"
done
check 'what was not fetched is said to be missing' \
  grep -q '^missing	programs	SQLite	lazyrun	' work/bench.records
finish
