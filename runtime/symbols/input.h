/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A module as a library holds it: with the symbols that it defines there, the
 * jobs of its groups, and the state of its data.
 */
#ifndef LZR_SYMBOLS_INPUT_H
#define LZR_SYMBOLS_INPUT_H

#include "runtime/module/module.h"
#include "runtime/support/map.h"
#include "runtime/symbols/symbol.h"

struct lzr_group {
  struct lzr_job job; /* compiles the group; the first member */
  struct lzr_input *input;
  uint32_t number;
  _Atomic uint32_t built; /* how often it has been built */
};

enum lzr_data_state {
  LZR_DATA_ABSENT,
  LZR_DATA_PLACED, /* only the thread that has the turn knows the addresses */
  LZR_DATA_READY,
  LZR_DATA_FAILED,
  LZR_DATA_GIVEN_UP /* nobody needs it, and it could not be brought in; ABSENT
                       again when the thread gives the turn back */
};

/* One definition of a module. */
struct lzr_entry {
  struct lzr_symbol *symbol; /* of that name. Its definition is this one, if
                                this one prevails. Owned until it is entered */
  struct lzr_input *input;
  struct lzr_entry *next; /* another module's definition of the same symbol */
  uint32_t borrowers; /* units of other modules that may have inlined it; under
                         lock */
  lzr_addr body;      /* of a function that has been built: its code, the
                         newest version's; else 0 */
};

struct lzr_lazy_state; /* lazy.h */

/* How much of an input shared libraries have been shown. */
enum lzr_shown { LZR_SHOWN_NOTHING, LZR_SHOWN_FUNCTIONS, LZR_SHOWN_ALL };

struct lzr_input {
  struct lzr_library *library;
  lzr_module *module;          /* owned */
  struct lzr_lazy_state *lazy; /* owned; of a lazy module, else NULL */
  struct lzr_input *answers;   /* the lazy module whose definitions this one
                                  provides, or NULL */
  bool is_platform;            /* lazyrun's own, not counted in statistics */
  bool asked_for;       /* under lock; see ask_for_imports() in search.c */
  bool initialized;     /* under lock */
  enum lzr_shown shown; /* under lock */

  bool removable; /* a client has a handle: exit handlers of its code are called
                     when it is removed */
  uint64_t order; /* of all inputs, in which they came, from 1; 0 before it is
                     entered; under lock */
  unsigned pins;  /* under lock; so many threads of clients need it to stay */
  bool finalized; /* under lock; its exit handlers have been run */
  lzr_allocation *exit_handle; /* owned; its own __dso_handle, or NULL; under
                                  lock */

  struct lzr_entry *entries; /* owned array, one for each definition; under lock
                                once it has been entered */
  struct lzr_map locals;     /* names seen in this module only; under lock */
  struct lzr_symbol *further; /* symbols of names that only its objects define,
                                 by next_import; under lock */
  struct lzr_resident *residents; /* its units in the target; under lock */
  struct lzr_group *groups;       /* owned array */

  struct lzr_map sections; /* of each named section: the first definition's
                                element of next_in_section */
  size_t *next_in_section; /* owned array, one for each definition: the index
                              of the next one in its section, or
                              definition_count */

  _Atomic int data_state; /* enum lzr_data_state; written by the thread that has
                             the turn (builder.h); READY is stored (release)
                             after the commit */
  lzr_image *data_image;  /* borrowed; set before it is PLACED, NULL again if it
                             FAILED; under lock */
  lzr_error *data_error;  /* owned; why it FAILED, or was GIVEN_UP; set before
                             the state is */
};

/* Makes an input of a module. Takes module, also when it fails; run is each
   group's job. *input is owned until it is entered into a library. */
lzr_error *lzr_input_create(struct lzr_library *library, lzr_module *module,
                            void (*run)(void *owner, unsigned thread,
                                        struct lzr_job *job),
                            struct lzr_input **input);
void lzr_input_destroy(struct lzr_input *input);

/* The entry of one of the module's definitions. */
struct lzr_entry *lzr_input_entry(const struct lzr_input *input,
                                  const struct lzr_definition *definition);

/* The index of the first definition in a named section; definition_count if
   there is none. Its next_in_section leads to the others. */
size_t lzr_input_first_in_section(const struct lzr_input *input,
                                  const char *section);

#endif
