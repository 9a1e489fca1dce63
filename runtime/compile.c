/*
 * A unit's way from bitcode into the target. Everything here runs on compile
 * threads.
 */
#include "runtime/codegen.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/dump.h"
#include "runtime/link/link.h"
#include "runtime/session.h"
#include "runtime/trace.h"

struct unit {
  struct lzr_worker *worker;
  struct lzr_session *session;
  struct lzr_module *module;
  const uint32_t *groups;
  size_t group_count;
  uint32_t number;
  const char *name;           /* its first group's; borrowed from the module */
  LLVMModuleRef ir;           /* owned */
  LLVMMemoryBufferRef object; /* owned */
  struct lzr_image *image;    /* owned unless kept: then the session's */
  bool kept;
  struct lzr_symbol **functions; /* owned; what it defines */
  bool *stored; /* owned; the commit stored functions[i]'s slot */
  size_t function_count;
  const char *culprit;  /* the function that mentions what is missing; borrowed
                           from ir */
  lzr_error **failures; /* see lzr_compile_unit */
};

/* What LLVM made for a unit. Disposing of it takes time, which who waits for
   the unit need not wait for. */
struct lzr_leftover {
  LLVMModuleRef ir;
  LLVMMemoryBufferRef object; /* or NULL */
};

/* ---- Reading and moving ---------------------------------------------------
 */

/* The first compile thread to need a module uses the source that was opened
   when it was added; others open it for themselves: an LLVM context belongs to
   one thread at a time. */
static lzr_error *open_source(struct lzr_worker *worker,
                              struct lzr_module *module, lzr_source **source) {
  struct lzr_session *session = worker->session;
  pthread_mutex_lock(&session->lock);
  bool take = !module->source_taken;
  module->source_taken = true;
  pthread_mutex_unlock(&session->lock);
  if (take) {
    *source = module->source;
    return NULL;
  }
  return lzr_module_open_source(module, source);
}

lzr_error *lzr_worker_find_source(struct lzr_worker *worker,
                                  struct lzr_module *module,
                                  lzr_source **source) {
  if (module->index >= worker->source_count) {
    size_t count = module->index + 1;
    lzr_source **grown = reallocarray(worker->sources, count, sizeof *grown);
    if (!grown)
      return lzr_out_of_memory();
    memset(grown + worker->source_count, 0,
           (count - worker->source_count) * sizeof *grown);
    worker->sources = grown;
    worker->source_count = count;
  }
  lzr_error *error = NULL;
  if (!worker->sources[module->index])
    error = open_source(worker, module, &worker->sources[module->index]);
  *source = worker->sources[module->index];
  return error;
}

/* Asked by a source, maybe another thread's copy of the module's own: only the
   definition's name tells. Under lock; NULL if another module's prevails. */
static struct lzr_symbol *
prevailing_symbol(struct lzr_module *module,
                  const struct lzr_definition *definition) {
  struct lzr_map *map = definition->binding == LZR_BINDING_LOCAL
                            ? &module->locals
                            : &module->library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(map, definition->name);
  return symbol && symbol->module == module ? symbol : NULL;
}

bool lzr_module_prevails(void *data, const struct lzr_definition *definition) {
  struct lzr_module *module = data;
  struct lzr_session *session = module->library->session;
  pthread_mutex_lock(&session->lock);
  bool ours = prevailing_symbol(module, definition) != NULL;
  pthread_mutex_unlock(&session->lock);
  return ours;
}

/* The same for a unit that is being made: a definition that has gone into one
   prevails for good. */
static bool settle(void *data, const struct lzr_definition *definition) {
  struct lzr_module *module = data;
  struct lzr_session *session = module->library->session;
  pthread_mutex_lock(&session->lock);
  struct lzr_symbol *symbol = prevailing_symbol(module, definition);
  if (symbol)
    symbol->settled = true;
  pthread_mutex_unlock(&session->lock);
  return symbol != NULL;
}

static lzr_error *read_and_move(struct unit *unit) {
  lzr_source *source = NULL;
  lzr_error *error =
      lzr_worker_find_source(unit->worker, unit->module, &source);
  if (error)
    return error;
  struct lzr_prevails filter = {settle, unit->module};
  struct lzr_source_timers timers = {0, 0};
  error = lzr_source_extract(source, unit->groups, unit->group_count, &filter,
                             &timers, &unit->ir);
  unit->session->counters.read_time += timers.read;
  unit->session->counters.move_time += timers.move;
  return error;
}

/* ---- Generating code ------------------------------------------------------
 */

