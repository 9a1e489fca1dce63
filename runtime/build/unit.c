/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "runtime/build/sections.h"
#include "runtime/support/dump.h"
#include "runtime/support/trace.h"
#include "runtime/symbols/bind.h"
#include "runtime/symbols/borrow.h"
#include "runtime/symbols/resident.h"
#include "tpc/base/events.h"
#include "tpc/base/memory.h"

static bool is_data(const struct lzr_unit *unit) {
  return unit->groups[0] == 0;
}

/* Building. */

/* A definition that has gone into a unit prevails for good. */
static bool settle(void *data, const struct lzr_definition *definition) {
  struct lzr_input *input = data;
  struct lzr_symbols *symbols = input->library->all;
  pthread_mutex_lock(&symbols->lock);
  struct lzr_symbol *symbol = lzr_input_prevailing(input, definition);
  if (symbol)
    symbol->settled = true;
  pthread_mutex_unlock(&symbols->lock);
  return symbol != NULL;
}

/* What a unit borrows of other modules. */
struct borrowing {
  struct lzr_unit *unit;
  struct lzr_entry *found; /* last, or NULL */
};

/* No module is removed while a job runs, so what was found stays. */
static bool find_lender(void *data, const char *name,
                        struct lzr_lender *lender) {
  struct borrowing *borrowing = data;
  struct lzr_unit *unit = borrowing->unit;
  struct lzr_symbols *symbols = unit->builder->symbols;
  pthread_mutex_lock(&symbols->lock);
  struct lzr_entry *entry = lzr_borrow_find(unit->input, name);
  pthread_mutex_unlock(&symbols->lock);
  borrowing->found = entry;
  if (!entry ||
      !lzr_builder_use(unit->builder, unit->thread, entry->input->module))
    return false;
  *lender =
      (struct lzr_lender){.module = entry->input->module,
                          .definition = (size_t)(entry - entry->input->entries),
                          .can_go = entry->input->removable};
  return true;
}

static bool take_found(void *data) {
  struct borrowing *borrowing = data;
  struct lzr_unit *unit = borrowing->unit;
  struct lzr_symbols *symbols = unit->builder->symbols;
  struct lzr_entry **borrowed =
      lzr_array_grow(unit->borrowed, unit->borrowed_count, sizeof *borrowed);
  if (!borrowed)
    return false;
  unit->borrowed = borrowed;
  pthread_mutex_lock(&symbols->lock);
  bool settled = lzr_borrow_settle(borrowing->found);
  pthread_mutex_unlock(&symbols->lock);
  if (settled)
    borrowed[unit->borrowed_count++] = borrowing->found;
  return settled;
}

static void count_times(struct lzr_counters *counters,
                        const struct lzr_built *built) {
  counters->read_time += built->read_time;
  counters->move_time += built->move_time;
  counters->passes_time += built->passes_time;
  counters->codegen_time += built->generate_time;
}

/* What takes less than a microsecond cannot be seen, and is left out. */
static void record_phase(const struct lzr_unit *unit, const char *name,
                         uint64_t begin, uint64_t end) {
  const uint64_t values[LZR_EVENT_VALUES] = {unit->number};
  if (lzr_events_wanted && end - begin >= LZR_MICROSECOND)
    lzr_event_record(LZR_EVENT_PHASE, begin, end, values, "%s", name);
}

/* One after the other, whatever the order in which a module has done it. */
static void record_build(const struct lzr_unit *unit, uint64_t start,
                         const struct lzr_built *built) {
  uint64_t read = start + built->read_time, move = read + built->move_time;
  record_phase(unit, "read", start, read);
  record_phase(unit, "move", read, move);
  record_phase(unit, "generate", move, move + built->generate_time);
}

