/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A module: the interface between symbols and whatever makes code. It says at
 * once what it defines; it builds machine code, group by group, when it is
 * asked to. Above this header nobody knows whether code comes from bitcode, an
 * object file or elsewhere; runtime/llvm/ and runtime/module/ have the kinds.
 *
 * The rule that a user must not break: several threads may use one module, but
 * each passes a thread number of its own to what takes one, below
 * LZR_MAX_THREADS. What is in struct lzr_module is constant from open to close.
 */
#ifndef LZR_MODULE_H
#define LZR_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/link/link.h"
#include "tpc/base/error.h"
#include "tpc/tpc.h"

enum { LZR_MAX_THREADS = 64 };

struct lzr_module;
typedef struct lzr_module lzr_module;

/* Definitions. */

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
 * Definitions that must be built together have the same group number. Group 0
 * is the module's data: every variable with an identity, aliases of data,
 * module assembly, and functions that cannot be built alone. Every other group
 * is a function, with the tables that only make sense beside it (tables of its
 * block addresses), or several that must stay together.
 */
struct lzr_definition {
  const char *name; /* as the linker sees it; unique in the module: unnamed ones
                       have been given a name. Borrowed from the module */
  enum lzr_definition_kind kind;
  enum lzr_definition_binding binding;
  bool hidden;
  bool vague; /* of data: weak, and the same wherever it is defined. Code
                 reaches it wherever it is. Inline variables of C++, static
                 variables of inline functions and their guards */
  bool tls;
  bool data_in_front; /* of a function of group 0: code that has its address
                         reads what is in front of its code */
  uint32_t group;
  const char *aliasee; /* of an alias of a function: that function; of an ifunc:
                          its resolver; of an alias of an ifunc: that ifunc;
                          else NULL */
  const char *section; /* of data in a section named by a C identifier, or NULL;
                          borrowed */
  bool comdat;   /* of such data: it is left out where it does not prevail. What
                    is in no comdat takes its place in the section all the same */
  uint64_t size; /* in bytes, of such data and of common symbols; else 0 */
  uint64_t align;
};

/* A constructor or destructor of the module. */
struct lzr_init_entry {
  uint32_t
      priority; /* 65535 is the default; lower ones are constructed first */
  const char *function; /* definition or declaration; borrowed */
  const char
      *key;  /* the entry counts only if this definition prevails; or NULL */
  bool once; /* key is local, and of a comdat group of its name: of the modules
                that have the group, only the first one's entry counts */
};

struct lzr_init_list {
  struct lzr_init_entry *entries;
  size_t count;
};

/* The function says whether this module's definition is the one that
   prevails. */
struct lzr_prevails {
  bool (*prevails)(void *data, const struct lzr_definition *definition);
  void *data;
};

/* A definition of another module of the library. */
struct lzr_lender {
  lzr_module *module;
  size_t definition; /* by index */
  bool can_go; /* the module may be removed, and a copy must not keep it from
                  that by mentioning its variables */
};

/* For copies of other modules' functions. find finds the function that calls of
   a name lead to; returns false if no other module has it. Until the build is
   done the same thread may ask that module for the body. take takes what was
   found last: the definition prevails from then on, and what is built is built
   again when it is replaced or removed. Returns false if another prevails by
   now, and when memory is out. */
struct lzr_lenders {
  bool (*find)(void *data, const char *name, struct lzr_lender *lender);
  bool (*take)(void *data);
  void *data;
};

/* Building. */

struct lzr_build_request {
  const uint32_t *groups; /* each named once */
  size_t group_count;
  uint32_t version; /* how often groups[0] has been built before */
  const struct lzr_prevails *prevails; /* NULL: all do */
  const struct lzr_lenders *lenders;   /* NULL: none */
  const char *dump_directory; /* where to write what the code is made from;
                                 NULL: nowhere */
  uint32_t unit; /* its number and name, for such files and for the object's */
  const char *unit_name; /* the object's name in messages */
};

/* What was built, in the linker's terms, with the notes of
   lzr_object_note_names(). Times are in nanoseconds. */
struct lzr_built {
  lzr_object *object; /* owned by the caller; what it borrows stays valid until
                         lzr_module_tidy() */
  uint32_t *seen; /* owned by the caller (free()), from malloc: definitions that
                     the code may rely on without mentioning them, because they
                     have been inlined; by index */
  size_t seen_count;
  uint64_t read_time;   /* reading bodies */
  uint64_t move_time;   /* putting them together */
  uint64_t passes_time; /* changing them */
  uint64_t generate_time;
};

/* A name that a module mentions and does not define. */
struct lzr_import {
  const char *name;
  bool weak; /* if it is nowhere, it is 0 */
};

/* The operations of one kind of module. Those marked optional may be NULL. */
struct lzr_module_kind {
  const char *name; /* "bitcode", "object file" */

  /* See lzr_module_build. */
  lzr_error *(*build)(lzr_module *module, unsigned thread,
                      const struct lzr_build_request *request,
                      struct lzr_built *built);

  /* See lzr_module_list_imports. */
  lzr_error *(*list_imports)(lzr_module *module, unsigned thread,
                             struct lzr_import **imports, size_t *count);

