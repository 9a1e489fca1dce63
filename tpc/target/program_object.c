/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/program_object.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/target/fork.h"
#include "tpc/target/program_file.h"

/* Tables become memory in such steps; a multiple of every page size. */
enum { TABLE_STEP = 64 << 10 };

/* Thread-local storage is given out in units. */
enum {
  TLS_UNIT = 16,
  TLS_WORD = 64, /* units that a word of tls_used counts */
  TLS_UNITS = LZR_PROGRAM_TLS_SIZE / TLS_UNIT,
  TLS_WORDS = TLS_UNITS / TLS_WORD
};

/* A table that grows in place. */
struct program_table {
  uint8_t *start;
  uint64_t used, opened; /* bytes */
};

struct lzr_program_object {
  struct lzr_program_layout layout;
  void *handle;
  struct link_map *map;
  char *loaded_path; /* the dynamic linker's; it frees it at the end */
  char *path;        /* owned; or NULL */
  uint8_t *base;
  Elf64_Phdr *headers;
  uint32_t *symbol_count, *buckets;
  struct program_table chains, symbols, strings;
  size_t tls_module;                       /* libc's number */
  uint64_t tls_used[TLS_WORDS];            /* a bit for each unit */
  struct lzr_program_object *next, **link; /* all objects, newest first; under
                                              the target's lock */
};

static struct lzr_program_object *objects;

static void link_object(struct lzr_program_object *object) {
  lzr_target_lock();
  object->next = objects;
  object->link = &objects;
  if (object->next)
    object->next->link = &object->next;
  objects = object;
  lzr_target_unlock();
}

static void unlink_object(struct lzr_program_object *object) {
  lzr_target_lock();
  *object->link = object->next;
  if (object->next)
    object->next->link = object->link;
  lzr_target_unlock();
}

/* ---- Loading ---- */

/* A descriptor of the file, or -1. A write beyond the limit of a file's size
   would raise a signal. */
static int make_file(const struct lzr_program_layout *layout) {
  struct rlimit limit;
  int file;

  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
      limit.rlim_cur < layout->dynamic + TABLE_STEP)
    return -1;
  file = memfd_create("lazyrun-program", MFD_CLOEXEC);
  if (file >= 0 && !lzr_program_file_write(layout, file)) {
    close(file);
    return -1;
  }
  return file;
}

static void *load(const struct lzr_program_layout *layout) {
  char path[LZR_PROGRAM_PATH];
  void *handle;
  int file = make_file(layout);

  if (file < 0)
    return NULL;
  lzr_program_file_spell(path, file);
  handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!handle)
    dlerror(); /* is not for the program to see */
  close(file);
  return handle;
}

static void find_parts(struct lzr_program_object *object, uint8_t *base) {
  const struct lzr_program_layout *layout = &object->layout;
  uint32_t *hash = (uint32_t *)(base + layout->hash);

  object->base = base;
  object->headers = (Elf64_Phdr *)(base + layout->headers);
  object->symbol_count = hash + 1;
  object->buckets = hash + 2;
  object->chains.start = base + layout->chains;
  object->symbols.start = base + layout->symbols;
  object->strings.start = base + layout->strings;
}

/* ---- Tables ---- */

