/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Unwind information and debug objects, for LLVM: as services and as allocation
   actions. */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/executor/llvm.h"
#include "tpc/target/access.h"
#include "tpc/target/debug.h"
#include "tpc/target/unwind.h"

/* Unpacks (u64 start, u64 end), a range that must be readable. */
static lzr_error *unpack_range(struct lzr_reader *reader, const uint8_t **start,
                               uint64_t *size) {
  lzr_addr first = lzr_unpack_u64(reader), end = lzr_unpack_u64(reader);
  lzr_error *error = lzr_wrapper_check(reader);
  uint8_t byte;

  *start = NULL;
  *size = 0;
  if (error)
    return error;
  if (first == 0 || end <= first)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "0x%llx to 0x%llx is no section",
                            (unsigned long long)first, (unsigned long long)end);
  *start = (const uint8_t *)(uintptr_t)first;
  *size = end - first;
  error = lzr_access_read(first, &byte, 1);
  return error ? error : lzr_access_read(end - 1, &byte, 1);
}

/* ---- Unwind information ---- */

/* libgcc's registry ends the process when it is asked to remove an unknown
   entry. It knows no section that was empty when it was registered, and ignores
   one that is empty when it is removed: controllers may have written there. */
struct registered {
  const uint8_t *section; /* first: what they are compared by */
  bool is_empty;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *sections; /* a tree of entries, both owned; under lock */

static int compare(const void *left, const void *right) {
  const struct registered *a = left, *b = right;

  return (a->section > b->section) - (a->section < b->section);
}

/* A section's first record says that there are no more. */
static bool is_empty(const uint8_t *section) {
  uint32_t length;

  memcpy(&length, section, sizeof length);
  return length == 0;
}

static lzr_error *refuse(const uint8_t *section, const char *why) {
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "unwind information at 0x%llx is %s",
                          (unsigned long long)(uintptr_t)section, why);
}

/* The functions below are called under lock. */

static lzr_error *register_section(const uint8_t *section) {
  struct registered *entry = malloc(sizeof *entry), **found;

  if (!entry)
    return lzr_out_of_memory();
  *entry = (struct registered){section, is_empty(section)};
  found = tsearch(entry, &sections, compare);
  if (!found || *found != entry) {
    free(entry);
    return found ? refuse(section, "registered already") : lzr_out_of_memory();
  }
  lzr_error *error = entry->is_empty ? NULL : lzr_unwind_register(section);
  if (error) {
    tdelete(entry, &sections, compare);
    free(entry);
  }
  return error;
}

static lzr_error *deregister_section(const uint8_t *section) {
  const struct registered wanted = {section, false};
  struct registered **found = tfind(&wanted, &sections, compare), *entry;

  if (!found)
    return refuse(section, "not registered");
  entry = *found;
  if (!entry->is_empty && is_empty(section))
    return refuse(section, "not what was registered");
  if (!entry->is_empty)
    lzr_unwind_deregister(section);
  tdelete(entry, &sections, compare);
  free(entry);
  return NULL;
}

/* Unpacks a range of at least a word, and does that to it. */
static struct lzr_wrapper_result
change_registry(const char *arguments, size_t size, bool check,
                lzr_error *(*change)(const uint8_t *section)) {
  struct lzr_reader reader;
  const uint8_t *section;
  uint64_t length;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  error = unpack_range(&reader, &section, &length);
  if (!error && length < sizeof(uint32_t))
    error = refuse(section, "too short");
  if (!error && check)
    error = lzr_unwind_check(section, length, 0, UINT64_MAX);
  if (!error) {
    pthread_mutex_lock(&lock);
    error = change(section);
    pthread_mutex_unlock(&lock);
  }
  return lzr_wrapper_error(error);
}

/* The message does not say where the code is, so any address may be
   described. */
LZR_WRAPPER(lzr_llvm_register_eh_frame) {
  return change_registry(arguments, size, true, register_section);
}

LZR_WRAPPER(lzr_llvm_deregister_eh_frame) {
  return change_registry(arguments, size, false, deregister_section);
}

/* ---- Debug objects ---- */

/* Error((u64 start, u64 end), bool: whether to tell the debugger now, which is
   always done). No call undoes it, because LLVM has none. */
LZR_WRAPPER(llvm_orc_registerJITLoaderGDBWrapper) {
  struct lzr_reader reader;
  const uint8_t *object;
  uint64_t length;
  lzr_error *error;
  void *state;

  lzr_reader_init(&reader, arguments, size);
  error = unpack_range(&reader, &object, &length);
  if (!error)
    error = lzr_debug_register(object, length, &state);
  return lzr_wrapper_error(error);
}
