/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Small ELF files that tell debuggers where functions are and how to unwind
 * their frames (ELF-64 Object File Format; what they are called is in GDB's
 * manual, "JIT Compilation Interface"). Addresses are the target's. The code is
 * not in the file: debuggers read it from memory.
 *
 *     ELF header | section headers | symbols | unwind records | strings
 */
#ifndef LZR_DEBUG_FILE_H
#define LZR_DEBUG_FILE_H

#include "stubs/arch.h"

/* What a file is about. */
struct lzr_debug_content {
  lzr_addr code;
  uint64_t code_size;
  lzr_addr unwind;             /* where the target has the .eh_frame section */
  const uint8_t *unwind_bytes; /* borrowed: its bytes, relocated */
  uint64_t unwind_size;        /* 0 if there is none */
  size_t symbol_count;
  size_t names_size; /* of all symbols, with the zeros at their ends */
};

/* In bytes. */
uint64_t lzr_debug_file_size(const struct lzr_debug_content *content);

/* Where the next symbol is written. */
struct lzr_debug_symbols {
  uint8_t *next, *strings;
  uint32_t strings_used;
};

/* Writes all of a file but its symbols, as many bytes as its size. */
void lzr_debug_file_write(const struct lzr_debug_content *content,
                          const struct lzr_arch *arch, uint8_t *bytes,
                          struct lzr_debug_symbols *symbols);

/* Writes a symbol, of a function; as often as the content says. */
void lzr_debug_file_add(struct lzr_debug_symbols *symbols, const char *name,
                        lzr_addr address, uint64_t size);

#endif