static lzr_error *find_codegen(struct lzr_worker *worker) {
  if (worker->codegen)
    return NULL;
  const struct lzr_session_options *options = &worker->session->options;
  struct lzr_codegen_options wanted = {
      sizeof wanted, lzr_tpc_facts(worker->session->tpc)->triple, options->cpu,
      options->features, options->optimization};
  return lzr_codegen_create(&wanted, &worker->codegen);
}

static lzr_error *generate(struct unit *unit) {
  const char *directory = unit->session->options.dump_directory;
  uint64_t start = lzr_now();
  lzr_error *error = find_codegen(unit->worker);
  if (!error && directory)
    error = lzr_dump_ir(directory, unit->number, unit->name, unit->ir);
  if (!error)
    error = lzr_codegen_compile(unit->worker->codegen, unit->ir, &unit->object);
  lzr_platform_precede_exit(unit->session);
  if (!error && directory)
    error = lzr_dump_bytes(directory, unit->number, unit->name, "o",
                           LLVMGetBufferStart(unit->object),
                           LLVMGetBufferSize(unit->object));
  unit->session->counters.codegen_time += lzr_now() - start;
  return error;
}

/* ---- Linking --------------------------------------------------------------
 */

/* Under lock. The module's own symbol of that name, if it prevails. */
static struct lzr_symbol *own_symbol(const struct lzr_module *module,
                                     const char *name) {
  struct lzr_symbol *symbol = lzr_map_get(&module->locals, name);
  if (!symbol)
    symbol = lzr_map_get(&module->library->symbols, name);
  return symbol && symbol->module == module ? symbol : NULL;
}

/* Under lock. A name that no definition of the module has: from its assembly,
   or the bound of a named section. */
static lzr_error *enter_further_symbol(struct unit *unit,
                                       const struct lzr_image_symbol *found) {
  struct lzr_library *library = unit->module->library;
  struct lzr_map *names =
      found->local ? &unit->module->locals : &library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(names, found->name);
  if (unit->groups[0] != 0)
    return NULL;
  if (symbol) {
    symbol->is_divided = symbol->entity == LZR_ENTITY_ABSOLUTE;
    return NULL;
  }
  symbol = calloc(1, sizeof *symbol);
  if (!symbol || !lzr_session_keep(unit->session, symbol))
    return lzr_out_of_memory();
  symbol->name = found->name; /* the image lives as long as the session */
  symbol->entity = LZR_ENTITY_ABSOLUTE;
  symbol->library = library;
  symbol->module = unit->module;
  symbol->address = found->address;
  return lzr_map_put(names, symbol->name, symbol) ? NULL : lzr_out_of_memory();
}

/* Under lock. */
static lzr_error *publish_symbol(struct unit *unit,
                                 const struct lzr_image_symbol *found) {
  struct lzr_symbol *symbol =
      found->local ? NULL : own_symbol(unit->module, found->name);
  if (!symbol)
    return enter_further_symbol(unit, found);
  if (symbol->entity == LZR_ENTITY_FUNCTION)
    unit->functions[unit->function_count++] = symbol;
  if (symbol->entity != LZR_ENTITY_DATA)
    return NULL;
  lzr_addr template = lzr_image_tls_template(unit->image);
  bool tls = found->kind == LZR_SYMBOL_TLS;
  symbol->tls_module = tls ? template : 0;
  symbol->tls_offset = tls ? found->address : 0;
  symbol->address = tls ? template : found->address;
  return NULL;
}

/* Data has its address from here on, for those who hold data_lock; functions
   are collected for the commit. */
static lzr_error *publish_addresses(struct unit *unit) {
  size_t count = lzr_image_symbol_count(unit->image);
  unit->functions = calloc(count + 1, sizeof *unit->functions);
  unit->stored = calloc(count + 1, sizeof *unit->stored);
  if (!unit->functions || !unit->stored)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  pthread_mutex_lock(&unit->session->lock);
  for (size_t i = 0; i < count && !error; i++) {
    struct lzr_image_symbol symbol = lzr_image_get_symbol(unit->image, i);
    error = publish_symbol(unit, &symbol);
  }
  pthread_mutex_unlock(&unit->session->lock);
  if (unit->groups[0] == 0)
    atomic_store(&unit->module->data_state, LZR_DATA_PLACED);
  return error;
}

/* The function whose code mentions a global, maybe within constants. */
static LLVMValueRef find_function(LLVMValueRef mentioned) {
  for (LLVMUseRef use = LLVMGetFirstUse(mentioned); use;
       use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use);
    if (LLVMIsAInstruction(user))
      return LLVMGetBasicBlockParent(LLVMGetInstructionParent(user));
    if (LLVMIsAConstantExpr(user) && find_function(user))
      return find_function(user);
  }
  return NULL;
}

