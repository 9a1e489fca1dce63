/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What an object defines, as the session sees it: functions, and other
 * definitions that other modules can name. Definitions that only this module
 * can name are listed where one group needs to name what lies in another.
 */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/module/object_private.h"
#include "runtime/support/map.h"

struct listing {
  struct lzr_object_module *module;
  struct lzr_map names; /* of globals, and of definitions */
  size_t count;
  lzr_error *error; /* of a visitor; the first one */
};

/* Names. */

/* The values in the map of names. */
static char mentioned, defined;

static lzr_error *add_global_name(struct listing *listing,
                                  const struct lzr_object_symbol *symbol) {
  bool defines = symbol->place != LZR_PLACE_UNDEFINED;
  bool taken = lzr_map_get(&listing->names, symbol->name) == &defined;
  if (taken && defines)
    return lzr_error_create(LZR_ERROR_SYMBOL, "defines '%s' twice",
                            symbol->name);
  if (!taken && !lzr_map_put(&listing->names, symbol->name,
                             defines ? &defined : &mentioned))
    return lzr_out_of_memory();
  return NULL;
}

static lzr_error *add_global_names(struct listing *listing) {
  const struct lzr_object *object = listing->module->object;
  if (!lzr_map_reserve(&listing->names, object->symbol_count))
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < object->symbol_count && !error; i++)
    if (lzr_object_symbol_is_global(&object->symbols[i]))
      error = add_global_name(listing, &object->symbols[i]);
  return error;
}

/* "name.7", with the first number from number on, in steps, that gives a name
   nothing has. Each taken name is one step for one number only, so that no file
   makes this slow. */
static char *number_name(struct listing *listing, const char *name,
                         uint64_t number, uint64_t step) {
  size_t room = strlen(name) + 24;
  char *made = lzr_arena_alloc(&listing->module->arena, room, 1);
  if (!made)
    return NULL;
  do {
    snprintf(made, room, "%s.%llu", name, (unsigned long long)number);
    number += step;
  } while (lzr_map_get(&listing->names, made));
  return made;
}

/* NULL without memory. */
static const char *make_local_name(struct listing *listing, const char *name,
                                   uint32_t number) {
  const char *made = name;
  if (!*name || lzr_map_get(&listing->names, name))
    made = number_name(listing, name, number,
                       (uint64_t)listing->module->object->symbol_count +
                           listing->module->object->section_count);
  return made && lzr_map_put(&listing->names, made, &defined) ? made : NULL;
}

/* Adding. */

static struct lzr_definition *append(struct listing *listing,
                                     struct lzr_definition definition,
                                     struct lzr_object_origin origin) {
  struct lzr_object_module *module = listing->module;
  module->origins[listing->count] = origin;
  module->definitions[listing->count] = definition;
  return &module->definitions[listing->count++];
}

static enum lzr_definition_binding
binding_of(const struct lzr_object *object,
           const struct lzr_object_symbol *symbol) {
  if (!lzr_object_symbol_is_global(symbol))
    return LZR_BINDING_LOCAL;
  if (symbol->place == LZR_PLACE_COMMON)
    return LZR_BINDING_COMMON;
  return lzr_object_symbol_is_preemptible(object, symbol) ? LZR_BINDING_WEAK
                                                          : LZR_BINDING_STRONG;
}

/* Adds a definition of the symbol's own name, or of a similar name. */
static lzr_error *add_symbol(struct listing *listing, uint32_t index,
                             enum lzr_definition_kind kind, uint32_t group,
                             struct lzr_definition **added) {
  struct lzr_object_module *module = listing->module;
  const struct lzr_object *object = module->object;
  const struct lzr_object_symbol *symbol = &object->symbols[index];
  const char *name = symbol->name;
  if (!lzr_object_symbol_is_global(symbol))
    name = make_local_name(
        listing, lzr_object_symbol_display_name(object, symbol), index);
  if (!name)
    return lzr_out_of_memory();
  bool is_common = symbol->place == LZR_PLACE_COMMON;
  *added = append(listing,
                  (struct lzr_definition){
                      .name = name,
                      .kind = kind,
                      .binding = binding_of(object, symbol),
                      .hidden = symbol->visibility == STV_HIDDEN ||
                                symbol->visibility == STV_INTERNAL,
                      .tls = lzr_object_symbol_is_tls(object, symbol),
                      .group = group,
                      .size = is_common ? symbol->size : 0,
                      .align = is_common ? symbol->value : 0,
                  },
                  (struct lzr_object_origin){.symbol = index});
  module->definition_of[index] = (uint32_t)listing->count;
  return NULL;
}

