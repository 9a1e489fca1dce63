/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which member of an archive defines what: by its index, or by the members'
 * symbol tables.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/link/object.h"
#include "runtime/module/archive_index.h"
#include "runtime/module/archive_private.h"
#include "runtime/module/format.h"
#include "tpc/base/memory.h"

/* The first member that defines a name counts. */
static lzr_error *add_name(struct lzr_archive *archive, const char *name,
                           struct lzr_archive_member *member) {
  if (lzr_map_get(&archive->names, name))
    return NULL;
  return lzr_map_put(&archive->names, name, member) ? NULL
                                                    : lzr_out_of_memory();
}

/* Indexes. */

static uint64_t load_big(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; i++)
    value = value << 8 | bytes[i];
  return value;
}

static uint64_t load_little(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = size; i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

static lzr_error *malformed(const char *what) {
  return lzr_error_create(LZR_ERROR_FORMAT, "the archive's index %s", what);
}

/* Finds a member by bisection: members are in the order of their headers. */
static struct lzr_archive_member *member_at(const struct lzr_archive *archive,
                                            uint64_t header) {
  size_t low = 0, high = archive->member_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (archive->members[middle].header < header)
      low = middle + 1;
    else
      high = middle;
  }
  return low < archive->member_count && archive->members[low].header == header
             ? &archive->members[low]
             : NULL;
}

static lzr_error *add_entry(struct lzr_archive *archive, const char *name,
                            uint64_t header) {
  struct lzr_archive_member *member = member_at(archive, header);
  if (!member)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "the archive's index says that '%s' is in a member "
                            "at %#llx, where there is none",
                            name, (unsigned long long)header);
  member->is_indexed = true;
  return add_name(archive, name, member);
}

/* The index is a count, as many offsets of members, and as many names. */
static lzr_error *read_gnu(struct lzr_archive *archive, unsigned width) {
  const uint8_t *bytes = archive->index;
  size_t size = archive->index_size;
  if (size == 0)
    return NULL;
  uint64_t count = size < width ? UINT64_MAX : load_big(bytes, width);
  if (count > size / width || (count + 1) * width > size)
    return malformed("is shorter than it says");
  const char *name = (const char *)bytes + (count + 1) * width;
  const char *end = (const char *)bytes + size;
  lzr_error *error = NULL;
  for (uint64_t i = 0; i < count && !error; i++) {
    const char *zero = memchr(name, 0, (size_t)(end - name));
    if (!zero)
      return malformed("has fewer names than members");
    error = add_entry(archive, name, load_big(bytes + (i + 1) * width, width));
    name = zero + 1;
  }
  return error;
}

/* The index is the size of a table of pairs { offset of the name, offset of the
   member }, the table, the size of the names, and the names. */
static lzr_error *read_bsd(struct lzr_archive *archive, unsigned width) {
  const uint8_t *bytes = archive->index;
  size_t size = archive->index_size;
  uint64_t table = size < width ? UINT64_MAX : load_little(bytes, width);
  if (table > size || size - table < 2 * width || table % (2 * width) != 0)
    return malformed("is shorter than it says");
  const char *names = (const char *)bytes + width + table + width;
  uint64_t names_size = load_little(bytes + width + table, width);
  if (names_size > size - table - 2 * width)
    return malformed("has fewer names than it says");
  lzr_error *error = NULL;
  for (uint64_t at = width; at < width + table && !error; at += 2 * width) {
    uint64_t name = load_little(bytes + at, width);
    if (name >= names_size ||
        !memchr(names + name, 0, (size_t)(names_size - name)))
      return malformed("has a name outside its table of names");
    error = add_entry(archive, names + name,
                      load_little(bytes + at + width, width));
  }
  return error;
}

static lzr_error *read_index(struct lzr_archive *archive) {
  switch ((enum lzr_archive_index)archive->index_kind) {
  case LZR_INDEX_GNU:
    return read_gnu(archive, 4);
  case LZR_INDEX_GNU_64:
    return read_gnu(archive, 8);
  case LZR_INDEX_BSD:
    return read_bsd(archive, 4);
  case LZR_INDEX_BSD_64:
    return read_bsd(archive, 8);
  case LZR_INDEX_NONE:
    return NULL;
  }
  return NULL;
}

