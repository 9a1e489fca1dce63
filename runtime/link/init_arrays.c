/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sections of pointers to functions that run before and after the program, its
 * constructors and destructors. A section's name may end in a number:
 *
 *   .init_array.101   has priority 101. Lower priorities run first, sections
 *                     without a number last; entries run from first to last.
 *   .ctors.65434      is the older way to write the same: the number is 65535
 *                     minus the priority, and entries run from last to first.
 *
 * Destructors, in .fini_array and .dtors, run in the opposite order.
 */
#include "runtime/link/image.h"

#include <stdlib.h>

enum { DEFAULT_PRIORITY = 65535 };

struct array {
  const struct lzr_section *section;
  int64_t priority;
  int64_t order; /* among equal priorities */
  bool backwards;
};

/* ".ctors" and ".ctors.65434", but not ".ctors_of_mine". */
static bool is_named(const struct lzr_section *section, const char *name) {
  size_t length = strlen(name);
  return strncmp(section->name, name, length) == 0 &&
         (section->name[length] == 0 || section->name[length] == '.');
}

bool lzr_section_runs_backwards(const struct lzr_section *section) {
  return is_named(section, ".ctors") || is_named(section, ".dtors");
}

static bool is_early(const struct lzr_section *section) {
  return section->type == SHT_PREINIT_ARRAY ||
         is_named(section, ".preinit_array");
}

bool lzr_section_has_constructors(const struct lzr_section *section) {
  return is_early(section) || section->type == SHT_INIT_ARRAY ||
         is_named(section, ".init_array") || is_named(section, ".ctors");
}

bool lzr_section_has_destructors(const struct lzr_section *section) {
  return section->type == SHT_FINI_ARRAY || is_named(section, ".fini_array") ||
         is_named(section, ".dtors");
}

/* The number at the end of the name, or -1. */
static int64_t section_number(const struct lzr_section *section) {
  const char *dot = strrchr(section->name, '.');
  if (!dot || dot == section->name || dot[1] < '0' || dot[1] > '9')
    return -1;
  unsigned long number = strtoul(dot + 1, NULL, 10);
  return number < DEFAULT_PRIORITY ? (int64_t)number : DEFAULT_PRIORITY;
}

int64_t lzr_section_priority(const struct lzr_section *section) {
  if (is_early(section))
    return -1;
  int64_t number = section_number(section);
  if (number < 0)
    return DEFAULT_PRIORITY;
  return lzr_section_runs_backwards(section) ? DEFAULT_PRIORITY - number
                                             : number;
}

static struct array make_array(const struct lzr_section *section,
                               uint32_t index) {
  bool backwards = lzr_section_runs_backwards(section);
  return (struct array){section, lzr_section_priority(section),
                        backwards ? -(int64_t)index : index, backwards};
}

static int compare(const void *left, const void *right) {
  const struct array *a = left, *b = right;
  if (a->priority != b->priority)
    return a->priority < b->priority ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

/* Collects the sections of one kind that have bytes, sorted. *arrays is in the
   object's arena. */
static lzr_error *collect(const struct lzr_image *image,
                          bool (*is_kind)(const struct lzr_section *),
                          struct array **arrays, size_t *count) {
  struct lzr_object *object = image->object;
  *count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    *count += object->sections[i].written && is_kind(&object->sections[i]);
  *arrays = lzr_arena_alloc(&object->arena, *count, sizeof **arrays);
  if (!*arrays)
    return lzr_out_of_memory();
  size_t next = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->written && is_kind(section))
      (*arrays)[next++] = make_array(section, i);
  }
  qsort(*arrays, *count, sizeof **arrays, compare);
  return NULL;
}

static lzr_addr read_function(const struct array *array, uint64_t index) {
  uint64_t count = array->section->size / LZR_WORD_SIZE;
  uint64_t at = array->backwards ? count - 1 - index : index;
  return lzr_load_word(array->section->written + at * LZR_WORD_SIZE);
}

/* An entry is 0 if it names a weak function that nothing defines: there is
   nothing to run. */
static size_t read_entries(const struct array *arrays, size_t count,
                           struct lzr_array_entry *entries) {
  size_t next = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t words = arrays[i].section->size / LZR_WORD_SIZE;
    for (uint64_t j = 0; j < words; j++) {
      lzr_addr function = read_function(&arrays[i], j);
      if (function)
        entries[next++] =
            (struct lzr_array_entry){function, arrays[i].priority};
    }
  }
  return next;
}

static lzr_error *list(struct lzr_image *image,
                       bool (*is_kind)(const struct lzr_section *),
                       struct lzr_array_entry **entries, size_t *entry_count) {
  struct array *arrays;
  size_t count;
  lzr_error *error = collect(image, is_kind, &arrays, &count);
  if (error)
    return error;
  size_t words = 0;
  for (size_t i = 0; i < count; i++)
    words += (size_t)(arrays[i].section->size / LZR_WORD_SIZE);
  *entries = lzr_arena_alloc(&image->arena, words, sizeof **entries);
  if (!*entries)
    return lzr_out_of_memory();
  *entry_count = read_entries(arrays, count, *entries);
  return NULL;
}

static void reverse(struct lzr_array_entry *entries, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    struct lzr_array_entry other = entries[count - 1 - i];
    entries[count - 1 - i] = entries[i];
    entries[i] = other;
  }
}

lzr_error *lzr_image_list_init_arrays(struct lzr_image *image) {
  lzr_error *error = list(image, lzr_section_has_constructors,
                          &image->initializers, &image->initializer_count);
  if (!error)
    error = list(image, lzr_section_has_destructors, &image->finalizers,
                 &image->finalizer_count);
  if (!error)
    reverse(image->finalizers, image->finalizer_count);
  return error;
}

size_t lzr_image_initializers(const lzr_image *image,
                              const struct lzr_array_entry **entries) {
  *entries = image->initializers;
  return image->initializer_count;
}

size_t lzr_image_finalizers(const lzr_image *image,
                            const struct lzr_array_entry **entries) {
  *entries = image->finalizers;
  return image->finalizer_count;
}
