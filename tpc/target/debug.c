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

/* An entry of ours; others in this process may have theirs in the same list. */
struct shown_object {
  struct jit_code_entry entry; /* first: what debuggers see */
  struct shown_object *next, **link;
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

static struct shown_object *shown; /* newest first */
static uint64_t changes;

static void announce(uint32_t action, struct jit_code_entry *entry) {
  __jit_debug_descriptor.relevant_entry = entry;
  __jit_debug_descriptor.action_flag = action;
  __jit_debug_register_code();
  __jit_debug_descriptor.action_flag = JIT_NO_ACTION;
  __jit_debug_descriptor.relevant_entry = NULL;
}

static void link_entry(struct jit_code_entry *entry) {
  entry->next_entry = __jit_debug_descriptor.first_entry;
  if (entry->next_entry)
    entry->next_entry->prev_entry = entry;
  __jit_debug_descriptor.first_entry = entry;
  announce(JIT_REGISTER, entry);
}

static void unlink_entry(struct jit_code_entry *entry) {
  if (entry->prev_entry)
    entry->prev_entry->next_entry = entry->next_entry;
  else
    __jit_debug_descriptor.first_entry = entry->next_entry;
  if (entry->next_entry)
    entry->next_entry->prev_entry = entry->prev_entry;
  announce(JIT_UNREGISTER, entry);
}

lzr_error *lzr_debug_register(const void *object, uint64_t size, void **state) {
  struct shown_object *made;

  if (size < sizeof(Elf64_Ehdr) || memcmp(object, ELFMAG, SELFMAG) != 0)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "what a debugger is to see is not an ELF file");
  made = malloc(sizeof *made);
  if (!made)
    return lzr_out_of_memory();
  lzr_target_lock();
  *made = (struct shown_object){
      .entry = {.symfile_addr = object, .symfile_size = size},
      .next = shown,
      .link = &shown};
  if (shown)
    shown->link = &made->next;
  shown = made;
  changes++;
  link_entry(&made->entry);
  lzr_target_unlock();
  *state = made;
  return NULL;
}

void lzr_debug_deregister(void *state) {
  struct shown_object *object = state;

  lzr_target_lock();
  *object->link = object->next;
  if (object->next)
    object->next->link = object->link;
  changes++;
  unlink_entry(&object->entry);
  lzr_target_unlock();
  free(object);
}

void lzr_debug_visit(void (*visit)(void *data, const uint8_t *object,
                                   uint64_t size),
                     void *data) {
  for (const struct shown_object *object = shown; object; object = object->next)
    visit(data, object->entry.symfile_addr, object->entry.symfile_size);
}

uint64_t lzr_debug_changes(void) {
  return changes;
}
