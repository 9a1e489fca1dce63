# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Sourced: bitcode must not be newer than the LLVM that reads it.
rustc_llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
[ "${rustc_llvm:-0}" -gt 0 ] || skip 'rustc does not say which LLVM it has'
[ "$rustc_llvm" -le "$llvm" ] || skip "rustc has LLVM $rustc_llvm, and lazyrun $llvm"
unset RUST_BACKTRACE
