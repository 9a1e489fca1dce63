/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/baseline.h"

#include <stdlib.h>

#include "runtime/baseline/exceptions.h"
#include "runtime/baseline/generator/generate.h"
#include "runtime/baseline/unit.h"

struct lzr_baseline {
  const struct lzr_baseline_arch *arch;
  struct lzr_gen *generator; /* owned */
  struct lzr_ir ir;
  struct lzr_baseline_unit unit;
};

static const struct lzr_baseline_arch *find(const struct lzr_arch *arch) {
  static const struct lzr_baseline_arch *const known[] = {
      &lzr_baseline_x86_64, &lzr_baseline_aarch64};
  for (size_t i = 0; arch && i < sizeof known / sizeof *known; i++)
    if (known[i]->elf_machine == arch->elf_machine)
      return known[i];
  return NULL;
}

bool lzr_baseline_knows(const struct lzr_arch *arch) {
  return find(arch) != NULL;
}

lzr_error *lzr_baseline_create(const struct lzr_arch *arch,
                               lzr_baseline **baseline) {
  *baseline = NULL;
  const struct lzr_baseline_arch *found = find(arch);
  if (!found)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "there is no baseline generator for %s",
                            arch->name);
  lzr_baseline *made = calloc(1, sizeof *made);
  if (!made)
    return lzr_out_of_memory();
  made->arch = found;
  made->generator = lzr_gen_create(found->target);
  if (!made->generator) {
    free(made);
    return lzr_out_of_memory();
  }
  *baseline = made;
  return NULL;
}

void lzr_baseline_destroy(lzr_baseline *baseline) {
  if (!baseline)
    return;
  lzr_gen_destroy(baseline->generator);
  lzr_ir_fini(&baseline->ir);
  lzr_code_fini(&baseline->unit.code);
  lzr_code_fini(&baseline->unit.exceptions);
  free(baseline->unit.symbols);
  lzr_map_fini(&baseline->unit.names);
  free(baseline);
}

void lzr_baseline_begin(lzr_baseline *baseline) {
  lzr_code_reset(&baseline->unit.code);
  lzr_code_reset(&baseline->unit.exceptions);
  baseline->unit.symbol_count = 0;
  lzr_map_fini(&baseline->unit.names);
}

lzr_error *lzr_baseline_ir(lzr_baseline *baseline, struct lzr_ir **ir) {
  *ir = &baseline->ir;
  lzr_ir_reset(*ir);
  return (*ir)->out_of_memory ? lzr_out_of_memory() : NULL;
}

/* The function's symbols become the unit's. */

static lzr_error *find_symbol(struct lzr_baseline_unit *unit, const char *name,
                              size_t *index) {
  uintptr_t found = (uintptr_t)lzr_map_get(&unit->names, name);
  *index = found - 1;
  if (found)
    return NULL;
  struct lzr_baseline_symbol *grown = lzr_array_reserve(
      unit->symbols, &unit->symbol_room, unit->symbol_count + 1, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  unit->symbols = grown;
  *index = unit->symbol_count;
  grown[*index] = (struct lzr_baseline_symbol){.name = name};
  if (!lzr_map_put(&unit->names, name, (void *)(uintptr_t)(*index + 1)))
    return lzr_out_of_memory();
  unit->symbol_count++;
  return NULL;
}

static lzr_error *adopt_symbol(struct lzr_baseline_unit *unit,
                               const struct lzr_ir *ir, uint32_t number,
                               uint32_t *index) {
  const struct lzr_ir_symbol *symbol = &ir->symbols[number];
  size_t found;
  lzr_error *error = find_symbol(unit, symbol->name, &found);
  if (error)
    return error;
  struct lzr_baseline_symbol *adopted = &unit->symbols[found];
  adopted->weak = adopted->weak || symbol->weak;
  adopted->mentioned = adopted->mentioned || symbol->mentioned;
  if (!adopted->mentioned_by)
    adopted->mentioned_by = ir->symbols[ir->symbol].name;
  *index = (uint32_t)found;
  return NULL;
}

/* Gives the relocations from first on the numbers of the unit's symbols. */
static lzr_error *adopt_relocs(struct lzr_baseline_unit *unit,
                               const struct lzr_ir *ir,
                               struct lzr_machine_code *code, size_t first) {
  lzr_error *error = NULL;
  for (size_t k = first; k < code->reloc_count && !error; k++) {
    struct lzr_code_reloc *reloc = &code->relocs[k];
    error = adopt_symbol(unit, ir, reloc->symbol, &reloc->symbol);
  }
  return error;
}

static lzr_error *define(struct lzr_baseline_unit *unit,
                         const struct lzr_ir *ir,
                         const struct lzr_code_function *function,
                         uint32_t personality) {
  size_t index;
  lzr_error *error = find_symbol(unit, ir->symbols[ir->symbol].name, &index);
  if (error)
    return error;
  unit->symbols[index].defined = true;
  unit->symbols[index].function = *function;
  unit->symbols[index].personality = personality;
  return NULL;
}

/* Writes the function's exception table, behind a pointer to its personality
   routine, whose offset is returned. */
static uint32_t write_exceptions(lzr_baseline *baseline,
                                 struct lzr_code_function *function) {
  struct lzr_baseline_unit *unit = &baseline->unit;
  struct lzr_machine_code *table = &unit->exceptions;
  lzr_code_want(table);
  uint32_t offset = (uint32_t)table->size;
  lzr_code_relocate(table, baseline->arch->address_reloc,
                    baseline->ir.personality, 0);
  lzr_code_put_number(table, 0, 8);
  lzr_exceptions_write(&baseline->ir, &unit->code,
                       baseline->arch->address_reloc, function, table);
  return offset;
}

static lzr_error *adopt(lzr_baseline *baseline,
                        struct lzr_code_function *function,
                        size_t first_reloc) {
  struct lzr_baseline_unit *unit = &baseline->unit;
  const struct lzr_ir *ir = &baseline->ir;
  size_t first_address = unit->exceptions.reloc_count;
  uint32_t personality = 0;
  if (unit->code.site_count)
    personality = write_exceptions(baseline, function);
  if (unit->exceptions.out_of_memory)
    return lzr_out_of_memory();
  lzr_error *error = adopt_relocs(unit, ir, &unit->code, first_reloc);
  if (!error)
    error = adopt_relocs(unit, ir, &unit->exceptions, first_address);
  return error ? error : define(unit, ir, function, personality);
}

static bool is_out_of_memory(const lzr_baseline *baseline) {
  return baseline->ir.out_of_memory || baseline->unit.code.out_of_memory ||
         baseline->unit.exceptions.out_of_memory;
}

lzr_error *lzr_baseline_generate(lzr_baseline *baseline, const char **refusal) {
  struct lzr_ir *ir = &baseline->ir;
  struct lzr_machine_code *code = &baseline->unit.code;
  struct lzr_code_function function = {0};
  size_t first_reloc = code->reloc_count;
  if (is_out_of_memory(baseline))
    return lzr_out_of_memory();
  if (!ir->refusal)
    lzr_gen_generate(baseline->generator, ir, code, &function);
  if (is_out_of_memory(baseline))
    return lzr_out_of_memory();
  *refusal = ir->refusal;
  return ir->refusal ? NULL : adopt(baseline, &function, first_reloc);
}

lzr_error *lzr_baseline_add_to(const lzr_baseline *baseline,
                               lzr_object *object) {
  return lzr_baseline_unit_add_to(&baseline->unit, baseline->arch, object);
}
