#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Output that cannot be written: onto a full disk, or to a descriptor that is closed.
# Whoever printed it learns of it, and so does the user.
#
#   output_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

full() { # runs a command with its standard output on a full disk
  run bash -c '"$@" >/dev/full' full "$@"
}
closed() { # the same without a standard output
  run bash -c '"$@" >&-' closed "$@"
}

# ---- The tool's own ---------------------------------------------------------------

compile add <<'END'
#include <stdio.h>
#include <stdlib.h>
int add(int a, int b) { return a + b; }
int main(int argc, char **argv) {
  if (argc > 1)
    quick_exit(5);
  return 0;
}
END
for where in full closed; do
  for option in --help --version; do
    $where "$lazyrun" "$option"
    check "$where: $option" returns 1
    check "$where: $option says so" says '^lazyrun: cannot write to standard output: '
    $where "$executor" "$option"
    check "$where: the executor's $option" returns 1
    check "$where: the executor's $option says so" \
      says '^lazyrun-executor: cannot write to standard output: '
  done
  for options in -O0 --oop-launch "--oop-command='$executor' stdio"; do
    $where "$lazyrun" "$options" '--call=i32 add(i32 2, i32 40)' add.bc
    check "$where: $options --call" returns 1
    check "$where: $options --call says so" says '^lazyrun: cannot write to standard output: '
  done
done
for options in -O0 --oop-launch; do
  run bash -c '"$@" 2>/dev/full' full "$lazyrun" "$options" --stats add.bc
  check "$options --stats onto a full disk" returns 1
  run bash -c '"$@" 2>&-' closed "$lazyrun" "$options" --stats add.bc
  check "$options --stats without standard error" returns 1
  run "$lazyrun" "$options" --stats add.bc
  check "$options --stats elsewhere" returns 0
  check "$options --stats elsewhere is printed" says 'functions compiled'
done
run bash -c '"$@" 2>/dev/full' full "$lazyrun" --stats add.bc quickly
check '--stats at a quick exit' returns 1
mkdir dumps
for i in {0..9}; do
  ln -s /dev/full "dumps/000$i-main.o"
done
run "$lazyrun" --dump=dumps add.bc
check '--dump onto a full disk' fails_saying 'dumps/.*: cannot write: '

# ---- The program's ----------------------------------------------------------------

compile prints <<'END'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return 7;
}
int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "write") == 0) {
    if (write(1, "text\n", 5) != 5)
      return fail("write");
    return 0;
  }
  if (strcmp(how, "duplicate") == 0) {
    int other = dup(1);
    close(1);
    if (write(other, "text\n", 5) != 5)
      return fail("duplicate");
    return 0;
  }
  for (int i = 0; i < 3000; i++)
    printf("line %d\n", i);
  if (strcmp(how, "close") == 0)
    return fclose(stdout) ? fail("fclose") : 0;
  if (strcmp(how, "all") == 0)
    return fflush(NULL) ? fail("fflush") : 0;
  return fflush(stdout) ? fail("fflush") : 0;
}
END
cat >says.cpp <<'END'
#include <iostream>
int main() {
  std::cout << "text" << std::endl;
  return std::cout ? 0 : 7;
}
END
"$clang" -w -emit-llvm -c says.cpp -o says.bc || exit 2

for options in -O0 --oop-launch "--oop-command='$executor' stdio"; do
  for how in flush write duplicate close all; do
    full "$lazyrun" "$options" prints.bc "$how"
    check "$options: $how, full" returns 7
    check "$options: $how, full: the reason" says 'No space left on device'
    closed "$lazyrun" "$options" prints.bc "$how"
    check "$options: $how, closed" returns 7
    check "$options: $how, closed: the reason" says 'Bad file descriptor'
    run "$lazyrun" "$options" prints.bc "$how"
    check "$options: $how, into a file" returns 0
    check "$options: $how, into a file: all of it" [ "$(tail -n 1 out)" != '' ]
  done
  full "$lazyrun" "$options" says.bc
  check "$options: C++, full" returns 7
  run "$lazyrun" "$options" says.bc
  check "$options: C++, into a file" prints text
  run bash -c '"$@" | tail -n 1 | cat' pipe "$lazyrun" "$options" prints.bc
  check "$options: through a pipe" prints 'line 2999'
done
finish
