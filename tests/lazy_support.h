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
                                      lzr_lazy_request *request) {
  struct lazy *lazy = data;
  lzr_error *error = NULL;
  atomic_fetch_add(&lazy->asked, 1);
  snprintf(lazy->needed, sizeof lazy->needed, "%s", name);
  if (lazy->complaint)
    return lzr_error_create(LZR_ERROR_FORMAT, "%s", lazy->complaint);
  if (lazy->text) {
    struct lzr_code code = code_of("answer.ll", lazy->text);
    error = lzr_lazy_answer_code(request, &code);
  }
  if (!error && lazy->at)
    error = lzr_lazy_answer_address(request, lazy->at, lazy->address);
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

/* Generators. */

/* What a generator knows: lazy definitions of one function, an address, text;
   and what it was asked for. */
struct generator {
  struct lazy *lazy; /* of the function lazy_name; or NULL */
  const char *lazy_name;
  const char *at; /* a name that is this address, or NULL */
  lzr_addr address;
  const char *text_name; /* a name that text defines, or NULL */
  const char *text;
  const char *complaint; /* the error, or NULL */
  atomic_int asked, destroyed;
  char names[256]; /* of the last batch: "f g? h ", weak ones with "?" */
};

static inline lzr_error *generate_name(struct generator *generator,
                                       lzr_library *library,
                                       struct lzr_name *name) {
  if (generator->at && strcmp(name->name, generator->at) == 0)
    name->address = generator->address;
  if (generator->text_name && strcmp(name->name, generator->text_name) == 0)
    return try_text(library, "generated.ll", generator->text);
  if (generator->lazy && strcmp(name->name, generator->lazy_name) == 0)
    return DEFINE_LAZY(library, generator->lazy, NULL,
                       LAZY_FUNCTION(generator->lazy_name));
  return NULL;
}

static inline lzr_error *generate_names(void *data, lzr_library *library,
                                        struct lzr_name *names, size_t count) {
  struct generator *generator = data;
  size_t length = 0;
  lzr_error *error = NULL;
  atomic_fetch_add(&generator->asked, 1);
  for (size_t i = 0; i < count && !error; i++) {
    if (length < sizeof generator->names)
      length += (size_t)snprintf(generator->names + length,
                                 sizeof generator->names - length, "%s%s ",
                                 names[i].name, names[i].required ? "" : "?");
    error = generate_name(generator, library, &names[i]);
  }
  if (!error && generator->complaint)
    error = lzr_error_create(LZR_ERROR_SYMBOL, "%s", generator->complaint);
  return error;
}

static inline void count_generator(void *data) {
  atomic_fetch_add(&((struct generator *)data)->destroyed, 1);
}

static inline void search_generator(lzr_library *library,
                                    struct generator *generator) {
  succeed(lzr_library_search_generator(library, generate_names, generator,
                                       count_generator));
}

#endif