/* Members' symbol tables. */

struct name_listing {
  struct lzr_archive *archive;
  struct lzr_archive_member *member;
};

/* The name does not outlive the member's bytes. */
static lzr_error *add_copy(void *data, const char *name) {
  struct name_listing *listing = data;
  size_t size = strlen(name) + 1;
  if (lzr_map_get(&listing->archive->names, name))
    return NULL;
  char *copy = lzr_arena_alloc(&listing->archive->arena, size, 1);
  if (!copy)
    return lzr_out_of_memory();
  return add_name(listing->archive, memcpy(copy, name, size), listing->member);
}

static bool is_listed(const struct lzr_object_symbol *symbol) {
  return lzr_object_symbol_is_global(symbol) && *symbol->name &&
         symbol->place != LZR_PLACE_UNDEFINED && symbol->place != LZR_PLACE_GOT;
}

static lzr_error *list_object(struct name_listing *listing,
                              const uint8_t *bytes, size_t size) {
  lzr_object *object;
  lzr_error *error =
      lzr_object_parse_symbols(listing->archive->options.arch,
                               listing->member->name, bytes, size, &object);
  if (error)
    return error;
  for (uint32_t i = 1; i < object->symbol_count && !error; i++)
    if (is_listed(&object->symbols[i]))
      error = add_copy(listing, object->symbols[i].name);
  lzr_object_destroy(object);
  return error;
}

/* Archives may contain files of any kind; files that define nothing are left
   alone. */
static lzr_error *list_bytes(struct name_listing *listing, const uint8_t *bytes,
                             size_t size) {
  const struct lzr_archive_options *options = &listing->archive->options;
  size_t offset;
  switch (lzr_format_recognize(bytes, size, &offset)) {
  case LZR_FORMAT_OBJECT:
    return list_object(listing, bytes, size);
  case LZR_FORMAT_BITCODE:
    return options->list_bitcode
               ? options->list_bitcode(options->data, listing->member->name,
                                       bytes + offset, size - offset, add_copy,
                                       listing)
               : NULL;
  default:
    return NULL;
  }
}

static lzr_error *list_member(struct lzr_archive *archive, size_t index) {
  struct name_listing listing = {archive, &archive->members[index]};
  if (listing.member->bytes)
    return list_bytes(&listing, listing.member->bytes, listing.member->size);
  uint8_t *bytes;
  size_t size;
  lzr_error *error = lzr_archive_read_member(archive, index, &bytes, &size);
  if (!error)
    error = list_bytes(&listing, bytes, size);
  free(bytes);
  return error;
}

/* If the archive has an index, members are read only if they are bitcode that
   the index leaves out. */
static bool must_be_listed(const struct lzr_archive *archive, size_t index) {
  const struct lzr_archive_member *member = &archive->members[index];
  size_t offset;
  if (archive->index_kind == LZR_INDEX_NONE)
    return true;
  if (member->is_indexed)
    return false;
  return !member->bytes || lzr_format_recognize(member->bytes, member->size,
                                                &offset) == LZR_FORMAT_BITCODE;
}

static lzr_error *list_names(struct lzr_archive *archive) {
  lzr_error *error = lzr_error_wrap(read_index(archive), "%s", archive->name);
  for (size_t i = 0; i < archive->member_count && !error; i++)
    if (must_be_listed(archive, i))
      error = list_member(archive, i);
  return error;
}

lzr_error *lzr_archive_find(lzr_archive *archive, const char *name, bool *found,
                            size_t *member) {
  *found = false;
  *member = 0;
  lzr_error *error = archive->has_names ? NULL : list_names(archive);
  if (error)
    return error;
  archive->has_names = true;
  const struct lzr_archive_member *defining =
      lzr_map_get(&archive->names, name);
  *found = defining != NULL;
  if (defining)
    *member = (size_t)(defining - archive->members);
  return NULL;
}
