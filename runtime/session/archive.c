/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/archive.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/module/archive_index.h"
#include "runtime/session/modules.h"
#include "tpc/base/memory.h"

struct archive_search {
  lzr_library *library;
  pthread_mutex_t lock; /* reading the archive, and adding a member once */
  lzr_archive *archive; /* owned; under lock */
  bool *added;          /* owned array by member; under lock */
};

/* Lists the names that bitcode defines and that others can see. */
static lzr_error *list_bitcode(void *data, const char *name,
                               const uint8_t *bytes, size_t size,
                               lzr_error *(*add)(void *adder, const char *name),
                               void *adder) {
  lzr_session *session = data;
  lzr_module *module;
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy)
    return lzr_out_of_memory();
  memcpy(copy, bytes, size);
  lzr_error *error =
      lzr_session_open_module(session, name, copy, size, &module);
  if (error)
    return error;
  for (size_t i = 0; i < module->definition_count && !error; i++)
    if (module->definitions[i].binding != LZR_BINDING_LOCAL)
      error = add(adder, module->definitions[i].name);
  lzr_module_close(module);
  return error;
}

/* Under the search's lock. */
static lzr_error *add_member(struct archive_search *search, size_t member) {
  uint8_t *bytes;
  size_t size;
  search->added[member] =
      true; /* also if it fails, because trying again would fail too */
  lzr_error *error =
      lzr_archive_read_member(search->archive, member, &bytes, &size);
  if (error)
    return error;
  return lzr_session_add_module(
      search->library, lzr_archive_member_name(search->archive, member), bytes,
      size);
}

static lzr_error *add_defining(struct archive_search *search,
                               const char *name) {
  bool found;
  size_t member;
  pthread_mutex_lock(&search->lock);
  lzr_error *error = lzr_archive_find(search->archive, name, &found, &member);
  if (!error && found && !search->added[member])
    error = add_member(search, member);
  pthread_mutex_unlock(&search->lock);
  return error;
}

static lzr_error *provide(void *data, const char *name,
                          struct lzr_symbol **symbol) {
  struct archive_search *search = data;
  struct lzr_symbols *symbols = search->library->all;
  lzr_error *error = add_defining(search, name);
  pthread_mutex_lock(&symbols->lock);
  *symbol = lzr_map_get(&search->library->symbols, name);
  pthread_mutex_unlock(&symbols->lock);
  return error;
}

static void destroy(void *data) {
  struct archive_search *search = data;
  lzr_archive_close(search->archive);
  pthread_mutex_destroy(&search->lock);
  free(search->added);
  free(search);
}

/* Takes archive. */
static lzr_error *create(lzr_library *library, lzr_archive *archive,
                         struct archive_search **created) {
  struct archive_search *search = calloc(1, sizeof *search);
  bool *added = calloc(lzr_archive_member_count(archive) + 1, sizeof *added);
  if (!search || !added) {
    free(search);
    free(added);
    lzr_archive_close(archive);
    return lzr_out_of_memory();
  }
  *search = (struct archive_search){
      .library = library, .archive = archive, .added = added};
  pthread_mutex_init(&search->lock, NULL);
  *created = search;
  return NULL;
}

lzr_error *lzr_session_search_archive(lzr_library *library, const char *name,
                                      uint8_t *bytes, size_t size) {
  struct lzr_archive_options options = {.arch = library->session->arch,
                                        .list_bitcode = list_bitcode,
                                        .data = library->session};
  lzr_archive *archive;
  struct archive_search *search = NULL;
  lzr_error *error = lzr_archive_open(name, bytes, size, &options, &archive);
  if (!error)
    error = create(library, archive, &search);
  if (error)
    return error;
  error = lzr_library_add_archive(
      library, &(struct lzr_generator){provide, search, destroy});
  if (error)
    destroy(search);
  return error;
}
