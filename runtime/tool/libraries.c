/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/libraries.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The search for one library: it goes on until it is done. */
struct library_search {
  const struct options *options;
  lzr_library *program;
  bool found;
  lzr_error *error;    /* a library is there and cannot be loaded */
  lzr_error *unusable; /* of the first file that is no shared library */
};

static bool is_done(const struct library_search *search) {
  return search->found || search->error;
}

__attribute__((format(printf, 3, 4))) static bool
write_path(char *path, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(path, size, format, arguments);
  va_end(arguments);
  return length >= 0 && (size_t)length < size;
}

/* Shared libraries. */

/* The target may be another machine, so what is wrong with a file is known from
   the dynamic linker's own words only. */
static bool says(const lzr_error *error, const char *path, const char *what) {
  char sentence[8192];
  return write_path(sentence, sizeof sentence, "%s: %s", path, what) &&
         strstr(lzr_error_message(error), sentence);
}

static bool is_absent(const lzr_error *error, const char *path) {
  return says(error, path,
              "cannot open shared object file: No such file or directory");
}

/* libNAME.so may be a script for linkers, or a library for another machine. */
static bool is_unusable(const lzr_error *error, const char *path) {
  return says(error, path, "invalid ELF header") ||
         says(error, path, "file too short") ||
         says(error, path, "wrong ELF class");
}

static void try_shared(struct library_search *search, const char *path) {
  lzr_error *error = lzr_library_search_shared_library(search->program, path);
  if (!error)
    search->found = true;
  else if (is_absent(error, path) ||
           (is_unusable(error, path) && search->unusable))
    lzr_error_destroy(error);
  else if (is_unusable(error, path))
    search->unusable = error;
  else
    search->error = error;
}

static void try_in(struct library_search *search, const char *directory,
                   const char *file) {
  char path[4096];
  if (write_path(path, sizeof path, "%s/%s", directory, file))
    try_shared(search, path);
}

static void try_archive(struct library_search *search, const char *directory,
                        const char *file) {
  char path[4096];
  search->found = write_path(path, sizeof path, "%s/%s", directory, file) &&
                  access(path, F_OK) == 0;
  if (search->found)
    search->error = lzr_library_search_archive(search->program, path);
}

/* Names. */

/* libNAME.so may be missing where programs are only run: then any versioned one
   will do. */
static void try_versions(struct library_search *search, const char *name) {
  char file[512];
  for (int version = 0; version < 100 && !is_done(search); version++)
    if (write_path(file, sizeof file, "lib%s.so.%d", name, version))
      try_shared(search, file);
}

static void find_by_name(struct library_search *search, const char *name) {
  const struct options *options = search->options;
  char shared[512], archive[512];
  if (!write_path(shared, sizeof shared, "lib%s.so", name) ||
      !write_path(archive, sizeof archive, "lib%s.a", name))
    return;
  for (size_t i = 0; i < options->library_path_count && !is_done(search); i++) {
    try_in(search, options->library_paths[i], shared);
    if (!is_done(search))
      try_archive(search, options->library_paths[i], archive);
  }
  if (!is_done(search))
    try_shared(search, shared);
  if (!is_done(search))
    try_versions(search, name);
}

static bool is_archive_name(const char *file) {
  size_t length = strlen(file);
  return length > 2 && strcmp(file + length - 2, ".a") == 0;
}

static void find_file(struct library_search *search, const char *file) {
  const struct options *options = search->options;
  void (*try)(struct library_search *, const char *, const char *) =
      is_archive_name(file) ? try_archive : try_in;
  for (size_t i = 0; i < options->library_path_count && !is_done(search); i++)
    try(search, options->library_paths[i], file);
  if (!is_done(search))
    try_shared(search, file);
}

/* As dlopen: a name with a slash is a path. */
static void find_to_load(struct library_search *search, const char *file) {
  const struct options *options = search->options;
  bool is_path = strchr(file, '/');
  for (size_t i = 0;
       !is_path && i < options->library_path_count && !is_done(search); i++)
    try_in(search, options->library_paths[i], file);
  if (!is_done(search))
    search->error = lzr_library_search_shared_library(search->program, file);
  search->found = true;
}

/* Options. */

static lzr_error *refuse(const char *name) {
  if (*name == ':')
    return lzr_error_create(LZR_ERROR_FILE,
                            "-l%s: there is no %s in the -L directories, and "
                            "the system cannot load it",
                            name, name + 1);
  return lzr_error_create(LZR_ERROR_FILE,
                          "-l%s: lib%s.so can be loaded neither from the -L "
                          "directories, which have no lib%s.a either, nor from "
                          "the system's",
                          name, name, name);
}

/* Takes search's errors. */
static lzr_error *finish(struct library_search *search, const char *name) {
  lzr_error *error = search->error;
  if (!error && !search->found) {
    error = search->unusable ? search->unusable : refuse(name);
    search->unusable = NULL;
  }
  lzr_error_destroy(search->unusable);
  return error;
}

static lzr_error *add(const struct options *options, lzr_library *program,
                      const struct library_option *library) {
  struct library_search search = {.options = options, .program = program};
  const char *text = library->text;
  if (library->kind == LIBRARY_ARCHIVE)
    return lzr_library_search_archive(program, text);
  if (library->kind == LIBRARY_BY_PATH)
    find_to_load(&search, text);
  else if (*text == ':')
    find_file(&search, text + 1);
  else
    find_by_name(&search, text);
  return finish(&search, text);
}

lzr_error *libraries_add(const struct options *options, lzr_library *program) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < options->library_count && !error; i++)
    error = add(options, program, &options->libraries[i]);
  return error;
}
