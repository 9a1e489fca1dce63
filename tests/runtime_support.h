/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of sessions: modules written as IR text, which need no compiler and
 * are for any architecture, and functions called as a client calls them.
 */
#ifndef LZR_TESTS_RUNTIME_SUPPORT_H
#define LZR_TESTS_RUNTIME_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/lazyrun.h"

static inline void succeed(lzr_error *error) {
  cr_assert_null(error, "%s", error ? lzr_error_message(error) : "");
}

/* The error is of this kind and its message has every one of the words given,
   up to a NULL. Destroys it. */
static inline void fail_with(lzr_error *error, lzr_error_kind kind,
                             const char *const *words) {
  cr_assert_not_null(error, "it did not fail");
  cr_expect_eq(lzr_error_get_kind(error), kind, "%s: %s",
               lzr_error_kind_name(lzr_error_get_kind(error)),
               lzr_error_message(error));
  for (; *words; words++)
    cr_expect_not_null(strstr(lzr_error_message(error), *words),
                       "'%s' is not in: %s", *words, lzr_error_message(error));
  lzr_error_destroy(error);
}

#define FAILS(error, kind, ...)                                                \
  fail_with(error, LZR_ERROR_##kind, (const char *[]){__VA_ARGS__, NULL})

/* Sessions. */

static inline struct lzr_session_options session_options(void) {
  return (struct lzr_session_options){.size =
                                          sizeof(struct lzr_session_options)};
}

/* NULL for the defaults. */
static inline lzr_session *
open_session(const struct lzr_session_options *options) {
  lzr_session *session = NULL;
  succeed(lzr_session_create(NULL, options, &session));
  cr_assert_not_null(session);
  return session;
}

static inline lzr_session *open_session_of_threads(unsigned compile_threads) {
  struct lzr_session_options options = session_options();
  options.compile_threads = compile_threads;
  return open_session(&options);
}

static inline struct lzr_session_statistics count(lzr_session *session) {
  struct lzr_session_statistics statistics = {.size = sizeof statistics};
  lzr_session_get_statistics(session, &statistics);
  return statistics;
}

static inline lzr_library *make_library(lzr_session *session,
                                        const char *name) {
  lzr_library *library = NULL;
  succeed(lzr_session_create_library(session, name, &library));
  return library;
}

/* Modules. */

static inline lzr_error *try_text(lzr_library *library, const char *name,
                                  const char *text) {
  return lzr_library_add_bytes(library, name, text, strlen(text));
}

static inline void add_text(lzr_library *library, const char *name,
                            const char *text) {
  succeed(try_text(library, name, text));
}

/* A session whose main library is this module. */
static inline lzr_session *open_text(const char *text) {
  lzr_session *session = open_session(NULL);
  add_text(lzr_session_main_library(session), "test.ll", text);
  return session;
}

/* Functions. */

static inline lzr_addr find_in(lzr_library *library, const char *name) {
  lzr_addr address = 0;
  succeed(lzr_library_lookup(library, name, &address));
  cr_assert_neq(address, 0, "%s is at 0", name);
  return address;
}

static inline lzr_addr find(lzr_session *session, const char *name) {
  return find_in(lzr_session_main_library(session), name);
}

typedef int int_function(int x);

/* The functions of these tests are int (int): calling one that takes less is
   fine on every architecture here. */
static inline int call(lzr_addr function, int x) {
  return ((int_function *)(uintptr_t)function)(x);
}

static inline int call_named(lzr_session *session, const char *name, int x) {
  return call(find(session, name), x);
}

static inline int call_in(lzr_library *library, const char *name, int x) {
  return call(find_in(library, name), x);
}

static inline lzr_addr address_of(int_function *function) {
  return (lzr_addr)(uintptr_t)function;
}

/* Failures. */

/* What on_failure was told, for options.data. */
struct failures {
  int count;
  char function[64];  /* the last one's */
  char message[1024]; /* the last one's */
  lzr_addr landing;   /* to be returned */
};

static inline lzr_addr note_failure(void *data, const char *function,
                                    lzr_error *error) {
  struct failures *failures = data;
  failures->count++;
  snprintf(failures->function, sizeof failures->function, "%s", function);
  snprintf(failures->message, sizeof failures->message, "%s",
           lzr_error_message(error));
  lzr_error_destroy(error);
  return failures->landing;
}

static inline lzr_session *open_session_noting(struct failures *failures) {
  struct lzr_session_options options = session_options();
  options.on_failure = note_failure;
  options.data = failures;
  return open_session(&options);
}

/* Processes and files. */

/* fork(), whose child does not outlive a test that it hangs. */
static inline pid_t fork_child(void) {
  pid_t child = fork();
  cr_assert_neq(child, -1);
  if (child == 0)
    alarm(60);
  return child;
}

/* The child's exit status; 1000 and the signal's number if it did not get that
   far. */
static inline int wait_for(pid_t child) {
  int status = -1;
  cr_assert_eq(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* path becomes that of a new folder. */
static inline void make_folder(char path[64]) {
  snprintf(path, 64, "/tmp/lazyrun-test-XXXXXX");
  cr_assert_not_null(mkdtemp(path));
}

static inline void remove_folder(const char *path) {
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", path);
  cr_assert_eq(system(command), 0);
}

#endif