static lzr_error *build_object(struct lzr_unit *unit, lzr_object **object) {
  lzr_module *module = unit->input->module;
  struct lzr_prevails prevails = {settle, unit->input};
  struct borrowing borrowing = {unit, NULL};
  struct lzr_lenders lenders = {find_lender, take_found, &borrowing};
  struct lzr_build_request request = {.groups = unit->groups,
                                      .group_count = unit->group_count,
                                      .version = unit->version,
                                      .prevails = &prevails,
                                      .lenders = &lenders,
                                      .dump_directory =
                                          unit->builder->dump_directory,
                                      .unit = unit->number,
                                      .unit_name = unit->name};
  struct lzr_built built = {0};
  if (!lzr_builder_use(unit->builder, unit->thread, module))
    return lzr_out_of_memory();
  uint64_t start = lzr_event_begin();
  lzr_error *error = lzr_module_build(module, unit->thread, &request, &built);
  count_times(&unit->builder->counters, &built);
  record_build(unit, start, &built);
  *object = built.object;
  unit->seen = built.seen;
  unit->seen_count = built.seen_count;
  return error;
}

/* Under lock. Enters a name that no definition of the module has: a name from
   its assembly, or the start or stop symbol of a named section. */
static lzr_error *enter_further_symbol(struct lzr_unit *unit,
                                       const struct lzr_image_symbol *found) {
  struct lzr_input *input = unit->input;
  struct lzr_map *names =
      found->local ? &input->locals : &input->library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(names, found->name);
  bool is_piece = !is_data(unit); /* this unit has only a piece of the section,
                                     if the name is a start or stop symbol */
  if (symbol && symbol->input == input &&
      !is_piece) { /* of an earlier attempt */
    symbol->address = found->address;
    return NULL;
  }
  if (is_piece && !(found->hidden && lzr_is_start_or_stop(found->name)))
    return NULL;
  if (symbol) {
    symbol->is_divided = symbol->entity == LZR_ENTITY_ABSOLUTE;
    return NULL;
  }
  if (!lzr_map_reserve(names, 1))
    return lzr_out_of_memory();
  symbol = lzr_symbols_add(input->library, found->name, LZR_ENTITY_ABSOLUTE);
  if (!symbol)
    return lzr_out_of_memory();
  symbol->input = input;
  symbol->address = found->address;
  symbol->is_divided = is_piece;
  symbol->next_import = input->further;
  input->further = symbol;
  lzr_map_put(names, symbol->name, symbol);
  return NULL;
}

/* Under lock. */
static lzr_error *publish_symbol(struct lzr_unit *unit,
                                 const struct lzr_image_symbol *found) {
  struct lzr_symbol *symbol =
      found->local ? NULL : lzr_input_own_symbol(unit->input, found->name);
  if (!symbol)
    return enter_further_symbol(unit, found);
  if (symbol->entity == LZR_ENTITY_FUNCTION)
    unit->functions[unit->function_count++] = symbol;
  if (symbol->definition && symbol->definition->data_in_front &&
      !symbol->address)
    symbol->address = found->address;
  if (symbol->entity != LZR_ENTITY_DATA)
    return NULL;
  lzr_addr template = lzr_image_tls_template(unit->image);
  bool tls = found->kind == LZR_SYMBOL_TLS;
  symbol->tls_module = tls ? template : 0;
  symbol->tls_offset = tls ? found->address : 0;
  symbol->address = tls ? template : found->address;
  return NULL;
}

/* From here on, data has addresses for the thread that has the turn. Functions
   are collected for the commit. */
static lzr_error *publish_addresses(struct lzr_unit *unit) {
  struct lzr_symbols *symbols = unit->builder->symbols;
  size_t count = lzr_image_symbol_count(unit->image);
  unit->functions = calloc(count + 1, sizeof *unit->functions);
  unit->stored = calloc(count + 1, sizeof *unit->stored);
  if (!unit->functions || !unit->stored)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < count && !error; i++) {
    struct lzr_image_symbol symbol = lzr_image_get_symbol(unit->image, i);
    error = publish_symbol(unit, &symbol);
  }
  if (!error && is_data(unit))
    unit->input->data_image = unit->image;
  pthread_mutex_unlock(&symbols->lock);
  if (!error && is_data(unit))
    atomic_store(&unit->input->data_state, LZR_DATA_PLACED);
  return error;
}

