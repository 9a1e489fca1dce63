#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Makes a library of 1000 functions whose calls are bound lazily, and runs
# first_call.c beside it.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

{
  for ((i = 0; i < 1000; i++)); do
    echo "int plt_function$i(int x) { return x + 1; }"
  done
} >plt_callees.c
{
  for ((i = 0; i < 1000; i++)); do
    echo "int plt_function$i(int);"
  done
  echo 'int call_all(int x) {'
  for ((i = 0; i < 1000; i++)); do
    echo "  x = plt_function$i(x);"
  done
  echo '  return x; }'
} >plt_callers.c
"$clang" -O1 -fPIC -shared plt_callees.c -o libplt_callees.so &&
  "$clang" -O1 -fPIC -shared plt_callers.c -L. -lplt_callees \
    -Wl,-z,lazy -Wl,-rpath,"$work" -o libplt_callers.so ||
  fail 'its library cannot be made'
for ((i = 0; i < rounds * 3; i++)); do
  pinned "$tools/bench-first-call" "$work/libplt_callers.so" ||
    fail 'it cannot be measured'
done
