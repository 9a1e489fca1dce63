/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The list of architectures. For each: the name of its folder and of its struct
 * lzr_arch, LLVM's name for its code generator, and the two names that a triple
 * may have as its first component. CMakeLists.txt reads the first two names
 * here too, and asks LLVM's llc for the CPUs of a triple that begins with the
 * folder's.
 */
#ifndef LZR_ARCHITECTURES_H
#define LZR_ARCHITECTURES_H

#define LZR_ARCHITECTURES(X)                                                   \
  X(x86_64, X86, "x86_64", "amd64")                                            \
  X(aarch64, AArch64, "aarch64", "arm64")

#endif
