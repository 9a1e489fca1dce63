#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures making stubs: see making.c.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

table making-time 'ns a stub' lazyrun 'Making stubs: time'
table making-memory 'bytes a stub' lazyrun 'Making stubs: memory that stays'
counts='1000 10000 100000 1000000'
[ -z "$quick" ] || counts='1000 10000'

measure() { # who, column, count
  [ "${failed[$1-$3]:-}" = '' ] || return 0 # its reason has been recorded
  limited taskset -c "$processor" "$tools/bench-making" "$1" "$3"
  case $? in
    0) return ;;
    124) failed[$1-$3]="takes more than $limit s" ;;
    *) failed[$1-$3]='it does not run' ;;
  esac
  missing making-time "$3 functions" "$2" "${failed[$1-$3]}"
  missing making-memory "$3 functions" "$2" "${failed[$1-$3]}"
}

declare -A failed
for ((i = 0; i < rounds; i++)); do
  for count in $counts; do
    measure lazyrun lazyrun "$count"
    measure orc orc-lazy "$count"
  done
done
