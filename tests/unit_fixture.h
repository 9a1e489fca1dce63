/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of sources and units: modules written as IR text, and units as text
 * to look at. Everything is checked by LLVM's verifier.
 */
#ifndef LZR_TESTS_UNIT_FIXTURE_H
#define LZR_TESTS_UNIT_FIXTURE_H

#include <criterion/criterion.h>
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/bitcode.h"
#include "runtime/llvm/source.h"

#define X86_64 "x86_64-pc-linux-gnu"
#define AARCH64 "aarch64-unknown-linux-gnu"

struct fixture {
  char *bitcode;
  size_t size;
  lzr_source *source;
};

static inline void succeed(lzr_error *error) {
  cr_assert_null(error, "%s", error ? lzr_error_message(error) : "");
}

/* The error is of this kind and its message has every one of the words given,
   up to a NULL. */
static inline void fail_with(lzr_error *error, lzr_error_kind kind,
                             const char *const *words) {
  cr_assert_not_null(error, "it did not fail");
  cr_assert_eq(lzr_error_get_kind(error), kind, "%s", lzr_error_message(error));
  for (; *words; words++)
    cr_assert_not_null(strstr(lzr_error_message(error), *words),
                       "'%s' is not in: %s", *words, lzr_error_message(error));
  lzr_error_destroy(error);
}

#define FAILS(error, kind, ...)                                                \
  fail_with(error, LZR_ERROR_##kind, (const char *[]){__VA_ARGS__, NULL})

static inline struct lzr_source_options source_options(const char *triple) {
  return (struct lzr_source_options){
      .triple = triple, .local_names = true, .verify = true};
}

static inline lzr_error *try_open(struct fixture *fixture, const char *text,
                                  const struct lzr_source_options *options) {
  *fixture = (struct fixture){0};
  succeed(lzr_bitcode_from_bytes("test.ll", text, strlen(text),
                                 &fixture->bitcode, &fixture->size));
  return lzr_source_open("test.bc", fixture->bitcode, fixture->size, options,
                         &fixture->source);
}

static inline struct fixture open_text(const char *text) {
  struct lzr_source_options options = source_options(X86_64);
  struct fixture fixture;
  succeed(try_open(&fixture, text, &options));
  return fixture;
}

static inline void close_fixture(struct fixture *fixture) {
  lzr_source_close(fixture->source);
  free(fixture->bitcode);
}

static inline const struct lzr_definition *
find_definition(const struct fixture *fixture, const char *name) {
  const struct lzr_definition *definitions =
      lzr_source_definitions(fixture->source);
  for (size_t i = 0; i < lzr_source_definition_count(fixture->source); i++)
    if (strcmp(definitions[i].name, name) == 0)
      return &definitions[i];
  return NULL;
}

static inline const struct lzr_definition *
definition(const struct fixture *fixture, const char *name) {
  const struct lzr_definition *found = find_definition(fixture, name);
  cr_assert_not_null(found, "'%s' is not defined", name);
  return found;
}

/* All definitions prevail but those in the list of names at data, which ends
   with NULL. */
static inline bool not_listed(void *data,
                              const struct lzr_definition *definition) {
  for (const char *const *name = data; *name; name++)
    if (strcmp(*name, definition->name) == 0)
      return false;
  return true;
}

/* The unit of the group that a name belongs to, as text to be freed; those in
   preempted do not prevail. */
static inline char *unit_without(struct fixture *fixture, const char *name,
                                 const char *const *preempted) {
  uint32_t group = definition(fixture, name)->group;
  struct lzr_prevails prevails = {not_listed, (void *)preempted};
  LLVMModuleRef unit;
  succeed(
      lzr_source_extract(fixture->source, &group, 1, &prevails, NULL, &unit));
  char *message = LLVMPrintModuleToString(unit);
  char *text = strdup(message);
  LLVMDisposeMessage(message);
  LLVMDisposeModule(unit);
  return text;
}

static inline char *unit_of(struct fixture *fixture, const char *name) {
  const char *none = NULL;
  return unit_without(fixture, name, &none);
}

#define HAS(text, part)                                                        \
  cr_assert_not_null(strstr(text, part), "'%s' is not in\n%s", part, text)
#define HAS_NOT(text, part)                                                    \
  cr_assert_null(strstr(text, part), "'%s' is in\n%s", part, text)

#endif
