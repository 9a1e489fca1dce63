/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/modules.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/build/add.h"
#include "runtime/llvm/bitcode.h"
#include "runtime/module/format.h"
#include "runtime/module/format_bitcode.h"
#include "runtime/module/object_module.h"
#include "runtime/session/compiler.h"
#include "tpc/base/events.h"
#include "tpc/base/memory.h"

static lzr_error *refuse_archive(const char *name) {
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "%s: an archive, whose members are added as they are "
                          "needed: use --extra-archive, or "
                          "lzr_library_search_archive()",
                          name);
}

static lzr_error *check(const char *name, enum lzr_format format,
                        const uint8_t *bytes, size_t size) {
  lzr_error *error = lzr_format_check(name, format);
  if (error)
    return error;
  switch (format) {
  case LZR_FORMAT_ARCHIVE:
  case LZR_FORMAT_THIN_ARCHIVE:
    return refuse_archive(name);
  case LZR_FORMAT_BITCODE:
    return lzr_bitcode_check_single(name, bytes, size);
  default:
    return NULL;
  }
}

/* Takes bitcode. */
static lzr_error *open_bitcode(lzr_session *session, const char *name,
                               char *bitcode, size_t size,
                               lzr_module **module) {
  lzr_compiler *compiler;
  lzr_error *error = lzr_session_find_compiler(session, &compiler);
  if (!error)
    return lzr_bitcode_open(compiler, name, bitcode, size, module);
  free(bitcode);
  return error;
}

/* Takes text. */
static lzr_error *open_text(lzr_session *session, const char *name,
                            uint8_t *text, size_t size, lzr_module **module) {
  char *bitcode;
  size_t bitcode_size;
  lzr_error *error = lzr_bitcode_from_bytes(name, (const char *)text, size,
                                            &bitcode, &bitcode_size);
  free(text);
  return error ? error
               : open_bitcode(session, name, bitcode, bitcode_size, module);
}

/* Takes bytes. */
static lzr_error *open_checked(lzr_session *session, const char *name,
                               enum lzr_format format, uint8_t *bytes,
                               size_t size, lzr_module **module) {
  switch (format) {
  case LZR_FORMAT_OBJECT:
    return lzr_object_module_open(session->arch, name, bytes, size,
                                  session->options.debug_info, module);
  case LZR_FORMAT_BITCODE:
    return open_bitcode(session, name, (char *)bytes, size, module);
  default:
    return open_text(session, name, bytes, size, module);
  }
}

lzr_error *lzr_session_open_module(lzr_session *session, const char *name,
                                   uint8_t *bytes, size_t size,
                                   lzr_module **module) {
  size_t offset;
  enum lzr_format format = lzr_format_recognize(bytes, size, &offset);
  lzr_error *error = check(name, format, bytes + offset, size - offset);
  if (error) {
    free(bytes);
    return error;
  }
  if (offset > 0)
    memmove(bytes, bytes + offset, size - offset);
  return open_checked(session, name, format, bytes, size - offset, module);
}

void lzr_session_note_open(lzr_session *session, uint64_t start,
                           const lzr_module *module) {
  session->builder.counters.open_time += lzr_now() - start;
  if (module)
    lzr_event_end(LZR_EVENT_OPEN, start, NULL, "%s", module->name);
}

lzr_error *lzr_session_add_module(lzr_library *library, const char *name,
                                  uint8_t *bytes, size_t size) {
  lzr_session *session = library->session;
  uint64_t start = lzr_now();
  lzr_module *module;
  lzr_error *error =
      lzr_session_open_module(session, name, bytes, size, &module);
  if (!error)
    error = lzr_build_add(&session->builder, library, module, false);
  lzr_session_note_open(session, start, error ? NULL : module);
  return error;
}
