/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Named sections of several modules. A linker puts the sections of one name
 * together, in the order of the modules, and programs walk from __start_NAME to
 * __stop_NAME. Here each module's data is a unit of its own. So when the first
 * of these modules' data is placed, memory is reserved for all of their parts.
 * The sizes of the parts follow from the modules' variables.
 */
#include "runtime/build/sections.h"
#include "tpc/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct part {
  struct lzr_input *input;
  uint64_t offset, size, align;
};

struct lzr_divided_section {
  struct lzr_divided_section *next;
  const struct lzr_library *library;
  const char *name; /* borrowed from a module */
  lzr_addr address;
  size_t part_count;
  struct part parts[];
};

/* Parts. */

/* Under lock. */
static bool is_placed(const struct lzr_input *input, size_t i) {
  const struct lzr_definition *definition = &input->module->definitions[i];
  return definition->group == 0 &&
         (!definition->comdat || input->entries[i].symbol->input == input);
}

static uint64_t align_up(uint64_t value, uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

/* Under lock. Adds up sizes as LLVM lays the variables out. Returns false if
   the input has no variable in the section. */
static bool measure(struct lzr_input *input, const char *name,
                    struct part *part) {
  const struct lzr_definition *definitions = input->module->definitions;
  size_t count = input->module->definition_count;
  *part = (struct part){.input = input, .align = 1};
  bool found = false;
  for (size_t i = lzr_input_first_in_section(input, name); i < count;
       i = input->next_in_section[i]) {
    if (!is_placed(input, i))
      continue;
    found = true;
    part->size = align_up(part->size, definitions[i].align);
    part->size += definitions[i].size;
    if (part->align < definitions[i].align)
      part->align = definitions[i].align;
  }
  return found;
}

/* Under lock. Fills in the section's part_count and parts, which has space for
   all modules. Returns false if a part has been placed elsewhere already. */
static bool collect(const struct lzr_symbols *symbols,
                    struct lzr_divided_section *section) {
  uint64_t end = 0;
  for (size_t i = 0; i < symbols->input_count; i++) {
    struct lzr_input *input = symbols->inputs[i];
    struct part *part = &section->parts[section->part_count];
    if (input->library != section->library ||
        !measure(input, section->name, part))
      continue;
    if (atomic_load(&input->data_state) != LZR_DATA_ABSENT)
      return false;
    part->offset = align_up(end, part->align);
    end = part->offset + part->size;
    section->part_count++;
  }
  return true;
}

/* Sections. */

static lzr_error *reserve(struct lzr_builder *builder,
                          struct lzr_divided_section *section, uint64_t size) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = size ? size : 1};
  for (size_t i = 0; i < section->part_count; i++)
    if (layout.align[LZR_PROT_DATA] < section->parts[i].align)
      layout.align[LZR_PROT_DATA] = section->parts[i].align;
  lzr_allocation *allocation; /* given back to the target together with
                                 everything of the TPC's */
  lzr_error *error = lzr_tpc_reserve(builder->tpc, &layout, &allocation);
  if (error)
    return error;
  section->address = allocation->address[LZR_PROT_DATA];
  struct lzr_segment segment = {.address = section->address,
                                .zero_count = layout.size[LZR_PROT_DATA]};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(builder->tpc, allocation, &commit);
}

static lzr_error *define_end(struct lzr_library *library, const char *prefix,
                             const char *name, lzr_addr address) {
  char *symbol;
  if (asprintf(&symbol, "%s%s", prefix, name) < 0)
    return lzr_out_of_memory();
  lzr_error *error = lzr_library_enter_address(library, symbol, address);
  free(symbol);
  return error;
}

static lzr_error *make_room(struct lzr_builder *builder,
                            struct lzr_library *library,
                            struct lzr_divided_section *section) {
  const struct part *last = &section->parts[section->part_count - 1];
  uint64_t size = last->offset + last->size;
  lzr_error *error = reserve(builder, section, size);
  if (!error)
    error = define_end(library, "__start_", section->name, section->address);
  if (!error)
    error =
        define_end(library, "__stop_", section->name, section->address + size);
  return error;
}

static struct lzr_divided_section *find(const struct lzr_builder *builder,
                                        const struct lzr_library *library,
                                        const char *name) {
  struct lzr_divided_section *section = builder->divided_sections;
  while (section &&
         (section->library != library || strcmp(section->name, name) != 0))
    section = section->next;
  return section;
}

/* Under lock. NULL when memory is out. */
static struct lzr_divided_section *create(const struct lzr_symbols *symbols,
                                          struct lzr_library *library,
                                          const char *name) {
  struct lzr_divided_section *section =
      calloc(1, sizeof *section +
                    (symbols->input_count + 1) * sizeof section->parts[0]);
  if (!section)
    return NULL;
  section->library = library;
  section->name = name;
  return section;
}

