#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"

/* A module larger than this is refused before it is read. */
static const size_t max_module_size = (size_t)1 << 30;

/* ---- Libraries ------------------------------------------------------------
 */

static lzr_error *append_library(lzr_session *session, lzr_library *library) {
  lzr_session_lock(session);
  bool grown = lzr_array_grow((void **)&session->libraries,
                              session->library_count, sizeof(lzr_library *));
  if (grown)
    session->libraries[session->library_count++] = library;
  lzr_session_unlock(session);
  return grown ? NULL : lzr_out_of_memory();
}

lzr_error *lzr_session_create_library(lzr_session *session, const char *name,
                                      lzr_library **library) {
  lzr_library *made = calloc(1, sizeof *made);
  char *copy = strdup(name);
  lzr_error *error =
      made && copy ? append_library(session, made) : lzr_out_of_memory();
  if (error) {
    free(made);
    free(copy);
    return error;
  }
  made->session = session;
  made->name = copy;
  *library = made;
  return NULL;
}

static lzr_error *append_search(lzr_library *library,
                                struct lzr_search search) {
  lzr_session_lock(library->session);
  bool grown = lzr_array_grow((void **)&library->searches,
                              library->search_count, sizeof search);
  if (grown)
    library->searches[library->search_count++] = search;
  lzr_session_unlock(library->session);
  return grown ? NULL : lzr_out_of_memory();
}

lzr_error *lzr_library_search_library(lzr_library *library,
                                      lzr_library *other) {
  return append_search(library, (struct lzr_search){.library = other});
}

lzr_error *lzr_library_search_process(lzr_library *library) {
  return append_search(library, (struct lzr_search){.handle = 0});
}

lzr_error *lzr_library_search_shared_library(lzr_library *library,
                                             const char *path) {
  struct lzr_search search = {NULL, 0};
  lzr_error *error =
      lzr_tpc_open_library(library->session->tpc, path, &search.handle);
  return error ? error : append_search(library, search);
}

/* ---- One definition against another ---------------------------------------
 */

static int rank(enum lzr_definition_binding binding) {
  switch (binding) {
  case LZR_BINDING_STRONG:
    return 3;
  case LZR_BINDING_COMMON:
    return 2;
  default:
    return 1;
  }
}

static enum lzr_definition_binding binding_of(const struct lzr_symbol *symbol) {
  return symbol->definition ? symbol->definition->binding : LZR_BINDING_STRONG;
}

static bool replaces(const struct lzr_definition *newer,
                     const struct lzr_symbol *symbol) {
  int difference = rank(newer->binding) - rank(binding_of(symbol));
  if (difference == 0 && newer->binding == LZR_BINDING_COMMON)
    return newer->size > symbol->definition->size;
  return difference > 0;
}

/* Under lock. A function whose stub is known can still be compiled from another
   function; all else whose address is known stays what it is. */
static bool can_become(const struct lzr_symbol *symbol,
                       enum lzr_entity entity) {
  if (symbol->settled)
    return false;
  return !symbol->address || (symbol->entity == LZR_ENTITY_FUNCTION &&
                              entity == LZR_ENTITY_FUNCTION);
}

static lzr_error *refuse_duplicate(const struct lzr_symbol *symbol,
                                   const char *file) {
  return lzr_error_create(
      LZR_ERROR_SYMBOL, "symbol '%s' is defined in both %s and %s",
      symbol->name,
      symbol->module ? symbol->module->name : symbol->library->name, file);
}

/* ---- Adding a module ------------------------------------------------------
 */

static enum lzr_entity entity_of(const struct lzr_definition *definition) {
  switch (definition->kind) {
  case LZR_DEFINITION_FUNCTION:
    return LZR_ENTITY_FUNCTION;
  case LZR_DEFINITION_ALIAS:
    return definition->aliasee ? LZR_ENTITY_ALIAS : LZR_ENTITY_DATA;
  case LZR_DEFINITION_IFUNC:
    return LZR_ENTITY_IFUNC;
  default:
    return LZR_ENTITY_DATA;
  }
}

static void describe_symbol(struct lzr_symbol *symbol,
                            struct lzr_module *module,
                            const struct lzr_definition *definition) {
  symbol->entity = entity_of(definition);
  symbol->module = module;
  symbol->definition = definition;
  if (symbol->entity == LZR_ENTITY_FUNCTION)
    atomic_store_explicit(&symbol->group, &module->groups[definition->group],
                          memory_order_release);
}

