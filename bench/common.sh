# shellcheck shell=bash disable=SC2034 # the variables are for those who read this
# What the scripts here share: their options, and how they write records (see
# report/results.h). A script that is run alone reports what it measured.
#
#   --lazyrun=PATH     the tool (build/release/bin/lazyrun)
#   --llvm-bin=DIR     where clang, lli and llvm-link are
#   --tools=DIR        where bench and the measuring programs are
#   --work=DIR         for what is downloaded, generated, compiled and reported
#   --rounds=N         how often each thing is timed
#   --limit=SECONDS    what takes more processor time is cut off
#   --processor=N      where what needs only one processor runs; the last one
#   --records=FILE     append to it, and report nothing
#   --no-fetch         measure only programs whose source is there already
#   --quick            few rounds, small numbers: to see that all runs
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

# A script's records go to its standard output.
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

limited() { # a command; one that took too long has status 124
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
