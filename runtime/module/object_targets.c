/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a relocation is about: the symbol that it names, a function as such, or
 * a place inside code.
 *
 * Assemblers replace a local function's symbol by its section and an offset, so
 * the place has to be compared with where functions start. For most relocations
 * symbol + addend is the place. A branch, and any PC-relative field in x86-64
 * code, counts from the field's end. A table of differences (".long label -
 * table") has the distance to the table's start in its addend, which is not
 * known here: a relocation against a function's own name means the function,
 * one against any other symbol some place in the section.*/
#include <stdlib.h>

#include "runtime/module/object_private.h"

/* Functions by place. */

/* Counts the functions that start before the place, or, if through is set,
   before or at it. */
static size_t count_before(const struct lzr_object_module *module,
                           uint32_t section, uint64_t offset, bool through) {
  size_t low = 0, high = module->function_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct lzr_object_symbol *symbol =
        &module->object->symbols[module->functions[middle]];
    bool before = symbol->section != section ? symbol->section < section
                  : symbol->value != offset  ? symbol->value < offset
                                             : through;
    if (before)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

size_t lzr_target_functions_at(const struct lzr_object_module *module,
                               uint32_t section, uint64_t offset,
                               size_t *count) {
  size_t first = count_before(module, section, offset, false);
  *count = count_before(module, section, offset, true) - first;
  return first;
}

uint32_t lzr_target_function_at(const struct lzr_object_module *module,
                                uint32_t section, uint64_t offset) {
  size_t index = count_before(module, section, offset, false);
  if (index == module->function_count)
    return 0;
  uint32_t found = module->functions[index];
  const struct lzr_object_symbol *symbol = &module->object->symbols[found];
  return symbol->section == section && symbol->value == offset ? found : 0;
}

uint32_t lzr_target_function_around(const struct lzr_object_module *module,
                                    uint32_t section, uint64_t offset) {
  size_t count = count_before(module, section, offset, true);
  if (count == 0)
    return 0;
  uint32_t found = module->functions[count - 1];
  return module->object->symbols[found].section == section ? found : 0;
}

/* Relocations. */

/* One relocation, and what this file asks about it. */
struct question {
  const struct lzr_object_module *module;
  uint32_t from;
  const struct lzr_section *section; /* from */
  const struct lzr_reloc *reloc;
  const struct lzr_reloc_row *row;
  const struct lzr_object_symbol *symbol;
};

static bool is_in_code(const struct question *question) {
  return question->module->parts[question->from].use == LZR_PART_CODE;
}

/* Unwind tables, and the tables of landing pads to which they lead, describe
   code where it is. */
static bool describes_code(const struct question *question) {
  return question->module->parts[question->from].use == LZR_PART_UNWIND ||
         strncmp(question->section->name, ".gcc_except_table", 17) == 0;
}

static bool is_pc_relative(const struct question *question) {
  return question->row->expr == LZR_EXPR_S_A_P ||
         question->row->expr == LZR_EXPR_CALL;
}

/* Whether the addend moves the place itself, and not what leads to it. */
static bool adds_to_symbol(const struct question *question) {
  switch ((enum lzr_reloc_expr)question->row->expr) {
  case LZR_EXPR_S_A:
  case LZR_EXPR_S_A_P:
  case LZR_EXPR_CALL:
  case LZR_EXPR_PAGE:
  case LZR_EXPR_GOTOFF:
    return true;
  default:
    return false;
  }
}

/* Where in its section the symbol with the addend points. */
static uint64_t pointed_at(const struct question *question) {
  uint64_t place = question->symbol->value;
  if (adds_to_symbol(question))
    place += question->reloc->addend;
  if (is_in_code(question) && is_pc_relative(question) &&
      question->module->object->arch->counts_from_field_end)
    place += question->row->size;
  return place;
}

static bool is_function_symbol(const struct lzr_object_symbol *symbol) {
  return symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC;
}

/* The function whose start is meant, or 0 if it is no function's. */
static uint32_t function_meant(const struct question *question) {
  const struct lzr_object_symbol *symbol = question->symbol;
  bool is_difference = is_pc_relative(question) && !is_in_code(question);
  if (describes_code(question))
    return 0;
  if (symbol->type == STT_GNU_IFUNC)
    return question->reloc->symbol;
  if (symbol->type == STT_FUNC)
    return is_difference || pointed_at(question) == symbol->value
               ? question->reloc->symbol
               : 0;
  return is_difference
             ? 0
             : lzr_target_function_at(question->module, symbol->section,
                                      pointed_at(question));
}

/* The part of a function that compilers put elsewhere, because it is seldom
   run, looks like a function of its own. But it is jumped to with registers in
   use that no call preserves. */
static bool may_be_part_of_one(const struct question *question,
                               const struct lzr_object_symbol *function) {
  return !lzr_object_symbol_is_global(function) && function->type == STT_FUNC &&
         is_in_code(question) &&
         question->module->object->arch->is_jump(
             question->section->bytes, question->section->size,
             question->reloc->offset, question->reloc->type);
}

static void find_in_code(const struct question *question,
                         struct lzr_target *target) {
  const struct lzr_object_symbol *symbols = question->module->object->symbols;
  uint32_t function = function_meant(question);
  if (!function || may_be_part_of_one(question, &symbols[function])) {
    target->kind = LZR_TARGET_PLACE;
    return;
  }
  target->kind = LZR_TARGET_FUNCTION;
  target->symbol = function;
  if (adds_to_symbol(question))
    target->addend += question->symbol->value - symbols[function].value;
}

/* A symbol of code that is no function, and that others can name. */
static bool is_named_place(const struct lzr_object_symbol *symbol) {
  return lzr_object_symbol_is_global(symbol) && !is_function_symbol(symbol);
}

struct lzr_target lzr_target_find(const struct lzr_object_module *module,
                                  uint32_t section,
                                  const struct lzr_reloc *reloc) {
  const struct lzr_object *object = module->object;
  struct question question = {
      .module = module,
      .from = section,
      .section = &object->sections[section],
      .reloc = reloc,
      .row = object->arch->find_reloc(reloc->type),
      .symbol = &object->symbols[reloc->symbol],
  };
  if (question.row->expr == LZR_EXPR_NONE)
    return (struct lzr_target){.kind = LZR_TARGET_NONE};
  struct lzr_target target = {.kind = LZR_TARGET_SYMBOL,
                              .expr = question.row->expr,
                              .symbol = reloc->symbol,
                              .addend = reloc->addend};
  if (question.symbol->place != LZR_PLACE_SECTION)
    return target;
  target.section = question.symbol->section;
  if (module->parts[target.section].use == LZR_PART_CODE &&
      !is_named_place(question.symbol))
    find_in_code(&question, &target);
  return target;
}

/* All of them. */

static void visit_section(const struct lzr_object_module *module,
                          uint32_t section, lzr_target_visitor *visitor,
                          void *data) {
  for (uint32_t i = module->parts[section].relocs; i;
       i = module->next_relocs[i - 1]) {
    const struct lzr_reloc_table *table = &module->object->tables[i - 1];
    for (size_t j = 0; j < table->count; j++) {
      struct lzr_reloc reloc = lzr_reloc_load(table, j);
      struct lzr_target target = lzr_target_find(module, section, &reloc);
      if (target.kind != LZR_TARGET_NONE)
        visitor(data, section, &target);
    }
  }
}

static void visit_record(const struct lzr_object_module *module,
                         const struct lzr_unwind_record *record,
                         lzr_target_visitor *visitor, void *data) {
  for (size_t i = 0; i < record->reloc_count; i++) {
    struct lzr_target target =
        lzr_target_find(module, record->section,
                        &module->unwind_relocs[record->first_reloc + i]);
    if (target.kind != LZR_TARGET_NONE)
      visitor(data, record->code, &target);
  }
}

void lzr_target_visit_all(const struct lzr_object_module *module,
                          lzr_target_visitor *visitor, void *data) {
  for (uint32_t i = 1; i < module->object->section_count; i++)
    if (module->parts[i].use == LZR_PART_CODE ||
        module->parts[i].use == LZR_PART_DATA)
      visit_section(module, i, visitor, data);
  for (uint32_t i = 0; i < module->record_count; i++)
    if (module->records[i].code || module->records[i].cie == i)
      visit_record(module, &module->records[i], visitor, data);
}
