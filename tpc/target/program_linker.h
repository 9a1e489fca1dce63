/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What compiled code gets when it asks the dynamic linker. glibc takes compiled
 * code for a library that was loaded after this process's own ones, which the
 * program's names come behind. In a linked program they come first.
 */
#ifndef LZR_TARGET_PROGRAM_LINKER_H
#define LZR_TARGET_PROGRAM_LINKER_H

#include <dlfcn.h>
#include <stdint.h>

/* A program's dlopen: the libraries that it loads are bound to the program's
   functions and variables where an earlier library has the same names, and
   call the program's own malloc. Their constructors have run by then. */
void *lzr_program_dlopen(const char *file, int mode);

/* A program's dlsym. RTLD_DEFAULT finds the program's names first, and
   RTLD_NEXT means "behind the program". */
void *lzr_program_dlsym(void *handle, const char *name);

/* A program's dladdr and dladdr1: they name the function that an address lies
   in, too. */
int lzr_program_dladdr(const void *address, Dl_info *info);
int lzr_program_dladdr1(const void *address, Dl_info *info, void **extra,
                        int flags);

/* The controller's: the address of a context of a handler (see
   lzr_tpc_add_handler) that answers an address inside a function with that of
   the function, or 0. 0 until there is one. */
extern _Atomic(uint64_t) lzr_program_describer;

/* Whether a library that this process does not need itself loads libraries or
   asks for names: 1 or 0. */
int32_t lzr_libraries_ask(void);

#endif
