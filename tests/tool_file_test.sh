#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lazyrun contains the parts of LLVM that it uses. So the dynamic linker has no
# library of LLVM to load, and a program finds no names in its process of LLVM or
# of the C++ library that LLVM uses. A debugger finds the two names that it looks
# for in a stripped lazyrun too.
#
#   tool_file_test.sh TOOL
set -u

tool=$1
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

readelf -d "$tool" | grep -q 'NEEDED.*libc\.so' || fail "$tool cannot be read"
readelf -d "$tool" | grep 'NEEDED.*LLVM' && fail 'it needs a library of LLVM'

readelf -d "$tool" | grep -q 'NEEDED.*libstdc++\.so' ||
  fail 'a program has no C++ library'
nm -D --undefined-only "$tool" | grep 'GLIBCXX' | head -3 | grep . &&
  fail 'LLVM uses the C++ library of programs'

names=$(nm -D --defined-only "$tool" | awk '{print $3}')
shown=$(grep -iE 'llvm|^_Z' <<<"$names" | head -3)
[ -z "$shown" ] || fail "it shows names of LLVM or C++: $shown"
for name in __jit_debug_descriptor __jit_debug_register_code; do
  grep -qx "$name" <<<"$names" || fail "it does not show $name"
done
exit $failed
