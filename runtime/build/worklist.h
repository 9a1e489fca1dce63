/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What one job brings into the target: the unit that was asked for, if any, and
 * the data of all modules that it turns out to need.
 *
 * Data may refer to data of other modules in circles. So units are placed
 * first, which gives them addresses, and resolved when all they need is placed;
 * when nothing is left to be resolved, data is committed, then the unit. Nobody
 * but this job uses that data before all of it is committed. Data that depends
 * on data which could not be brought in is not usable either.
 */
#ifndef LZR_BUILD_WORKLIST_H
#define LZR_BUILD_WORKLIST_H

#include "runtime/build/unit.h"

struct lzr_worklist {
  struct lzr_builder *builder;
  unsigned thread;
  struct lzr_asker asker;
  const struct lzr_unit *asking; /* the unit that is being resolved, or NULL */
  bool tentative; /* nobody needs this data: what cannot be brought in is tried
                     again when somebody does. Set after init */
  bool gave_up;   /* on some of it */
  struct lzr_unit **data; /* owned array of owned units */
  size_t data_count;
};

void lzr_worklist_init(struct lzr_worklist *list, struct lzr_builder *builder,
                       unsigned thread);

/* Resolves names for a client, and places the data that they need. */
lzr_error *lzr_worklist_resolve(struct lzr_worklist *list,
                                struct lzr_resolution *resolution);

/* Searches for all names that modules mention and do not define, which adds
   members of archives. */
lzr_error *lzr_worklist_ask_all(struct lzr_worklist *list,
                                struct lzr_library *library);

/* Resolves the names of a unit that has been built. */
lzr_error *lzr_worklist_resolve_unit(struct lzr_worklist *list,
                                     struct lzr_unit *unit);

/* Places one module's data. */
void lzr_worklist_place(struct lzr_worklist *list, struct lzr_input *input);

/* Resolves and commits all data that has been placed, as far as possible. To be
   called once, also after a failure; the list is empty afterwards. */
void lzr_worklist_finish(struct lzr_worklist *list);

/* To be called afterwards: returns why data of one of these could not be
   brought in, or NULL. */
lzr_error *lzr_worklist_check(const struct lzr_input_set *depends);

#endif
