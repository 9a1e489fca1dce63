/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/module/lazy_module.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/support/map.h"
#include "tpc/base/memory.h"

struct lazy_module {
  lzr_module base;
  struct lzr_lazy_source source;
  char *name;                         /* owned */
  struct lzr_definition *definitions; /* owned, and their names */
  struct lzr_map by_name;
  uint32_t *group_start, *group_members; /* owned */
};

/* The operations. */

/* Nobody gets here: what has no code is not asked to be built. */
static lzr_error *build(lzr_module *base, unsigned thread,
                        const struct lzr_build_request *request,
                        struct lzr_built *built) {
  (void)thread;
  (void)request;
  (void)built;
  return lzr_error_create(LZR_ERROR_COMPILE, "%s: there is no code yet",
                          base->name);
}

static lzr_error *list_imports(lzr_module *base, unsigned thread,
                               struct lzr_import **imports, size_t *count) {
  (void)base;
  (void)thread;
  *count = 0;
  *imports = calloc(1, sizeof **imports);
  return *imports ? NULL : lzr_out_of_memory();
}

static lzr_error *provide(lzr_module *base, const char *name, lzr_module **code,
                          lzr_addr *addresses) {
  const struct lzr_lazy_source *source = &((struct lazy_module *)base)->source;
  return source->provide(source->data, base, name, code, addresses);
}

static void close_module(lzr_module *base) {
  struct lazy_module *module = (struct lazy_module *)base;
  if (module->source.destroy)
    module->source.destroy(module->source.data);
  for (size_t i = 0; i < base->definition_count; i++)
    free((char *)module->definitions[i].name);
  lzr_map_fini(&module->by_name);
  free(module->definitions);
  free(module->group_start);
  free(module->group_members);
  free(module->name);
  free(module);
}

static const struct lzr_module_kind kind = {
    .name = "lazy definitions",
    .build = build,
    .list_imports = list_imports,
    .provide = provide,
    .close = close_module,
};

/* Opening. */

static lzr_error *allocate(struct lazy_module *module, const char *name,
                           size_t count) {
  module->name = strdup(name);
  module->definitions = calloc(count + 1, sizeof *module->definitions);
  module->group_start = calloc(count + 2, sizeof *module->group_start);
  module->group_members = calloc(count + 1, sizeof *module->group_members);
  module->base.kind = &kind;
  module->base.name = module->name;
  module->base.definitions = module->definitions;
  module->base.group_start = module->group_start;
  module->base.group_members = module->group_members;
  return module->name && module->definitions && module->group_start &&
                 module->group_members &&
                 lzr_map_reserve(&module->by_name, count)
             ? NULL
             : lzr_out_of_memory();
}

static lzr_error *copy_definition(struct lazy_module *module,
                                  const struct lzr_definition *given) {
  struct lzr_definition *definition =
      &module->definitions[module->base.definition_count];
  if (lzr_map_get(&module->by_name, given->name))
    return lzr_error_create(LZR_ERROR_SYMBOL, "%s: '%s' is defined twice",
                            module->name, given->name);
  definition->name = strdup(given->name);
  if (!definition->name)
    return lzr_out_of_memory();
  definition->kind = given->kind;
  definition->binding = given->binding;
  module->base.definition_count++;
  lzr_map_put(&module->by_name, definition->name, definition);
  return NULL;
}

/* Variables are in group 0, each function is in one of its own. */
static void form_groups(struct lazy_module *module) {
  uint32_t count = (uint32_t)module->base.definition_count, next = 0, group = 1;
  for (uint32_t i = 0; i < count; i++)
    if (module->definitions[i].kind == LZR_DEFINITION_DATA)
      module->group_members[next++] = i;
  module->group_start[1] = next;
  for (uint32_t i = 0; i < count; i++) {
    if (module->definitions[i].kind != LZR_DEFINITION_FUNCTION)
      continue;
    module->definitions[i].group = group++;
    module->group_members[next++] = i;
    module->group_start[group] = next;
  }
  module->base.group_count = group;
}

static lzr_error *fill(struct lazy_module *module, const char *name,
                       const struct lzr_definition *definitions, size_t count) {
  lzr_error *error = allocate(module, name, count);
  for (size_t i = 0; i < count && !error; i++)
    error = copy_definition(module, &definitions[i]);
  if (!error)
    form_groups(module);
  return error;
}

lzr_error *lzr_lazy_module_open(const char *name,
                                const struct lzr_definition *definitions,
                                size_t count,
                                const struct lzr_lazy_source *source,
                                lzr_module **module) {
  struct lazy_module *made = calloc(1, sizeof *made);
  *module = NULL;
  if (!made) {
    if (source->destroy)
      source->destroy(source->data);
    return lzr_out_of_memory();
  }
  made->source = *source;
  lzr_error *error = fill(made, name, definitions, count);
  if (error)
    close_module(&made->base);
  else
    *module = &made->base;
  return error;
}

const struct lzr_definition *lzr_lazy_module_find(const lzr_module *module,
                                                  const char *name) {
  return lzr_map_get(&((const struct lazy_module *)module)->by_name, name);
}