/* The linker knows units; a unit of several functions is searched for the one
   to blame. */
static void blame(struct unit *unit, const char *name) {
  LLVMValueRef global = LLVMGetNamedGlobal(unit->ir, name);
  if (!global)
    global = LLVMGetNamedFunction(unit->ir, name);
  LLVMValueRef function = global ? find_function(global) : NULL;
  size_t length;
  if (function)
    unit->culprit = LLVMGetValueName2(function, &length);
}

/* Whether code mentions a function only to call it. */
static bool is_only_called(LLVMValueRef function) {
  for (LLVMUseRef use = LLVMGetFirstUse(function); use;
       use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use);
    if (!LLVMIsACallInst(user) && !LLVMIsAInvokeInst(user))
      return false;
    unsigned callee = (unsigned)LLVMGetNumOperands(user) - 1;
    for (unsigned i = 0; i < callee; i++)
      if (LLVMGetOperand(user, i) == function)
        return false;
  }
  return true;
}

/* What relocations cannot tell: optimized code loads the address of a function
   that it calls twice. */
static void describe_uses(struct unit *unit, struct lzr_query *queries,
                          size_t count) {
  for (size_t i = 0; i < count; i++) {
    LLVMValueRef function = LLVMGetNamedFunction(unit->ir, queries[i].name);
    queries[i].loaded_to_call =
        !queries[i].defined && function && is_only_called(function);
    queries[i].called_only |= queries[i].loaded_to_call;
  }
}

static lzr_error *resolve(void *data, struct lzr_query *queries, size_t count) {
  struct unit *unit = data;
  describe_uses(unit, queries, count);
  lzr_error *error = lzr_resolve_queries(unit->worker, unit->module, unit->name,
                                         queries, count);
  for (size_t i = 0; i < count && !error && !unit->culprit; i++)
    if (!queries[i].found && !queries[i].weak && !queries[i].defined)
      blame(unit, queries[i].name);
  return error;
}

static lzr_error *place(struct unit *unit) {
  lzr_object *object;
  lzr_error *error =
      lzr_object_parse(unit->session->arch, unit->name,
                       (const uint8_t *)LLVMGetBufferStart(unit->object),
                       LLVMGetBufferSize(unit->object), &object);
  if (error)
    return error;
  if (unit->session->options.debug_info)
    lzr_object_keep_debug(object);
  if (unit->groups[0] == 0)
    error = lzr_sections_fix(unit->module, object);
  if (error)
    lzr_object_destroy(object);
  else
    error = lzr_image_place(unit->session->tpc, object, &unit->image);
  return error ? error : publish_addresses(unit);
}

/* Its time does not count what nested units took: data this one mentions. */
static lzr_error *link_unit(struct unit *unit) {
  uint64_t start = lzr_now(), nested = unit->worker->unit_time;
  lzr_error *error = place(unit);
  const lzr_allocation *tls = unit->session->tls_descriptor;
  struct lzr_name_resolver resolver = {resolve, unit,
                                       tls ? tls->address[LZR_PROT_CODE] : 0};
  if (!error)
    error = lzr_image_resolve(unit->image, &resolver);
  unit->session->counters.link_time +=
      lzr_now() - start - (unit->worker->unit_time - nested);
  return error;
}

/* ---- Committing -----------------------------------------------------------
 */

static lzr_addr find_body(const struct unit *unit,
                          const struct lzr_symbol *symbol, uint64_t *size) {
  struct lzr_image_symbol found;
  if (!lzr_image_find_symbol(unit->image, symbol->name, &found))
    return 0;
  *size = found.size;
  return found.address;
}

static size_t collect_stores(struct unit *unit,
                             struct lzr_pointer_store *stores) {
  size_t count = 0;
  uint64_t size;
  pthread_mutex_lock(&unit->session->lock);
  for (size_t i = 0; i < unit->function_count; i++) {
    const struct lzr_symbol *symbol = unit->functions[i];
    unit->stored[i] = symbol->has_stub;
    if (symbol->has_stub)
      count += lzr_symbol_list_stores(symbol, find_body(unit, symbol, &size),
                                      &stores[count]);
  }
  pthread_mutex_unlock(&unit->session->lock);
  return count;
}

