/*
 * What a session is made of; internal to runtime/.
 *
 * Locks, in the order in which one thread may take them:
 *   data_lock  (recursive) held while modules' data is brought into the target,
 *              by the compile thread that does it; see compile.c
 *   lock       symbol tables, stubs, lists; held for short, never while LLVM
 *              runs or a client's function is called
 *   workers.lock  the queue of jobs and their states; see workers.h
 */
#ifndef LZR_SESSION_H
#define LZR_SESSION_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "indirection/indirection.h"
#include "runtime/lazyrun.h"
#include "runtime/map.h"
#include "runtime/unit/source.h"
#include "runtime/workers.h"

struct lzr_image;
struct lzr_module;

/* ---- Symbols --------------------------------------------------------------
 */

enum lzr_entity {
  LZR_ENTITY_FUNCTION, /* of a module, compiled when it is called */
  LZR_ENTITY_DATA,     /* of a module, brought in with all of its data */
  LZR_ENTITY_ALIAS,    /* another name of a function of the same module */
  LZR_ENTITY_IFUNC,    /* a function that another one chooses when it is first
                          called */
  LZR_ENTITY_ABSOLUTE, /* an address from outside the session */
  LZR_ENTITY_IMPORT    /* a function that is nowhere yet: its first call looks
                          again */
};

struct lzr_symbol {
  const char *name; /* borrowed from the module's source, or owned by strings */
  enum lzr_entity entity;
  struct lzr_library *library;             /* where its names are searched */
  struct lzr_module *module;               /* NULL for ABSOLUTE */
  const struct lzr_definition *definition; /* NULL for ABSOLUTE and IMPORT */
  bool settled; /* under lock; its code or data has gone into a unit: no other
                   definition can replace this one any more */
  _Atomic(struct lzr_group *) group; /* of a FUNCTION: what compiles it */

  lzr_addr address; /* what &name is, 0 until it is given out; under lock */
  bool has_stub;    /* under lock; lazy is valid */
  struct lzr_lazy_stub lazy;
  _Atomic lzr_addr body; /* compiled code; stored after its commit, so whoever
                            sees it (acquire) may run it */
  _Atomic bool bound;    /* the slots lead to body, or will before anything else
                            is done in the target */
  bool is_divided;       /* the bound of a section that is in several modules */
  uint64_t tls_module;   /* of a thread-local variable */
  uint64_t tls_offset;

  struct lzr_job import; /* for IMPORT: the search its first call waits for */
  const char *referrer;  /* for IMPORT: a function of module that calls it */
  struct lzr_symbol *next_import;
};

/* ---- Modules --------------------------------------------------------------
 */

struct lzr_group {
  struct lzr_job job; /* compiles the group; the first member */
  struct lzr_module *module;
  uint32_t number;
};

enum lzr_data_state {
  LZR_DATA_ABSENT,
  LZR_DATA_PLACED, /* addresses are known to the holder of data_lock only */
  LZR_DATA_READY,
  LZR_DATA_FAILED
};

struct lzr_module {
  struct lzr_library *library;
  uint32_t index; /* in the session's modules */
  char *name;     /* owned; the file's */
  char *bitcode;  /* owned, malloc */
  size_t bitcode_size;
  lzr_source *source; /* owned; borrowed by one compile thread, see
                         take_source() in compile.c */
  bool source_taken;  /* under lock */
  bool asked_for;     /* under lock; see ask_for_imports() in search.c */
  bool is_platform;   /* lazyrun's own, not counted in statistics */
  bool initialized;

  struct lzr_symbol **symbols; /* owned array, one for each definition: the
                                  symbol of that name that prevails */
  struct lzr_symbol *own;      /* owned array of symbols made for it */
  struct lzr_map locals;       /* names seen in this module only */
  struct lzr_group *groups;    /* owned array */

  _Atomic int data_state; /* enum lzr_data_state; written under data_lock,
                             READY (release) after the commit */
  lzr_error *data_error;  /* owned; why it FAILED; under data_lock */
  struct lzr_module *next_pending; /* placed, waiting for the outermost */
};

/* ---- Libraries ------------------------------------------------------------
 */

struct lzr_search {
  struct lzr_library *library; /* or NULL: in the target, by handle */
  lzr_library_handle handle;
};

struct lzr_library {
  struct lzr_session *session;
  char *name;             /* owned */
  struct lzr_map symbols; /* definitions */
  struct lzr_map found;   /* what searches in the target found, and imports */
  struct lzr_search *searches; /* owned array */
  size_t search_count;
};

/* ---- Sessions -------------------------------------------------------------
 */

