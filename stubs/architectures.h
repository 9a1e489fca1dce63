/*
 * All architectures: the name of each one's folder and struct lzr_arch, LLVM's
 * name for its code generator, and the first components of triples that mean
 * it, of which LLVM knows some by two names.
 */
#ifndef LZR_ARCHITECTURES_H
#define LZR_ARCHITECTURES_H

#define LZR_ARCHITECTURES(X)                                                   \
  X(x86_64, X86, "x86_64", "amd64")                                            \
  X(aarch64, AArch64, "aarch64", "arm64")

#endif
