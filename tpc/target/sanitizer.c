/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/sanitizer.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/target/bindings.h"
#include "tpc/target/debug.h"
#include "tpc/target/fork.h"
#include "tpc/target/program_file.h"
#include "tpc/target/program_object.h"

/* ---- What debuggers have been shown ---- */

/* A file and its section headers, which lie inside it. */
struct shown_file {
  const uint8_t *bytes;
  uint64_t size;
  Elf64_Half type;
  const Elf64_Shdr *sections;
  uint64_t section_count;
};

/* The bytes of count records at offset, or NULL if they are not all inside. */
static const void *part_of(const struct shown_file *file, uint64_t offset,
                           uint64_t count, uint64_t record_size) {
  const uint8_t *part = file->bytes + offset;

  return offset <= file->size && count <= (file->size - offset) / record_size &&
                 (uintptr_t)part % _Alignof(Elf64_Word) == 0
             ? part
             : NULL;
}

static bool open_file(struct shown_file *file, const uint8_t *bytes,
                      uint64_t size) {
  Elf64_Ehdr header;

  memcpy(&header, bytes, sizeof header);
  *file =
      (struct shown_file){.bytes = bytes, .size = size, .type = header.e_type};
  file->section_count = header.e_shnum;
  file->sections =
      part_of(file, header.e_shoff, header.e_shnum, sizeof(Elf64_Shdr));
  return file->sections;
}

typedef void function_visitor(void *data, const char *name, uint64_t address,
                              uint64_t size);

/* Sections of a relocatable file have addresses; its symbols begin at theirs.
 */
static void visit_symbol(const struct shown_file *file,
                         const Elf64_Shdr *strings, const Elf64_Sym *symbol,
                         function_visitor *visit, void *data) {
  const char *names = part_of(file, strings->sh_offset, strings->sh_size, 1);
  uint64_t address = symbol->st_value;

  if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC ||
      symbol->st_shndx == SHN_UNDEF ||
      symbol->st_shndx >= file->section_count || !names ||
      symbol->st_name >= strings->sh_size ||
      !memchr(names + symbol->st_name, 0, strings->sh_size - symbol->st_name))
    return;
  if (file->type == ET_REL)
    address += file->sections[symbol->st_shndx].sh_addr;
  visit(data, names + symbol->st_name, address, symbol->st_size);
}

static void visit_functions(const struct shown_file *file,
                            function_visitor *visit, void *data) {
  for (uint64_t i = 0; i < file->section_count; i++) {
    const Elf64_Shdr *table = &file->sections[i];
    uint64_t count = table->sh_size / sizeof(Elf64_Sym);
    const Elf64_Sym *symbols;

    if (table->sh_type != SHT_SYMTAB || table->sh_link >= file->section_count)
      continue;
    symbols = part_of(file, table->sh_offset, count, sizeof *symbols);
    for (uint64_t k = 0; symbols && k < count; k++)
      visit_symbol(file, &file->sections[table->sh_link], &symbols[k], visit,
                   data);
  }
}

/* ---- The file that the sanitizer reads ---- */

enum { TEXT = 1, SYMBOLS, STRINGS, SECTIONS };

/* Nothing here allocates: a report may be about the allocator. */
struct names_file {
  uint64_t count, name_bytes; /* while they are counted */
  uint8_t *file;              /* mapped; NULL while they are counted */
  Elf64_Sym *symbols;
  char *strings;
  uint64_t lowest, highest; /* addresses of code */
};

static void add_function(void *data, const char *name, uint64_t address,
                         uint64_t size) {
  struct names_file *names = data;
  size_t length = strlen(name) + 1;

  if (names->file) {
    names->symbols[names->count] =
        (Elf64_Sym){.st_name = (Elf64_Word)names->name_bytes,
                    .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                    .st_shndx = TEXT,
                    .st_value = address,
                    .st_size = size};
    memcpy(names->strings + names->name_bytes, name, length);
    if (address < names->lowest)
      names->lowest = address;
    if (address + size > names->highest)
      names->highest = address + size;
  }
  names->count++;
  names->name_bytes += length;
}

static void add_object(void *data, const uint8_t *bytes, uint64_t size) {
  struct shown_file file;

  if (open_file(&file, bytes, size))
    visit_functions(&file, add_function, data);
}

/* The first symbol and the first string are none. */
static void collect(struct names_file *names) {
  names->count = 1;
  names->name_bytes = 1;
  names->lowest = UINT64_MAX;
  names->highest = 0;
  lzr_debug_visit(add_object, names);
}

