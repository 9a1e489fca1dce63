/*
 * Memory for LLVM, in a lazyrun that contains it.
 *
 * LLVM makes its list of passes anew for every unit, some hundreds of objects
 * that are dropped a millisecond later, which libc's allocator spends an eighth
 * of a program's start on. Here a compile thread has a heap of its own: no
 * lock, no size before a block, no joining of neighbours. Memory is never given
 * back to the system, but to the next unit.
 *
 * The linker (--wrap) puts these in the place of libc's functions in what
 * lazyrun consists of: LLVM, the C++ library that LLVM uses, and lazyrun
 * itself. The program and all shared libraries keep libc's, or the program's
 * own; blocks of theirs may be freed here, but none of these there.
 *
 * All are thread-safe, and safe in a child made by fork().
 */
#ifndef LZR_TOOL_HEAP_H
#define LZR_TOOL_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* As in the C standard. A block is from the calling thread's heap if the thread
   is lazyrun's own (lzr_tpc_own_thread()), there is room, and it has 32 KiB at
   most; otherwise it is libc's. Any thread may free it. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

/* Whether a block is from a heap, and not libc's. */
bool lzr_heap_holds(const void *block);

#endif