/* Takes object. */
static lzr_error *place(struct lzr_unit *unit, lzr_object *object) {
  lzr_error *error = is_data(unit)
                         ? lzr_sections_fix(unit->builder, unit->input, object)
                         : NULL;
  if (error) {
    lzr_object_destroy(object);
    return error;
  }
  if (unit->builder->shows_names)
    lzr_object_keep_names(object);
  lzr_object_profile(object, unit->builder->profile);
  error = lzr_image_place(unit->builder->tpc, object, &unit->image);
  return error ? error : publish_addresses(unit);
}

static lzr_error *ask_queries(struct lzr_unit *unit) {
  struct lzr_resolution *resolution = &unit->resolution;
  *resolution = (struct lzr_resolution){.input = unit->input,
                                        .library = unit->input->library,
                                        .asking = unit->name,
                                        .strict = unit->strict};
  lzr_error *error = lzr_image_list_queries(unit->image, &resolution->queries,
                                            &resolution->count);
  return error ? error : lzr_resolution_init(resolution);
}

lzr_error *lzr_unit_build(struct lzr_unit *unit) {
  struct lzr_builder *builder = unit->builder;
  unit->number = atomic_fetch_add(&builder->next_unit, 1);
  unit->version = unit->input->groups[unit->groups[0]].built;
  unit->name = lzr_module_group_name(unit->input->module, unit->groups[0]);
  lzr_object *object = NULL;
  lzr_error *error = build_object(unit, &object);
  uint64_t start = lzr_now();
  if (!error)
    error = place(unit, object);
  if (!error)
    error = ask_queries(unit);
  uint64_t end = lzr_now();
  builder->counters.link_time += end - start;
  record_phase(unit, "place", start, end);
  return error;
}

/* Resolving. */

/* The linker's error is about a unit. This finds the function to blame in a
   unit of several. */
static void find_culprit(struct lzr_unit *unit) {
  for (size_t i = 0; i < unit->resolution.count && !unit->culprit; i++) {
    const struct lzr_query *query = &unit->resolution.queries[i];
    if (!query->found && !query->weak && !query->defined)
      unit->culprit = query->mentioned_by;
  }
}

lzr_error *lzr_unit_resolve(struct lzr_unit *unit, struct lzr_asker *asker) {
  uint64_t start = lzr_now();
  lzr_error *error = lzr_resolve(asker, &unit->resolution);
  if (!error && !asker->needs.count) {
    find_culprit(unit);
    error = lzr_image_resolve(unit->image, unit->builder->tls_descriptor);
    unit->resolved = !error;
    unit->depends = asker->depends;
    asker->depends = (struct lzr_input_set){NULL, 0};
  }
  uint64_t end = lzr_now();
  unit->builder->counters.link_time += end - start;
  record_phase(unit, "resolve", start, end);
  return error;
}

/* Committing. */

static lzr_addr find_body(const struct lzr_unit *unit,
                          const struct lzr_symbol *symbol, uint64_t *size) {
  struct lzr_image_symbol found;
  if (!lzr_image_find_symbol(unit->image, symbol->name, &found))
    return 0;
  *size = found.size;
  return found.address;
}

static size_t collect_stores(struct lzr_unit *unit,
                             struct lzr_pointer_store *stores) {
  struct lzr_symbols *symbols = unit->builder->symbols;
  size_t count = 0;
  uint64_t size;
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < unit->function_count; i++) {
    const struct lzr_symbol *symbol = unit->functions[i];
    unit->stored[i] = symbol->has_stub;
    if (!symbol->has_stub)
      continue;
    lzr_lazy_stub_list_stores(&symbol->lazy, find_body(unit, symbol, &size),
                              &stores[count]);
    count += LZR_LAZY_STUB_STORES;
  }
  pthread_mutex_unlock(&symbols->lock);
  return count;
}

