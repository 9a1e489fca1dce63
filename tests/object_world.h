/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of object modules: a small session without a compiler. A
 * function's address is a lazy stub, whose first call builds the function's
 * group, links it in this process and binds the stub. A module's group 0 is
 * linked when a unit mentions its data. This is everything that a real session
 * does with a module, and nothing else.
 */
#ifndef LZR_TESTS_OBJECT_WORLD_H
#define LZR_TESTS_OBJECT_WORLD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indirection/indirection.h"
#include "runtime/module/module.h"
#include "runtime/module/object_module.h"
#include "tests/resolve_image.h"

enum { MAX_MODULES = 8 };

struct world_symbol {
  const struct lzr_definition *definition;
  struct world_module *module;
  struct lzr_lazy_stub lazy;
  bool has_stub;
  lzr_addr body;    /* of a function */
  lzr_addr address; /* of data */
  lzr_addr tls_module, tls_offset;
};

struct world_module {
  lzr_module *module;
  struct world_symbol *symbols; /* by definition */
  lzr_image **images;           /* by group */
};

static struct world {
  lzr_tpc *tpc;
  lzr_indirection *indirection;
  struct world_module modules[MAX_MODULES];
  size_t count;
  size_t built; /* groups other than 0 */
} world;

static inline void must(lzr_error *error) {
  cr_assert(!error, "%s", lzr_error_message(error));
}

/* Names. */

static inline int world_rank(const struct lzr_definition *definition) {
  return definition->binding == LZR_BINDING_STRONG   ? 3
         : definition->binding == LZR_BINDING_COMMON ? 2
                                                     : 1;
}

static inline struct world_symbol *world_local(struct world_module *module,
                                               const char *name) {
  for (size_t i = 0; i < module->module->definition_count; i++)
    if (module->symbols[i].definition->binding == LZR_BINDING_LOCAL &&
        strcmp(module->symbols[i].definition->name, name) == 0)
      return &module->symbols[i];
  return NULL;
}

static inline struct world_symbol *world_global(const char *name) {
  struct world_symbol *best = NULL;
  for (size_t m = 0; m < world.count; m++)
    for (size_t i = 0; i < world.modules[m].module->definition_count; i++) {
      struct world_symbol *symbol = &world.modules[m].symbols[i];
      const struct lzr_definition *definition = symbol->definition;
      if (definition->binding != LZR_BINDING_LOCAL &&
          strcmp(definition->name, name) == 0 &&
          (!best || world_rank(definition) > world_rank(best->definition)))
        best = symbol;
    }
  return best;
}

static inline struct world_symbol *world_find(struct world_module *module,
                                              const char *name) {
  struct world_symbol *symbol = module ? world_local(module, name) : NULL;
  return symbol ? symbol : world_global(name);
}

static inline bool world_prevails(void *data,
                                  const struct lzr_definition *definition) {
  struct world_symbol *symbol = world_find(data, definition->name);
  return symbol && symbol->definition == definition;
}

/* Building and linking. */

static inline lzr_error *world_answer(void *data, struct lzr_query *queries,
                                      size_t count);
static inline lzr_error *world_answer_symbol(struct world_symbol *symbol,
                                             struct lzr_query *query);

static inline void world_publish(struct world_module *module,
                                 const lzr_image *image) {
  for (size_t i = 0; i < lzr_image_symbol_count(image); i++) {
    struct lzr_image_symbol found = lzr_image_get_symbol(image, i);
    struct world_symbol *symbol =
        found.local ? NULL : world_find(module, found.name);
    if (!symbol || symbol->module != module)
      continue;
    symbol->address = symbol->body = found.address;
    symbol->tls_module = lzr_image_tls_template(image);
    symbol->tls_offset = found.address;
  }
}

static inline void world_bind(struct world_module *module, uint32_t group) {
  for (size_t i = 0; i < module->module->definition_count; i++) {
    struct world_symbol *symbol = &module->symbols[i];
    if (symbol->definition->group != group || !symbol->has_stub ||
        symbol->definition->kind != LZR_DEFINITION_FUNCTION)
      continue;
    must(
        lzr_stub_redirect(world.indirection, &symbol->lazy.stub, symbol->body));
    lzr_call_through_land(world.indirection, &symbol->lazy.call_through,
                          symbol->body);
  }
}