/* Under lock. Without memory the function goes unnamed in backtraces. */
static void add_extent(struct lzr_session *session,
                       const struct lzr_extent *extent) {
  struct lzr_extent_chunk *chunk =
      atomic_load_explicit(&session->extents, memory_order_relaxed);
  if (!chunk || chunk->count == LZR_EXTENTS_PER_CHUNK) {
    struct lzr_extent_chunk *newer = calloc(1, sizeof *newer);
    if (!newer)
      return;
    newer->older = chunk;
    atomic_store_explicit(&session->extents, newer, memory_order_release);
    chunk = newer;
  }
  size_t count = atomic_load_explicit(&chunk->count, memory_order_relaxed);
  chunk->extents[count] = *extent;
  atomic_store_explicit(&chunk->count, count + 1, memory_order_release);
}

/* Under lock. From here on threads may run the code. */
static void publish_body(struct unit *unit, size_t i) {
  struct lzr_session *session = unit->session;
  struct lzr_symbol *symbol = unit->functions[i];
  struct lzr_extent extent = {.name = symbol->name, .unit = unit->number};
  extent.start = find_body(unit, symbol, &extent.size);
  atomic_store_explicit(&symbol->body, extent.start, memory_order_release);
  if (symbol->has_stub && unit->stored[i]) {
    lzr_call_through_land(session->indirection, &symbol->lazy.call_through,
                          extent.start);
    atomic_store_explicit(&symbol->bound, true, memory_order_release);
  } else if (symbol->has_stub)
    lzr_symbol_bind(session, symbol, extent.start);
  lzr_trace(LZR_TRACE_COMMIT, "unit %04u: %s is at %#llx", unit->number,
            symbol->name, (unsigned long long)extent.start);
  add_extent(session, &extent);
  if (!unit->module->is_platform)
    session->counters.functions_compiled++;
}

static void publish_bodies(struct unit *unit) {
  pthread_mutex_lock(&unit->session->lock);
  for (size_t i = 0; i < unit->function_count; i++)
    publish_body(unit, i);
  pthread_mutex_unlock(&unit->session->lock);
}

/* An image that is not committed in the end waits there to be released. */
static lzr_error *keep_image(struct unit *unit) {
  struct lzr_session *session = unit->session;
  pthread_mutex_lock(&session->lock);
  bool grown = lzr_array_grow((void **)&session->images, session->image_count,
                              sizeof *session->images);
  if (grown)
    session->images[session->image_count++] = unit->image;
  unit->kept = grown;
  pthread_mutex_unlock(&session->lock);
  return grown ? NULL : lzr_out_of_memory();
}

static void count_sizes(struct unit *unit) {
  struct lzr_image_sizes sizes = lzr_image_get_sizes(unit->image);
  struct lzr_counters *counters = &unit->session->counters;
  counters->code_bytes += sizes.code;
  counters->constant_bytes += sizes.constants;
  counters->data_bytes += sizes.data;
  counters->units++;
}

static lzr_error *dump_code(struct unit *unit) {
  const char *directory = unit->session->options.dump_directory;
  lzr_addr address;
  size_t size;
  const uint8_t *code = lzr_image_code(unit->image, &address, &size);
  char *text;
  lzr_error *error = lzr_codegen_disassemble(unit->worker->codegen, code, size,
                                             address, &text);
  if (error)
    return error;
  error = lzr_dump_bytes(directory, unit->number, unit->name, "s", text,
                         strlen(text));
  free(text);
  return error;
}

static lzr_error *commit_image(struct unit *unit) {
  struct lzr_pointer_store *stores =
      calloc(unit->function_count * LZR_STORES_PER_SYMBOL + 1, sizeof *stores);
  if (!stores)
    return lzr_out_of_memory();
  size_t count = collect_stores(unit, stores);
  lzr_error *error = lzr_image_commit(unit->image, stores, count);
  free(stores);
  return error;
}

static lzr_error *commit(struct unit *unit) {
  uint64_t start = lzr_now();
  lzr_error *error = NULL;
  if (unit->session->options.dump_directory)
    error = dump_code(unit);
  if (!error)
    error = keep_image(unit);
  if (!error)
    error = commit_image(unit);
  if (!error) {
    count_sizes(unit);
    publish_bodies(unit);
  }
  unit->session->counters.commit_time += lzr_now() - start;
  return error;
}

/* ---- The whole way --------------------------------------------------------
 */

static void leave_behind(struct lzr_worker *worker, struct unit *unit) {
  if (!unit->ir)
    return;
  struct lzr_leftover leftover = {unit->ir, unit->object};
  if (!lzr_array_grow((void **)&worker->leftovers, worker->leftover_count,
                      sizeof leftover))
    return; /* leaked: there is no memory to remember it in */
  worker->leftovers[worker->leftover_count++] = leftover;
}

