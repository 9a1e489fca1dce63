/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Object files as modules, and archives of them, with thin archives: opens what
 * the bytes are recognized as, lists what it defines and mentions, builds every
 * group of it twice, and asks an archive for names. What must never happen: a
 * definition of a group that the module does not have, or a group that can be
 * built once only.
 */
#include <elf.h>

#include "runtime/module/archive_index.h"
#include "runtime/module/format.h"
#include "runtime/module/object_module.h"
#include "tests/fuzz/elf_mutator.h"
#include "tests/fuzz/fuzz.h"

enum { MOST_GROUPS = 64, MOST_MEMBERS = 16 };

static const struct lzr_arch *arch_of(const uint8_t *bytes, size_t size) {
  Elf64_Ehdr header = {.e_machine = EM_X86_64};
  if (size >= sizeof header)
    memcpy(&header, bytes, sizeof header);
  return lzr_arch_for_triple(header.e_machine == EM_AARCH64
                                 ? "aarch64-linux-gnu"
                                 : "x86_64-linux-gnu");
}

/* Objects. */

static bool prevails(void *data, const struct lzr_definition *definition) {
  (void)data;
  return strlen(definition->name) % 4 != 3;
}

static bool can_build(lzr_module *module, uint32_t group) {
  const struct lzr_prevails some = {prevails, NULL};
  struct lzr_build_request request = {.groups = &group,
                                      .group_count = 1,
                                      .prevails = &some,
                                      .unit_name =
                                          lzr_module_group_name(module, group)};
  struct lzr_built built = {0};
  lzr_error *error = lzr_module_build(module, 0, &request, &built);
  bool fine = !error;
  if (!error)
    lzr_object_destroy(built.object);
  lzr_module_tidy(module, 0);
  fuzz_end_error(error);
  return fine;
}

static void check_definitions(const lzr_module *module) {
  for (size_t i = 0; i < module->definition_count; i++)
    if (module->definitions[i].group >= module->group_count ||
        !module->definitions[i].name)
      fuzz_fail("a definition of no group, or of no name");
}

static void try_object(const char *name, uint8_t *bytes, size_t size) {
  lzr_module *module;
  struct lzr_import *imports = NULL;
  size_t count;
  lzr_error *error = lzr_object_module_open(arch_of(bytes, size), name, bytes,
                                            size, size % 8 == 7, &module);
  if (error) {
    fuzz_end_error(error);
    return;
  }
  check_definitions(module);
  fuzz_end_error(lzr_module_list_imports(module, 0, &imports, &count));
  free(imports);
  for (uint32_t group = 0; group < module->group_count && group < MOST_GROUPS;
       group++)
    if (can_build(module, group) && !can_build(module, group))
      fuzz_fail("a group can be built once only");
  lzr_module_close(module);
}

/* Archives. */

/* Every file of a thin archive is the same. */
static lzr_error *read_file(void *data, const char *path, uint8_t **bytes,
                            size_t *size) {
  (void)data;
  if (strlen(path) % 2)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "no such file");
  *bytes = fuzz_copy((const uint8_t *)"\177ELF", *size = 4);
  return NULL;
}

static lzr_error *list_bitcode(void *data, const char *name,
                               const uint8_t *bytes, size_t size,
                               lzr_error *(*add)(void *adder, const char *name),
                               void *adder) {
  (void)data, (void)name, (void)bytes;
  return size % 2 ? add(adder, "of_bitcode") : NULL;
}

static void try_archive(uint8_t *bytes, size_t size) {
  static const char *const names[] = {"f", "main", "of_bitcode", ""};
  struct lzr_archive_options options = {.arch = arch_of(NULL, 0),
                                        .read_file = read_file,
                                        .list_bitcode = list_bitcode};
  lzr_archive *archive;
  lzr_error *error =
      lzr_archive_open("lib/fuzz.a", bytes, size, &options, &archive);
  if (error) {
    fuzz_end_error(error);
    return;
  }
  size_t count = lzr_archive_member_count(archive), member;
  for (size_t i = 0; i < count && i < MOST_MEMBERS; i++) {
    uint8_t *inside;
    error = lzr_archive_read_member(archive, i, &inside, &member);
    if (!error)
      try_object(lzr_archive_member_name(archive, i), inside, member);
    fuzz_end_error(error);
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    bool found = false;
    fuzz_end_error(lzr_archive_find(archive, names[i], &found, &member));
    if (found && member >= count)
      fuzz_fail("a name is found in no member");
  }
  lzr_archive_close(archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  size_t offset = 0;
  uint8_t *exact = fuzz_copy(bytes, size);
  enum lzr_format format = lzr_format_recognize(exact, size, &offset);
  free(exact);
  if (offset > size)
    fuzz_fail("a file begins behind its end");
  fuzz_end_error(lzr_format_check("fuzz", format));
  if (format == LZR_FORMAT_ARCHIVE || format == LZR_FORMAT_THIN_ARCHIVE)
    try_archive(fuzz_copy(bytes + offset, size - offset), size - offset);
  else if (format == LZR_FORMAT_OBJECT)
    try_object("fuzz.o", fuzz_copy(bytes + offset, size - offset),
               size - offset);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed) {
  return mutate_elf(bytes, size, max, seed);
}
