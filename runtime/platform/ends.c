/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names that linkers give to the ends of a program's parts: etext, edata, end
 * and their like, where the program mentions them and does not define them.
 *
 * A program's data consists of its modules' data, which lie apart. When code
 * asks for one of these names, all data is brought in, and the name gets the
 * first or the last address of it. Memory between two modules' data can be
 * read. Code lies before all of them, whenever it is compiled; an executor that
 * cannot hold to this (LLVM 19's) has no etext.
 */
#include "runtime/platform/ends.h"

#include <string.h>

#include "runtime/build/sections.h"

enum end {
  END_OF_CODE, /* before all constants and data */
  START_OF_DATA,
  END_OF_VALUES, /* the end of data that does not begin as zero, if there is
                    only one module */
  END_OF_DATA,
  END_COUNT
};

static const struct {
  const char *name;
  enum end end;
} names[] = {
    {"etext", END_OF_CODE},
    {"_etext", END_OF_CODE},
    {"__etext", END_OF_CODE},
    {"data_start", START_OF_DATA},
    {"__data_start", START_OF_DATA},
    {"edata", END_OF_VALUES},
    {"_edata", END_OF_VALUES},
    {"__bss_start", END_OF_VALUES},
    {"end", END_OF_DATA},
    {"_end", END_OF_DATA},
};

static const enum end *find_end(const char *name) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(names[i].name, name) == 0)
      return &names[i].end;
  return NULL;
}

static void lower_to(lzr_addr *bound, lzr_addr address) {
  if (!*bound || address < *bound)
    *bound = address;
}

static void raise_to(lzr_addr *bound, lzr_addr address) {
  if (*bound < address)
    *bound = address;
}

static void add_image(lzr_addr ends[END_COUNT], const struct lzr_image *image) {
  struct lzr_image_extent extent = lzr_image_get_extent(image);
  if (extent.constants)
    lower_to(&ends[END_OF_CODE], extent.constants);
  if (!extent.data)
    return;
  lower_to(&ends[END_OF_CODE], extent.data);
  lower_to(&ends[START_OF_DATA], extent.data);
  raise_to(&ends[END_OF_VALUES], extent.values_end);
  raise_to(&ends[END_OF_DATA], extent.data_end);
}

/* Under lock. Parts of sections that several modules have are in none of the
   images, so they are counted here. */
static void find_ends(const struct lzr_platform *platform,
                      const struct lzr_library *library,
                      lzr_addr ends[END_COUNT]) {
  const struct lzr_symbols *symbols = platform->symbols;
  lzr_addr start, end;
  for (size_t i = 0; i < symbols->input_count; i++)
    if (symbols->inputs[i]->library == library &&
        symbols->inputs[i]->data_image)
      add_image(ends, symbols->inputs[i]->data_image);
  if (lzr_sections_extent(platform->builder, library, &start, &end)) {
    lower_to(&ends[START_OF_DATA], start);
    raise_to(&ends[END_OF_VALUES], end);
    raise_to(&ends[END_OF_DATA], end);
  }
}

/* A program without any data has its ends where its first data would be. */
static lzr_addr choose_end(const struct lzr_platform *platform,
                           const struct lzr_library *library, enum end end) {
  lzr_addr ends[END_COUNT] = {0};
  pthread_mutex_lock(&platform->symbols->lock);
  find_ends(platform, library, ends);
  pthread_mutex_unlock(&platform->symbols->lock);
  return ends[end] ? ends[end] : platform->dso_handle->address[LZR_PROT_DATA];
}

/* Stubs are placed before any data, so they show where the target has code. */
static lzr_error *check_code(const struct lzr_library *library,
                             const char *name, lzr_addr etext) {
  const struct lzr_map *symbols = &library->symbols;
  lzr_error *error = NULL;
  pthread_mutex_lock(&library->all->lock);
  for (size_t i = 0; !error && i < symbols->capacity; i++) {
    const struct lzr_symbol *symbol = symbols->entries[i].value;
    if (symbol && symbol->has_stub && symbol->address >= etext)
      error = lzr_error_create(LZR_ERROR_UNSUPPORTED,
                               "cannot place '%s': this executor's memory has "
                               "code behind the program's data",
                               name);
  }
  pthread_mutex_unlock(&library->all->lock);
  return error;
}

static struct lzr_symbol *look_up(const struct lzr_library *library,
                                  const char *name) {
  pthread_mutex_lock(&library->all->lock);
  struct lzr_symbol *symbol = lzr_map_get(&library->symbols, name);
  pthread_mutex_unlock(&library->all->lock);
  return symbol;
}

/* Another thread may define the same name at the same time: then the second
   definition is refused, and the first one counts. */
lzr_error *lzr_ends_provide(void *data, struct lzr_asker *asker,
                            struct lzr_library *library, const char *name,
                            struct lzr_symbol **symbol) {
  const struct lzr_platform *platform = data;
  const enum end *end = find_end(name);
  lzr_error *error = end ? lzr_asker_need_all_data(asker, library) : NULL;
  if (!end || error || asker->needs.count)
    return error;
  lzr_addr address = choose_end(platform, library, *end);
  error = *end == END_OF_CODE ? check_code(library, name, address) : NULL;
  if (error)
    return error;
  error = lzr_library_enter_address(library, name, address);
  *symbol = look_up(library, name);
  if (!*symbol)
    return error;
  lzr_error_destroy(error);
  return NULL;
}
