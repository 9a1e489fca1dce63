/*
 * A program's own definitions of functions that shared libraries call: its
 * malloc, or operator new. In a linked program the dynamic linker binds the
 * libraries' calls to them. Here the libraries were bound before the program
 * came, so the words they call through are changed.
 *
 * Some libraries serve lazyrun as well, whose memory must not come from the
 * program's malloc: a compile thread that called it would wait for itself.
 * Their words lead to a shim, which sends the calls of lazyrun's own threads
 * (tpc/wire/own_thread.h) where they went before.
 */
#ifndef LZR_TARGET_INTERPOSE_H
#define LZR_TARGET_INTERPOSE_H

#include <stdint.h>

/* Lets the calls of name in all libraries but the unwinder's reach function,
   which takes and returns words only, four arguments at most. Before any thread
   of the program's runs. name is copied. 0 without memory, or with too many
   names. */
int32_t lzr_interpose(const char *name, void *function);

/* A program's dlopen: what it loads is to call the program's functions as well.
   Constructors of such a library have run by then. */
void *lzr_program_dlopen(const char *file, int mode);

/* A program's dlsym: RTLD_NEXT means behind the program, which is where libc
   thinks this process' own code is. Compiled code it takes for nobody's. */
void *lzr_program_dlsym(void *handle, const char *name);

#endif