/* Makes memory of the next size bytes of a table. */
static bool open_table(struct program_table *table, uint64_t size) {
  uint64_t wanted =
      (table->used + size + TABLE_STEP - 1) & ~(uint64_t)(TABLE_STEP - 1);
  uint8_t *start = table->start + table->opened;

  if (wanted <= table->opened)
    return true;
  if (mmap(start, wanted - table->opened, PROT_READ | PROT_WRITE,
           MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != (void *)start)
    return false;
  table->opened = wanted;
  return true;
}

/* Returns where the next size bytes lie, which are zero and from now on
   used. */
static void *take(struct program_table *table, uint64_t size) {
  void *start = table->start + table->used;

  table->used += size;
  return start;
}

static bool open_tables(struct lzr_program_object *object, size_t name_size) {
  return open_table(&object->chains, sizeof(uint32_t)) &&
         open_table(&object->symbols, sizeof(Elf64_Sym)) &&
         open_table(&object->strings, name_size);
}

/* Symbol 0 and string 0 are no name's. */
static bool take_null(struct lzr_program_object *object) {
  if (!open_tables(object, 1))
    return false;
  take(&object->chains, sizeof(uint32_t));
  take(&object->symbols, sizeof(Elf64_Sym));
  take(&object->strings, 1);
  return true;
}

/* Collectors need not look at the tables. */
static bool prepare(struct lzr_program_object *object) {
  if (dlinfo(object->handle, RTLD_DI_LINKMAP, &object->map) != 0)
    return false;
  find_parts(object, (uint8_t *)object->map->l_addr);
  if (mprotect(object->base, (size_t)sysconf(_SC_PAGESIZE),
               PROT_READ | PROT_WRITE) != 0)
    return false;
  object->headers[LZR_PROGRAM_DYNAMIC].p_flags = PF_R;
  if (dlinfo(object->handle, RTLD_DI_TLS_MODID, &object->tls_module) != 0)
    object->tls_module = 0;
  return take_null(object);
}

struct lzr_program_object *lzr_program_object_load(uint64_t window_size,
                                                   uint32_t symbol_limit) {
  struct lzr_program_object *object = calloc(1, sizeof *object);

  if (!object)
    return NULL;
  lzr_program_layout_init(&object->layout, window_size, symbol_limit);
  object->handle = load(&object->layout);
  if (object->handle && prepare(object)) {
    link_object(object);
    return object;
  }
  if (object->handle)
    dlclose(object->handle);
  free(object);
  return NULL;
}

uint8_t *lzr_program_object_window(const struct lzr_program_object *object) {
  return object->base + object->layout.window;
}

/* The dynamic linker keeps an object, without its names, if this process's
   program has asked for one of them. */
void lzr_program_object_unload(struct lzr_program_object *object) {
  unlink_object(object);
  memset(object->buckets, 0, LZR_PROGRAM_BUCKETS * sizeof *object->buckets);
  *object->symbol_count = 1;
  for (int prot = LZR_PROT_DATA; prot < LZR_PROT_COUNT; prot++)
    lzr_program_object_set_data(object, (lzr_prot)prot, object->base, 0);
  mmap(lzr_program_object_window(object), object->layout.window_size, PROT_NONE,
       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (object->path)
    object->map->l_name = object->loaded_path;
  dlclose(object->handle);
  free(object->path);
  free(object);
}

/* ---- The file's name ---- */

/* Who reads the old name meanwhile may go on doing so. */
void lzr_program_object_set_path(struct lzr_program_object *object,
                                 const char *path) {
  if (object->path || !(object->path = strdup(path)))
    return;
  object->loaded_path = object->map->l_name;
  __atomic_store_n(&object->map->l_name, object->path, __ATOMIC_RELEASE);
}

/* ---- Names ---- */

/* The System V ABI's. */
static uint32_t hash_name(const char *name) {
  uint32_t hash = 0;

  for (; *name; name++) {
    hash = (hash << 4) + (unsigned char)*name;
    hash ^= hash >> 24 & 0xf0;
    hash &= 0x0fffffff;
  }
  return hash;
}

static void *find(const struct lzr_program_object *object, const char *name,
                  uint32_t hash) {
  const Elf64_Sym *symbols = (const Elf64_Sym *)object->symbols.start;
  const uint32_t *chains = (const uint32_t *)object->chains.start;
  const char *strings = (const char *)object->strings.start;

  for (uint32_t i = object->buckets[hash % LZR_PROGRAM_BUCKETS]; i;
       i = chains[i])
    if (strcmp(strings + symbols[i].st_name, name) == 0)
      return object->base + symbols[i].st_value;
  return NULL;
}

void *lzr_program_find(const char *name) {
  uint32_t hash = hash_name(name);
  void *address = NULL;

  lzr_target_lock();
  for (struct lzr_program_object *object = objects; object && !address;
       object = object->next)
    address = find(object, name, hash);
  lzr_target_unlock();
  return address;
}

static lzr_error *make_room(struct lzr_program_object *object,
                            size_t name_size) {
  const struct lzr_program_layout *layout = &object->layout;

  if (*object->symbol_count >= layout->symbol_limit ||
      name_size > layout->string_limit - object->strings.used)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "the program has more names than shared libraries "
                            "can be shown (%u)",
                            layout->symbol_limit);
  return open_tables(object, name_size) ? NULL : lzr_out_of_memory();
}

/* The section index says that the symbol is defined; it is not SHN_ABS, because
   dladdr does not look at absolute symbols. */
lzr_error *lzr_program_object_add(struct lzr_program_object *object,
                                  const struct lzr_shown_name *name) {
  uint32_t *bucket =
      &object->buckets[hash_name(name->name) % LZR_PROGRAM_BUCKETS];
  uint32_t index = *object->symbol_count;
  size_t size = strlen(name->name) + 1;
  lzr_error *error = make_room(object, size);
  char *string;

  if (error)
    return error;
  string = memcpy(take(&object->strings, size), name->name, size);
  *(Elf64_Sym *)take(&object->symbols, sizeof(Elf64_Sym)) =
      (Elf64_Sym){.st_name = (uint32_t)(string - (char *)object->strings.start),
                  .st_info = ELF64_ST_INFO(
                      STB_GLOBAL, name->is_function ? STT_FUNC : STT_OBJECT),
                  .st_shndx = 1,
                  .st_value = name->address - (uintptr_t)object->base,
                  .st_size = name->size};
  *(uint32_t *)take(&object->chains, sizeof(uint32_t)) = *bucket;
  __atomic_store_n(bucket, index, __ATOMIC_RELEASE);
  __atomic_store_n(object->symbol_count, index + 1, __ATOMIC_RELEASE);
  return NULL;
}

/* ---- Thread-local storage ---- */

struct lzr_program_object *lzr_program_object_at(const void *address) {
  for (struct lzr_program_object *object = objects; object;
       object = object->next) {
    uint64_t offset = (uint64_t)((uintptr_t)address -
                                 (uintptr_t)lzr_program_object_window(object));

    if (offset < object->layout.window_size)
      return object;
  }
  return NULL;
}

/* A segment without content that nobody may touch at first. */
static bool is_reserved(const ElfW(Phdr) * header) {
  return header->p_type == PT_LOAD && header->p_flags == 0 &&
         header->p_filesz == 0;
}

/* No other file has headers like these. */
bool lzr_program_object_is(const struct dl_phdr_info *info) {
  return info->dlpi_phnum == LZR_PROGRAM_HEADERS &&
         is_reserved(&info->dlpi_phdr[LZR_PROGRAM_TABLES]) &&
         is_reserved(&info->dlpi_phdr[LZR_PROGRAM_WINDOW]);
}

static bool is_used(const struct lzr_program_object *object, uint64_t unit) {
  return object->tls_used[unit / TLS_WORD] >> unit % TLS_WORD & 1;
}

/* How many of up to count units from the first are free. */
static uint64_t count_free(const struct lzr_program_object *object,
                           uint64_t first, uint64_t count) {
  uint64_t free_count = 0;

  while (free_count < count && !is_used(object, first + free_count))
    free_count++;
  return free_count;
}

static void mark(struct lzr_program_object *object, uint64_t first,
                 uint64_t count, bool used) {
  for (uint64_t unit = first; unit < first + count; unit++) {
    uint64_t bit = UINT64_C(1) << unit % TLS_WORD;

    if (used)
      object->tls_used[unit / TLS_WORD] |= bit;
    else
      object->tls_used[unit / TLS_WORD] &= ~bit;
  }
}

static uint64_t units_of(uint64_t size) {
  return (size + TLS_UNIT - 1) / TLS_UNIT;
}

struct lzr_program_place
lzr_program_object_take_tls(struct lzr_program_object *object, uint64_t size,
                            uint64_t align) {
  struct lzr_program_place place = {0};
  uint64_t step = align > TLS_UNIT ? align / TLS_UNIT : 1;
  uint64_t count = units_of(size);

  if (object->tls_module == 0 || size == 0 || size > LZR_PROGRAM_TLS_SIZE ||
      align > LZR_PROGRAM_TLS_ALIGN)
    return place;
  for (uint64_t first = 0; first + count <= TLS_UNITS; first += step)
    if (count_free(object, first, count) == count) {
      mark(object, first, count, true);
      place.module = object->tls_module;
      place.offset = first * TLS_UNIT;
      place.size = size;
      break;
    }
  return place;
}

void lzr_program_object_return_tls(struct lzr_program_place place) {
  for (struct lzr_program_object *object = objects; place.module && object;
       object = object->next)
    if (object->tls_module == place.module)
      mark(object, place.offset / TLS_UNIT, units_of(place.size), false);
}

/* ---- Data ---- */

void lzr_program_object_set_data(struct lzr_program_object *object,
                                 lzr_prot prot, const uint8_t *start,
                                 uint64_t size) {
  Elf64_Phdr *header =
      &object->headers[LZR_PROGRAM_DATA + (prot - LZR_PROT_DATA)];

  header->p_flags = PF_R | PF_W;
  header->p_vaddr = header->p_paddr = (uintptr_t)(start - object->base);
  header->p_align = (uint64_t)sysconf(_SC_PAGESIZE);
  __atomic_store_n(&header->p_memsz, size, __ATOMIC_RELEASE);
  __atomic_store_n(&header->p_type, size ? PT_LOAD : PT_NULL, __ATOMIC_RELEASE);
}
