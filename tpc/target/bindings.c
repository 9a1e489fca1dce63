/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/bindings.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/target/machine.h"

struct library {
  uintptr_t base;
  const ElfW(Sym) * symbols;
  const char *strings;
  const ElfW(Rela) * tables[2];
  size_t counts[2];
  uintptr_t relro, relro_end;
};

/* The dynamic linker has put addresses into most dynamic sections, but not into
   the read-only ones. */
static const void *at(const struct library *library, ElfW(Addr) pointer) {
  return (const void *)(pointer < library->base ? library->base + pointer
                                                : pointer);
}

static void read_dynamic(struct library *library, const ElfW(Dyn) * entry) {
  for (; entry->d_tag != DT_NULL; entry++)
    switch (entry->d_tag) {
    case DT_SYMTAB:
      library->symbols = at(library, entry->d_un.d_ptr);
      break;
    case DT_STRTAB:
      library->strings = at(library, entry->d_un.d_ptr);
      break;
    case DT_RELA:
      library->tables[0] = at(library, entry->d_un.d_ptr);
      break;
    case DT_RELASZ:
      library->counts[0] = entry->d_un.d_val / sizeof *library->tables[0];
      break;
    case DT_JMPREL:
      library->tables[1] = at(library, entry->d_un.d_ptr);
      break;
    case DT_PLTRELSZ:
      library->counts[1] = entry->d_un.d_val / sizeof *library->tables[1];
      break;
    default:
      break;
    }
}

static void read_headers(struct library *library,
                         const struct dl_phdr_info *info) {
  library->base = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    uintptr_t address = library->base + header->p_vaddr;

    if (header->p_type == PT_DYNAMIC)
      read_dynamic(library, (const ElfW(Dyn) *)address);
    if (header->p_type == PT_GNU_RELRO) {
      library->relro = address;
      library->relro_end = address + header->p_memsz;
    }
  }
}

/* False if the relocation is no binding of a word to a name. */
static bool read_binding(const struct library *library,
                         const ElfW(Rela) * reloc,
                         struct lzr_binding *binding) {
  unsigned type = ELF64_R_TYPE(reloc->r_info);
  const ElfW(Sym) *symbol = &library->symbols[ELF64_R_SYM(reloc->r_info)];
  uintptr_t word = library->base + reloc->r_offset;

  *binding = (struct lzr_binding){.name = library->strings + symbol->st_name,
                                  .word = (uintptr_t *)word,
                                  .in_data = type == lzr_machine_relocs.word,
                                  .of_own = symbol->st_shndx != SHN_UNDEF,
                                  .is_lazy = type == lzr_machine_relocs.plt,
                                  .is_guarded = word >= library->relro &&
                                                word < library->relro_end};
  return binding->in_data || binding->is_lazy || type == lzr_machine_relocs.got;
}

void lzr_bindings_visit(const struct dl_phdr_info *info,
                        void (*visit)(void *data,
                                      const struct lzr_binding *binding),
                        void *data) {
  struct library library = {0};
  struct lzr_binding binding;

  read_headers(&library, info);
  if (!library.symbols || !library.strings)
    return;
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; library.tables[i] && j < library.counts[i]; j++)
      if (read_binding(&library, &library.tables[i][j], &binding))
        visit(data, &binding);
}

void lzr_binding_store(const struct lzr_binding *binding, uintptr_t value) {
  uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  void *page = (void *)((uintptr_t)binding->word & ~(page_size - 1));

  if (binding->is_guarded &&
      mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0)
    return;
  __atomic_store_n(binding->word, value, __ATOMIC_RELEASE);
  if (binding->is_guarded)
    mprotect(page, page_size, PROT_READ);
}
