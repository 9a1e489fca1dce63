/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds which sections must be built together.
 *
 * Begins with a set for each section and joins the sets of those that make no
 * sense apart (union-find). Node 0, which is no section of the file, is group
 * 0. It is always right to put a section into group 0, because all of that is
 * placed at once, before anything gets one of its addresses. A section has a
 * group of its own so that it need not be placed before its function is called.
 *
 * Three things join sets: a relocation about a place inside code (code that has
 * been split, tables of labels); a variable's offset in the thread-local block,
 * because all offsets are in one block; the size of a symbol.
 *
 * Data then goes with the code that it was joined with, or with the code whose
 * unwind records or instructions alone refer to it, if the data is constant and
 * has no name that others use. Otherwise the data, and all that it was joined
 * with, is in group 0. Code is in group 0 if it has no function, or a name that
 * is not a function's, or a function whose address must be its code's, or if it
 * lies in a section that has start and stop symbols.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"
#include "runtime/support/sets.h"

enum { NOBODY = 0, SEVERAL = UINT32_MAX };

struct grouping {
  struct lzr_object_module *module;
  uint32_t *parent; /* owned; by section */
  bool *joined;     /* owned; by section: it was joined with another one by
                       what relocations say */
  uint32_t *user;   /* owned; by section: the one that refers to it, or NOBODY
                       or SEVERAL */
};

static enum lzr_part_use use_of(const struct grouping *grouping,
                                uint32_t section) {
  return grouping->module->parts[section].use;
}

/* What a section may be. */

/* Constant once it has been relocated. */
static bool is_constant(const struct lzr_section *section) {
  return !(section->flags & SHF_WRITE) ||
         (section->bytes && strncmp(section->name, ".data.rel.ro", 12) == 0);
}

/* Whether data can be in another group than group 0: each build makes a copy of
   it, and only the group itself knows where the copy is. */
static bool may_leave(const struct grouping *grouping, uint32_t index) {
  const struct lzr_section *section =
      lzr_object_module_section(grouping->module, index);
  return is_constant(section) && !(section->flags & SHF_TLS) &&
         !lzr_section_name_has_start_stop(section->name) &&
         !grouping->module->parts[index].has_global;
}

static bool must_be_data(const struct grouping *grouping, uint32_t index) {
  const struct lzr_section *section =
      lzr_object_module_section(grouping->module, index);
  return section->flags & SHF_WRITE ||
         lzr_section_name_has_start_stop(section->name) ||
         grouping->module->parts[index].has_global ||
         grouping->module->parts[index].has_fixed;
}

/* Relocations. */

static void join_target(void *data, uint32_t section,
                        const struct lzr_target *target) {
  struct grouping *grouping = data;
  if (target->expr == LZR_EXPR_TLSLD || target->expr == LZR_EXPR_DTPOFF)
    lzr_sets_join(grouping->parent, section, 0);
  if (target->section &&
      (target->kind == LZR_TARGET_PLACE || target->expr == LZR_EXPR_SIZE))
    lzr_sets_join(grouping->parent, section, target->section);
}

static void mark_joined(struct grouping *grouping) {
  for (uint32_t i = 1; i < grouping->module->object->section_count; i++) {
    uint32_t root = lzr_sets_root(grouping->parent, i);
    if (root != i)
      grouping->joined[i] = grouping->joined[root] = true;
  }
}

/* A unit refers to data of another by the name that group 0 gives it. */
static void note_user(void *data, uint32_t section,
                      const struct lzr_target *target) {
  struct grouping *grouping = data;
  uint32_t to = target->section;
  if (!to || to == section || use_of(grouping, to) != LZR_PART_DATA)
    return;
  if (grouping->joined[to]) {
    if (lzr_sets_root(grouping->parent, section) !=
        lzr_sets_root(grouping->parent, to))
      lzr_sets_join(grouping->parent, to, 0);
    return;
  }
  uint32_t *user = &grouping->user[to];
  if (use_of(grouping, section) != LZR_PART_CODE ||
      (*user != NOBODY &&
       (*user == SEVERAL || lzr_sets_root(grouping->parent, *user) !=
                                lzr_sets_root(grouping->parent, section))))
    *user = SEVERAL;
  else
    *user = section;
}

/* Settling. */

static void settle_code(struct grouping *grouping) {
  for (uint32_t i = 1; i < grouping->module->object->section_count; i++)
    if (use_of(grouping, i) == LZR_PART_CODE && must_be_data(grouping, i))
      lzr_sets_join(grouping->parent, i, 0);
}

static void settle_joined_data(struct grouping *grouping) {
  for (uint32_t i = 1; i < grouping->module->object->section_count; i++)
    if (use_of(grouping, i) == LZR_PART_DATA && grouping->joined[i] &&
        !may_leave(grouping, i))
      lzr_sets_join(grouping->parent, i, 0);
}

/* Data with a symbol of its own is a variable, whose address code may pass
   anywhere. */
