#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What looks at a process or at its stack does not break on compiled code, and finds
# its names: backtrace(), libunwind, valgrind, heaptrack. Each is left out where it is
# missing; libc's backtrace() never is.
#
#   watchers_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

watched() { # what watches, for as long as a loaded machine needs
  {
    timeout 280 "$@" >out 2>err </dev/null
    status=$?
  } 2>/dev/null
}
is_there() {
  command -v "$1" >/dev/null || {
    echo "left out: no $1"
    return 1
  }
}

# The functions of the stack between main and the walker, innermost first.
cat >walk.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int WALKER(void **frames, int size);
__attribute__((noinline)) int inner(void) {
  void *frames[50];
  int count = WALKER(frames, 50), known = 0;
  for (int i = 0; i < count; i++) {
    Dl_info info;
    if (!dladdr((char *)frames[i] - 1, &info) || !info.dli_sname)
      continue;
    if (!strcmp(info.dli_sname, "inner") || !strcmp(info.dli_sname, "outer"))
      known++, printf("%s ", info.dli_sname);
    if (!strcmp(info.dli_sname, "main"))
      return puts("main") < 0 ? 0 : known;
  }
  return 0;
}
__attribute__((noinline)) int outer(int n) {
  volatile int known = n > 1 ? outer(n - 1) : inner();
  return known;
}
int main(void) {
  char *p = malloc(100);
  int known = p ? outer(2) : 0;
  free(p);
  return known - 3;
}
END
walks() { # name, function that walks, flags of clang
  "$clang" -w -DWALKER="$2" -emit-llvm -c walk.c -o "$1.bc" "${@:3}" || exit 2
}
stack='inner outer outer main'

walks plain backtrace -O2
for options in -O0 -O2 --codegen=baseline "--oop-launch=$executor"; do
  run "$lazyrun" "$options" plain.bc
  check "$options: backtrace() sees each function, and dladdr its name" prints "$stack"
  check "$options: the program ends well" returns 0
done

# It knows unwind information of files only, and otherwise follows frame pointers.
if ldconfig -p | grep -qF libunwind.so.8; then
  walks framed unw_backtrace -O2 -fno-omit-frame-pointer
  for options in -O0 "--oop-launch=$executor"; do
    run "$lazyrun" "$options" -l:libunwind.so.8 framed.bc
    check "$options: libunwind follows frame pointers" prints "$stack"
  done
else
  echo 'left out: no libunwind.so.8'
fi

if is_there valgrind; then
  valgrind=(valgrind -q --error-exitcode=9)
  for options in -O0 --codegen=baseline; do
    watched "${valgrind[@]}" "$lazyrun" "$options" plain.bc
    check "$options: valgrind finds no error" returns 0
    check "$options: the program runs under valgrind" prints "$stack"
  done
  watched "${valgrind[@]}" --trace-children=yes "$lazyrun" --oop-launch="$executor" plain.bc
  check 'valgrind finds no error in an executor' returns 0
  check 'the program runs under valgrind in an executor' prints "$stack"
fi

if is_there heaptrack; then
  watched heaptrack -o heap "$lazyrun" plain.bc
  check 'the program runs under heaptrack' grep -qxF "$stack" out
  check 'and heaptrack writes its file' bash -c '[ -s heap.zst ] || [ -s heap.gz ]'
fi

finish