/* Appends what a unit is to the size - length bytes of text that are left,
   behind those that needed it first; the new length. */
static size_t describe(const struct lzr_unit *unit, char *text, size_t length,
                       size_t size) {
  const char *format = is_data(unit) ? "%s%s: data" : "%s%s: function '%s'";
  if (unit->needed_by)
    length = describe(unit->needed_by, text, length, size);
  length += (size_t)snprintf(text + length, size - length, format,
                             unit->needed_by ? ": " : "",
                             unit->input->module->name, unit->name);
  return length < size ? length : size - 1;
}

static lzr_error *commit_image(struct lzr_unit *unit) {
  char what[1024];
  struct lzr_pointer_store *stores =
      calloc(unit->function_count * LZR_LAZY_STUB_STORES + 1, sizeof *stores);
  if (!stores)
    return lzr_out_of_memory();
  size_t count = collect_stores(unit, stores);
  describe(unit, what, 0, sizeof what);
  lzr_image_name(unit->image, what);
  lzr_error *error = lzr_image_commit(unit->image, stores, count);
  free(stores);
  return error;
}

/* Under lock. From here on threads may run the code. */
static void publish_body(struct lzr_unit *unit, size_t i,
                         struct lzr_extent *extent) {
  struct lzr_symbol *symbol = unit->functions[i];
  *extent = (struct lzr_extent){.symbol = symbol,
                                .module = unit->input->module->name,
                                .unit = unit->number,
                                .version = unit->version};
  extent->start = find_body(unit, symbol, &extent->size);
  lzr_input_entry(unit->input, symbol->definition)->body = extent->start;
  atomic_store_explicit(&symbol->body, extent->start, memory_order_release);
  if (symbol->has_stub && unit->stored[i])
    lzr_symbol_land(unit->builder->symbols, symbol, extent->start);
  lzr_trace(LZR_TRACE_COMMIT, "unit %04u: %s is at %#llx", unit->number,
            symbol->name, (unsigned long long)extent->start);
  if (!unit->input->is_platform)
    unit->builder->counters.functions_compiled++;
}

/* Binds stubs that were made while the unit was committed. A thread that makes
   a stub from here on sees the body. */
static void bind_late_stubs(struct lzr_unit *unit) {
  struct lzr_symbols *symbols = unit->builder->symbols;
  for (size_t i = 0; i < unit->function_count; i++)
    if (unit->functions[i] && !unit->stored[i])
      lzr_symbol_bind(symbols, unit->functions[i],
                      atomic_load(&unit->functions[i]->body));
}

static void tell(const struct lzr_unit *unit,
                 const struct lzr_extent *extents) {
  const struct lzr_builder *builder = unit->builder;
  if (builder->tell_compiled && !unit->input->is_platform)
    builder->tell_compiled(builder->tell_data, extents, unit->function_count);
}

/* When memory is out, the functions have no name in backtraces, and nobody is
   told of them. */
static void publish_bodies(struct lzr_unit *unit) {
  struct lzr_symbols *symbols = unit->builder->symbols;
  struct lzr_extent *extents =
                        calloc(unit->function_count + 1, sizeof *extents),
                    spare;
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < unit->function_count; i++) {
    publish_body(unit, i, extents ? &extents[i] : &spare);
    if (!unit->functions[i]->has_stub)
      unit->functions[i] = NULL;
  }
  if (extents)
    lzr_extents_add(&unit->builder->extents, extents, unit->function_count);
  pthread_mutex_unlock(&symbols->lock);
  bind_late_stubs(unit);
  if (extents)
    tell(unit, extents);
  free(extents);
}

