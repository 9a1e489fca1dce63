/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The builder makes code of groups and puts it into the target: the compile
 * threads, and what they share.
 */
#ifndef LZR_BUILD_BUILDER_H
#define LZR_BUILD_BUILDER_H

#include <stdatomic.h>

#include "runtime/build/extents.h"
#include "runtime/build/slowest.h"
#include "runtime/jobs/workers.h"
#include "runtime/symbols/symbols.h"

struct lzr_divided_section;

/* Nanoseconds and counts, added to without a lock. */
struct lzr_counters {
  _Atomic uint64_t functions_defined, functions_compiled, units, first_calls;
  _Atomic uint64_t code_bytes, constant_bytes, data_bytes;
  _Atomic uint64_t open_time, read_time, move_time, passes_time, codegen_time,
      link_time, commit_time;
};

/* Machine code as text, for dumps; *text is owned, from malloc. */
typedef lzr_error *(*lzr_disassemble)(void *data, unsigned thread,
                                      const uint8_t *bytes, size_t size,
                                      lzr_addr address, char **text);

/* The modules that a thread's current job has built from. */
struct lzr_used_modules {
  lzr_module **modules; /* owned array; entries are borrowed */
  size_t count;
};

/* Told of functions whose code is in the target: their extents. On compile
   threads, without locks. */
typedef void (*lzr_tell_compiled)(void *data, const struct lzr_extent *extents,
                                  size_t count);

struct lzr_builder {
  struct lzr_symbols *symbols; /* borrowed */
  lzr_tpc *tpc;                /* borrowed */
  lzr_addr tls_descriptor;     /* the function of TLS descriptors, or 0 */
  const char *dump_directory;  /* borrowed; NULL: nothing is dumped */
  bool shows_names;            /* debuggers see functions' names */
  lzr_action_kind profile;     /* how profilers are told; 0: they are not */
  lzr_disassemble disassemble;
  void *disassemble_data;
  lzr_tell_compiled tell_compiled; /* or NULL */
  void *tell_data;

  struct lzr_workers workers;
  struct lzr_used_modules used[LZR_MAX_THREADS]; /* each only for its thread */
  struct lzr_counters counters;
  struct lzr_slowest slowest;
  _Atomic uint32_t next_unit; /* the number that every trace line, dump file and
                                 backtrace of a unit carries */
  struct lzr_extents extents; /* written under symbols->lock */

  /* Data of modules may refer to each other in a circle, so one thread at a
     time brings data in: the thread that has the turn. Guarded by turn_lock. */
  pthread_mutex_t turn_lock;
  pthread_cond_t turn_free;
  bool turn_taken;
  struct lzr_divided_section
      *divided_sections; /* only for the thread that has the turn */
  bool has_describer;    /* see describer.h; the same */
};

/* The caller has filled in tpc and the fields behind it. Starts at most
   thread_count compile threads. */
lzr_error *lzr_builder_init(struct lzr_builder *builder,
                            struct lzr_symbols *symbols, unsigned thread_count);

/* Ends the compile threads and gives the images back to the target. */
void lzr_builder_fini(struct lzr_builder *builder);

/* Notes that thread builds from module, so that what the builds leave is freed
   when the thread's job is done. Returns false when memory is out. */
bool lzr_builder_use(struct lzr_builder *builder, unsigned thread,
                     lzr_module *module);

/* Wait for the turn to bring data in, and give it to the next thread. */
void lzr_builder_take_turn(struct lzr_builder *builder);
void lzr_builder_give_turn(struct lzr_builder *builder);

#endif
