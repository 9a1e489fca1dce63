#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Runs all benchmarks, or the parts that are named, and makes one report: tables on
# standard output, and in the working directory (build/bench) bench.json and a
# chart of each table. README.md here explains the tables, common.sh has the
# options.
options=()
parts=()
for word; do
  case $word in
    --*) options+=("$word") ;;
    *) parts+=("$word") ;;
  esac
done
[ ${#parts[@]} -gt 0 ] ||
  parts=(stubs callers first_call compile many passes sqlite tree_sitter leveldb making definitions remote)
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "${options[@]}" --records=/dev/stdout

records=$work/bench.records
record_machine() {
  record fact date "$(date -u '+%F %T')"
  record fact commit "$(git -C "$top" describe --always --dirty 2>/dev/null)"
  record fact processor "$(nproc) x$(sed -n '/^model name/{s/^[^:]*://p;q}' \
    /proc/cpuinfo), $(grep -q '^flags.* hypervisor' /proc/cpuinfo && echo 'virtual' || echo 'real')"
  record fact load "$(cut -d' ' -f1-3 /proc/loadavg) at the start"
  record fact system "$(uname -sr), $(getconf GNU_LIBC_VERSION)"
  record fact lazyrun "$("$lazyrun" --version)"
  record fact lli "$("$lli" --version 2>/dev/null | sed -n 's/.*\(LLVM\) version/\1/p')"
  record fact clang "$("$clang" --version | head -n 1)"
  record fact libffi "$(pkg-config --modversion libffi 2>/dev/null)"
  record fact pinned "to processor $processor, where one is enough"
}
record_machine >"$records"
status=0
for part in "${parts[@]}"; do
  echo "$(date +%T) $part" >&2
  bash "$bench/$part.sh" "${options[@]}" --records="$records" || status=1
done
"$tools/bench" --report "$records" --json="$work/bench.json" --charts="$work"
case $? in
  0) echo "charts, and bench.json for bench --compare, are in $work" ;;
  *) status=1 ;;
esac
exit $status