  /* Optional; see lzr_module_follow_calls and lzr_module_next_certain. */
  lzr_error *(*follow_calls)(lzr_module *module, unsigned thread,
                             uint32_t group,
                             const struct lzr_prevails *prevails);
  bool (*next_certain)(lzr_module *module, unsigned thread, uint32_t *group);

  /* Optional; see lzr_module_check_call. */
  lzr_error *(*check_call)(lzr_module *module, unsigned thread,
                           const char *function,
                           const struct lzr_signature *signature);

  /* Optional; see lzr_module_find_adding. */
  lzr_error *(*find_adding)(lzr_module *module, unsigned thread,
                            const char *section, const char **function);

  /* Optional; see lzr_module_provide. */
  lzr_error *(*provide)(lzr_module *module, const char *name, lzr_module **code,
                        lzr_addr *addresses);

  /* Optional; see lzr_module_tidy. */
  void (*tidy)(lzr_module *module, unsigned thread);

  /* Optional; see lzr_module_drop. */
  void (*drop)(lzr_module *module, const uint32_t *groups, size_t count);

  void (*close)(lzr_module *module);
};

/* The first member of each kind's own struct. */
struct lzr_module {
  const struct lzr_module_kind *kind;
  const char *name; /* the file's, for messages */
  const struct lzr_definition *definitions;
  size_t definition_count;
  uint32_t group_count;          /* at least 1 */
  const uint32_t *group_start;   /* group g's members are definitions */
  const uint32_t *group_members; /* group_members[i], group_start[g] <= i <
                                    group_start[g + 1]; functions first */
  struct lzr_init_list constructors, destructors;
  bool has_arrays; /* the object of group 0 may have sections of constructors or
                      destructors that the two lists do not have */
  bool defines_more; /* group 0's object may define names that definitions does
                        not list: those of module assembly */
};

/*
 * Builds these groups as one object. It asks prevails about every definition of
 * the groups; where a definition does not prevail, the object only mentions the
 * name, and a section that keeps its bytes (see comdat) has them without a
 * name. All that the object defines is a global symbol of default visibility,
 * also what was local to the module, since other units refer to it.
 *
 * Groups can be built again, any number of times, whether building them failed
 * or not; that costs more than building them for the first time. A module that
 * turns out to be damaged gives an error of kind FORMAT.
 */
lzr_error *lzr_module_build(lzr_module *module, unsigned thread,
                            const struct lzr_build_request *request,
                            struct lzr_built *built);

/* Lists what the module mentions and does not define, as the linker sees it,
   except for thread-local variables. *imports is owned (free()); the names are
   borrowed until this thread's job is done. */
lzr_error *lzr_module_list_imports(lzr_module *module, unsigned thread,
                                   struct lzr_import **imports, size_t *count);

/* Finds the functions that a call of this group's function is certain to lead
   to, and queues their groups for this thread. Definitions that do not prevail
   are left out. */
lzr_error *lzr_module_follow_calls(lzr_module *module, unsigned thread,
                                   uint32_t group,
                                   const struct lzr_prevails *prevails);

/* Takes the next group from that queue; each is handed out once. Returns false
   when the queue is empty. The group may have been built for its own sake
   meanwhile. */
bool lzr_module_next_certain(lzr_module *module, unsigned thread,
                             uint32_t *group);

/* Refuses a call of function, which the module defines, if signature is known
   not to be its own. The error is a sentence that says both. */
lzr_error *lzr_module_check_call(lzr_module *module, unsigned thread,
                                 const char *function,
                                 const struct lzr_signature *signature);

/* Finds a function whose code adds to a named section and that is built apart
   from the module's data, so that the section would lie in several pieces.
   *function is borrowed as names are there, or NULL. */
lzr_error *lzr_module_find_adding(lzr_module *module, unsigned thread,
                                  const char *section, const char **function);

/* Whether the module is names only, whose code is provided when it is needed.
   Nothing is built from such a module, and it has no data of its own. */
bool lzr_module_is_lazy(const lzr_module *module);

/* Asks for the code of a lazy module's definitions because name, one of them,
   is needed. *code becomes a module that defines them, owned, or NULL;
   addresses[i], all 0 at first, the address in the target that the i-th
   definition is. Which of them the answer defines is the caller's to check. On
   a compile thread, without locks; once. */
lzr_error *lzr_module_provide(lzr_module *module, const char *name,
                              lzr_module **code, lzr_addr *addresses);

/* Frees what this thread's builds have left, once nobody needs their objects
   any more. This is not part of the build, because it takes time for which no
   caller needs to wait. */
void lzr_module_tidy(lzr_module *module, unsigned thread);

/* Says that nobody will soon ask for these groups again, so what is kept for
   building them may be freed. */
void lzr_module_drop(lzr_module *module, const uint32_t *groups, size_t count);

/* Closes the module, which no thread may be using. Accepts NULL. */
void lzr_module_close(lzr_module *module);

/* The function that a group is named after, for messages and symbols; "(data)"
   for group 0. Borrowed. */
const char *lzr_module_group_name(const lzr_module *module, uint32_t group);

/* Whether a group is one function and nothing else. */
bool lzr_module_group_is_plain(const lzr_module *module, uint32_t group);

#endif
