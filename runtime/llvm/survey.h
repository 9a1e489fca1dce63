/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a module defines, as its module-level records say: definitions with
 * their groups, constructors and destructors.
 */
#ifndef LZR_SURVEY_H
#define LZR_SURVEY_H

#include <llvm-c/Types.h>

#include "runtime/llvm/pointer_map.h"
#include "runtime/llvm/source.h"

/* The LLVM values of a definition; this table is parallel to the public one. */
struct lzr_origin {
  LLVMValueRef value; /* in the source's module */
  LLVMValueRef base;  /* of an alias: the function, variable or ifunc it names;
                         of an ifunc: its resolver function; else value */
  bool exact;         /* an alias has base's address, without an offset */
};

/* A survey that is all zero is empty. Names are borrowed from the module. */
struct lzr_survey {
  struct lzr_definition *definitions; /* owned */
  struct lzr_origin *origins;         /* owned */
  size_t count;
  struct lzr_pointer_map
      index; /* value in the module to its entry in origins */
  uint32_t group_count;
  uint32_t *group_start;   /* owned; group g's members are members[i] with */
  uint32_t *group_members; /* group_start[g] <= i < group_start[g + 1]; owned */
  struct lzr_init_list constructors, destructors;
  bool has_arrays;
};

/* Fills in all but the groups; lzr_groups_form() does those. Gives names to the
   module's unnamed globals. */
lzr_error *lzr_survey_take(LLVMModuleRef module, struct lzr_survey *survey);
void lzr_survey_fini(struct lzr_survey *survey);

/* The index of a global's definition, or count if the module does not define
   it. */
size_t lzr_survey_find(const struct lzr_survey *survey, LLVMValueRef value);

#endif
