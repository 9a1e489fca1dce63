#include "tpc/target/interpose.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stubs/self.h"
#include "tpc/wire/own_thread.h"

typedef uintptr_t function_of_words(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

struct interposed {
  const char *name;
  function_of_words *shim;
  _Atomic(function_of_words *) theirs; /* the program's */
  _Atomic(function_of_words *) ours;   /* what it was before, or NULL */
};

/* ---- Shims ----------------------------------------------------------------
 */

static struct interposed table[];

static function_of_words *choose(const struct interposed *interposed) {
  return atomic_load_explicit(lzr_own_thread ? &interposed->ours
                                             : &interposed->theirs,
                              memory_order_acquire);
}

/* operator new and delete, malloc and its family: 30 names. The numbers are
   octal. */
#define EIGHT_SHIMS(X, row)                                                    \
  X(row##0)                                                                    \
  X(row##1) X(row##2) X(row##3) X(row##4) X(row##5) X(row##6) X(row##7)
#define SHIMS(X)                                                               \
  EIGHT_SHIMS(X, 0) EIGHT_SHIMS(X, 01) EIGHT_SHIMS(X, 02) EIGHT_SHIMS(X, 03)

#define DEFINE_SHIM(number)                                                    \
  static uintptr_t shim_##number(uintptr_t a, uintptr_t b, uintptr_t c,        \
                                 uintptr_t d) {                                \
    return choose(&table[number])(a, b, c, d);                                 \
  }
#define TABLE_ENTRY(number) {.shim = shim_##number},

SHIMS(DEFINE_SHIM)
static struct interposed table[] = {SHIMS(TABLE_ENTRY)};
enum { TABLE_SIZE = sizeof table / sizeof table[0] };

static _Atomic size_t count; /* stored after the entry it covers */

/* ---- Libraries ------------------------------------------------------------
 */

static size_t libraries_of_ours;

static int count_library(struct dl_phdr_info *info, size_t size, void *data) {
  (void)info, (void)size, (void)data;
  libraries_of_ours++;
  return 0;
}

/* What is there before anything is loaded for a program is what this process
   needs itself. */
__attribute__((constructor)) static void count_libraries(void) {
  dl_iterate_phdr(count_library, NULL);
}

struct library {
  uintptr_t base;
  bool is_ours; /* as well as the program's */
  const ElfW(Sym) * symbols;
  const char *strings;
  const ElfW(Rela) * tables[2];
  size_t counts[2];
  uintptr_t relro, relro_end;
};

/* The dynamic linker has put addresses into most dynamic sections, but not into
   those it cannot write. */
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

/* ---- Their words ----------------------------------------------------------
 */

static void store(const struct library *library, uintptr_t *word,
                  uintptr_t value) {
  uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  void *page = (void *)((uintptr_t)word & ~(page_size - 1));
  bool is_protected =
      (uintptr_t)word >= library->relro && (uintptr_t)word < library->relro_end;

  if (is_protected && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0)
    return;
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
  if (is_protected)
    mprotect(page, page_size, PROT_READ);
}

static const struct interposed *find(const char *name) {
  for (size_t i = atomic_load(&count); i-- > 0;)
    if (strcmp(table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

/* A word in a library's data is the library's to change: only what the dynamic
   linker put there is replaced. */
static void rebind(const struct library *library, const ElfW(Rela) * reloc) {
  unsigned type = ELF64_R_TYPE(reloc->r_info);
  const ElfW(Sym) *symbol = &library->symbols[ELF64_R_SYM(reloc->r_info)];
  uintptr_t *word = (uintptr_t *)(library->base + reloc->r_offset);
  const struct interposed *interposed;
  function_of_words *function;

  if (type != lzr_self_relocs.word && type != lzr_self_relocs.got &&
      type != lzr_self_relocs.plt)
    return;
  interposed = find(library->strings + symbol->st_name);
  if (!interposed ||
      (type == lzr_self_relocs.word && *word != (uintptr_t)interposed->ours))
    return;
  function = library->is_ours ? interposed->shim : interposed->theirs;
  if (*word != (uintptr_t)function)
    store(library, word, (uintptr_t)function);
}

/* The unwinder frees what it allocated, on whichever thread, when a unit goes.
   The first in the list is this program itself. */
static bool is_left_alone(const struct dl_phdr_info *info, size_t index) {
  return index == 0 || strstr(info->dlpi_name, "/libgcc_s.so");
}

static int rebind_library(struct dl_phdr_info *info, size_t size, void *data) {
  size_t *index = data;
  struct library library = {.is_ours = *index < libraries_of_ours};

  (void)size;
  if (is_left_alone(info, (*index)++))
    return 0;
  read_headers(&library, info);
  if (!library.symbols || !library.strings)
    return 0;
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; library.tables[i] && j < library.counts[i]; j++)
      rebind(&library, &library.tables[i][j]);
  return 0;
}

/* Its lock is the dynamic linker's. */
static void rebind_all(void) {
  size_t index = 0;
  dl_iterate_phdr(rebind_library, &index);
}

/* ---- For the program ------------------------------------------------------
 */

int32_t lzr_interpose(const char *name, void *function) {
  size_t at_end = atomic_load(&count), size = strlen(name) + 1;
  char *copy = at_end < TABLE_SIZE ? malloc(size) : NULL;

  if (!copy)
    return 0;
  table[at_end].name = memcpy(copy, name, size);
  atomic_store(&table[at_end].theirs, (function_of_words *)function);
  atomic_store(&table[at_end].ours,
               (function_of_words *)dlsym(RTLD_DEFAULT, name));
  atomic_store(&count, at_end + 1);
  rebind_all();
  return 1;
}

void *lzr_program_dlopen(const char *file, int mode) {
  void *handle = dlopen(file, mode);

  if (handle && atomic_load(&count) > 0)
    rebind_all();
  return handle;
}

/* Not a jump: who asks is told by the return address. */
void *lzr_program_dlsym(void *handle, const char *name) {
  void *volatile address = dlsym(handle, name);

  return address;
}
