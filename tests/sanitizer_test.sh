#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Reports of AddressSanitizer name compiled functions, in lazyrun and in an executor.
# Skipped where clang has no runtime that can be preloaded, or no symbolizer.
#
#   sanitizer_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

runtime=$("$clang" -print-file-name="libclang_rt.asan-$(uname -m).so")
[ -e "$runtime" ] && [ -x "$3/llvm-symbolizer" ] || {
  echo 'no runtime of AddressSanitizer, or no llvm-symbolizer'
  exit 77
}
export ASAN_OPTIONS=detect_leaks=0
export ASAN_SYMBOLIZER_PATH=$3/llvm-symbolizer

compile bad -g -fsanitize=address <<'END'
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static int peek(int *p, int i) {
  return p[i];
}
int in_child(int *p) {
  return peek(p, 10);
}
int main(int argc, char **argv) {
  int *p = malloc(40), status = 0;
  p[0] = argc;
  if (argc > 1 && fork() == 0)
    _exit(in_child(p));
  wait(&status);
  return argc > 1 ? WEXITSTATUS(status) : peek(p, 9 + argc);
}
END

names() { # what the report's stacks have, each after the one before
  local line=0 found regex
  for regex; do
    found=$(tail -n +$((line + 1)) err | grep -nE -m 1 -- "$regex") || return 1
    line=$((line + ${found%%:*}))
  done
}
for options in -O0 --debug-info "--oop-launch=$executor"; do
  run env LD_PRELOAD="$runtime" "$lazyrun" "$options" bad.bc
  check "$options: the error is found" says 'heap-buffer-overflow'
  check "$options: functions of each stack have names" names \
    '#0 0x[0-9a-f]+ in peek ' '#1 0x[0-9a-f]+ in main ' '^allocated by' ' in main '
  check "$options: so has the summary" says '^SUMMARY: .* in peek'
  run env LD_PRELOAD="$runtime" "$lazyrun" "$options" bad.bc fork
  check "$options: functions that a fork's child has called have names" names \
    '#0 0x[0-9a-f]+ in peek ' '#1 0x[0-9a-f]+ in in_child ' ' in main '
done

finish
