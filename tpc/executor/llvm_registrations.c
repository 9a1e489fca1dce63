/* Unwind information and debug objects, by LLVM's names; as services and as
   allocation actions. */
#include <pthread.h>
#include <search.h>

#include "tpc/executor/llvm.h"
#include "tpc/target/access.h"
#include "tpc/target/debug.h"
#include "tpc/target/unwind.h"

/* (u64 start, u64 end) of something that can be read. */
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

/* ---- Unwind information -------------------------------------------------- */

/* libgcc's registry ends the process when it does not know what is taken out.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *sections; /* a tree of addresses; under lock */

static int compare(const void *left, const void *right) {
  return (left > right) - (left < right);
}

/* Whether it was not there. False without memory, too. */
static bool add_section(const uint8_t *section) {
  bool added;

  pthread_mutex_lock(&lock);
  added = !tfind(section, &sections, compare) &&
          tsearch(section, &sections, compare);
  pthread_mutex_unlock(&lock);
  return added;
}

/* Whether it was there. */
static bool remove_section(const uint8_t *section) {
  bool removed;

  pthread_mutex_lock(&lock);
  removed = tdelete(section, &sections, compare) != NULL;
  pthread_mutex_unlock(&lock);
  return removed;
}

static lzr_error *refuse(const uint8_t *section, const char *why) {
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "unwind information at 0x%llx is %s",
                          (unsigned long long)(uintptr_t)section, why);
}

/* What the code is that it is about, nobody says: anything. */
LZR_WRAPPER(lzr_llvm_register_eh_frame) {
  struct lzr_reader reader;
  const uint8_t *section;
  uint64_t length;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  error = unpack_range(&reader, &section, &length);
  if (!error)
    error = lzr_unwind_check(section, length, 0, UINT64_MAX);
  if (!error && !add_section(section))
    error = refuse(section, "registered already, or memory is out");
  if (!error)
    lzr_unwind_register(section);
  return lzr_wrapper_error(error);
}

LZR_WRAPPER(lzr_llvm_deregister_eh_frame) {
  struct lzr_reader reader;
  const uint8_t *section;
  uint64_t length;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  error = unpack_range(&reader, &section, &length);
  if (!error && !remove_section(section))
    error = refuse(section, "not registered");
  if (!error)
    lzr_unwind_deregister(section);
  return lzr_wrapper_error(error);
}

/* ---- Debug objects ------------------------------------------------------- */

/* Error((u64 start, u64 end), bool: whether to tell the debugger now, which is
   always done). Nothing takes it back: LLVM has no such call. */
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