static inline lzr_object *world_build(struct world_module *module,
                                      uint32_t group) {
  struct lzr_prevails prevails = {world_prevails, module};
  struct lzr_build_request request = {
      .groups = &group,
      .group_count = 1,
      .prevails = &prevails,
      .unit_name = lzr_module_group_name(module->module, group)};
  struct lzr_built built;
  must(lzr_module_build(module->module, 0, &request, &built));
  cr_assert(built.object);
  return built.object;
}

static inline lzr_error *world_try_bring(struct world_module *module,
                                         uint32_t group) {
  if (module->images[group])
    return NULL;
  lzr_object *object = world_build(module, group);
  lzr_error *error = lzr_image_place(world.tpc, object, &module->images[group]);
  if (error)
    return error;
  lzr_image *image = module->images[group];
  world.built += group != 0;
  world_publish(module, image);
  struct name_resolver resolver = {world_answer, module, 0};
  error = resolve_image(image, &resolver);
  if (!error)
    error = lzr_image_commit(image, NULL, 0);
  if (!error)
    world_bind(module, group);
  return error;
}

/* The first call of an ifunc calls its resolver. */
static inline lzr_addr world_land_ifunc(struct world_symbol *symbol) {
  struct world_symbol *resolver =
      world_find(symbol->module, symbol->definition->aliasee);
  struct lzr_query query = {.name = symbol->definition->aliasee};
  must(world_answer_symbol(resolver, &query));
  lzr_addr chosen = ((lzr_addr (*)(void))(uintptr_t)query.address)();
  must(lzr_stub_redirect(world.indirection, &symbol->lazy.stub, chosen));
  return chosen;
}

static inline lzr_addr world_land(void *data) {
  struct world_symbol *symbol = data;
  if (symbol->definition->kind == LZR_DEFINITION_IFUNC)
    return world_land_ifunc(symbol);
  must(world_try_bring(symbol->module, symbol->definition->group));
  cr_assert(symbol->body, "%s has no body", symbol->definition->name);
  return symbol->body;
}

/* Answers. */

static inline void world_make_stub(struct world_symbol *symbol) {
  if (symbol->has_stub)
    return;
  must(lzr_lazy_stub_create(world.indirection, world_land, symbol,
                            &symbol->lazy));
  symbol->has_stub = true;
  if (symbol->body)
    must(
        lzr_stub_redirect(world.indirection, &symbol->lazy.stub, symbol->body));
}

static inline lzr_error *world_answer_symbol(struct world_symbol *symbol,
                                             struct lzr_query *query) {
  query->found = true;
  const struct lzr_definition *definition = symbol->definition;
  if (definition->kind == LZR_DEFINITION_DATA) {
    lzr_error *error = world_try_bring(symbol->module, 0);
    query->address = symbol->address;
    query->tls_module = symbol->tls_module;
    query->tls_offset = symbol->tls_offset;
    return error;
  }
  struct world_symbol *aliasee =
      definition->aliasee ? world_find(symbol->module, definition->aliasee)
                          : NULL;
  cr_assert(aliasee != symbol && (aliasee || !definition->aliasee));
  if (aliasee && (definition->kind == LZR_DEFINITION_ALIAS ||
                  aliasee->definition->kind == LZR_DEFINITION_IFUNC))
    return world_answer_symbol(aliasee, query);
  world_make_stub(symbol);
  query->address = symbol->lazy.stub.address;
  query->slot = symbol->lazy.call_word;
  return NULL;
}

static inline lzr_error *world_answer_process(struct lzr_query *query) {
  if (strcmp(query->name, "__tls_get_addr") == 0) {
    query->address = lzr_tpc_facts(world.tpc)->tls_get_addr;
    query->found = true;
    return NULL;
  }
  struct lzr_name name = {.name = query->name,
                          .thread_local_storage = query->tls};
  lzr_error *error = lzr_tpc_lookup(world.tpc, 0, &name, 1);
  query->address = name.address;
  query->tls_module = name.tls_module;
  query->tls_offset = name.tls_offset;
  query->found = name.address != 0;
  return error;
}

/* The start and stop symbols of a named section are in the image of a module's
   data. */
static inline bool world_answer_bound(struct world_module *module,
                                      struct lzr_query *query) {
  struct lzr_image_symbol bound;
  if (strncmp(query->name, "__start_", 8) != 0 &&
      strncmp(query->name, "__stop_", 7) != 0)
    return false;
  must(world_try_bring(module, 0));
  query->found = lzr_image_find_symbol(module->images[0], query->name, &bound);
  if (query->found)
    query->address = bound.address;
  return query->found;
}

