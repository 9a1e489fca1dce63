/*
 * The bounds of named sections. A linker defines __start_X and __stop_X around
 * every section whose name X is a C identifier: programs gather lists that way.
 */
#include <ctype.h>
#include <stdio.h>

#include "runtime/link/image.h"

static bool is_identifier(const char *name) {
  if (!isalpha((unsigned char)*name) && *name != '_')
    return false;
  while (isalnum((unsigned char)*name) || *name == '_')
    name++;
  return !*name;
}

/* Of several sections with one name the first stands for all. */
static bool is_first(const struct lzr_object *object, uint32_t index) {
  for (uint32_t i = 1; i < index; i++)
    if (object->sections[i].placed &&
        strcmp(object->sections[i].name, object->sections[index].name) == 0)
      return false;
  return true;
}

static bool has_bounds(const struct lzr_object *object, uint32_t index) {
  const struct lzr_section *section = &object->sections[index];
  return section->placed && !section->fixed && !(section->flags & SHF_TLS) &&
         is_identifier(section->name) && is_first(object, index);
}

void lzr_bounds_measure(const struct lzr_object *object, size_t *count,
                        size_t *names_size) {
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (!has_bounds(object, i))
      continue;
    *count += 2;
    *names_size += sizeof "__start_" + sizeof "__stop_" +
                   2 * strlen(object->sections[i].name);
  }
}

static struct lzr_export make_bound(uint32_t section, bool is_end, char *name) {
  return (struct lzr_export){
      .section = section,
      .is_end = is_end,
      .symbol = {.name = name, .weak = true, .hidden = true}};
}

size_t lzr_bounds_list(const struct lzr_object *object,
                       struct lzr_export *exports, char *names) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (!has_bounds(object, i))
      continue;
    const char *name = object->sections[i].name;
    exports[count++] = make_bound(i, false, names);
    names += sprintf(names, "__start_%s", name) + 1;
    exports[count++] = make_bound(i, true, names);
    names += sprintf(names, "__stop_%s", name) + 1;
  }
  return count;
}

lzr_addr lzr_bounds_address(const struct lzr_object *object,
                            const struct lzr_export *bound) {
  const struct lzr_section *first = &object->sections[bound->section];
  lzr_addr start = first->address, end = first->address + first->size;
  for (uint32_t i = bound->section + 1; i < object->section_count; i++) {
    const struct lzr_section *other = &object->sections[i];
    if (!other->placed || strcmp(other->name, first->name) != 0)
      continue;
    start = other->address < start ? other->address : start;
    end =
        other->address + other->size > end ? other->address + other->size : end;
  }
  return bound->is_end ? end : start;
}
