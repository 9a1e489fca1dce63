#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures definitions that come and go: see definitions.c.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

table definitions-time 'us a definition' lazyrun 'Definitions that come and go: time'
table definitions-memory 'bytes a definition' lazyrun 'Definitions that come and go: memory that stays'
table definitions-mappings mappings lazyrun 'Definitions that come and go: mappings that stay'
count=10000
[ -z "$quick" ] || count=200

measure() { # who, way
  [ "${failed[$1-$2]:-}" = '' ] || return 0 # its reason has been recorded
  limited "$tools/bench-definitions" "$1" "$2" "$count"
  case $? in
    0) return ;;
    124) failed[$1-$2]="takes more than $limit s" ;;
    *) failed[$1-$2]=${not_there[$1]:-it does not run} ;;
  esac
  local table
  for table in definitions-time definitions-memory definitions-mappings; do
    missing "$table" "$count $2" "$1" "${failed[$1-$2]}"
  done
}

declare -A failed not_there=([tcc]='not built, or it does not run: see libtcc-dev')
for ((i = 0; i < rounds; i++)); do
  for way in removed kept; do
    measure lazyrun "$way"
    measure orc "$way"
    measure tcc "$way"
  done
  measure lazyrun replaced
done
