/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Opening an object file: the linker's reader reads and checks it once, then it
 * is divided into groups. Everything that building needs is found here, so that
 * a build looks at nothing but its groups.
 */
#include "runtime/module/object_module.h"

#include <stdlib.h>

#include "runtime/module/object_private.h"

static bool is_import(const struct lzr_object *object,
                      const struct lzr_object_symbol *symbol) {
  return symbol->uses && symbol->place == LZR_PLACE_UNDEFINED &&
         !lzr_object_symbol_is_tls(object, symbol);
}

static lzr_error *list_imports(lzr_module *base, unsigned thread,
                               struct lzr_import **imports, size_t *count) {
  (void)thread;
  const struct lzr_object *object = ((struct lzr_object_module *)base)->object;
  *count = 0;
  for (uint32_t i = 1; i < object->symbol_count; i++)
    *count += is_import(object, &object->symbols[i]);
  *imports = calloc(*count + 1, sizeof **imports);
  if (!*imports)
    return lzr_out_of_memory();
  size_t next = 0;
  for (uint32_t i = 1; i < object->symbol_count; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (is_import(object, symbol))
      (*imports)[next++] =
          (struct lzr_import){symbol->name, lzr_object_symbol_is_weak(symbol)};
  }
  return NULL;
}

static void close_module(lzr_module *base) {
  struct lzr_object_module *module = (struct lzr_object_module *)base;
  lzr_object_destroy(module->object);
  lzr_arena_fini(&module->arena);
  free(module->bytes);
  free(module);
}

static const struct lzr_module_kind kind = {
    .name = "object file",
    .build = lzr_object_module_build,
    .list_imports = list_imports,
    .close = close_module,
};

/* Opening. */

static lzr_error *divide(struct lzr_object_module *module) {
  lzr_error *error = lzr_parts_read(module);
  if (!error)
    error = lzr_records_read(module);
  if (!error)
    error = lzr_fixed_functions_find(module);
  if (!error)
    error = lzr_object_groups_form(module);
  if (!error)
    error = lzr_object_groups_list(module);
  if (!error)
    error = lzr_object_definitions_list(module);
  if (!error)
    error = lzr_object_read_init_arrays(module);
  return lzr_error_wrap(error, "object '%s'", module->base.name);
}

static lzr_error *read_module(struct lzr_object_module *module,
                              const struct lzr_arch *arch, const char *name,
                              size_t size) {
  size_t name_size = strlen(name) + 1;
  char *copy = lzr_arena_alloc(&module->arena, name_size, 1);
  if (!copy)
    return lzr_out_of_memory();
  module->base.name = memcpy(copy, name, name_size);
  lzr_error *error =
      lzr_object_parse(arch, name, module->bytes, size, &module->object);
  return error ? error : divide(module);
}

lzr_error *lzr_object_module_open(const struct lzr_arch *arch, const char *name,
                                  uint8_t *bytes, size_t size, bool debug_info,
                                  lzr_module **result) {
  *result = NULL;
  struct lzr_object_module *module = calloc(1, sizeof *module);
  if (!module) {
    free(bytes);
    return lzr_out_of_memory();
  }
  module->base.kind = &kind;
  module->bytes = bytes;
  module->whole = debug_info;
  module->arena.first = size / 4;
  lzr_error *error = read_module(module, arch, name, size);
  if (error)
    close_module(&module->base);
  else
    *result = &module->base;
  return error;
}