/* Nanoseconds and counts, added to without a lock. */
struct lzr_counters {
  _Atomic uint64_t functions_defined, functions_compiled, units, first_calls;
  _Atomic uint64_t code_bytes, constant_bytes, data_bytes;
  _Atomic uint64_t open_time, read_time, move_time, codegen_time, link_time,
      commit_time;
};

/* Where a compiled function is, for lzr_session_describe. */
struct lzr_extent {
  lzr_addr start;
  uint64_t size;
  const char *name; /* borrowed from the symbol */
  uint32_t unit;
};
enum { LZR_EXTENTS_PER_CHUNK = 256 };
struct lzr_extent_chunk {
  struct lzr_extent extents[LZR_EXTENTS_PER_CHUNK];
  _Atomic size_t count; /* stored (release) after the extent it covers */
  struct lzr_extent_chunk *older;
};

struct lzr_session {
  lzr_tpc *tpc;                 /* owned */
  lzr_indirection *indirection; /* owned */
  const struct lzr_arch *arch;
  /* For functions that name a CPU or its features themselves: another CPU, and
     further features; borrowed from strings. NULL and "" for neither. */
  const char *named_cpu, *named_features;
  struct lzr_session_options options; /* its strings are owned */
  struct lzr_workers workers;
  struct lzr_counters counters;
  _Atomic uint32_t next_unit; /* the number that every trace line, dump file and
                                 backtrace of a unit carries */

  pthread_mutex_t data_lock;
  struct lzr_module *data_pending; /* under data_lock */
  struct lzr_named_section
      *named_sections; /* under data_lock; see sections.c */
  unsigned data_depth; /* under data_lock */

  pthread_mutex_t lock;
  sigset_t signals;               /* before lzr_session_lock; under lock */
  struct lzr_library **libraries; /* owned; [0] is the main one */
  size_t library_count;
  struct lzr_module **modules; /* owned */
  size_t module_count;
  struct lzr_image **images; /* owned; one for each unit in the target */
  size_t image_count;
  struct lzr_symbol *imports; /* all there ever were; owned by strings, but for
                                 their jobs' errors */
  void **strings;             /* owned; anything to free at the end */
  size_t string_count;
  struct lzr_library *platform;   /* what libc has only in its static part */
  lzr_allocation *tls_descriptor; /* owned; NULL where there is none */
  lzr_allocation *dso_handle;     /* owned; __dso_handle of compiled code */
  bool interposed;                /* see interpose.c */
  bool loads_libraries;           /* under lock; the program knows dlopen */
  _Atomic bool exiting;           /* its exit handlers have been run */
  lzr_error *failure;             /* owned; see lzr_session_take_failure */

  _Atomic(struct lzr_extent_chunk *) extents; /* newest; release / acquire */
  struct lzr_session *next;                   /* in the list of fork.c */
};

/* Takes and gives back lock on a client's thread, on which a signal handler may
   make a first call: the compile thread that it would wait for needs the lock,
   so signals are held back meanwhile. Compile threads get none, and may use the
   mutex itself. */
void lzr_session_lock(struct lzr_session *session);
void lzr_session_unlock(struct lzr_session *session);

/* Grows an array by doubling: makes room for one element more behind count
   elements of size bytes. False when memory is out. */
bool lzr_array_grow(void **array, size_t count, size_t size);

/* Frees pointer with the session. False, pointer then being freed, when memory
   is out. Under lock. */
bool lzr_session_keep(lzr_session *session, void *pointer);

/* cpu.c: fills in the options' cpu and features, named_cpu and named_features.
 */
lzr_error *lzr_session_choose_cpu(lzr_session *session);

/* tls_descriptor.c */
lzr_error *lzr_tls_descriptor_create(lzr_session *session);

lzr_error *lzr_out_of_memory(void);

/* A monotonic clock in nanoseconds. */
uint64_t lzr_now(void);

/* ---- library.c ------------------------------------------------------------
 */

/* Adds bitcode, taken, as a module. is_platform: see struct lzr_module. */
lzr_error *lzr_library_add_bitcode(struct lzr_library *library,
                                   const char *name, char *bitcode, size_t size,
                                   bool is_platform);

/* Opens a module's bitcode once more; *source is owned. */
lzr_error *lzr_module_open_source(struct lzr_module *module,
                                  lzr_source **source);

/* ---- search.c -------------------------------------------------------------
 */

/* One name to find; the answer is symbol, or NULL. */
struct lzr_wanted {
  const char *name;
  bool tls;
  struct lzr_symbol *symbol;
};

/* Finds names as code of module sees them (its local names first; NULL: none),
   then in library and its search order. What is not found stays NULL. On a
   compile thread only: modules' assembly may have to be brought in. */
