/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A unit: some groups of one module on their way into the target, as one
 * object.
 *
 *   lzr_unit_build     makes machine code and gives it its place in the target;
 *                      what the unit defines has addresses from here on
 *   lzr_unit_resolve   finds what the unit mentions; may have to wait for data
 *   lzr_unit_commit    writes the bytes into the target and points the slots at
 *                      the functions
 *
 * Everything here runs on compile threads.
 */
#ifndef LZR_BUILD_UNIT_H
#define LZR_BUILD_UNIT_H

#include "runtime/build/builder.h"
#include "runtime/symbols/resolve.h"

struct lzr_unit {
  struct lzr_builder *builder;
  unsigned thread;
  struct lzr_input *input;
  uint32_t *groups; /* borrowed */
  size_t group_count;
  const struct lzr_unit *needed_by; /* this is data that it needs; or NULL */
  bool strict;      /* unknown functions are errors, see lzr_library_compile */
  uint32_t number;  /* 0 in the fields from here on, at first */
  uint32_t version; /* how often its first group has been built before */
  const char *name; /* its first group's; borrowed from the module */
  lzr_image *image; /* owned unless kept: then its input's */
  bool kept;
  bool resolved;
  struct lzr_symbol **functions; /* owned; what it defines */
  bool *stored; /* owned; the commit stored functions[i]'s slots */
  size_t function_count;
  struct lzr_resolution resolution;
  struct lzr_input_set depends; /* whose data it mentions, as far as that was
                                   not ready when it was resolved */
  uint32_t *seen; /* owned until the unit is kept; as in struct lzr_built */
  size_t seen_count;
  struct lzr_entry **borrowed; /* owned until the unit is kept; what it may have
                                  inlined of other modules */
  size_t borrowed_count;
  const char *culprit; /* the function that mentions what is missing; borrowed
                          from the module's build */
};

lzr_error *lzr_unit_build(struct lzr_unit *unit);

/* To be continued by another call if the asker has needs afterwards; else
   unit->resolved is set. */
lzr_error *lzr_unit_resolve(struct lzr_unit *unit, struct lzr_asker *asker);

lzr_error *lzr_unit_commit(struct lzr_unit *unit);

/* Frees what is not in the target. A unit that has not been committed can be
   built from the start afterwards. */
void lzr_unit_fini(struct lzr_unit *unit);

/* Says what an error is about. Takes cause; NULL stays NULL. */
lzr_error *lzr_unit_blame(const struct lzr_unit *unit, lzr_error *cause);

#endif
