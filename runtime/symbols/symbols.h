/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * All libraries of a session and the symbols in them.
 */
#ifndef LZR_SYMBOLS_H
#define LZR_SYMBOLS_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "indirection/indirection.h"
#include "runtime/symbols/library.h"

struct lzr_asker; /* search.h */

/* Gives a value to a name by which linkers call an end of the program, unless
   the library defines the name itself. */
struct lzr_end_generator {
  lzr_error *(*provide)(void *data, struct lzr_asker *asker,
                        struct lzr_library *library, const char *name,
                        struct lzr_symbol **symbol);
  void *data;
};

struct lzr_symbols {
  lzr_session *session;         /* borrowed; for the public functions */
  lzr_tpc *tpc;                 /* borrowed */
  lzr_indirection *indirection; /* borrowed */
  struct lzr_workers *workers;  /* borrowed */
  lzr_land land;                /* where first calls go; data is the symbol */
  /* The job of an import: searches it again. */
  void (*search_import)(void *owner, unsigned thread, struct lzr_job *job);
  struct lzr_generator platform_names; /* before the target is searched */
  struct lzr_end_generator ends;
  struct lzr_library *platform; /* has what libc has only in its static part;
                                   borrowed from libraries */

  /* Guards the lists, the maps of libraries and inputs, and the fields of
     symbols. It is held for a short time: never while a message is awaited,
     while LLVM runs or while a client's function is called. */
  pthread_mutex_t lock;
  sigset_t signals;               /* before lzr_symbols_lock; under lock */
  struct lzr_library **libraries; /* owned */
  size_t library_count;
  struct lzr_input **inputs; /* owned; in the order in which they came */
  size_t input_count;
  uint64_t input_order;           /* the newest one's */
  struct lzr_symbol *all;         /* owned list */
  struct lzr_symbol *imports;     /* those of them that are imports */
  struct lzr_resident *residents; /* owned list, the newest first; resident.h */
  void **kept;                    /* owned; see lzr_symbols_keep */
  size_t kept_count;
  struct lzr_walked_section *walked_sections; /* see walked.c */
  bool loads_libraries; /* the program may load libraries or look names up in
                           the target; under lock */
  bool shows_names;     /* the main library's names are shown to the target's
                           dynamic linker then */
};

void lzr_symbols_init(struct lzr_symbols *symbols);
void lzr_symbols_fini(struct lzr_symbols *symbols);

/* Take and release lock on a client's thread. A signal handler on such a thread
   may make a first call, and would wait for a compile thread that needs the
   lock; so signals are blocked meanwhile. Compile threads get no signals, and
   may use the mutex itself. */
void lzr_symbols_lock(struct lzr_symbols *symbols);
void lzr_symbols_unlock(struct lzr_symbols *symbols);

/* Makes symbol one of the session's. Under lock. */
void lzr_symbol_keep(struct lzr_symbols *symbols, struct lzr_symbol *symbol);

/* Does the same with a new symbol. NULL when memory is out. Under lock. */
struct lzr_symbol *lzr_symbols_add(struct lzr_library *library,
                                   const char *name, enum lzr_entity entity);

/* Keeps pointer until the symbols are freed. Returns false, having freed
   pointer, when memory is out or pointer is NULL. Under lock. */
bool lzr_symbols_keep(struct lzr_symbols *symbols, void *pointer);

/* The i-th input in the order they were added, or NULL. On compile threads;
   takes the lock. */
struct lzr_input *lzr_symbols_input_at(struct lzr_symbols *symbols, size_t i);

#endif
