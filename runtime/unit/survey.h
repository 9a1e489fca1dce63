/*
 * What a module defines, found from its module-level records alone: names,
 * definitions, which of them must stay together, constructors.
 */
#ifndef LZR_SURVEY_H
#define LZR_SURVEY_H

#include <llvm-c/Types.h>

#include "runtime/unit/pointer_map.h"
#include "runtime/unit/source.h"

/* Where a definition comes from; parallel to the public table. */
struct lzr_origin {
  LLVMValueRef value; /* in the source's module */
  LLVMValueRef base;  /* of an alias: the function, variable or ifunc it names;
                         of an ifunc: its resolver function; else value */
  bool exact;         /* an alias' address is base's, without an offset */
};

struct lzr_structors {
  struct lzr_structor *entries; /* owned */
  size_t count;
};

/* All zero is an empty one. Borrows names from the module. */
struct lzr_survey {
  struct lzr_definition *definitions; /* owned */
  struct lzr_origin *origins;         /* owned */
  size_t count;
  struct lzr_pointer_map index; /* value in the module to its origin */
  uint32_t group_count;
  uint32_t *group_start;   /* owned; group g's members are members[i] with */
  uint32_t *group_members; /* group_start[g] <= i < group_start[g + 1]; owned */
  struct lzr_structors constructors, destructors;
};

/* Names of the module's unnamed globals are set. */
lzr_error *lzr_survey_take(LLVMModuleRef module, struct lzr_survey *survey);
void lzr_survey_fini(struct lzr_survey *survey);

/* The index of a global of the module in the table, or count if it is not a
   definition. */
size_t lzr_survey_find(const struct lzr_survey *survey, LLVMValueRef value);

/* A global's name as the linker sees it; borrowed from the module. */
const char *lzr_survey_linker_name(LLVMValueRef global);

/* Whether linkers define __start_X and __stop_X for a section of that name. */
bool lzr_survey_is_identifier(const char *name);

/* Gives every global a name that a unit can use, the same one each time the
   module is read. */
lzr_error *lzr_names_settle(LLVMModuleRef module);

/* Fills in the definitions' groups and the group tables. */
lzr_error *lzr_groups_form(LLVMModuleRef module, struct lzr_survey *survey);

/* Reads llvm.global_ctors or llvm.global_dtors. */
lzr_error *lzr_structors_read(LLVMModuleRef module, const char *name,
                              struct lzr_structors *structors);

#endif
