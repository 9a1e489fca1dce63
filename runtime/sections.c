/*
 * Named sections of several modules. A linker puts the sections of one name
 * together, in the order of the modules, and programs walk from __start_NAME to
 * __stop_NAME. Here each module's data is a unit of its own; so when the first
 * of these modules' data is placed, room is made for all their parts, whose
 * sizes their variables tell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/link/link.h"
#include "runtime/session.h"

struct part {
  struct lzr_module *module;
  uint64_t offset, size, align;
};

struct lzr_named_section {
  struct lzr_named_section *next;
  const struct lzr_library *library;
  const char *name; /* borrowed from a module's source */
  lzr_addr address;
  size_t part_count;
  struct part parts[];
};

/* ---- Parts ----------------------------------------------------------------
 */

static bool is_in(const struct lzr_module *module, size_t i, const char *name) {
  const struct lzr_definition *definition =
      &lzr_source_definitions(module->source)[i];
  return definition->section && definition->group == 0 &&
         strcmp(definition->section, name) == 0 &&
         module->symbols[i]->module == module;
}

static uint64_t align_up(uint64_t value, uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

/* Under lock. As LLVM lays the variables out; false if there are none. */
static bool measure(struct lzr_module *module, const char *name,
                    struct part *part) {
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  size_t count = lzr_source_definition_count(module->source);
  *part = (struct part){.module = module, .align = 1};
  bool found = false;
  for (size_t i = 0; i < count; i++) {
    if (!is_in(module, i, name))
      continue;
    found = true;
    part->size = align_up(part->size, definitions[i].align);
    part->size += definitions[i].size;
    if (part->align < definitions[i].align)
      part->align = definitions[i].align;
  }
  return found;
}

/* Under lock. The part_count and parts of section, which has room for all
   modules. False if a part lies elsewhere already. */
static bool collect(const struct lzr_session *session,
                    struct lzr_named_section *section) {
  uint64_t end = 0;
  for (size_t i = 0; i < session->module_count; i++) {
    struct lzr_module *module = session->modules[i];
    struct part *part = &section->parts[section->part_count];
    if (module->library != section->library ||
        !measure(module, section->name, part))
      continue;
    if (atomic_load(&module->data_state) != LZR_DATA_ABSENT)
      return false;
    part->offset = align_up(end, part->align);
    end = part->offset + part->size;
    section->part_count++;
  }
  return true;
}

/* ---- Sections -------------------------------------------------------------
 */

static lzr_error *reserve(struct lzr_session *session,
                          struct lzr_named_section *section, uint64_t size) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = size ? size : 1};
  for (size_t i = 0; i < section->part_count; i++)
    if (layout.align[LZR_PROT_DATA] < section->parts[i].align)
      layout.align[LZR_PROT_DATA] = section->parts[i].align;
  lzr_allocation *allocation; /* given back with all of the TPC's */
  lzr_error *error = lzr_tpc_reserve(session->tpc, &layout, &allocation);
  if (error)
    return error;
  section->address = allocation->address[LZR_PROT_DATA];
  struct lzr_segment segment = {.address = section->address,
                                .zero_count = layout.size[LZR_PROT_DATA]};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(session->tpc, allocation, &commit);
}

static lzr_error *define_bound(struct lzr_library *library, const char *prefix,
                               const char *name, lzr_addr address) {
  char *bound;
  if (asprintf(&bound, "%s%s", prefix, name) < 0)
    return lzr_out_of_memory();
  lzr_error *error = lzr_library_define(library, bound, address);
  free(bound);
  return error;
}

static lzr_error *make_room(struct lzr_library *library,
                            struct lzr_named_section *section) {
  const struct part *last = &section->parts[section->part_count - 1];
  uint64_t size = last->offset + last->size;
  lzr_error *error = reserve(library->session, section, size);
  if (!error)
    error = define_bound(library, "__start_", section->name, section->address);
  if (!error)
    error = define_bound(library, "__stop_", section->name,
                         section->address + size);
  return error;
}

static struct lzr_named_section *find(const struct lzr_module *module,
                                      const char *name) {
  struct lzr_named_section *section = module->library->session->named_sections;
  while (section && (section->library != module->library ||
                     strcmp(section->name, name) != 0))
    section = section->next;
  return section;
}

/* A section of one module only stays with its data: *made is NULL. */
static lzr_error *make(struct lzr_module *module, const char *name,
                       struct lzr_named_section **made) {
  struct lzr_session *session = module->library->session;
  *made = NULL;
  pthread_mutex_lock(&session->lock);
  struct lzr_named_section *section =
      calloc(1, sizeof *section +
                    (session->module_count + 1) * sizeof section->parts[0]);
  bool kept = section && lzr_session_keep(session, section);
  bool divided = false;
  if (kept) {
    section->library = module->library;
    section->name = name;
    divided = collect(session, section) && section->part_count > 1;
  }
  pthread_mutex_unlock(&session->lock);
  if (!kept)
    return lzr_out_of_memory();
  if (!divided)
    return NULL;
  lzr_error *error = make_room(module->library, section);
  if (error)
    return error;
  section->next = session->named_sections;
  session->named_sections = *made = section;
  return NULL;
}

/* ---- One module's ---------------------------------------------------------
 */

static const struct part *part_of(const struct lzr_named_section *section,
                                  const struct lzr_module *module) {
  for (size_t i = 0; i < section->part_count; i++)
    if (section->parts[i].module == module)
      return &section->parts[i];
  return NULL;
}

static lzr_error *fix(struct lzr_module *module, struct lzr_object *object,
                      const char *name) {
  struct lzr_named_section *section = find(module, name);
  lzr_error *error = section ? NULL : make(module, name, &section);
  if (error || !section)
    return error;
  const struct part *part = part_of(section, module);
  if (!part)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "section '%s' of other modules was placed before "
                            "this one was added",
                            name);
  return lzr_object_fix_section(object, name, section->address + part->offset,
                                part->size);
}

static bool is_new(const struct lzr_definition *definitions, size_t i) {
  for (size_t earlier = 0; earlier < i; earlier++)
    if (definitions[earlier].section &&
        strcmp(definitions[earlier].section, definitions[i].section) == 0)
      return false;
  return true;
}

lzr_error *lzr_sections_fix(struct lzr_module *module,
                            struct lzr_object *object) {
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  size_t count = lzr_source_definition_count(module->source);
  const char *last = "";
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i++) {
    const char *name = definitions[i].section;
    if (name && strcmp(name, last) != 0 && is_new(definitions, i))
      error = fix(module, object, name);
    last = name ? name : last;
  }
  return error;
}

lzr_error *lzr_sections_complete(struct lzr_worker *worker,
                                 struct lzr_module *module) {
  lzr_error *error = NULL;
  for (const struct lzr_named_section *section =
           worker->session->named_sections;
       section && !error; section = section->next)
    for (size_t i = 0;
         part_of(section, module) && i < section->part_count && !error; i++)
      error = lzr_compile_data(worker, section->parts[i].module);
  return error;
}