/* Under lock. */
static lzr_error *check_duplicates(const struct lzr_module *module) {
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  size_t count = lzr_source_definition_count(module->source);
  for (size_t i = 0; i < count; i++) {
    if (definitions[i].binding != LZR_BINDING_STRONG)
      continue;
    const struct lzr_symbol *symbol =
        lzr_map_get(&module->library->symbols, definitions[i].name);
    if (symbol && binding_of(symbol) == LZR_BINDING_STRONG)
      return refuse_duplicate(symbol, module->name);
  }
  return NULL;
}

/* Under lock; room in the maps has been made. The symbol that prevails. */
static struct lzr_symbol *
enter_definition(struct lzr_module *module, struct lzr_symbol *own,
                 const struct lzr_definition *definition) {
  bool local = definition->binding == LZR_BINDING_LOCAL;
  struct lzr_map *map = local ? &module->locals : &module->library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(map, definition->name);
  if (symbol) {
    if (replaces(definition, symbol) &&
        can_become(symbol, entity_of(definition)))
      describe_symbol(symbol, module, definition);
    return symbol;
  }
  own->name = definition->name;
  own->library = module->library;
  describe_symbol(own, module, definition);
  lzr_map_put(map, own->name, own);
  return own;
}

/* Under lock. */
static lzr_error *enter_definitions(struct lzr_module *module) {
  size_t count = lzr_source_definition_count(module->source);
  lzr_error *error = check_duplicates(module);
  if (error)
    return error;
  lzr_session *session = module->library->session;
  if (!lzr_map_reserve(&module->locals, count) ||
      !lzr_map_reserve(&module->library->symbols, count) ||
      !lzr_array_grow((void **)&session->modules, session->module_count,
                      sizeof *session->modules))
    return lzr_out_of_memory();
  module->index = (uint32_t)session->module_count;
  for (size_t i = 0; i < count; i++)
    module->symbols[i] = enter_definition(
        module, &module->own[i], &lzr_source_definitions(module->source)[i]);
  session->modules[session->module_count++] = module;
  return NULL;
}

static lzr_error *allocate_tables(struct lzr_module *module) {
  size_t count = lzr_source_definition_count(module->source);
  uint32_t groups = lzr_source_group_count(module->source);
  module->symbols = calloc(count + 1, sizeof *module->symbols);
  module->own = calloc(count + 1, sizeof *module->own);
  module->groups = calloc(groups + 1, sizeof *module->groups);
  if (!module->symbols || !module->own || !module->groups)
    return lzr_out_of_memory();
  for (uint32_t i = 0; i < groups; i++)
    module->groups[i] = (struct lzr_group){
        .job = {.run = lzr_compile_group}, .module = module, .number = i};
  return NULL;
}

lzr_error *lzr_module_open_source(struct lzr_module *module,
                                  lzr_source **source) {
  lzr_session *session = module->library->session;
  struct lzr_source_options options = {
      .size = sizeof options,
      .triple = lzr_tpc_facts(session->tpc)->triple,
      .cpu = session->named_cpu,
      .features = session->named_features,
      .debug_info = session->options.debug_info,
      .local_names = session->options.dump_directory != NULL};
  return lzr_source_open(module->name, module->bitcode, module->bitcode_size,
                         &options, source);
}

static void discard_module(struct lzr_module *module) {
  lzr_map_fini(&module->locals);
  lzr_source_close(module->source);
  free(module->symbols);
  free(module->own);
  free(module->groups);
  free(module->bitcode);
  free(module->name);
  free(module);
}

static void count_functions(struct lzr_module *module) {
  lzr_session *session = module->library->session;
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  for (size_t i = lzr_source_definition_count(module->source); i-- > 0;)
    session->counters.functions_defined +=
        definitions[i].kind == LZR_DEFINITION_FUNCTION && !module->is_platform;
}

static lzr_error *enter_module(struct lzr_module *module) {
  lzr_session *session = module->library->session;
  uint64_t start = lzr_now();
  lzr_error *error = lzr_module_open_source(module, &module->source);
  if (!error)
    error = allocate_tables(module);
  if (error)
    return error;
  lzr_session_lock(session);
  error = enter_definitions(module);
  lzr_session_unlock(session);
  session->counters.open_time += lzr_now() - start;
  if (!error)
    count_functions(module);
  return error;
}

lzr_error *lzr_library_add_bitcode(struct lzr_library *library,
                                   const char *name, char *bitcode, size_t size,
                                   bool is_platform) {
  struct lzr_module *module = calloc(1, sizeof *module);
  if (!module) {
    free(bitcode);
    return lzr_out_of_memory();
  }
  module->library = library;
  module->name = strdup(name);
  module->bitcode = bitcode;
  module->bitcode_size = size;
  module->is_platform = is_platform;
  lzr_error *error = module->name ? enter_module(module) : lzr_out_of_memory();
  if (error)
    discard_module(module);
  return error;
}

