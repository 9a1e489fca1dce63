#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the executor is made of: libc and libffi, nothing of LLVM, of runtime/,
# indirection/ or the controller's end of tpc/; and it is small.
#
#   executor_file_test.sh EXECUTOR TOOL MAX_SIZE LIBRARY...
#
# The libraries have everything that must not be in the executor; TOOL is a
# program that has it, to show that the test notices. MAX_SIZE is the most bytes
# that the stripped executor may have; 0 for any (a build without optimization).
set -u

executor=$1 tool=$2 max_size=$3 libraries=("${@:4}")
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

libraries() { # what a program asks the dynamic linker for
  readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

foreign() { # those that an executor has no use for
  libraries "$1" |
    grep -vE '^(libc|libffi|libgcc_s|libpthread|libdl|librt|lib[at]san|libubsan|ld-linux-.*)\.so'
}

shared_names() { # of the controller's libraries, in a program
  comm -12 <(nm --defined-only "$1" | awk '{print $3}' | sort -u) \
    <(nm --defined-only --extern-only "${libraries[@]}" 2>/dev/null |
      awk '$2 ~ /[TDBR]/ {print $3}' | sort -u)
}

[ -z "$(foreign "$executor")" ] ||
  fail "the executor needs $(foreign "$executor" | tr '\n' ' ')"
[ -z "$(shared_names "$executor")" ] ||
  fail "the executor has the controller's $(shared_names "$executor" | head -5 | tr '\n' ' ')"
[ -z "$(nm "$executor" | grep -E ' (LLVM|_ZN4llvm)')" ] ||
  fail 'the executor has names of LLVM'

[ -n "$(foreign "$tool")" ] || fail 'not noticed: the libraries of the tool'
[ -n "$(shared_names "$tool")" ] || fail 'not noticed: the names in the tool'

names=$(nm -D --defined-only "$executor" | awk '{print $3}' | grep -v @ | sort | tr '\n' ' ')
[ "$names" = '__jit_debug_descriptor __jit_debug_register_code close close_range closefrom dup2 dup3 fclose fflush fflush_unlocked llvm_orc_registerJITLoaderGDBWrapper write writev ' ] ||
  [ "$max_size" = 0 ] || fail "the executor shows the dynamic linker: $names"

strip -o "$folder/stripped" "$executor" || fail 'strip'
size=$(stat -c %s "$folder/stripped")
[ "$max_size" = 0 ] || [ "$size" -le "$max_size" ] ||
  fail "the executor has $size bytes, more than $max_size"
exit $failed
