/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* GDB's JIT interface, looked at as a debugger would. */
#include <elf.h>

#include "tests/tpc_support.h"

TestSuite(tpc_debug, .init = open_tpc, .fini = close_tpc);

struct jit_code_entry {
  struct jit_code_entry *next, *previous;
  const void *file;
  uint64_t size;
};

extern struct {
  uint32_t version, action;
  struct jit_code_entry *relevant, *first;
} __jit_debug_descriptor;

static unsigned count_entries(lzr_addr file, uint64_t size) {
  const struct jit_code_entry *entry = __jit_debug_descriptor.first;
  const struct jit_code_entry *previous = NULL;
  unsigned count = 0;

  for (; entry; previous = entry, entry = entry->next) {
    cr_assert_eq(entry->previous, previous);
    count += (uintptr_t)entry->file == file && entry->size == size;
  }
  return count;
}

static lzr_allocation *show(const void *header, uint64_t size,
                            lzr_error **error) {
  lzr_allocation *allocation = reserve(0, 0, sizeof(Elf64_Ehdr));
  struct lzr_segment segment = {allocation->address[LZR_PROT_DATA], header,
                                size, 0};
  struct lzr_action action = {LZR_ACTION_DEBUG_OBJECT, segment.address, size};
  struct lzr_commit commit = {&segment, 1, &action, 1, NULL, 0, NULL};

  *error = lzr_tpc_commit(tpc, allocation, &commit);
  return allocation;
}

Test(tpc_debug, shows_objects_until_they_are_released) {
  Elf64_Ehdr header = {.e_ident = ELFMAG};
  lzr_allocation *shown[3];
  lzr_error *error;

  for (int i = 0; i < 3; i++) {
    shown[i] = show(&header, sizeof header, &error);
    expect_fine(error);
    cr_expect_eq(count_entries(shown[i]->address[LZR_PROT_DATA], sizeof header),
                 1);
  }
  for (int i = 1; i < 4; i++) { /* from the middle, the front and the back */
    lzr_addr file = shown[i % 3]->address[LZR_PROT_DATA];

    lzr_tpc_release(tpc, shown[i % 3]);
    cr_expect_eq(count_entries(file, sizeof header), 0);
  }
  cr_expect_eq(__jit_debug_descriptor.version, 1);
}

Test(tpc_debug, refuses_what_is_not_an_elf_file) {
  Elf64_Ehdr header = {.e_ident = ELFMAG};
  lzr_error *error;

  show(&header, sizeof header - 1, &error);
  expect_error(error, LZR_ERROR_FORMAT, "not an ELF file");
  header.e_ident[1] = 'e';
  show(&header, sizeof header, &error);
  expect_error(error, LZR_ERROR_FORMAT, "not an ELF file");
}
