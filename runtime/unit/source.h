/*
 * A source is one module's bitcode, read lazily in an LLVM context of its own,
 * from which definitions are moved out into units, a few at a time.
 *
 * Opening reads module-level records only. A unit is a fresh module in the same
 * context that holds the definitions asked for and declarations of all else
 * they mention; moving one costs its own size, not the module's. What has been
 * moved is gone from the source: each definition can be taken once.
 *
 * A source, its context and its units belong to one thread at a time.
 */
#ifndef LZR_SOURCE_H
#define LZR_SOURCE_H

#include <llvm-c/Types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

typedef struct lzr_source lzr_source;

enum lzr_definition_kind {
  LZR_DEFINITION_FUNCTION,
  LZR_DEFINITION_DATA,
  LZR_DEFINITION_ALIAS, /* of group and aliasee given below */
  LZR_DEFINITION_IFUNC  /* also an alias of one */
};

enum lzr_definition_binding {
  LZR_BINDING_LOCAL, /* internal and private: seen in its module only */
  LZR_BINDING_STRONG,
  LZR_BINDING_WEAK,  /* weak, linkonce, and their odr forms */
  LZR_BINDING_COMMON /* strong ones override it; the largest wins */
};

/*
 * What must be compiled together has the same group number. Group 0 is the
 * module's data: every global variable with an identity, aliases of data,
 * module assembly, and functions that cannot be moved alone. Every other group
 * is a function, with the tables that only make sense beside it (tables of its
 * block addresses), or several that must stay together.
 */
struct lzr_definition {
  const char *name; /* as the linker sees it; unnamed ones have been given a
                       name unique in the module. Borrowed from the source */
  enum lzr_definition_kind kind;
  enum lzr_definition_binding binding;
  bool hidden;
  bool tls;
  uint32_t group;
  const char *aliasee; /* of an alias of a function: that function; of an ifunc:
                          its resolver; of an alias of an ifunc: that ifunc;
                          else NULL */
  const char *section; /* of data in a section named by a C identifier, or NULL;
                          borrowed */
  uint64_t size; /* in bytes, of such data and of common symbols; else 0 */
  uint64_t align;
};

/* A constructor or destructor entry of llvm.global_ctors or _dtors. */
struct lzr_structor {
  uint32_t
      priority; /* 65535 is the default; lower ones are constructed first */
  const char *function; /* definition or declaration; borrowed */
  const char
      *key; /* the entry counts only if this definition prevails, or NULL */
};

struct lzr_source_options {
  size_t size;          /* of this struct */
  const char *triple;   /* the target's; a module for another architecture is
                           refused by a sentence that names both; one without a
                           triple takes it */
  const char *cpu;      /* for functions that name another, or NULL; borrowed as
                           long as the source lives */
  const char *features; /* besides those a function names, or NULL or "" */
  bool debug_info;      /* keep it; otherwise it is dropped */
  bool local_names;     /* keep the names of instructions and blocks, for dumps;
                           they cost time and memory */
  bool verify; /* check each unit with LLVM's verifier: slow, to find out
                  whether a module is to blame for a crash */
};

/*
 * bytes are bitcode (raw or wrapped), borrowed as long as the source lives;
 * name is the file's, for messages, copied. *source is owned. Fails with FORMAT
 * for what LLVM cannot read and for modules of another architecture or data
 * layout. LLVM checks the form of bitcode, not that it makes sense: use
 * options->verify, or do not run code from people you do not trust.
 */
lzr_error *lzr_source_open(const char *name, const char *bytes, size_t size,
                           const struct lzr_source_options *options,
                           lzr_source **source);
/* Its units must have been disposed of. Accepts NULL. */
void lzr_source_close(lzr_source *source);

size_t lzr_source_definition_count(const lzr_source *source);
const struct lzr_definition *lzr_source_definitions(const lzr_source *source);
uint32_t lzr_source_group_count(const lzr_source *source);

size_t lzr_source_constructors(const lzr_source *source,
                               const struct lzr_structor **entries);
size_t lzr_source_destructors(const lzr_source *source,
                              const struct lzr_structor **entries);

/* Module-level assembly may define names that no definition lists; they are
   found in the object that group 0 becomes. */
bool lzr_source_has_assembly(const lzr_source *source);

/* What the module mentions and does not define, as the linker sees it, except
   for thread-local variables. *names is owned (free()); the strings are
   borrowed from the source. */
lzr_error *lzr_source_list_imports(const lzr_source *source,
                                   const char ***names, size_t *count);

/* Time spent, in nanoseconds, added to by every call. */
struct lzr_source_timers {
  uint64_t read; /* reading bodies */
  uint64_t move; /* moving them into units */
};

/*
 * Moves these groups, each named once, into a new unit. *unit is owned
 * (LLVMDisposeModule), and lives in the source's context. prevails, if not
 * NULL, is asked for every definition of the groups whether this module's is
 * the one that prevails: for those that do not, the unit only declares the
 * name. (If an alias of one does prevail, it is another name of this module's
 * content all the same, which then has no name of its own.)
 *
 * All that a unit defines is an external symbol of default visibility, also
 * what was local to its module: other units refer to it. Thread-local variables
 * are of the general dynamic model.
 *
 * With debug information, a unit must have been compiled before the next one is
 * extracted: types it was the first to describe are only declared from then on.
 *
 * Groups are lost if their extraction fails halfway. If LLVM cannot read a
 * function's body, which it finds out no sooner than this, the error's kind is
 * FORMAT and all later extractions from this source fail.
 */
struct lzr_prevails {
  bool (*prevails)(void *data, const struct lzr_definition *definition);
  void *data;
};
lzr_error *lzr_source_extract(lzr_source *source, const uint32_t *groups,
                              size_t group_count,
                              const struct lzr_prevails *prevails,
                              struct lzr_source_timers *timers,
                              LLVMModuleRef *unit);

/* Finds the functions that a call of this group's function is certain to lead
   to, reading their bodies, and queues their groups in the source. Definitions
   that do not prevail are left out. */
lzr_error *lzr_source_follow_calls(lzr_source *source, uint32_t group,
                                   const struct lzr_prevails *prevails);

/* The next group in that queue, handed out once; false when it is empty. It may
   have been compiled for its own sake meanwhile. */
bool lzr_source_next_certain(lzr_source *source, uint32_t *group);

/* Whether a group is one function and nothing else. */
bool lzr_source_group_is_plain(const lzr_source *source, uint32_t group);

/* The function that a group is named after, for messages and symbols; "(data)"
   for group 0. Borrowed. */
const char *lzr_source_group_name(const lzr_source *source, uint32_t group);

/* Refuses a call of function, which the source defines, with a signature that
   is not its own, by a sentence that says both. */
struct lzr_signature;
lzr_error *lzr_source_check_call(lzr_source *source, const char *function,
                                 const struct lzr_signature *signature);

/* Turns IR text or bitcode in memory, or a module of the client's (takes
   module, and with it nothing else of its context), into bitcode that
   lzr_source_open reads. *bytes is owned, from malloc. Bitcode is copied as it
   is. */
lzr_error *lzr_bitcode_from_bytes(const char *name, const char *bytes,
                                  size_t size, char **bitcode,
                                  size_t *bitcode_size);
lzr_error *lzr_bitcode_from_module(LLVMModuleRef module, char **bitcode,
                                   size_t *bitcode_size);

#endif