static inline lzr_error *world_answer(void *data, struct lzr_query *queries,
                                      size_t count) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i++) {
    struct world_symbol *symbol = world_find(data, queries[i].name);
    if (symbol && queries[i].defined &&
        symbol->definition->kind == LZR_DEFINITION_DATA)
      continue;
    if (symbol)
      error = world_answer_symbol(symbol, &queries[i]);
    else if (!world_answer_bound(data, &queries[i]))
      error = world_answer_process(&queries[i]);
  }
  return error;
}

/* Using it. */

static inline struct world_module *world_add(lzr_module *module) {
  cr_assert(world.count < MAX_MODULES);
  struct world_module *added = &world.modules[world.count++];
  added->module = module;
  added->symbols = calloc(module->definition_count + 1, sizeof *added->symbols);
  added->images = calloc(module->group_count, sizeof *added->images);
  for (size_t i = 0; i < module->definition_count; i++) {
    added->symbols[i].definition = &module->definitions[i];
    added->symbols[i].module = added;
  }
  return added;
}

static inline void *world_address(const char *name) {
  struct lzr_query query = {.name = name};
  struct world_symbol *symbol = NULL;
  for (size_t m = 0; m < world.count && !symbol; m++)
    symbol = world_find(&world.modules[m], name);
  cr_assert(symbol, "no symbol '%s'", name);
  must(world_answer_symbol(symbol, &query));
  return (void *)(uintptr_t)query.address;
}

static inline int world_call(const char *name, int argument) {
  return ((int (*)(int))world_address(name))(argument);
}

static inline void world_open(void) {
  memset(&world, 0, sizeof world);
  must(lzr_tpc_create_self(&world.tpc));
  must(lzr_indirection_create(world.tpc, &world.indirection));
}

static inline void world_close(void) {
  for (size_t m = 0; m < world.count; m++) {
    struct world_module *module = &world.modules[m];
    for (uint32_t g = 0; g < module->module->group_count; g++)
      lzr_image_release(module->images[g]);
    lzr_module_close(module->module);
    free(module->symbols);
    free(module->images);
  }
  lzr_indirection_destroy(world.indirection);
  lzr_tpc_close(world.tpc);
}

/* Objects made by compilers. */

static char object_folder[64];

static inline const char *path_of(const char *name) {
  static char path[4][128];
  static unsigned next;
  if (!*object_folder) {
    strcpy(object_folder, "/tmp/lzr-objects-XXXXXX");
    cr_assert(mkdtemp(object_folder));
  }
  char *made = path[next++ % 4];
  snprintf(made, sizeof path[0], "%s/%s", object_folder, name);
  return made;
}

static inline void remove_objects(void) {
  char command[128];
  if (!*object_folder)
    return;
  snprintf(command, sizeof command, "rm -rf %s", object_folder);
  cr_assert_eq(system(command), 0);
  *object_folder = 0;
}

static inline void write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  cr_assert(file);
  fputs(text, file);
  cr_assert_eq(fclose(file), 0);
}

static inline bool run_command(const char *format, ...) {
  char command[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(command, sizeof command, format, list);
  va_end(list);
  return system(command) == 0;
}

static inline uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  cr_assert(file, "no %s", path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size ? *size : 1);
  cr_assert_eq(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

static inline lzr_module *open_object(const char *triple, const char *path) {
  size_t size;
  uint8_t *bytes = read_file(path, &size);
  lzr_module *module;
  must(lzr_object_module_open(lzr_arch_for_triple(triple), path, bytes, size,
                              false, &module));
  return module;
}

/* compiler is a command with its options. Returns the object's path. */
static inline const char *compile_text(const char *compiler, const char *suffix,
                                       const char *text) {
  char name[64];
  static unsigned next;
  snprintf(name, sizeof name, "%u.%s", next++, suffix);
  const char *source = path_of(name);
  strcat(name, ".o");
  const char *object = path_of(name);
  write_text(source, text);
  cr_assert(run_command("%s -w -c %s -o %s", compiler, source, object), "%s",
            compiler);
  return object;
}

static inline struct world_module *
world_compile(const char *compiler, const char *suffix, const char *text) {
  const char *triple = lzr_tpc_facts(world.tpc)->triple;
  return world_add(open_object(triple, compile_text(compiler, suffix, text)));
}

#endif