/* Adds a function at a symbol, with a name of its own that only this module
   knows. */
static lzr_error *add_function_at(struct listing *listing, uint32_t index,
                                  uint32_t group,
                                  struct lzr_definition **added) {
  const char *base = listing->module->object->symbols[index].name;
  const char *name = make_local_name(listing, base, index);
  if (!name)
    return lzr_out_of_memory();
  *added = append(listing,
                  (struct lzr_definition){.name = name,
                                          .kind = LZR_DEFINITION_FUNCTION,
                                          .binding = LZR_BINDING_LOCAL,
                                          .group = group},
                  (struct lzr_object_origin){.symbol = index});
  return NULL;
}

/* Functions. */

static bool are_at_one_place(const struct lzr_object *object, uint32_t one,
                             uint32_t other) {
  return object->symbols[one].section == object->symbols[other].section &&
         object->symbols[one].value == object->symbols[other].value;
}

/* Of several names of one function, the first stands for all, unless another
   module's definition may replace it and leave the other names where they are.
   All names of a comdat go together. */
static lzr_error *add_aliases(struct listing *listing, const uint32_t *names,
                              size_t count) {
  const struct lzr_object *object = listing->module->object;
  const struct lzr_object_symbol *first = &object->symbols[names[0]];
  const struct lzr_object_part *part = &listing->module->parts[first->section];
  struct lzr_definition *function = NULL, *alias = NULL;
  bool needs_own_name = count > 1 && !part->comdat &&
                        lzr_object_symbol_is_preemptible(object, first);
  lzr_error *error =
      needs_own_name
          ? add_function_at(listing, names[0], part->group, &function)
          : add_symbol(listing, names[0], LZR_DEFINITION_FUNCTION, part->group,
                       &function);
  for (size_t i = needs_own_name ? 0 : 1; i < count && !error; i++) {
    error = add_symbol(listing, names[i], LZR_DEFINITION_ALIAS, part->group,
                       &alias);
    if (!error)
      alias->aliasee = function->name;
  }
  return error;
}

/* The address of a fixed function is the address of its code, as for data. */
static lzr_error *add_functions(struct listing *listing, const uint32_t *names,
                                size_t count) {
  if (!listing->module->is_fixed[names[0]])
    return add_aliases(listing, names, count);
  lzr_error *error = NULL;
  struct lzr_definition *added = NULL;
  for (size_t i = 0; i < count && !error; i++)
    error = add_symbol(listing, names[i], LZR_DEFINITION_DATA, 0, &added);
  return error;
}

static lzr_error *add_all_functions(struct listing *listing) {
  const struct lzr_object_module *module = listing->module;
  lzr_error *error = NULL;
  for (size_t i = 0, end; i < module->function_count && !error; i = end) {
    for (end = i + 1; end < module->function_count; end++)
      if (!are_at_one_place(module->object, module->functions[i],
                            module->functions[end]))
        break;
    error = add_functions(listing, &module->functions[i], end - i);
  }
  return error;
}

/* Ifuncs. */

/* The name of the function that stands for those at the ifunc's place: the
   ifunc's resolver, which may have had no name before. */
static lzr_error *find_resolver(struct listing *listing, uint32_t ifunc,
                                const char **name) {
  struct lzr_object_module *module = listing->module;
  const struct lzr_object_symbol *symbol = &module->object->symbols[ifunc];
  uint32_t function =
      lzr_target_function_at(module, symbol->section, symbol->value);
  struct lzr_definition *added = NULL;
  if (function) {
    const struct lzr_definition *found =
        &module->definitions[module->definition_of[function] - 1];
    *name = found->aliasee ? found->aliasee : found->name;
    return NULL;
  }
  lzr_error *error = add_function_at(
      listing, ifunc, module->parts[symbol->section].group, &added);
  *name = error ? NULL : added->name;
  return error;
}

