/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The names that an image defines. They are copied, because the exports outlive
 * the object.
 */
#include "runtime/link/image.h"
#include "tpc/base/memory.h"

static bool is_exported(const struct lzr_object *object,
                        const struct lzr_object_symbol *symbol) {
  if (!*symbol->name || symbol->type == STT_SECTION || symbol->type == STT_FILE)
    return false;
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  if (section)
    return section->flags & SHF_ALLOC;
  return symbol->place == LZR_PLACE_ABSOLUTE ||
         symbol->place == LZR_PLACE_COMMON;
}

static enum lzr_symbol_kind
export_kind(const struct lzr_object *object,
            const struct lzr_object_symbol *symbol) {
  if (lzr_object_symbol_is_tls(object, symbol))
    return LZR_SYMBOL_TLS;
  switch (symbol->type) {
  case STT_FUNC:
    return LZR_SYMBOL_FUNCTION;
  case STT_OBJECT:
  case STT_COMMON:
    return LZR_SYMBOL_DATA;
  case STT_GNU_IFUNC:
    return LZR_SYMBOL_IFUNC;
  default:
    return symbol->place == LZR_PLACE_COMMON ? LZR_SYMBOL_DATA
                                             : LZR_SYMBOL_UNTYPED;
  }
}

/* A hash table of names, with open addressing, at most half full. */

/* FNV-1a. */
static uint64_t hash_name(const char *name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *name; name++)
    hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return hash ^ hash >> 32;
}

/* The bucket of this name, or the free one where it belongs. */
static uint32_t *find_bucket(const struct lzr_image *image, const char *name) {
  size_t at = hash_name(name) & (image->bucket_count - 1);
  while (image->buckets[at] &&
         strcmp(image->exports[image->buckets[at] - 1].symbol.name, name) != 0)
    at = (at + 1) & (image->bucket_count - 1);
  return &image->buckets[at];
}

/* A global definition takes the place of a local one of the same name. */
static lzr_error *add_to_buckets(struct lzr_image *image, uint32_t index) {
  const char *name = image->exports[index].symbol.name;
  uint32_t *bucket = find_bucket(image, name);
  if (!*bucket || image->exports[*bucket - 1].symbol.local) {
    *bucket = index + 1;
    return NULL;
  }
  return image->exports[index].symbol.local
             ? NULL
             : lzr_error_create(LZR_ERROR_SYMBOL, "defines '%s' twice", name);
}

static lzr_error *hash_exports(struct lzr_image *image) {
  image->bucket_count = 2;
  while (image->bucket_count < image->export_count * 2)
    image->bucket_count *= 2;
  image->buckets = lzr_arena_alloc(&image->arena, image->bucket_count,
                                   sizeof *image->buckets);
  if (!image->buckets)
    return lzr_out_of_memory();
  for (size_t i = 0; i < image->export_count; i++) {
    lzr_error *error = add_to_buckets(image, (uint32_t)i);
    if (error)
      return error;
  }
  return NULL;
}

/* The list. */

static void fill_export(const struct lzr_object *object, uint32_t index,
                        char *name, struct lzr_export *export) {
  const struct lzr_object_symbol *symbol = &object->symbols[index];
  *export =
      (struct lzr_export){.index = index,
                          .symbol = {
                              .name = name,
                              .kind = export_kind(object, symbol),
                              .weak = symbol->binding == STB_WEAK ||
                                      symbol->binding == STB_GNU_UNIQUE ||
                                      symbol->place == LZR_PLACE_COMMON,
                              .hidden = symbol->visibility == STV_HIDDEN ||
                                        symbol->visibility == STV_INTERNAL,
                              .local = !lzr_object_symbol_is_global(symbol),
                              .size = symbol->size,
                          }};
}

static lzr_error *fill_exports(struct lzr_image *image, char *names) {
  const struct lzr_object *object = image->object;
  size_t count = 0;
  for (uint32_t i = 1; i < object->symbol_count; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (!is_exported(object, symbol))
      continue;
    size_t size = strlen(symbol->name) + 1;
    memcpy(names, symbol->name, size);
    fill_export(object, i, names, &image->exports[count++]);
    names += size;
  }
  lzr_start_stop_list(object, image->exports + count, names);
  return hash_exports(image);
}

lzr_error *lzr_image_list_exports(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  size_t names_size = 0;
  for (uint32_t i = 1; i < object->symbol_count; i++) {
    if (!is_exported(object, &object->symbols[i]))
      continue;
    image->export_count++;
    names_size += strlen(object->symbols[i].name) + 1;
  }
  if (!lzr_start_stop_measure(object, &image->export_count, &names_size))
    return lzr_out_of_memory();
  image->exports = lzr_arena_alloc(&image->arena, image->export_count,
                                   sizeof *image->exports);
  char *names = lzr_arena_alloc(&image->arena, names_size, 1);
  return image->exports && names ? fill_exports(image, names)
                                 : lzr_out_of_memory();
}

void lzr_image_address_exports(struct lzr_image *image) {
  for (size_t i = 0; i < image->export_count; i++) {
    struct lzr_export *export = &image->exports[i];
    const struct lzr_object_symbol *symbol =
        &image->object->symbols[export->index];
    export->symbol.address = export->section
                                 ? lzr_start_stop_address(image->object, export)
                                 : lzr_image_own_address(image, symbol);
  }
}

size_t lzr_image_symbol_count(const lzr_image *image) {
  return image->export_count;
}

struct lzr_image_symbol lzr_image_get_symbol(const lzr_image *image,
                                             size_t index) {
  return image->exports[index].symbol;
}

bool lzr_image_find_symbol(const lzr_image *image, const char *name,
                           struct lzr_image_symbol *symbol) {
  uint32_t found = *find_bucket(image, name);
  if (found)
    *symbol = image->exports[found - 1].symbol;
  return found != 0;
}
