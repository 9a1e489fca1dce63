#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A module that a newer clang made than the LLVM that is to read it: refused by one
# sentence that names both versions.
#
#   newer_bitcode_test.sh LAZYRUN CLANG
set -u

folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo 'int main(void) { return 0; }' >newer.c

for flags in -O0 '-O2 -g'; do
  # shellcheck disable=SC2086
  "$2" $flags -emit-llvm -c newer.c -o newer.bc || exit 2
  "$1" newer.bc >out 2>err
  status=$?
  if [ "$status" = 0 ] || [ "$(wc -l <err)" != 1 ] ||
    ! grep -qE 'newer\.bc: LLVM [0-9.]+ wrote it, and LLVM [0-9.]+.* is older' err; then
    echo "exit status $status:"
    cat err
    exit 1
  fi
done