void lzr_compile_tidy(struct lzr_worker *worker) {
  while (worker->leftover_count > 0) {
    struct lzr_leftover *last = &worker->leftovers[--worker->leftover_count];
    if (last->object)
      LLVMDisposeMemoryBuffer(last->object);
    LLVMDisposeModule(last->ir);
  }
}

static void finish_unit(struct unit *unit) {
  if (!unit->kept)
    lzr_image_release(unit->image);
  free(unit->functions);
  free(unit->stored);
  leave_behind(unit->worker, unit);
}

static lzr_error *name_unit(const struct unit *unit, lzr_error *cause) {
  const char *file = unit->module->name;
  if (unit->groups[0] == 0)
    return lzr_error_wrap(cause, "%s: data", file);
  return lzr_error_wrap(cause, "%s: function '%s'", file,
                        unit->culprit ? unit->culprit : unit->name);
}

/* ---- When one of several functions cannot be linked -----------------------
 */

/* Which of the unit's groups is this function and nothing else; 0, which is the
   one that was called for, if none is. */
static size_t find_group(struct unit *unit, const char *name) {
  pthread_mutex_lock(&unit->session->lock);
  const struct lzr_symbol *symbol = own_symbol(unit->module, name);
  pthread_mutex_unlock(&unit->session->lock);
  for (size_t i = 1; symbol && i < unit->group_count; i++)
    if (symbol->definition->group == unit->groups[i] &&
        lzr_source_group_is_plain(unit->module->source, unit->groups[i]))
      return i;
  return 0;
}

/* Leaves a declaration in place of a function. */
static void withdraw(struct unit *unit, LLVMValueRef function) {
  LLVMValueRef declared =
      LLVMAddFunction(unit->ir, "", LLVMGlobalGetValueType(function));
  LLVMSetFunctionCallConv(declared, LLVMGetFunctionCallConv(function));
  LLVMReplaceAllUsesWith(function, declared);
  size_t length;
  const char *name = LLVMGetValueName2(function, &length);
  char *copy = strndup(name, length);
  LLVMDeleteFunction(function);
  if (copy)
    LLVMSetValueName2(declared, copy, length);
  free(copy);
}

static void forget_code(struct unit *unit) {
  LLVMDisposeMemoryBuffer(unit->object);
  lzr_image_release(unit->image);
  free(unit->functions);
  free(unit->stored);
  unit->object = NULL;
  unit->image = NULL;
  unit->functions = NULL;
  unit->stored = NULL;
  unit->function_count = 0;
  unit->culprit = NULL;
}

/* A function that was taken along and mentions something that is nowhere must
   not keep the one that was called from running: the call may come to a good
   end before it, or at least has its effects. Takes error if it returns true.
 */
static bool leave_out_culprit(struct unit *unit, lzr_error *error) {
  size_t group = unit->culprit ? find_group(unit, unit->culprit) : 0;
  if (group == 0 || !unit->failures || unit->failures[group])
    return false;
  unit->failures[group] = name_unit(unit, error);
  withdraw(unit, LLVMGetNamedFunction(unit->ir, unit->culprit));
  forget_code(unit);
  return true;
}

static lzr_error *generate_and_link(struct unit *unit) {
  lzr_error *error = generate(unit);
  if (error)
    return error;
  lzr_workers_alert(unit->worker);
  return link_unit(unit);
}

lzr_error *lzr_compile_unit(struct lzr_worker *worker,
                            struct lzr_module *module, const uint32_t *groups,
                            size_t count, lzr_error **failures) {
  uint64_t start = lzr_now(), nested = worker->unit_time;
  struct lzr_session *session = worker->session;
  struct unit unit = {.worker = worker,
                      .session = session,
                      .module = module,
                      .groups = groups,
                      .group_count = count,
                      .failures = failures,
                      .number = atomic_fetch_add(&session->next_unit, 1),
                      .name = lzr_source_group_name(module->source, groups[0])};
  lzr_error *error = read_and_move(&unit);
  if (!error)
    error = generate_and_link(&unit);
  while (error && leave_out_culprit(&unit, error))
    error = generate_and_link(&unit);
  if (!error)
    error = commit(&unit);
  error = name_unit(&unit, error);
  finish_unit(&unit);
  worker->unit_time = nested + (lzr_now() - start);
  lzr_trace(LZR_TRACE_COMPILE, "unit %04u %s: %zu functions, %llu us",
            unit.number, unit.name, unit.function_count,
            (unsigned long long)(lzr_now() - start) / 1000);
  return error;
}
