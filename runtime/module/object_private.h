/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An object module as its source files share it: the object as the linker's
 * reader has checked it, and what opening the module has found out about it, in
 * tables that never change afterwards. They all work on this one struct, so
 * their functions are declared here too, file by file.
 */
#ifndef LZR_OBJECT_PRIVATE_H
#define LZR_OBJECT_PRIVATE_H

#include "runtime/link/object.h"
#include "runtime/module/object_module.h"

/* What a section of the file is here. */
enum lzr_part_use {
  LZR_PART_NONE,   /* nothing that is placed */
  LZR_PART_CODE,   /* instructions */
  LZR_PART_DATA,   /* placed with group 0, or with the code it belongs to */
  LZR_PART_UNWIND, /* .eh_frame: each group gets its own records */
  LZR_PART_ARRAY   /* .init_array and its kind: read, not placed */
};

enum { LZR_NO_GROUP = UINT32_MAX };

struct lzr_object_part {
  uint8_t use;     /* enum lzr_part_use */
  bool has_global; /* a global symbol other than a function's lies in it */
  bool has_fixed;  /* a function of is_fixed does */
  bool has_object; /* a variable's symbol does, maybe a local one */
  uint32_t group;  /* LZR_NO_GROUP if it is not placed */
  uint32_t comdat; /* index of its comdat + 1; 0 for none */
  uint32_t global; /* the first global symbol in it; 0 for none */
  uint32_t relocs; /* index + 1 of its first relocation table; 0 for none */
};

/* One SHT_GROUP section of the comdat kind. */
struct lzr_comdat {
  uint32_t signature; /* symbol, 0 if the file names none that exists */
  uint32_t key;       /* index + 1 of the definition on which it depends: the
                         signature's, or the first of its sections; 0 for none */
};

/* A CIE or an FDE of .eh_frame. */
struct lzr_unwind_record {
  uint32_t section; /* the .eh_frame it is in */
  uint32_t code;    /* an FDE: the section that it describes; else 0 */
  uint32_t cie;     /* an FDE: index of its CIE in records */
  uint64_t offset, size;
  size_t first_reloc, reloc_count; /* in unwind_relocs */
};

/* Where a definition lies: at a symbol, or at the start of a section. */
struct lzr_object_origin {
  uint32_t symbol;  /* or 0 */
  uint32_t section; /* where symbol is 0 */
};

/* A list of numbers for each group: list[start[g]] to list[start[g + 1]]. */
struct lzr_group_lists {
  uint32_t *start;
  uint32_t *list;
};

struct lzr_object_module {
  struct lzr_module base;
  uint8_t *bytes;         /* owned: the file */
  lzr_object *object;     /* owned */
  struct lzr_arena arena; /* owned; all below is in it */
  bool whole;             /* it is one group, to be shown to a debugger */

  struct lzr_object_part *parts; /* by section */
  uint32_t *next_relocs; /* by relocation table: the section's next one, as
                            in struct lzr_object_part */
  struct lzr_comdat *comdats;
  uint32_t comdat_count;

  /* Symbols of functions in code, by section and value; of several at one
     place, the symbol that stands for the others comes first. */
  uint32_t *functions;
  size_t function_count;
  /* By symbol: a function whose address is taken in a way that nobody can
     change, so the address cannot be a stub. */
  bool *is_fixed;

  struct lzr_unwind_record *records; /* CIEs and FDEs, as they come */
  size_t record_count;
  struct lzr_reloc *unwind_relocs; /* by record, then offset */

  struct lzr_definition *definitions; /* base.definitions, to be filled in */
  struct lzr_object_origin *origins;
  uint32_t *definition_of; /* by symbol: index + 1, 0 for none */

  struct lzr_group_lists group_sections; /* those that are placed */
  struct lzr_group_lists group_records;  /* FDEs */
};

static inline const struct lzr_section *
lzr_object_module_section(const struct lzr_object_module *module,
                          uint32_t index) {
  return &module->object->sections[index];
}

/* The number of a section's relocations. */
static inline size_t
lzr_object_module_count_relocs(const struct lzr_object_module *module,
                               uint32_t section) {
  size_t count = 0;
  for (uint32_t i = module->parts[section].relocs; i;
       i = module->next_relocs[i - 1])
    count += module->object->tables[i - 1].count;
  return count;
}

/* object_targets.c: what a relocation is about. */

enum lzr_target_kind {
  LZR_TARGET_NONE,     /* nothing */
  LZR_TARGET_SYMBOL,   /* the symbol as it stands */
  LZR_TARGET_FUNCTION, /* a function as others see it, whose symbol it is */
  LZR_TARGET_PLACE     /* a place inside code, which only makes sense beside
                          that code */
};

struct lzr_target {
  uint8_t kind;     /* enum lzr_target_kind */
  uint8_t expr;     /* enum lzr_reloc_expr */
  uint32_t symbol;  /* of FUNCTION: maybe not the relocation's */
  uint32_t section; /* where it lies; 0 for none */
  uint64_t addend;  /* of the relocation, if it is against symbol */
};

/* For a relocation of a section, which has passed lzr_object_scan_relocs(). */
struct lzr_target lzr_target_find(const struct lzr_object_module *module,
                                  uint32_t section,
                                  const struct lzr_reloc *reloc);

/* Finds the functions that start there: the first one's index in functions, and
   how many there are. */
size_t lzr_target_functions_at(const struct lzr_object_module *module,
                               uint32_t section, uint64_t offset,
                               size_t *count);

/* Returns the symbol of the function that starts there, or 0; of several, the
   symbol that stands for the others. */
uint32_t lzr_target_function_at(const struct lzr_object_module *module,
                                uint32_t section, uint64_t offset);

/* Returns the symbol of the function around that place, or 0. */
uint32_t lzr_target_function_around(const struct lzr_object_module *module,
                                    uint32_t section, uint64_t offset);

/* Called for every relocation of sections that are placed, and of the unwind
   records about them. section is where the relocation is; for a record's, the
   section that the record describes (0 for a CIE's). */
typedef void lzr_target_visitor(void *data, uint32_t section,
                                const struct lzr_target *target);
void lzr_target_visit_all(const struct lzr_object_module *module,
                          lzr_target_visitor *visitor, void *data);

/* object_parts.c: sections, comdats, functions by place. */

lzr_error *lzr_parts_read(struct lzr_object_module *module);

/* object_unwind.c: the records of .eh_frame. */

lzr_error *lzr_records_read(struct lzr_object_module *module);

/* object_fixed.c: functions that must be where their address says. */

/* Fills is_fixed. */
lzr_error *lzr_fixed_functions_find(struct lzr_object_module *module);

/* object_groups.c: which sections stay together. */

/* Gives each part its group, and sets base.group_count. */
lzr_error *lzr_object_groups_form(struct lzr_object_module *module);

/* Sorts sections and records by group. */
lzr_error *lzr_object_groups_list(struct lzr_object_module *module);

/* object_definitions.c: what the module defines, and as what. */

/* Definitions, origins, definition_of, the comdats' keys,
   base.group_members. */
lzr_error *lzr_object_definitions_list(struct lzr_object_module *module);

/* object_init_arrays.c. */

/* base.constructors and base.destructors. */
lzr_error *lzr_object_read_init_arrays(struct lzr_object_module *module);

/* Whether a section is an array of constructors or destructors. */
bool lzr_section_is_init_array(const struct lzr_section *section);

/* object_build.c. */

lzr_error *lzr_object_module_build(lzr_module *module, unsigned thread,
                                   const struct lzr_build_request *request,
                                   struct lzr_built *built);

#endif
