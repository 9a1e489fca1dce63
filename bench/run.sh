#!/usr/bin/env bash
# All benchmarks, one report. README.md here says what they show.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

echo "$("$lazyrun" --version), $(nproc) x$(sed -n '/^model name/{s/^[^:]*://p;q}' /proc/cpuinfo)"
status=0
for part in first_call fib many sqlite remote; do
  echo
  bash "$bench/$part.sh" "$@" || status=1
done
exit $status
