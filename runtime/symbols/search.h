/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finding names: a module's own local ones, its library's, then the library's
 * search order. All names of a unit are asked for together, so a search in the
 * target is one request however many there are.
 *
 * Nothing is compiled here. Where an answer depends on data that is not in the
 * target yet, the search says so, and its caller continues it once the data is
 * there.*/
#ifndef LZR_SYMBOLS_SEARCH_H
#define LZR_SYMBOLS_SEARCH_H

#include "runtime/symbols/asker.h"

/* Whether a name is the start or stop symbol of a section, __start_X or
   __stop_X. */
bool lzr_is_start_or_stop(const char *name);

/* One name to find; the answer is symbol, or NULL. */
struct lzr_wanted {
  const char *name;
  bool tls;
  bool weak; /* adds no member of an archive, as the ELF specification says */
  struct lzr_symbol *symbol;
};

struct lzr_finding {
  struct lzr_wanted *wanted; /* borrowed */
  size_t count;
  /* how far the search has come; zero at first */
  size_t step;
  bool asks_all, asked_ahead;
  bool ahead; /* nobody needs these names yet, so clients are not asked */
};

/* Finds names as code of input sees them (its local names first; NULL: none),
   then in library and its search order, and asks the client's generators for
   the rest. A name that is not found keeps NULL as
   its symbol. If the asker has needs afterwards, call this again once their
   data is placed. */
lzr_error *lzr_find(struct lzr_asker *asker, struct lzr_input *input,
                    struct lzr_library *library, struct lzr_finding *finding);

#endif
