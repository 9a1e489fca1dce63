/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The start and stop symbols of named sections. A linker defines __start_X and
 * __stop_X around every section whose name X is a C identifier, so that
 * programs can collect lists from several files.
 */
#include <stdio.h>

#include "runtime/link/image.h"
#include "runtime/support/map.h"

/* Not by isalpha(), which depends on the program's locale. */
bool lzr_section_name_has_start_stop(const char *name) {
  static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return *name && (*name < '0' || *name > '9') &&
         !name[strspn(name, characters)];
}

/* Puts a section in front of those behind it that have its name. */
static bool link_section(struct lzr_object *object, struct lzr_map *firsts,
                         struct lzr_section *section) {
  struct lzr_section *next = lzr_map_get(firsts, section->name);
  section->first_of_name = true;
  if (next) {
    next->first_of_name = false;
    section->next_of_name = (uint32_t)(next - object->sections);
  }
  return lzr_map_put(firsts, section->name, section);
}

/* Of several sections with one name the first stands for all. */
static bool link_sections(struct lzr_object *object) {
  struct lzr_map firsts = {0};
  bool fine = true;
  for (uint32_t i = object->section_count; i > 1 && fine; i--) {
    struct lzr_section *section = &object->sections[i - 1];
    if (section->placed && lzr_section_name_has_start_stop(section->name))
      fine = link_section(object, &firsts, section);
  }
  lzr_map_fini(&firsts);
  return fine;
}

static bool has_start_stop(const struct lzr_section *section) {
  return section->first_of_name && !section->fixed &&
         !(section->flags & SHF_TLS);
}

bool lzr_start_stop_measure(struct lzr_object *object, size_t *count,
                            size_t *names_size) {
  if (!link_sections(object))
    return false;
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (!has_start_stop(&object->sections[i]))
      continue;
    *count += 2;
    *names_size += sizeof "__start_" + sizeof "__stop_" +
                   2 * strlen(object->sections[i].name);
  }
  return true;
}

static struct lzr_export make_export(uint32_t section, bool is_end,
                                     char *name) {
  return (struct lzr_export){
      .section = section,
      .is_end = is_end,
      .symbol = {.name = name, .weak = true, .hidden = true}};
}

size_t lzr_start_stop_list(const struct lzr_object *object,
                           struct lzr_export *exports, char *names) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (!has_start_stop(&object->sections[i]))
      continue;
    const char *name = object->sections[i].name;
    exports[count++] = make_export(i, false, names);
    names += sprintf(names, "__start_%s", name) + 1;
    exports[count++] = make_export(i, true, names);
    names += sprintf(names, "__stop_%s", name) + 1;
  }
  return count;
}

lzr_addr lzr_start_stop_address(const struct lzr_object *object,
                                const struct lzr_export *export) {
  const struct lzr_section *first = &object->sections[export->section];
  lzr_addr start = first->address, end = first->address + first->size;
  for (uint32_t i = first->next_of_name; i;
       i = object->sections[i].next_of_name) {
    const struct lzr_section *other = &object->sections[i];
    start = other->address < start ? other->address : start;
    end =
        other->address + other->size > end ? other->address + other->size : end;
  }
  return export->is_end ? end : start;
}