/* Under lock. The section, if it is divided, is kept by the symbols. */
static lzr_error *collect_divided(struct lzr_symbols *symbols,
                                  struct lzr_library *library, const char *name,
                                  struct lzr_divided_section **divided) {
  struct lzr_divided_section *section = create(symbols, library, name);
  if (!section)
    return lzr_out_of_memory();
  if (!collect(symbols, section) || section->part_count < 2) {
    free(section);
    return NULL;
  }
  *divided = section;
  return lzr_symbols_keep(symbols, section) ? NULL : lzr_out_of_memory();
}

/* A section that only one module has stays with its data: then *made is
   NULL. */
static lzr_error *make(struct lzr_builder *builder, struct lzr_library *library,
                       const char *name, struct lzr_divided_section **made) {
  struct lzr_symbols *symbols = builder->symbols;
  struct lzr_divided_section *section = NULL;
  *made = NULL;
  pthread_mutex_lock(&symbols->lock);
  lzr_error *error = collect_divided(symbols, library, name, &section);
  pthread_mutex_unlock(&symbols->lock);
  if (!error && section)
    error = make_room(builder, library, section);
  if (error || !section)
    return error;
  pthread_mutex_lock(&symbols->lock);
  section->next = builder->divided_sections;
  builder->divided_sections = *made = section;
  pthread_mutex_unlock(&symbols->lock);
  return NULL;
}

/* One module's. */

static const struct part *part_of(const struct lzr_divided_section *section,
                                  const struct lzr_input *input) {
  for (size_t i = 0; i < section->part_count; i++)
    if (section->parts[i].input == input)
      return &section->parts[i];
  return NULL;
}

static bool has_part(struct lzr_symbols *symbols, struct lzr_input *input,
                     const char *name) {
  struct part part;
  pthread_mutex_lock(&symbols->lock);
  bool has = measure(input, name, &part);
  pthread_mutex_unlock(&symbols->lock);
  return has;
}

static lzr_error *fix(struct lzr_builder *builder, struct lzr_input *input,
                      struct lzr_object *object, const char *name) {
  struct lzr_divided_section *section = find(builder, input->library, name);
  lzr_error *error =
      section ? NULL : make(builder, input->library, name, &section);
  if (error || !section)
    return error;
  const struct part *part = part_of(section, input);
  if (!part && !has_part(builder->symbols, input, name))
    return NULL;
  if (!part)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "section '%s' of other modules was placed before "
                            "this one was added",
                            name);
  return lzr_object_fix_section(object, name, section->address + part->offset,
                                part->size);
}

lzr_error *lzr_sections_fix(struct lzr_builder *builder,
                            struct lzr_input *input,
                            struct lzr_object *object) {
  const lzr_module *module = input->module;
  lzr_error *error = NULL;
  for (size_t i = 0; i < module->definition_count && !error; i++) {
    const char *name = module->definitions[i].section;
    if (name && lzr_input_first_in_section(input, name) == i)
      error = fix(builder, input, object, name);
  }
  return error;
}

lzr_error *lzr_sections_need(const struct lzr_builder *builder,
                             const struct lzr_input *input,
                             struct lzr_asker *asker) {
  lzr_error *error = NULL;
  for (const struct lzr_divided_section *section = builder->divided_sections;
       section && !error; section = section->next)
    for (size_t i = 0;
         part_of(section, input) && i < section->part_count && !error; i++)
      error = lzr_asker_need_data(asker, section->parts[i].input);
  return error;
}

lzr_error *lzr_sections_check_removal(const struct lzr_builder *builder,
                                      const struct lzr_input *input) {
  const struct lzr_divided_section *section = builder->divided_sections;
  while (section && !part_of(section, input))
    section = section->next;
  if (!section)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "%s: cannot be removed: its section '%s' lies "
                          "together with other modules'",
                          input->module->name, section->name);
}

bool lzr_sections_extent(const struct lzr_builder *builder,
                         const struct lzr_library *library, lzr_addr *start,
                         lzr_addr *end) {
  bool any = false;
  for (const struct lzr_divided_section *section = builder->divided_sections;
       section; section = section->next) {
    const struct part *last = &section->parts[section->part_count - 1];
    lzr_addr section_end = section->address + last->offset + last->size;
    if (section->library != library)
      continue;
    *start = any && *start < section->address ? *start : section->address;
    *end = any && *end > section_end ? *end : section_end;
    any = true;
  }
  return any;
}
