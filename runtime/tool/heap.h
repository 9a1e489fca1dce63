/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory for LLVM, in a lazyrun that is linked with it statically.
 *
 * LLVM makes its list of passes anew for every unit: some hundreds of objects
 * that it frees a millisecond later. libc's allocator spends an eighth of a
 * program's start on them. Here a compile thread has a heap of its own, without
 * locks, without a size in front of each block, and without merging free
 * neighbours. A heap keeps its memory for the next unit and never returns it to
 * the system.
 *
 * The linker (--wrap) replaces libc's functions by these in everything that it
 * links into lazyrun: LLVM, the C++ library that LLVM uses, and lazyrun's own
 * code. The program and all shared libraries keep libc's functions, or the
 * program's own. A block of theirs may be freed here, but a block of a heap
 * must not be freed there.
 *
 * All functions are thread-safe, and safe in a child made by fork().
 */
#ifndef LZR_TOOL_HEAP_H
#define LZR_TOOL_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* As in the C standard. A block of at most 32 KiB comes from the calling
   thread's heap, if the thread is lazyrun's own (lzr_tpc_own_thread()) and the
   heap is not full; any other block is libc's. Any thread may free it. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

/* Whether a block comes from a heap rather than from libc. */
bool lzr_heap_holds(const void *block);

#endif
