/*
 * What this machine's CPU can do, in the words of the controller's compiler.
 */
#ifndef LZR_EXECUTOR_CPU_FEATURES_H
#define LZR_EXECUTOR_CPU_FEATURES_H

/* LLVM's names, "+sse3,+avx2", of what the CPU has beyond its architecture's
   first version and the operating system lets programs use; "" if nothing.
   Static; the same in every call. */
const char *lzr_cpu_features(void);

#endif
