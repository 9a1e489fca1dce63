/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of lazy definitions: a provider that answers with text, and counts
 * how often it is asked.
 */
#ifndef LZR_TESTS_LAZY_SUPPORT_H
#define LZR_TESTS_LAZY_SUPPORT_H

#include <stdatomic.h>

#include "tests/removal_support.h"

/* What a provider knows, and what became of it. */
struct lazy {
  const char *text; /* the answer, or NULL */
  const char *at;   /* a name that is this address, or NULL */
  lzr_addr address;
  const char *complaint; /* the error, or NULL */
  atomic_int asked, destroyed;
  char needed[64]; /* the name for which it was asked last */
};

static inline lzr_error *provide_text(void *data, const char *name,
                                      lzr_answer *answer) {
  struct lazy *lazy = data;
  lzr_error *error = NULL;
  atomic_fetch_add(&lazy->asked, 1);
  snprintf(lazy->needed, sizeof lazy->needed, "%s", name);
  if (lazy->complaint)
    return lzr_error_create(LZR_ERROR_FORMAT, "%s", lazy->complaint);
  if (lazy->text) {
    struct lzr_code code = code_of("answer.ll", lazy->text);
    error = lzr_answer_code(answer, &code);
  }
  if (!error && lazy->at)
    error = lzr_answer_address(answer, lazy->at, lazy->address);
  return error;
}

static inline void count_destroyed(void *data) {
  atomic_fetch_add(&((struct lazy *)data)->destroyed, 1);
}

static inline struct lzr_lazy_definitions
definitions_of(struct lazy *lazy, const struct lzr_lazy_name *names,
               size_t count) {
  return (struct lzr_lazy_definitions){.size =
                                           sizeof(struct lzr_lazy_definitions),
                                       .name = "lazy",
                                       .names = names,
                                       .name_count = count,
                                       .provide = provide_text,
                                       .data = lazy,
                                       .destroy = count_destroyed};
}

/* Defines names lazily; *module may be NULL. */
#define DEFINE_LAZY(library, lazy, module, ...)                                \
  define_lazy(library, lazy, (const struct lzr_lazy_name[]){__VA_ARGS__},      \
              sizeof((const struct lzr_lazy_name[]){__VA_ARGS__}) /            \
                  sizeof(struct lzr_lazy_name),                                \
              module)

#define LAZY_FUNCTION(name) {name, LZR_LAZY_FUNCTION, false}
#define LAZY_VARIABLE(name) {name, LZR_LAZY_VARIABLE, false}
#define LAZY_WEAK(name) {name, LZR_LAZY_FUNCTION, true}

static inline lzr_error *define_lazy(lzr_library *library, struct lazy *lazy,
                                     const struct lzr_lazy_name *names,
                                     size_t count, lzr_module_handle **module) {
  struct lzr_lazy_definitions definitions = definitions_of(lazy, names, count);
  return lzr_library_define_lazy(library, &definitions, module);
}

#endif
