/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a unit of the baseline generator consists of, for the file that makes an
 * object of it.
 */
#ifndef LZR_BASELINE_UNIT_H
#define LZR_BASELINE_UNIT_H

#include "runtime/baseline/arch.h"
#include "runtime/link/object.h"
#include "runtime/support/map.h"

/* A name that the unit's code mentions or defines. */
struct lzr_baseline_symbol {
  const char *name; /* borrowed */
  bool weak;
  bool mentioned; /* not only to call it */
  bool defined;
  const char *mentioned_by; /* the first function that does; borrowed */
  struct lzr_code_function function; /* where it is, if defined */
  uint32_t personality; /* of a function with an exception table: the offset of
                           the pointer */
};

/* All zero is empty, but lzr_code_reset() is due for the code. */
struct lzr_baseline_unit {
  struct lzr_machine_code code; /* relocations name symbols of this unit */
  struct lzr_baseline_symbol *symbols; /* owned */
  size_t symbol_count, symbol_room;
  struct lzr_map names;               /* to index + 1 in symbols */
  struct lzr_machine_code exceptions; /* exception tables, and pointers to
                                 personality routines; relocations as in code */
};

/* Adds the unit to an object. */
lzr_error *lzr_baseline_unit_add_to(const struct lzr_baseline_unit *unit,
                                    const struct lzr_baseline_arch *arch,
                                    struct lzr_object *object);

#endif
