#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures a call once everything is bound: see stubs.c.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

[ -f libstubs.so ] && [ libstubs.so -nt "$bench/stubs.awk" ] || {
  awk -f "$bench/stubs.awk" >stubs.s &&
    "$clang" -shared stubs.s -o libstubs.so
} || fail 'its library cannot be made'
for ((i = 0; i < rounds * 3; i++)); do
  pinned "$tools/bench-stubs" "$work/libstubs.so" || fail 'it cannot be measured'
done