static lzr_error *add_ifunc(struct listing *listing, uint32_t index) {
  struct lzr_object_module *module = listing->module;
  const struct lzr_object_symbol *symbol = &module->object->symbols[index];
  if (module->parts[symbol->section].use != LZR_PART_CODE)
    return lzr_error_create(
        LZR_ERROR_FORMAT, "the ifunc '%s' does not lie in code", symbol->name);
  const char *resolver;
  struct lzr_definition *ifunc = NULL;
  lzr_error *error = find_resolver(listing, index, &resolver);
  if (!error)
    error = add_symbol(listing, index, LZR_DEFINITION_IFUNC,
                       module->parts[symbol->section].group, &ifunc);
  if (!error)
    ifunc->aliasee = resolver;
  return error;
}

/* Data. */

static bool is_placed(const struct lzr_object_module *module,
                      const struct lzr_object_symbol *symbol) {
  return symbol->place == LZR_PLACE_ABSOLUTE ||
         symbol->place == LZR_PLACE_COMMON ||
         (symbol->place == LZR_PLACE_SECTION &&
          module->parts[symbol->section].group != LZR_NO_GROUP);
}

/* All of group 0 is needed where it has a section that contains something that
   others can name. */
static lzr_error *add_globals(struct listing *listing) {
  struct lzr_object_module *module = listing->module;
  const struct lzr_object *object = module->object;
  struct lzr_definition *added = NULL;
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < object->symbol_count && !error; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (module->definition_of[i] || !is_placed(module, symbol))
      continue;
    if (symbol->type == STT_GNU_IFUNC && symbol->place == LZR_PLACE_SECTION)
      error = add_ifunc(listing, i);
    else if (lzr_object_symbol_is_global(symbol))
      error = add_symbol(listing, i, LZR_DEFINITION_DATA, 0, &added);
  }
  return error;
}

/* What one group needs of another. */

static lzr_error *refuse_section(const struct lzr_object_module *module,
                                 uint32_t from, uint32_t to) {
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "section '%s' refers to section '%s', of which "
                          "programs keep no copy",
                          lzr_object_module_section(module, from)->name,
                          lzr_object_module_section(module, to)->name);
}

static void need(void *data, uint32_t section,
                 const struct lzr_target *target) {
  struct listing *listing = data;
  struct lzr_object_module *module = listing->module;
  struct lzr_definition *added = NULL;
  if (listing->error || !target->section)
    return;
  const struct lzr_object_part *to = &module->parts[target->section];
  if (to->group == LZR_NO_GROUP)
    listing->error = refuse_section(module, section, target->section);
  else if (target->kind == LZR_TARGET_SYMBOL && to->use == LZR_PART_DATA &&
           (section == 0 || module->parts[section].group != to->group) &&
           !module->definition_of[target->symbol])
    listing->error = add_symbol(listing, target->symbol, LZR_DEFINITION_DATA,
                                to->group, &added);
}

/* Named sections. */

/* The session adds up the modules' parts of such a section by their
   definitions, in the sections' order. So one definition for each section tells
   the size of the whole. For a comdat, which may not be part of this module in
   the end, it is a definition inside. */
static lzr_error *add_carrier(struct listing *listing, uint32_t section,
                              struct lzr_definition **carrier) {
  struct lzr_object_module *module = listing->module;
  const struct lzr_object *object = module->object;
  const struct lzr_object_part *part = &module->parts[section];
  if (part->comdat && part->global &&
      object->symbols[part->global].type != STT_GNU_IFUNC)
    return add_symbol(listing, part->global, LZR_DEFINITION_DATA, 0, carrier);
  const char *name = make_local_name(listing, object->sections[section].name,
                                     object->symbol_count + section);
  if (!name)
    return lzr_out_of_memory();
  *carrier = append(listing,
                    (struct lzr_definition){.name = name,
                                            .kind = LZR_DEFINITION_DATA,
                                            .binding = LZR_BINDING_LOCAL},
                    (struct lzr_object_origin){.section = section});
  return NULL;
}

