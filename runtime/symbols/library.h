/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A namespace of symbols with a search order.
 */
#ifndef LZR_SYMBOLS_LIBRARY_H
#define LZR_SYMBOLS_LIBRARY_H

#include <pthread.h>

#include "runtime/lazyrun.h"
#include "runtime/symbols/input.h"

struct lzr_symbols;

/* Provides symbols for names that are not there yet. Called on compile threads,
   without a lock. */
struct lzr_generator {
  /* *symbol stays NULL for a name that it does not know. */
  lzr_error *(*provide)(void *data, const char *name,
                        struct lzr_symbol **symbol);
  void *data;
  void (*destroy)(void *data); /* or NULL */
};

/* A client's function that is asked for what is nowhere; see
   lzr_library_search_generator. */
struct lzr_client_generator {
  lzr_generate generate;
  void *data;
  void (*destroy)(void *data); /* or NULL */
};

struct lzr_search {
  struct lzr_library
      *library; /* NULL: the search is in the target, by handle */
  lzr_library_handle handle;
};

struct lzr_library {
  lzr_session *session; /* borrowed from symbols */
  struct lzr_symbols *all;
  char *name;             /* owned */
  struct lzr_map symbols; /* definitions; under lock */
  struct lzr_map found;   /* what searches in the target have found; under
                             lock */
  struct lzr_map imports; /* under lock */
  size_t assembly_count;  /* inputs whose modules define more than they list;
                             under lock */
  struct lzr_search *searches; /* owned array; under lock */
  size_t search_count;
  struct lzr_generator *archives; /* owned array; searched before found and
                                     searches; under lock */
  size_t archive_count;
  struct lzr_client_generator *generators; /* owned array; asked last; under
                                              lock */
  size_t generator_count;
  pthread_mutex_t generating; /* held while these are asked, so that they define
                                 no name for two threads; before lock */
};

/* Makes an empty library; *library belongs to symbols. Takes the lock, as the
   next five functions do. */
lzr_error *lzr_library_create(struct lzr_symbols *symbols, const char *name,
                              struct lzr_library **library);
lzr_error *lzr_library_add_search(struct lzr_library *library,
                                  struct lzr_search search);

/* Copies generator. Its data belongs to the library from here on, unless the
   call fails. */
lzr_error *lzr_library_add_archive(struct lzr_library *library,
                                   const struct lzr_generator *generator);

/* Copies generator, whose data belongs to the library from here on, also if the
   call fails. */
lzr_error *
lzr_library_add_generator(struct lzr_library *library,
                          const struct lzr_client_generator *generator);

/* Enters an input's definitions. Takes input, also when it fails: a strong
   definition that the library already has is refused. With changes, the input's
   strong definitions prevail over all others; what follows from that is added
   to changes. No jobs run meanwhile then. */
struct lzr_changes;
lzr_error *lzr_library_enter(struct lzr_library *library,
                             struct lzr_input *input,
                             struct lzr_changes *changes);

/* Enters a name for an address. */
lzr_error *lzr_library_enter_address(struct lzr_library *library,
                                     const char *name, lzr_addr address);

/* Finds the library's first input behind *order, which becomes its order, and
   pins it, so that it cannot be removed; NULL: there is none. For a client's
   thread; compile threads need no pins. Take the lock, all three. */
struct lzr_input *lzr_library_pin_next(struct lzr_library *library,
                                       uint64_t *order);
void lzr_input_pin(struct lzr_input *input);
void lzr_input_unpin(struct lzr_input *input);

/* The input's own symbol for one of its definitions, or of a name; NULL if
   another's prevails. Under lock. */
struct lzr_symbol *
lzr_input_prevailing(const struct lzr_input *input,
                     const struct lzr_definition *definition);
struct lzr_symbol *lzr_input_own_symbol(const struct lzr_input *input,
                                        const char *name);

#endif
