/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>

struct search {
  const void *object;
  int found;
};

static void scan(struct search *search, const void *const *word,
                 const void *const *end) {
  for (; word < end; word++)
    search->found |= *word == search->object;
}

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_LOAD && header->p_flags & PF_W)
      scan(data, (const void *const *)start,
           (const void *const *)(start + header->p_memsz));
  }
  return 0;
}

/* Whether a variable points to object. */
int is_reachable(const void *object) {
  struct search search = {object, 0};
  dl_iterate_phdr(visit, &search);
  return search.found;
}