static lzr_error *measure_sections(struct listing *listing) {
  struct lzr_object_module *module = listing->module;
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < module->object->section_count && !error; i++) {
    const struct lzr_section *section = lzr_object_module_section(module, i);
    if (module->parts[i].use != LZR_PART_DATA || section->flags & SHF_TLS ||
        !lzr_section_name_has_start_stop(section->name))
      continue;
    struct lzr_definition *carrier = NULL;
    error = add_carrier(listing, i, &carrier);
    if (error)
      break;
    carrier->section = section->name;
    carrier->comdat = carrier->binding != LZR_BINDING_LOCAL;
    carrier->size = section->size;
    carrier->align = section->align;
  }
  return error;
}

/* Comdats. */

static void key_comdats(struct lzr_object_module *module) {
  for (uint32_t i = 0; i < module->comdat_count; i++)
    module->comdats[i].key =
        module->definition_of[module->comdats[i].signature];
  for (uint32_t i = 1; i < module->object->section_count; i++) {
    const struct lzr_object_part *part = &module->parts[i];
    if (part->comdat && !module->comdats[part->comdat - 1].key)
      module->comdats[part->comdat - 1].key =
          module->definition_of[part->global];
  }
}

/* Members. */

/* A group is named after its first member: a function, and one that others can
   name if there is one. */
static int order_of(const struct lzr_definition *definition) {
  if (definition->kind != LZR_DEFINITION_FUNCTION)
    return 2;
  return definition->binding == LZR_BINDING_LOCAL;
}

enum { ORDERS = 3 };

static lzr_error *list_members(struct lzr_object_module *module) {
  size_t groups = module->base.group_count;
  size_t count = module->base.definition_count;
  uint32_t *start = lzr_arena_alloc(&module->arena, groups + 2, sizeof *start);
  uint32_t *members = lzr_arena_alloc(&module->arena, count, sizeof *members);
  if (!start || !members)
    return lzr_out_of_memory();
  /* start[g + 1] is where g begins, until its members have been placed. */
  for (size_t i = 0; i < count; i++)
    start[module->definitions[i].group + 2]++;
  for (size_t g = 2; g < groups + 2; g++)
    start[g] += start[g - 1];
  for (int order = 0; order < ORDERS; order++)
    for (uint32_t i = 0; i < count; i++)
      if (order_of(&module->definitions[i]) == order)
        members[start[module->definitions[i].group + 1]++] = i;
  module->base.group_start = start;
  module->base.group_members = members;
  return NULL;
}

/* The whole. */

static lzr_error *list_all(struct listing *listing) {
  lzr_error *error = add_global_names(listing);
  if (!error)
    error = measure_sections(listing);
  if (!error)
    error = add_all_functions(listing);
  if (!error)
    error = add_globals(listing);
  if (error)
    return error;
  lzr_target_visit_all(listing->module, need, listing);
  return listing->error;
}

/* Reserves for the most that there can be: each symbol may have a definition,
   each function another name for those that its weak names stand for, each
   ifunc a resolver, each section a name. */
static lzr_error *make_room(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  size_t room = (size_t)object->symbol_count * 2 + object->section_count;
  module->definitions =
      lzr_arena_alloc(&module->arena, room, sizeof *module->definitions);
  module->origins =
      lzr_arena_alloc(&module->arena, room, sizeof *module->origins);
  module->definition_of = lzr_arena_alloc(&module->arena, object->symbol_count,
                                          sizeof *module->definition_of);
  return module->definitions && module->origins && module->definition_of
             ? NULL
             : lzr_out_of_memory();
}

lzr_error *lzr_object_definitions_list(struct lzr_object_module *module) {
  lzr_error *error = make_room(module);
  if (error)
    return error;
  struct listing listing = {.module = module};
  error = list_all(&listing);
  lzr_map_fini(&listing.names);
  if (error)
    return error;
  module->base.definitions = module->definitions;
  module->base.definition_count = listing.count;
  key_comdats(module);
  return list_members(module);
}