lzr_error *lzr_find(struct lzr_worker *worker, struct lzr_module *module,
                    struct lzr_library *library, struct lzr_wanted *wanted,
                    size_t count);

/* ---- lookup.c -------------------------------------------------------------
 */

/* The address of a name as module sees it (NULL: as library does). Not from a
   compile thread. */
lzr_error *lzr_look_up(lzr_library *library, struct lzr_module *module,
                       const char *name, lzr_addr *address);

/* ---- resolve.c ------------------------------------------------------------
 */

/* Makes symbol's address known: a stub for a function, the module's data for a
   variable. On a compile thread only. */
lzr_error *lzr_symbol_give_address(struct lzr_worker *worker,
                                   struct lzr_symbol *symbol,
                                   lzr_addr *address);

struct lzr_query;
lzr_error *lzr_resolve_queries(struct lzr_worker *worker,
                               struct lzr_module *module, const char *unit,
                               struct lzr_query *queries, size_t count);

/* ---- lazy.c ---------------------------------------------------------------
 */

/* Gives a function that is not compiled its stub. Under lock. */
lzr_error *lzr_symbol_make_stub(struct lzr_session *session,
                                struct lzr_symbol *symbol);
/* The pointer stores that send a symbol with a stub to target, and their
   number. */
enum { LZR_STORES_PER_SYMBOL = 2 };
size_t lzr_symbol_list_stores(const struct lzr_symbol *symbol, lzr_addr target,
                              struct lzr_pointer_store *stores);

/* Does them, and lets calls still on the way through the trampoline land. */
void lzr_symbol_bind(struct lzr_session *session, struct lzr_symbol *symbol,
                     lzr_addr target);

/* The IMPORT symbol of that name in the library's found names, made if it is
   not there, with its stub. referrer is a function of module that calls it.
   Under lock. */
lzr_error *lzr_symbol_make_import(struct lzr_module *module, const char *name,
                                  const char *referrer,
                                  struct lzr_symbol **symbol);

/* ---- group.c --------------------------------------------------------------
 */

/* A group's job. */
void lzr_compile_group(struct lzr_worker *worker, struct lzr_job *job);

/* ---- data.c ---------------------------------------------------------------
 */

/* Brings a module's data into the target, if it is not there. */
lzr_error *lzr_compile_data(struct lzr_worker *worker,
                            struct lzr_module *module);

/* ---- sections.c -----------------------------------------------------------
 */

struct lzr_object;

/* Has sections of the object of module's data that other modules of its library
   have too placed beside theirs. Under data_lock. */
lzr_error *lzr_sections_fix(struct lzr_module *module,
                            struct lzr_object *object);

/* Brings in the data of those others. Under data_lock. */
lzr_error *lzr_sections_complete(struct lzr_worker *worker,
                                 struct lzr_module *module);

/* ---- compile.c ------------------------------------------------------------
 */

/* Compiles these groups of one module as one unit. If one after the first
   cannot be linked and failures (count elements, all NULL) is given, its error
   goes there, owned, and the others are compiled without it. */
lzr_error *lzr_compile_unit(struct lzr_worker *worker,
                            struct lzr_module *module, const uint32_t *groups,
                            size_t count, lzr_error **failures);

/* The worker's own source for a module; borrowed. */
lzr_error *lzr_worker_find_source(struct lzr_worker *worker,
                                  struct lzr_module *module,
                                  lzr_source **source);

/* For struct lzr_prevails; data is the module. */
bool lzr_module_prevails(void *data, const struct lzr_definition *definition);

/* Disposes of what is left of units, once nobody waits for them any more. */
void lzr_compile_tidy(struct lzr_worker *worker);

/* ---- platform.c -----------------------------------------------------------
 */

/* Defines names that the target cannot look up, if name is one of them and
   they are not defined yet. */
lzr_error *lzr_platform_provide(struct lzr_session *session, const char *name,
                                struct lzr_symbol **symbol);
lzr_error *lzr_platform_create(struct lzr_session *session);
/* To be called after LLVM has run: see there. */
void lzr_platform_precede_exit(struct lzr_session *session);
/* Runs what compiled code registered with atexit; nothing is compiled after
   that. */
void lzr_platform_finalize(struct lzr_session *session);

/* ---- interpose.c ----------------------------------------------------------
 */

/* Binds shared libraries' calls of malloc and its like to the main library's
   own definitions of them, if it has any and the process is the program's. Once
   a session; before code of the program runs. */
lzr_error *lzr_session_interpose(struct lzr_session *session);

/* ---- fork.c ---------------------------------------------------------------
 */

lzr_error *lzr_session_watch_forks(struct lzr_session *session);
void lzr_session_forget_forks(struct lzr_session *session);

#endif
