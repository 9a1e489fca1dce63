/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The file of the program's shared object (program_object.h). It has no code
 * and no names: it describes tables that are empty, and address space.
 *
 *     offset 0    r--  ELF header, program headers; some are spare
 *     dynamic     rw-  dynamic section, DT_HASH's header and buckets
 *     chains      ---  DT_HASH's rest, symbols, strings: memory comes as they
 *                      grow
 *     window      ---  to be mapped over (window.h)
 *
 * and thread-local storage for each thread, which is zero at first.
 *
 * What cannot be accessed costs address space only. DT_HASH, because a name can
 * be added to it in place; DT_GNU_HASH is sorted.
 */
#ifndef LZR_TARGET_PROGRAM_FILE_H
#define LZR_TARGET_PROGRAM_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

/* e_machine of this process's files */
#ifdef __aarch64__
#define LZR_PROGRAM_MACHINE EM_AARCH64
#else
#define LZR_PROGRAM_MACHINE EM_X86_64
#endif

/* Where the parts lie, from the object's start. */
struct lzr_program_layout {
  uint32_t symbol_limit; /* the null symbol counts */
  uint64_t string_limit; /* bytes */
  uint64_t headers, dynamic, hash, chains, symbols, strings, window;
  uint64_t window_size;
};

/* Indexes of program headers. */
enum {
  LZR_PROGRAM_HEAD,
  LZR_PROGRAM_DYNAMIC,
  LZR_PROGRAM_TABLES,
  LZR_PROGRAM_WINDOW,
  LZR_PROGRAM_DYNAMIC_SECTION,
  LZR_PROGRAM_STACK,
  LZR_PROGRAM_TLS,
  LZR_PROGRAM_DATA, /* these are spare at first */
  LZR_PROGRAM_LARGE,
  LZR_PROGRAM_FAR,
  LZR_PROGRAM_HEADERS
};

/* Bytes of thread-local storage, which the dynamic linker allocates and clears
   for each thread that uses some; and their alignment. */
enum { LZR_PROGRAM_TLS_SIZE = 4096, LZR_PROGRAM_TLS_ALIGN = 64 };

/* A power of two. */
enum { LZR_PROGRAM_BUCKETS = 1 << 14 };

/* window_size is a multiple of the page size. */
void lzr_program_layout_init(struct lzr_program_layout *layout,
                             uint64_t window_size, uint32_t symbol_limit);

/* Writes the file into an empty one; false, and errno, if it cannot. */
bool lzr_program_file_write(const struct lzr_program_layout *layout, int file);

/* Writes a path of an open file that no file has had before: who remembers
   files by their paths, as the dynamic linker does, takes it for a new one. */
enum { LZR_PROGRAM_PATH = 128 };
void lzr_program_file_spell(char path[LZR_PROGRAM_PATH], int file);

#endif