static bool goes_with_user(struct grouping *grouping, uint32_t index) {
  return grouping->user[index] != NOBODY && grouping->user[index] != SEVERAL &&
         may_leave(grouping, index) &&
         !grouping->module->parts[index].has_object;
}

static void settle_other_data(struct grouping *grouping) {
  for (uint32_t i = 1; i < grouping->module->object->section_count; i++)
    if (use_of(grouping, i) == LZR_PART_DATA && !grouping->joined[i])
      lzr_sets_join(grouping->parent, i,
                    goes_with_user(grouping, i) ? grouping->user[i] : 0);
}

/* Numbers. */

/* Numbers groups in the order of the functions. */
static lzr_error *number_groups(struct grouping *grouping) {
  struct lzr_object_module *module = grouping->module;
  const struct lzr_object *object = module->object;
  uint32_t *number = calloc(object->section_count, sizeof *number);
  if (!number)
    return lzr_out_of_memory();
  module->base.group_count = 1;
  for (size_t i = 0; i < module->function_count; i++) {
    uint32_t section = object->symbols[module->functions[i]].section;
    uint32_t root = lzr_sets_root(grouping->parent, section);
    if (root && !number[root])
      number[root] = module->base.group_count++;
  }
  for (uint32_t i = 1; i < object->section_count; i++) {
    bool placed = module->parts[i].use == LZR_PART_CODE ||
                  module->parts[i].use == LZR_PART_DATA;
    module->parts[i].group =
        placed ? number[lzr_sets_root(grouping->parent, i)] : LZR_NO_GROUP;
  }
  free(number);
  return NULL;
}

static bool has_debug_info(const struct lzr_object *object) {
  for (uint32_t i = 1; i < object->section_count; i++)
    if (strncmp(object->sections[i].name, ".debug_info", 11) == 0 ||
        strncmp(object->sections[i].name, ".zdebug_info", 12) == 0)
      return true;
  return false;
}

static void join_sections(struct grouping *grouping) {
  struct lzr_object_module *module = grouping->module;
  module->whole = module->whole && has_debug_info(module->object);
  settle_code(grouping);
  lzr_target_visit_all(module, join_target, grouping);
  mark_joined(grouping);
  settle_joined_data(grouping);
  lzr_target_visit_all(module, note_user, grouping);
  settle_other_data(grouping);
  for (uint32_t i = 1; module->whole && i < module->object->section_count; i++)
    lzr_sets_join(grouping->parent, i, 0);
}

lzr_error *lzr_object_groups_form(struct lzr_object_module *module) {
  uint32_t count = module->object->section_count;
  struct grouping grouping = {
      .module = module,
      .parent = calloc(count, sizeof *grouping.parent),
      .joined = calloc(count, sizeof *grouping.joined),
      .user = calloc(count, sizeof *grouping.user),
  };
  lzr_error *error = NULL;
  if (grouping.parent && grouping.joined && grouping.user) {
    for (uint32_t i = 0; i < count; i++)
      grouping.parent[i] = i;
    join_sections(&grouping);
    error = number_groups(&grouping);
  } else {
    error = lzr_out_of_memory();
  }
  free(grouping.parent);
  free(grouping.joined);
  free(grouping.user);
  return error;
}

/* Lists. */

/* Counting sort: number i goes to group_of(i), LZR_NO_GROUP for nowhere. */
static lzr_error *
list_by_group(struct lzr_object_module *module, size_t count,
              uint32_t (*group_of)(const struct lzr_object_module *, size_t),
              struct lzr_group_lists *lists) {
  size_t groups = module->base.group_count;
  lists->start =
      lzr_arena_alloc(&module->arena, groups + 2, sizeof *lists->start);
  lists->list = lzr_arena_alloc(&module->arena, count, sizeof *lists->list);
  if (!lists->start || !lists->list)
    return lzr_out_of_memory();
  /* start[g + 1] is where g begins, until its members have been placed. */
  for (size_t i = 0; i < count; i++)
    if (group_of(module, i) != LZR_NO_GROUP)
      lists->start[group_of(module, i) + 2]++;
  for (size_t g = 2; g < groups + 2; g++)
    lists->start[g] += lists->start[g - 1];
  for (size_t i = 0; i < count; i++)
    if (group_of(module, i) != LZR_NO_GROUP)
      lists->list[lists->start[group_of(module, i) + 1]++] = (uint32_t)i;
  return NULL;
}

static uint32_t group_of_section(const struct lzr_object_module *module,
                                 size_t index) {
  return index ? module->parts[index].group : LZR_NO_GROUP;
}

static uint32_t group_of_record(const struct lzr_object_module *module,
                                size_t index) {
  uint32_t code = module->records[index].code;
  return code ? module->parts[code].group : LZR_NO_GROUP;
}

lzr_error *lzr_object_groups_list(struct lzr_object_module *module) {
  lzr_error *error = list_by_group(module, module->object->section_count,
                                   group_of_section, &module->group_sections);
  if (!error)
    error = list_by_group(module, module->record_count, group_of_record,
                          &module->group_records);
  return error;
}
