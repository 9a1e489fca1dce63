/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A source is one module's bitcode, read lazily in an LLVM context of its own,
 * from which definitions are moved into units, a few at a time.
 *
 * Opening reads module-level records only. A unit is a fresh module in the same
 * context that has the definitions asked for, and declarations of everything
 * else that they mention. The cost of moving a definition is its own size, not
 * the module's. A definition that has been moved is gone from the source, so
 * each can be extracted once, except for what inline_budget keeps.
 *
 * A source, its context and its units belong to one thread at a time. This is
 * the whole interface of a source, so it declares what several files define.
 */
#ifndef LZR_SOURCE_H
#define LZR_SOURCE_H

#include <llvm-c/Types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/module/module.h"

typedef struct lzr_source lzr_source;

struct lzr_source_options {
  const char *triple;   /* the target's. A module for another architecture is
                           refused by a sentence that names both; a module
                           without a triple gets this one */
  const char *cpu;      /* to use where a function names another, or NULL;
                           borrowed as long as the source lives */
  const char *features; /* to add to those that a function names, or NULL or "";
                           borrowed as long as the source lives */
  bool debug_info;      /* keep it; otherwise it is dropped */
  bool local_names;     /* keep the names of instructions and blocks, for dumps;
                           they cost time and memory */
  bool verify; /* check each unit with LLVM's verifier. Slow; shows whether what
                  is made of a module is the cause of a crash */
  bool unchecked; /* take bodies that are read to make sense */
  bool optimize; /* passes will optimize units, and functions that clang -O0 has
                    marked to be left alone are no exception */
  uint32_t inline_budget; /* for passes: the most instructions of other
                             functions of the module that a unit gets copies of,
                             see inlining.h. Functions that may be copied then
                             stay in the source when they are extracted. Without
                             debug_info */
};

/*
 * bytes are bitcode, with or without a wrapper header, and borrowed as long as
 * the source lives; name is the file's, for messages, and copied. *source is
 * owned (lzr_source_close()). Fails with FORMAT for bitcode that LLVM cannot
 * read and for modules of another architecture or data layout. Bodies are
 * checked when they are read, unless options->unchecked; what globals and
 * metadata say is taken as it is.
 */
lzr_error *lzr_source_open(const char *name, const char *bytes, size_t size,
                           const struct lzr_source_options *options,
                           lzr_source **source);
/* Its units must have been disposed of. Accepts NULL. */
void lzr_source_close(lzr_source *source);

/* After a fatal error of LLVM's, what LLVM has of a source is not safe to use,
   nor to free: the source is abandoned. It can be closed, which leaks that
   part, and its units are leaked too. Its definitions and names stay valid
   until then. */
void lzr_source_abandon(lzr_source *source);
bool lzr_source_is_abandoned(const lzr_source *source);

size_t lzr_source_definition_count(const lzr_source *source);
const struct lzr_definition *lzr_source_definitions(const lzr_source *source);

uint32_t lzr_source_group_count(const lzr_source *source);
/* The tables of struct lzr_module; borrowed. */
void lzr_source_groups(const lzr_source *source, const uint32_t **start,
                       const uint32_t **members);

struct lzr_init_list lzr_source_constructors(const lzr_source *source);
struct lzr_init_list lzr_source_destructors(const lzr_source *source);

/* Whether variables or assembly of the module may lie in .init_array and its
   like; whether they do is seen in the object that is made of group 0. */
bool lzr_source_has_arrays(const lzr_source *source);

/* Whether the module has module-level assembly. It may define names that are
   not among the definitions; they are found in the object that is made of group
   0. */
bool lzr_source_has_assembly(const lzr_source *source);

/* Lists the names that the module mentions but does not define, as the linker
   sees them, except for thread-local variables. *imports is owned (free()); the
   names are borrowed from the source. */
lzr_error *lzr_source_list_imports(const lzr_source *source,
                                   struct lzr_import **imports, size_t *count);

/* Time spent, in nanoseconds; every call adds to it. */
struct lzr_source_timers {
  uint64_t read; /* reading bodies */
  uint64_t move; /* moving them into units */
};

/*
 * Moves these groups, each named once, into a new unit. *unit is owned
 * (LLVMDisposeModule()) and lives in the source's context. prevails, if not
 * NULL, is asked for every definition of the groups whether this module's
 * definition prevails; if it does not, the unit only declares the name. It is
 * also asked for aliases of data that the groups mention, and for what those
 * stand for. (If an alias prevails and what it stands for does not, the unit
 * still has this module's content, under the alias' name only.)
 *
 * Every definition of a unit is an external symbol of default visibility, even
 * if it was local to its module, because other units may mention it.
 * Thread-local variables are of the general dynamic model.
 *
 * With debug information, a unit must have been compiled before the next one is
 * extracted, because later units only declare the types that it describes.
 *
 * If an extraction fails halfway, its groups are lost. If LLVM cannot read a
 * function's body, which it finds out only now, this fails with FORMAT, and all
 * later extractions from this source fail.
 */
lzr_error *lzr_source_extract(lzr_source *source, const uint32_t *groups,
                              size_t group_count,
                              const struct lzr_prevails *prevails,
                              struct lzr_source_timers *timers,
                              LLVMModuleRef *unit);

/* The functions of which the last unit has copies for passes, as indexes of
   definitions: its code may rely on them without mentioning them. *seen is
   borrowed until the next extraction. Returns how many there are. */
size_t lzr_source_seen(const lzr_source *source, const uint32_t **seen);

struct lzr_walk;
struct lzr_ir;

/*
 * Fills ir with the function of a group, without moving it: see walk.h. A group
 * that is not one function that prevails is refused as what is not known there
 * is. Fails with FORMAT if LLVM cannot read the function's body.
 */
lzr_error *lzr_source_walk(lzr_source *source, struct lzr_walk *walk,
                           uint32_t group, const struct lzr_prevails *prevails,
                           struct lzr_source_timers *timers, struct lzr_ir *ir);

/* The IR of a group's function, as text. Owned (LLVMDisposeMessage()); NULL
   without memory. */
char *lzr_source_print(const lzr_source *source, uint32_t group);

/* Finds the functions that a call of this group's function is certain to lead
   to, and queues their groups in the source. Reads their bodies. Definitions
   that do not prevail are left out. */
lzr_error *lzr_source_follow_calls(lzr_source *source, uint32_t group,
                                   const struct lzr_prevails *prevails);

/* Takes the next group from that queue; returns false when it is empty. The
   group may have been compiled meanwhile, because it was called. */
bool lzr_source_next_certain(lzr_source *source, uint32_t *group);

/* Whether a group has been extracted, so that it cannot be extracted again. */
bool lzr_source_has_given(const lzr_source *source, uint32_t group);

/* Finds a function outside of group 0 that has not been moved yet and whose
   assembly names the section. Reads all bodies. *function is borrowed, or
   NULL. */
lzr_error *lzr_source_find_adding(lzr_source *source, const char *section,
                                  const char **function);

/* The function that a group is named after, for messages and symbols; "(data)"
   for group 0. Borrowed. */
const char *lzr_source_group_name(const lzr_source *source, uint32_t group);

/* Fails with ARGUMENT, and a sentence that has the function's type, if
   function, which the source defines, cannot be called with this signature. */
struct lzr_signature;
lzr_error *lzr_source_check_call(lzr_source *source, const char *function,
                                 const struct lzr_signature *signature);

#endif
