# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash disable=SC2034 # the scripts that read this use the variables
# What the scripts here share: their options, and how they write records (see
# report/results.h). A script that is run alone prints a report of its tables.
#
#   --lazyrun=PATH     the tool (build/release/bin/lazyrun)
#   --llvm-bin=DIR     the directory with clang, lli and llvm-link
#   --tools=DIR        the directory with bench and the programs that measure
#   --work=DIR         a directory for all that is downloaded and made
#   --rounds=N         how often each program is timed
#   --limit=SECONDS    stop programs that take more processor time
#   --processor=N      the processor for programs that need only one; by default
#                      the last one
#   --records=FILE     append records to it, and print no report
#   --no-fetch         measure only programs whose source is there already
#   --quick            few rounds and small numbers: shows that everything runs
set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bench=$top/bench
lazyrun=$top/build/release/bin/lazyrun
tools=$top/build/release/bin
llvm_bin=/usr/lib/llvm-22/bin
work=$top/build/bench
processor=$(taskset -cp $$ | sed 's/.*[^0-9]//')
rounds=5
limit=20
records=
fetch=yes
quick=
for argument; do
  case $argument in
    --lazyrun=*) lazyrun=${argument#*=} ;;
    --llvm-bin=*) llvm_bin=${argument#*=} ;;
    --tools=*) tools=${argument#*=} ;;
    --work=*) work=${argument#*=} ;;
    --rounds=*) rounds=${argument#*=} ;;
    --limit=*) limit=${argument#*=} ;;
    --processor=*) processor=${argument#*=} ;;
    --records=*) records=${argument#*=} ;;
    --no-fetch) fetch= ;;
    --quick)
      quick=yes
      rounds=1
      limit=10
      ;;
    *)
      sed -n '/^# *--/s/^# *//p' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
  esac
done
mkdir -p "$work" && work=$(cd "$work" && pwd) && cd "$work" || exit 1
lli=$llvm_bin/lli
clang=$llvm_bin/clang
ours=$(dirname "$lazyrun")/lazyrun-executor
part=$(basename "$0" .sh)

# A script writes its records to standard output.
if [ -n "$records" ]; then
  exec >>"$records"
else
  exec 3>&1 >"$part.records"
  trap '"$tools/bench" --report "$part.records" >&3' EXIT
fi

fail() { # a sentence
  echo "$part: $*" >&2
  exit 1
}

record() { # the words of a record
  local IFS=$'\t'
  echo "$*"
}

table() { # name, unit, base, title
  record table "$@"
}
missing() { # table, row, column, reason
  record missing "$@"
}

pinned() {
  taskset -c "$processor" "$@"
}

limited() { # a command; status 124 if it took too long
  (
    ulimit -t "$limit"
    timeout $((limit * 10)) "$@" || exit $?
  )
  case $? in
    0) ;;
    124 | 137 | 152) return 124 ;; # by timeout, SIGKILL, SIGXCPU
    *) return 1 ;;
  esac
}