static void write_headers(const struct names_file *names, uint64_t symbols_at,
                          uint64_t strings_at, uint64_t size) {
  Elf64_Ehdr *header = (Elf64_Ehdr *)names->file;
  Elf64_Shdr *sections = (Elf64_Shdr *)(header + 1);

  *header = (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                                     ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                         .e_type = ET_EXEC,
                         .e_machine = LZR_PROGRAM_MACHINE,
                         .e_version = EV_CURRENT,
                         .e_shoff = sizeof *header,
                         .e_ehsize = sizeof *header,
                         .e_shentsize = sizeof *sections,
                         .e_shnum = SECTIONS};
  sections[TEXT] = (Elf64_Shdr){.sh_type = SHT_NOBITS,
                                .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                                .sh_addr = names->lowest,
                                .sh_size = names->highest - names->lowest,
                                .sh_addralign = 1};
  sections[SYMBOLS] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                   .sh_offset = symbols_at,
                                   .sh_size = strings_at - symbols_at,
                                   .sh_link = STRINGS,
                                   .sh_info = 1,
                                   .sh_addralign = sizeof(uint64_t),
                                   .sh_entsize = sizeof(Elf64_Sym)};
  sections[STRINGS] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                   .sh_offset = strings_at,
                                   .sh_size = size - strings_at,
                                   .sh_addralign = 1};
}

/* Under the target's lock, so that both walks see the same. */
static bool write_names(int file) {
  struct names_file names = {0};
  uint64_t symbols_at = sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr);
  uint64_t strings_at, size;

  collect(&names);
  strings_at = symbols_at + names.count * sizeof(Elf64_Sym);
  size = strings_at + names.name_bytes;
  if (names.count == 1 || ftruncate(file, (off_t)size) != 0)
    return false;
  names.file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (names.file == MAP_FAILED)
    return false;
  names.symbols = (Elf64_Sym *)(names.file + symbols_at);
  names.strings = (char *)names.file + strings_at;
  collect(&names);
  write_headers(&names, symbols_at, strings_at, size);
  munmap(names.file, size);
  return true;
}

/* The newest file, under the target's lock: it stays open, because others read
   it by its path. */
static struct {
  int file;
  pid_t owner; /* a fork's child makes one of its own */
  uint64_t changes;
  char path[LZR_PROGRAM_PATH];
} newest = {.file = -1};

static bool is_current(void) {
  return newest.file >= 0 && newest.owner == getpid() &&
         newest.changes == lzr_debug_changes();
}

static void renew(void) {
  if (newest.file >= 0)
    close(newest.file);
  newest.path[0] = '\0';
  newest.owner = getpid();
  newest.changes = lzr_debug_changes();
  newest.file = memfd_create("lazyrun-names", MFD_CLOEXEC);
  if (newest.file >= 0 && write_names(newest.file))
    lzr_program_file_spell(newest.path, newest.file);
}

/* "" if there is none. */
static void find_names(char path[LZR_PROGRAM_PATH]) {
  path[0] = '\0';
  if (!lzr_target_try_lock())
    return;
  if (!is_current())
    renew();
  memcpy(path, newest.path, LZR_PROGRAM_PATH);
  lzr_target_unlock();
}

/* ---- What the sanitizer calls ---- */

typedef int library_visitor(struct dl_phdr_info *info, size_t size, void *data);

struct iteration {
  library_visitor *visit;
  void *data;
  char path[LZR_PROGRAM_PATH];
};

/* The file has addresses, not distances from where an object begins. */
static int visit_program(struct dl_phdr_info info, size_t size,
                         const struct iteration *iteration) {
  ElfW(Phdr) headers[LZR_PROGRAM_HEADERS];

  memcpy(headers, info.dlpi_phdr, sizeof headers);
  for (int i = 0; i < LZR_PROGRAM_HEADERS; i++)
    headers[i].p_vaddr += info.dlpi_addr;
  info.dlpi_addr = 0;
  info.dlpi_phdr = headers;
  info.dlpi_name = iteration->path;
  return iteration->visit(&info, size, iteration->data);
}

static int visit_library(struct dl_phdr_info *info, size_t size, void *data) {
  const struct iteration *iteration = data;

  return iteration->path[0] && lzr_program_object_is(info)
             ? visit_program(*info, size, iteration)
             : iteration->visit(info, size, iteration->data);
}

static int iterate(library_visitor *visit, void *data) {
  struct iteration iteration = {visit, data, ""};

  find_names(iteration.path);
  return dl_iterate_phdr(visit_library, &iteration);
}

/* ---- Finding it ---- */

static void bind(void *data, const struct lzr_binding *binding) {
  (void)data;
  if (!binding->in_data && strcmp(binding->name, "dl_iterate_phdr") == 0)
    lzr_binding_store(binding, (uintptr_t)iterate);
}

/* The first entry is this program itself, which calls dl_iterate_phdr too. */
struct runtime_search {
  uintptr_t base;
  bool is_first;
};

static int visit_runtime(struct dl_phdr_info *info, size_t size, void *data) {
  struct runtime_search *search = data;

  (void)size;
  if (!search->is_first && info->dlpi_addr == search->base)
    lzr_bindings_visit(info, bind, NULL);
  search->is_first = false;
  return 0;
}

static void attend(void) {
  void *function = dlsym(RTLD_DEFAULT, "__asan_report_error");
  struct runtime_search search = {.is_first = true};
  Dl_info info;

  if (!function || !dladdr(function, &info))
    return;
  search.base = (uintptr_t)info.dli_fbase;
  dl_iterate_phdr(visit_runtime, &search);
}

void lzr_sanitizer_attend(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, attend);
}
