/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/debug.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/target/fork.h"

/* GDB's JIT interface sets these names and layouts. */
enum { JIT_NO_ACTION, JIT_REGISTER, JIT_UNREGISTER };

struct jit_code_entry {
  struct jit_code_entry *next_entry, *prev_entry;
  const void *symfile_addr;
  uint64_t symfile_size;
};

struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;
  struct jit_code_entry *relevant_entry;
  struct jit_code_entry *first_entry;
};

/* Weak, because a program that contains LLVM has these symbols already, and a
   debugger looks at one of each only. The target's lock guards them. */
extern struct jit_descriptor __jit_debug_descriptor;
__attribute__((weak, visibility("default"))) struct jit_descriptor
    __jit_debug_descriptor = {.version = 1};

void __jit_debug_register_code(void);
__attribute__((weak, noinline, visibility("default"))) void
__jit_debug_register_code(void) {
  __asm__ volatile("" ::: "memory"); /* the debugger sets a breakpoint here */
}

static void announce(uint32_t action, struct jit_code_entry *entry) {
  __jit_debug_descriptor.relevant_entry = entry;
  __jit_debug_descriptor.action_flag = action;
  __jit_debug_register_code();
  __jit_debug_descriptor.action_flag = JIT_NO_ACTION;
  __jit_debug_descriptor.relevant_entry = NULL;
}

lzr_error *lzr_debug_register(const void *object, uint64_t size, void **state) {
  struct jit_code_entry *entry;

  if (size < sizeof(Elf64_Ehdr) || memcmp(object, ELFMAG, SELFMAG) != 0)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "what a debugger is to see is not an ELF file");
  entry = malloc(sizeof *entry);
  if (!entry)
    return lzr_out_of_memory();
  lzr_target_lock();
  *entry = (struct jit_code_entry){
      .next_entry = __jit_debug_descriptor.first_entry,
      .symfile_addr = object,
      .symfile_size = size,
  };
  if (entry->next_entry)
    entry->next_entry->prev_entry = entry;
  __jit_debug_descriptor.first_entry = entry;
  announce(JIT_REGISTER, entry);
  lzr_target_unlock();
  *state = entry;
  return NULL;
}

void lzr_debug_deregister(void *state) {
  struct jit_code_entry *entry = state;

  lzr_target_lock();
  if (entry->prev_entry)
    entry->prev_entry->next_entry = entry->next_entry;
  else
    __jit_debug_descriptor.first_entry = entry->next_entry;
  if (entry->next_entry)
    entry->next_entry->prev_entry = entry->prev_entry;
  announce(JIT_UNREGISTER, entry);
  lzr_target_unlock();
  free(entry);
}