lzr_error *lzr_library_add_bytes(lzr_library *library, const char *name,
                                 const char *bytes, size_t size) {
  char *bitcode;
  size_t bitcode_size;
  lzr_error *error =
      lzr_bitcode_from_bytes(name, bytes, size, &bitcode, &bitcode_size);
  return error ? error
               : lzr_library_add_bitcode(library, name, bitcode, bitcode_size,
                                         false);
}

lzr_error *lzr_library_add_llvm_module(lzr_library *library,
                                       struct LLVMOpaqueModule *module) {
  char *bitcode;
  size_t size;
  lzr_error *error = lzr_bitcode_from_module(module, &bitcode, &size);
  return error
             ? error
             : lzr_library_add_bitcode(library, "module", bitcode, size, false);
}

/* ---- Files ----------------------------------------------------------------
 */

static lzr_error *refuse_file(const char *path, int reason) {
  return lzr_error_create(LZR_ERROR_FILE, "%s: %s", path, strerror(reason));
}

/* Reads to the end, so that a pipe will do. */
static lzr_error *read_all(FILE *file, const char *path, char **bytes,
                           size_t *size) {
  size_t capacity = (size_t)1 << 16, used = 0;
  char *buffer = malloc(capacity);
  while (buffer) {
    used += fread(buffer + used, 1, capacity - used, file);
    if (used < capacity || capacity >= max_module_size)
      break;
    char *grown = realloc(buffer, capacity *= 2);
    if (!grown)
      free(buffer);
    buffer = grown;
  }
  if (!buffer)
    return lzr_out_of_memory();
  *bytes = buffer;
  *size = used;
  if (ferror(file))
    return refuse_file(path, errno);
  if (used >= max_module_size)
    return lzr_error_create(LZR_ERROR_LIMIT, "%s: larger than %zu bytes", path,
                            max_module_size);
  return NULL;
}

lzr_error *lzr_library_add_file(lzr_library *library, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return refuse_file(path, errno);
  char *bytes = NULL;
  size_t size = 0;
  lzr_error *error = read_all(file, path, &bytes, &size);
  fclose(file);
  if (!error && size == 0)
    error = lzr_error_create(LZR_ERROR_FORMAT, "%s: empty file", path);
  if (!error)
    error = lzr_library_add_bytes(library, path, bytes, size);
  free(bytes);
  return error;
}

/* ---- Absolute symbols -----------------------------------------------------
 */

/* Under lock. */
static lzr_error *enter_absolute(lzr_library *library,
                                 struct lzr_symbol *symbol) {
  struct lzr_symbol *existing = lzr_map_get(&library->symbols, symbol->name);
  if (existing && binding_of(existing) == LZR_BINDING_STRONG)
    return refuse_duplicate(existing, "an absolute definition");
  if (existing && !can_become(existing, LZR_ENTITY_ABSOLUTE))
    return lzr_error_create(LZR_ERROR_SYMBOL, "symbol '%s' is in use already",
                            symbol->name);
  return lzr_map_put(&library->symbols, symbol->name, symbol)
             ? NULL
             : lzr_out_of_memory();
}

lzr_error *lzr_library_define_function(lzr_library *library, const char *name,
                                       const struct lzr_signature *signature,
                                       lzr_host_function function, void *data) {
  lzr_addr address;
  lzr_error *error = lzr_tpc_add_function(library->session->tpc, signature,
                                          function, data, &address);
  return error ? lzr_error_wrap(error, "'%s'", name)
               : lzr_library_define(library, name, address);
}

lzr_error *lzr_library_define(lzr_library *library, const char *name,
                              lzr_addr address) {
  lzr_session *session = library->session;
  size_t length = strlen(name) + 1;
  struct lzr_symbol *symbol = calloc(1, sizeof *symbol + length);
  if (!symbol)
    return lzr_out_of_memory();
  symbol->name = memcpy(symbol + 1, name, length);
  symbol->entity = LZR_ENTITY_ABSOLUTE;
  symbol->library = library;
  symbol->address = address;
  lzr_session_lock(session);
  lzr_error *error = lzr_session_keep(session, symbol)
                         ? enter_absolute(library, symbol)
                         : lzr_out_of_memory();
  lzr_session_unlock(session);
  return error;
}
