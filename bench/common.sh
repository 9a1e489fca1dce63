# shellcheck shell=bash disable=SC2034 # the variables are for those who read this
# What the scripts here share: their options.
#
#   --lazyrun=PATH     the tool (build/release/bin/lazyrun)
#   --llvm-bin=DIR     where clang, lli and llvm-link are
#   --tools=DIR        where bench-median and bench-first-call are
#   --work=DIR         for what is downloaded, generated and compiled
#   --rounds=N         how often each thing is timed
set -u

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bench=$top/bench
lazyrun=$top/build/release/bin/lazyrun
tools=$top/build/release/bin
llvm_bin=/usr/lib/llvm-22/bin
work=$top/build/bench
rounds=5
for argument; do
  case $argument in
    --lazyrun=*) lazyrun=${argument#*=} ;;
    --llvm-bin=*) llvm_bin=${argument#*=} ;;
    --tools=*) tools=${argument#*=} ;;
    --work=*) work=${argument#*=} ;;
    --rounds=*) rounds=${argument#*=} ;;
    *)
      sed -n '/^# *--/s/^# *//p' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
  esac
done
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 1
lli=$llvm_bin/lli
