/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names of compiled functions in the reports of a sanitizer, for a program that
 * was compiled with -fsanitize=address and whose runtime has been preloaded.
 *
 * The runtime asks dl_iterate_phdr whose code an address is, and has a process
 * of its own, llvm-symbolizer, read names from the file of that path. The
 * program's object (program_object.h) has the path of the program, where there
 * is no machine code. So the runtime's dl_iterate_phdr is bound to a function
 * here, which names another file: one in memory, made of what debuggers have
 * been shown (debug.h). It has functions, but no lines.
 */
#ifndef LZR_TARGET_SANITIZER_H
#define LZR_TARGET_SANITIZER_H

/* Looks for the runtime, the first time. Thread-safe. */
void lzr_sanitizer_attend(void);

#endif