static void record_memory(const struct lzr_counters *counters) {
  struct rusage usage;
  if (!lzr_events_wanted || getrusage(RUSAGE_SELF, &usage) != 0)
    return;
  const uint64_t values[LZR_EVENT_VALUES] = {
      counters->code_bytes, counters->constant_bytes, counters->data_bytes,
      (uint64_t)usage.ru_maxrss};
  lzr_event_now(LZR_EVENT_MEMORY, values, "memory");
}

static void count_built(struct lzr_unit *unit) {
  struct lzr_image_sizes sizes = lzr_image_get_sizes(unit->image);
  struct lzr_counters *counters = &unit->builder->counters;
  counters->code_bytes += sizes.code;
  counters->constant_bytes += sizes.constants;
  counters->data_bytes += sizes.data;
  counters->units++;
  record_memory(counters);
  for (size_t i = 0; i < unit->group_count; i++)
    unit->input->groups[unit->groups[i]].built++;
}

static lzr_error *dump_code(struct lzr_unit *unit) {
  const struct lzr_builder *builder = unit->builder;
  lzr_addr address;
  size_t size;
  const uint8_t *code = lzr_image_code(unit->image, &address, &size);
  char *text;
  if (!builder->dump_directory)
    return NULL;
  lzr_error *error = builder->disassemble(
      builder->disassemble_data, unit->thread, code, size, address, &text);
  if (error)
    return error;
  error = lzr_dump_bytes(builder->dump_directory, unit->number, unit->name, "s",
                         text, strlen(text));
  free(text);
  return error;
}

static lzr_error *keep(struct lzr_unit *unit) {
  const struct lzr_resolution *resolution = &unit->resolution;
  struct lzr_symbols *symbols = unit->builder->symbols;
  pthread_mutex_lock(&symbols->lock);
  struct lzr_resident *kept = lzr_resident_create(
      unit->input, unit->image, resolution->answers, resolution->count);
  if (kept) {
    kept->seen = unit->seen;
    kept->seen_count = unit->seen_count;
    unit->seen = NULL;
    lzr_borrow_note(kept, unit->borrowed, unit->borrowed_count);
    unit->borrowed = NULL;
    unit->kept = true;
  }
  pthread_mutex_unlock(&symbols->lock);
  return kept ? NULL : lzr_out_of_memory();
}

/* If the commit fails, the image is kept all the same, as long as its
   module. */
lzr_error *lzr_unit_commit(struct lzr_unit *unit) {
  uint64_t start = lzr_now();
  lzr_error *error = dump_code(unit);
  if (!error) {
    error = keep(unit);
    if (!error)
      error = commit_image(unit);
  }
  if (!error) {
    count_built(unit);
    publish_bodies(unit);
  }
  uint64_t end = lzr_now();
  unit->builder->counters.commit_time += end - start;
  record_phase(unit, "commit", start, end);
  return error;
}

void lzr_unit_fini(struct lzr_unit *unit) {
  if (!unit->kept)
    lzr_image_release(unit->image);
  lzr_resolution_fini(&unit->resolution);
  lzr_input_set_fini(&unit->depends);
  free(unit->functions);
  free(unit->stored);
  free(unit->seen);
  free(unit->borrowed);
  unit->image = NULL;
  unit->seen = NULL;
  unit->borrowed = NULL;
  unit->borrowed_count = 0;
  unit->functions = NULL;
  unit->stored = NULL;
  unit->function_count = 0;
  unit->culprit = NULL;
  unit->kept = unit->resolved = false;
}

lzr_error *lzr_unit_blame(const struct lzr_unit *unit, lzr_error *cause) {
  const char *file = unit->input->module->name;
  if (is_data(unit))
    return lzr_error_wrap(cause, "%s: data", file);
  return lzr_error_wrap(cause, "%s: function '%s'", file,
                        unit->culprit ? unit->culprit : unit->name);
}
