/*
 * .init_array and .fini_array: pointers to functions. A section's name may end
 * in a priority, ".init_array.100"; lower ones come first, and those without
 * one last. Finalizers run in the opposite order.
 */
#include "runtime/link/image.h"

#include <stdlib.h>

enum { DEFAULT_PRIORITY = 65535 };

struct array {
  const struct lzr_section *section;
  int64_t priority;
  uint32_t index; /* equal priorities stay in the object's order */
};

static int64_t section_priority(const struct lzr_section *section) {
  if (section->type == SHT_PREINIT_ARRAY)
    return -1;
  const char *dot = strrchr(section->name, '.');
  if (!dot || dot == section->name || dot[1] < '0' || dot[1] > '9')
    return DEFAULT_PRIORITY;
  unsigned long priority = strtoul(dot + 1, NULL, 10);
  return priority < DEFAULT_PRIORITY ? (int64_t)priority : DEFAULT_PRIORITY;
}

static int compare(const void *left, const void *right) {
  const struct array *a = left, *b = right;
  if (a->priority != b->priority)
    return a->priority < b->priority ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static bool is_initializer(const struct lzr_section *section) {
  return section->type == SHT_INIT_ARRAY || section->type == SHT_PREINIT_ARRAY;
}

static bool is_finalizer(const struct lzr_section *section) {
  return section->type == SHT_FINI_ARRAY;
}

/* The placed sections that are of a kind, sorted. *arrays is in the object's
   arena. */
static lzr_error *collect(const struct lzr_image *image,
                          bool (*is_kind)(const struct lzr_section *),
                          struct array **arrays, size_t *count) {
  struct lzr_object *object = image->object;
  *count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    *count += object->sections[i].written && is_kind(&object->sections[i]);
  *arrays = lzr_arena_alloc(&object->arena, *count, sizeof **arrays);
  if (!*arrays)
    return lzr_link_no_memory();
  size_t next = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->written && is_kind(section))
      (*arrays)[next++] = (struct array){section, section_priority(section), i};
  }
  qsort(*arrays, *count, sizeof **arrays, compare);
  return NULL;
}

/* A weak function that is nowhere leaves a 0: there is nothing to run. */
static size_t read_functions(const struct array *arrays, size_t count,
                             lzr_addr *functions) {
  size_t next = 0;
  for (size_t i = 0; i < count; i++) {
    const struct lzr_section *section = arrays[i].section;
    for (uint64_t at = 0; section->size - at >= LZR_WORD_SIZE;
         at += LZR_WORD_SIZE) {
      lzr_addr function = lzr_load_word(section->written + at);
      if (function)
        functions[next++] = function;
    }
  }
  return next;
}

static lzr_error *list(struct lzr_image *image,
                       bool (*is_kind)(const struct lzr_section *),
                       lzr_addr **functions, size_t *function_count) {
  struct array *arrays;
  size_t count;
  lzr_error *error = collect(image, is_kind, &arrays, &count);
  if (error)
    return error;
  size_t words = 0;
  for (size_t i = 0; i < count; i++)
    words += (size_t)(arrays[i].section->size / LZR_WORD_SIZE);
  *functions = lzr_arena_alloc(&image->arena, words, sizeof **functions);
  if (!*functions)
    return lzr_link_no_memory();
  *function_count = read_functions(arrays, count, *functions);
  return NULL;
}

static void reverse(lzr_addr *functions, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    lzr_addr other = functions[count - 1 - i];
    functions[count - 1 - i] = functions[i];
    functions[i] = other;
  }
}

lzr_error *lzr_image_list_structors(struct lzr_image *image) {
  lzr_error *error = list(image, is_initializer, &image->initializers,
                          &image->initializer_count);
  if (!error)
    error =
        list(image, is_finalizer, &image->finalizers, &image->finalizer_count);
  if (!error)
    reverse(image->finalizers, image->finalizer_count);
  return error;
}

size_t lzr_image_initializers(const lzr_image *image,
                              const lzr_addr **functions) {
  *functions = image->initializers;
  return image->initializer_count;
}

size_t lzr_image_finalizers(const lzr_image *image,
                            const lzr_addr **functions) {
  *functions = image->finalizers;
  return image->finalizer_count;
}
