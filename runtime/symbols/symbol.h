/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A name and what it means. A symbol lives until its library has no definition
 * of the name any more and no code in the target mentions it.
 */
#ifndef LZR_SYMBOLS_SYMBOL_H
#define LZR_SYMBOLS_SYMBOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "indirection/indirection.h"
#include "runtime/jobs/workers.h"
#include "tpc/tpc.h"

enum lzr_entity {
  LZR_ENTITY_FUNCTION, /* of a module, compiled when it is called */
  LZR_ENTITY_DATA,     /* of a module, brought in with all of its data */
  LZR_ENTITY_ALIAS,    /* another name of a function of the same module */
  LZR_ENTITY_IFUNC,    /* a function that another one chooses when it is first
                          called */
  LZR_ENTITY_ABSOLUTE, /* an address from outside the session */
  LZR_ENTITY_IMPORT /* a function that is nowhere yet: its first call searches
                       again */
};

struct lzr_symbol {
  const char *name; /* behind this struct */
  /* Written under lock. A first call reads it without; it may change while
     there is a stub, from IMPORT and to IMPORT. */
  _Atomic(enum lzr_entity) entity;
  struct lzr_library
      *library;            /* where names that its code mentions are searched */
  struct lzr_input *input; /* whose definition prevails; of an IMPORT: whose
                              code mentioned it first. NULL: none; under lock */
  const struct lzr_definition *definition; /* the prevailing one; NULL for
                                              ABSOLUTE and IMPORT; under lock */
  struct lzr_entry *entries; /* the definitions of this name in all modules of
                                the library; under lock */
  uint32_t mentions; /* by units in the target, and by imports that are bound to
                        it; under lock */
  bool settled;      /* under lock; its code or data has gone into a unit, so no
                        other definition can prevail any more, unless one replaces
                        it */
  bool followed; /* under lock; code mentions this ALIAS, and is bound to what
                    it stands for */
  _Atomic(struct lzr_group *) group; /* of a FUNCTION: what compiles it */

  lzr_addr address; /* what &name is: for a function, its stub; 0 until it has
                       been given out; under lock */
  bool has_stub;    /* under lock; lazy is valid */
  struct lzr_lazy_stub lazy;
  _Atomic lzr_addr body; /* compiled code, the newest version's; stored after
                            its commit, so whoever sees it (acquire) may run it.
                            Of an IMPORT: what was found */
  _Atomic bool bound; /* the slot and the call word lead to body, or will before
                         anything else is done in the target */
  bool is_divided;    /* a start or stop symbol of a section that is in several
                         modules */
  uint64_t tls_module; /* of a thread-local variable */
  uint64_t tls_offset;

  struct lzr_job import; /* for IMPORT: the search its first call waits for */
  char *referrer; /* for IMPORT: a function of input that calls it; owned. NULL:
                     its definition was removed */
  struct lzr_symbol *found; /* for IMPORT: what it is bound to, if that is a
                               symbol that can go; under lock */
  size_t change; /* its place in a list of changes, from 1; 0: in none; under
                    lock */
  struct lzr_symbol *next, **link; /* all symbols of a session; link is NULL
                                      before it is among them; under lock */
  struct lzr_symbol *next_import, **import_link; /* all imports; under lock */
};

/* Makes a symbol, which does not belong to a session yet; name is copied. NULL
   when memory is out. Owned until lzr_symbol_keep() (symbols.h). */
struct lzr_symbol *lzr_symbol_create(struct lzr_library *library,
                                     const char *name, enum lzr_entity entity);

/* Frees a symbol, whose stub has been freed. Takes it out of the lists, so a
   symbol of a session needs the lock. Accepts NULL. */
void lzr_symbol_destroy(struct lzr_symbol *symbol);

#endif
