/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bitcode as a module: opens it, lists what it defines and mentions, follows
 * certain calls, and builds every group. Nothing is linked or run. What must
 * never happen: an error of a kind that blames somebody else than the module.
 */
#include "runtime/llvm/bitcode.h"
#include "runtime/module/module.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/llvm_crash.h"

enum { MOST_GROUPS = 32 };

static bool prevails(void *data, const struct lzr_definition *definition) {
  (void)data;
  return strlen(definition->name) % 4 != 3;
}

static void end_error(lzr_error *error) {
  lzr_error_kind kind = error ? lzr_error_get_kind(error) : LZR_ERROR_FORMAT;
  if (kind != LZR_ERROR_FORMAT && kind != LZR_ERROR_UNSUPPORTED &&
      kind != LZR_ERROR_LIMIT && kind != LZR_ERROR_COMPILE &&
      kind != LZR_ERROR_SYMBOL && kind != LZR_ERROR_MEMORY)
    fuzz_fail(lzr_error_message(error));
  fuzz_end_error(error);
}

static void follow(lzr_module *module, uint32_t group) {
  const struct lzr_prevails some = {prevails, NULL};
  uint32_t next;
  end_error(lzr_module_follow_calls(module, 0, group, &some));
  while (lzr_module_next_certain(module, 0, &next))
    if (next >= module->group_count)
      fuzz_fail("a certain call leads to no group");
}

static void build(lzr_module *module, uint32_t group) {
  const struct lzr_prevails some = {prevails, NULL};
  struct lzr_build_request request = {.groups = &group,
                                      .group_count = 1,
                                      .prevails = &some,
                                      .unit_name =
                                          lzr_module_group_name(module, group)};
  struct lzr_built built = {0};
  lzr_error *error = lzr_module_build(module, 0, &request, &built);
  if (!error)
    lzr_object_destroy(built.object);
  lzr_module_tidy(module, 0);
  end_error(error);
}

static void try_module(lzr_compiler *compiler, const uint8_t *bytes,
                       size_t size) {
  struct lzr_import *imports = NULL;
  size_t count;
  lzr_module *module;
  lzr_error *error = lzr_bitcode_open(
      compiler, "fuzz.bc", (char *)fuzz_copy(bytes, size), size, &module);
  if (error) {
    end_error(error);
    return;
  }
  end_error(lzr_module_list_imports(module, 0, &imports, &count));
  free(imports);
  for (uint32_t group = 0; group < module->group_count && group < MOST_GROUPS;
       group++) {
    follow(module, group);
    build(module, group);
  }
  lzr_module_close(module);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char triple[] = "x86_64-unknown-linux-gnu";
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  struct lzr_compiler_options options = {.arch = lzr_arch_for_triple(triple),
                                         .triple = triple,
                                         .cpu = "",
                                         .features = "",
                                         .named_features = "",
                                         .thread_count = 1,
                                         .lock = &lock};
  lzr_compiler *compiler;
  watch_llvm();
  if (lzr_compiler_create(&options, &compiler))
    abort();
  try_module(compiler, bytes, size);
  lzr_compiler_destroy(compiler);
  return 0;
}
