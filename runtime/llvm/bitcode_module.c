/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bitcode as a kind of module. An LLVM context belongs to one thread at a time,
 * so each thread that builds has a copy: the module's bitcode, opened in a
 * context of its own. The first thread to come gets the copy that was opened
 * with the module.
 *
 * Extracting a group takes its bodies out of the copy. To build it again, the
 * thread opens a new copy.
 *
 * A context takes some sixty KiB, however small its module is. So of small
 * modules only those keep copies that were used last (recent.h), and what the
 * module says of itself does not lie in a copy.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/link/arena.h"
#include "runtime/llvm/bitcode.h"
#include "runtime/llvm/compiler_private.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/importing.h"
#include "runtime/llvm/names.h"
#include "runtime/llvm/passes.h"
#include "runtime/llvm/quick.h"
#include "runtime/llvm/source.h"
#include "runtime/llvm/survey.h"
#include "runtime/support/dump.h"
#include "tpc/base/clock.h"
#include "tpc/base/memory.h"

/* What must be freed when the unit is done: what LLVM made for it, or a copy
   that a new one has replaced. */
struct leftover {
  LLVMModuleRef ir;           /* or NULL */
  LLVMMemoryBufferRef object; /* or NULL */
  const lzr_source *origin;   /* borrowed: where ir comes from */
  lzr_source *source;         /* or NULL */
  struct leftover *next;
};

struct copy {
  struct lzr_recent recent; /* the first member */
  lzr_source *source; /* owned; NULL before it is needed, or when it has not
                         been used for long */
  lzr_quick *quick;   /* owned; for source, NULL before it is needed */
  struct leftover *leftovers; /* owned */
};

struct bitcode_module {
  struct lzr_module base; /* the first member */
  lzr_compiler *compiler; /* borrowed */
  struct lzr_arena arena; /* the name, and what base lists */
  char *bitcode;          /* owned */
  size_t size;
  struct copy first;   /* until a thread takes its source; guarded by the
                          compiler's lock */
  struct copy *copies; /* owned array by thread; each only for that thread */
};

static struct bitcode_module *bitcode_of(lzr_module *module) {
  return (struct bitcode_module *)module;
}

/* Copies. */

static lzr_error *open_copy(struct bitcode_module *module,
                            lzr_source **source) {
  const struct lzr_compiler_options *options = &module->compiler->options;
  struct lzr_source_options wanted = {.triple = options->triple,
                                      .cpu = options->named_cpu,
                                      .features = options->named_features,
                                      .unchecked = options->unchecked,
                                      .debug_info = options->debug_info,
                                      .local_names = options->local_names,
                                      .optimize = options->passes != NULL};
  if (options->passes)
    wanted.inline_budget = options->inline_budget;
  return lzr_source_open(module->base.name, module->bitcode, module->size,
                         &wanted, source);
}

/* A large module takes longer to be opened again than its memory is worth. */
static bool is_small(const struct bitcode_module *module) {
  enum { SMALL = 16 << 10 };
  return module->size < SMALL;
}

static lzr_source *take_first(struct bitcode_module *module) {
  lzr_compiler *compiler = module->compiler;
  sigset_t signals;
  lzr_compiler_lock(compiler, &signals);
  lzr_source *source = module->first.source;
  module->first.source = NULL;
  lzr_recent_remove(&compiler->unused, &module->first.recent);
  lzr_compiler_unlock(compiler, &signals);
  return source;
}

/* Keeps the first copy for the thread that will take it; closes the one that
   has been waiting longest, if there are many. */
static void keep_first(struct bitcode_module *module) {
  lzr_compiler *compiler = module->compiler;
  lzr_source *closed = NULL;
  sigset_t signals;
  if (!is_small(module))
    return;
  lzr_compiler_lock(compiler, &signals);
  lzr_recent_use(&compiler->unused, &module->first.recent);
  struct copy *oldest = (struct copy *)lzr_recent_drop(&compiler->unused);
  if (oldest) {
    closed = oldest->source;
    oldest->source = NULL;
  }
  lzr_compiler_unlock(compiler, &signals);
  lzr_source_close(closed);
}

static void dispose_units(void *data) {
  const struct copy *copy = data;
  for (struct leftover *i = copy->leftovers; i; i = i->next) {
    if (i->object)
      LLVMDisposeMemoryBuffer(i->object);
    if (i->ir && !lzr_source_is_abandoned(i->origin))
      LLVMDisposeModule(i->ir);
  }
}

/* Units must be freed before the copies from which they were extracted. */
static void dispose_leftovers(struct copy *copy) {
  if (copy->leftovers)
    lzr_guard_dispose(dispose_units, copy);
  while (copy->leftovers) {
    struct leftover *leftover = copy->leftovers;
    copy->leftovers = leftover->next;
    lzr_source_close(leftover->source);
    free(leftover);
  }
}

static struct leftover *add_leftover(struct copy *copy) {
  struct leftover *leftover = calloc(1, sizeof *leftover);
  if (!leftover)
    return NULL;
  leftover->next = copy->leftovers;
  copy->leftovers = leftover;
  return leftover;
}

/* The copy is freed later, because units of it may still be in use. */
static lzr_error *retire_copy(struct copy *copy) {
  lzr_quick_close(copy->quick);
  copy->quick = NULL;
  struct leftover *leftover = add_leftover(copy);
  if (!leftover)
    return lzr_out_of_memory();
  leftover->source = copy->source;
  copy->source = NULL;
  return NULL;
}

/* Finds the thread's copy; opens a new one if LLVM could not go on with it. */
static lzr_error *find_copy(struct bitcode_module *module, unsigned thread,
                            lzr_source **source) {
  struct copy *copy = &module->copies[thread];
  lzr_error *error = NULL;
  if (copy->source && lzr_source_is_abandoned(copy->source))
    error = retire_copy(copy);
  if (error)
    return error;
  if (!copy->source)
    copy->source = take_first(module);
  if (!copy->source)
    error = open_copy(module, &copy->source);
  *source = copy->source;
  if (!error && is_small(module))
    lzr_recent_use(&module->compiler->used[thread], &copy->recent);
  return error;
}

static bool has_given_any(const lzr_source *source,
                          const struct lzr_build_request *request) {
  for (size_t i = 0; i < request->group_count; i++)
    if (lzr_source_has_given(source, request->groups[i]))
      return true;
  return false;
}

/* Finds the thread's copy; opens a new one if a requested group has been
   extracted from it. */
static lzr_error *find_whole_copy(struct bitcode_module *module,
                                  unsigned thread,
                                  const struct lzr_build_request *request,
                                  lzr_source **source) {
  lzr_error *error = find_copy(module, thread, source);
  if (error || !has_given_any(*source, request))
    return error;
  error = retire_copy(&module->copies[thread]);
  return error ? error : find_copy(module, thread, source);
}

/* Notes. */

/* The function whose code mentions a global, if need be within a constant. */
static LLVMValueRef find_function(LLVMValueRef mentioned) {
  for (LLVMUseRef use = LLVMGetFirstUse(mentioned); use;
       use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use), function = NULL;
    if (LLVMIsAInstruction(user))
      return LLVMGetBasicBlockParent(LLVMGetInstructionParent(user));
    if (LLVMIsAConstantExpr(user))
      function = find_function(user);
    if (function)
      return function;
  }
  return NULL;
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

static struct lzr_name_note note_name(void *data, const char *name) {
  LLVMModuleRef ir = data;
  LLVMValueRef global = lzr_unit_find_global(ir, name);
  LLVMValueRef user = global ? find_function(global) : NULL;
  return (struct lzr_name_note){
      .only_called =
          global && LLVMIsAFunction(global) && is_only_called(global),
      .mentioned_by = user ? lzr_linker_name(user) : NULL};
}

/* Building. */

struct printing {
  LLVMModuleRef ir;
  char *text; /* LLVM's message */
};

static lzr_error *print(void *data) {
  struct printing *printing = data;
  printing->text = LLVMPrintModuleToString(printing->ir);
  return printing->text ? NULL : lzr_out_of_memory();
}

static lzr_error *dump_ir(const struct lzr_build_request *request,
                          LLVMModuleRef ir) {
  struct printing printing = {ir, NULL};
  bool fatal;
  if (!request->dump_directory)
    return NULL;
  lzr_error *error = lzr_guard_run(LLVMGetModuleContext(ir), LZR_ERROR_COMPILE,
                                   print, &printing, &fatal);
  if (error)
    return error;
  const char *text = printing.text;
  error = lzr_dump_bytes(request->dump_directory, request->unit,
                         request->unit_name, "ll", text, strlen(text));
  LLVMDisposeMessage(printing.text);
  return error;
}

static lzr_error *dump_object(const struct lzr_build_request *request,
                              LLVMMemoryBufferRef object) {
  if (!request->dump_directory)
    return NULL;
  return lzr_dump_bytes(request->dump_directory, request->unit,
                        request->unit_name, "o", LLVMGetBufferStart(object),
                        LLVMGetBufferSize(object));
}

static lzr_error *run_passes(const lzr_compiler *compiler, lzr_codegen *codegen,
                             LLVMModuleRef unit, uint64_t *time, bool *fatal) {
  const struct lzr_compiler_options *options = &compiler->options;
  struct lzr_passes passes = {.pipeline = options->passes,
                              .verify = !options->unchecked,
                              .transform = options->transform,
                              .data = options->transform_data};
  if (!lzr_passes_any(&passes))
    return NULL;
  uint64_t start = lzr_now();
  lzr_error *error = lzr_codegen_run_passes(codegen, &passes, unit, fatal);
  *time += lzr_now() - start;
  return error;
}

static lzr_error *generate(struct bitcode_module *module, unsigned thread,
                           const struct lzr_build_request *request,
                           struct leftover *unit, uint64_t *passes_time) {
  lzr_codegen *codegen;
  bool fatal = false;
  lzr_error *error =
      lzr_compiler_find_codegen(module->compiler, thread, &codegen);
  if (!error)
    error =
        run_passes(module->compiler, codegen, unit->ir, passes_time, &fatal);
  if (!error)
    error = dump_ir(request, unit->ir);
  if (!error)
    error = lzr_codegen_compile(codegen, unit->ir, &unit->object, &fatal);
  if (fatal)
    lzr_source_abandon(module->copies[thread].source);
  return error ? error : dump_object(request, unit->object);
}

static lzr_error *parse(struct bitcode_module *module,
                        const struct lzr_build_request *request,
                        const struct leftover *unit, lzr_object **object) {
  lzr_error *error =
      lzr_object_parse(module->compiler->options.arch, request->unit_name,
                       (const uint8_t *)LLVMGetBufferStart(unit->object),
                       LLVMGetBufferSize(unit->object), object);
  if (error)
    return error;
  lzr_object_note_names(*object, note_name, unit->ir);
  if (module->compiler->options.debug_info)
    lzr_object_keep_debug(*object);
  return NULL;
}

static lzr_error *note_seen(const lzr_source *source, struct lzr_built *built) {
  const uint32_t *seen;
  size_t count = lzr_source_seen(source, &seen);
  if (!count)
    return NULL;
  built->seen = malloc(count * sizeof *seen);
  if (!built->seen)
    return lzr_out_of_memory();
  memcpy(built->seen, seen, count * sizeof *seen);
  built->seen_count = count;
  return NULL;
}

static lzr_error *extract(lzr_source *source,
                          const struct lzr_build_request *request,
                          struct lzr_built *built, LLVMModuleRef *ir) {
  struct lzr_source_timers timers = {0, 0};
  lzr_error *error =
      lzr_source_extract(source, request->groups, request->group_count,
                         request->prevails, &timers, ir);
  if (!error)
    error = note_seen(source, built);
  built->read_time += timers.read;
  built->move_time += timers.move;
  return error;
}

/* Copies of callees. */

/* Copies are of use only, so a module that fails to make one just makes
   none. */
static LLVMMemoryBufferRef lend(const struct lzr_lender *lender,
                                unsigned thread, uint32_t limit) {
  lzr_source *source;
  LLVMMemoryBufferRef bitcode = NULL;
  lzr_error *error = find_copy(bitcode_of(lender->module), thread, &source);
  if (!error)
    error = lzr_source_export(source, lender->definition, limit, lender->can_go,
                              &bitcode);
  lzr_error_destroy(error);
  return bitcode;
}

/* Gives a unit copies of small functions of other modules that it calls, and of
   those that these call. */
static lzr_error *borrow(const struct bitcode_module *module, unsigned thread,
                         const struct lzr_lenders *lenders, lzr_source *source,
                         LLVMModuleRef ir) {
  LLVMValueRef callee = NULL;
  lzr_error *error = NULL;
  uint32_t budget;
  while (!error && (budget = lzr_source_budget(source)) > 0 &&
         (callee = lzr_unit_next_callee(ir, callee))) {
    struct lzr_lender lender;
    if (!lenders->find(lenders->data, lzr_linker_name(callee), &lender) ||
        lender.module->kind != module->base.kind)
      continue;
    LLVMMemoryBufferRef bitcode = lend(&lender, thread, budget);
    if (bitcode && !lenders->take(lenders->data))
      LLVMDisposeMemoryBuffer(bitcode);
    else if (bitcode)
      error = lzr_source_import(source, ir, bitcode, &callee);
  }
  return error;
}

/* Has LLVM build all of the request. */
static lzr_error *build_by_llvm(struct bitcode_module *module, unsigned thread,
                                const struct lzr_build_request *request,
                                lzr_source *source, struct lzr_built *built) {
  struct leftover *unit = add_leftover(&module->copies[thread]);
  if (!unit)
    return lzr_out_of_memory();
  unit->origin = source;
  lzr_error *error = extract(source, request, built, &unit->ir);
  if (error)
    return error;
  uint64_t start = lzr_now(), passes_time = 0;
  if (request->lenders) {
    error = borrow(module, thread, request->lenders, source, unit->ir);
    built->move_time += lzr_now() - start;
    start = lzr_now();
  }
  if (error)
    return error;
  error = generate(module, thread, request, unit, &passes_time);
  built->passes_time += passes_time;
  built->generate_time += lzr_now() - start - passes_time;
  return error ? error : parse(module, request, unit, &built->object);
}

static lzr_error *find_quick(struct bitcode_module *module, unsigned thread,
                             lzr_source *source, lzr_quick **quick) {
  struct copy *copy = &module->copies[thread];
  lzr_error *error = NULL;
  if (!copy->quick)
    error = lzr_quick_open(module->compiler, source, &copy->quick);
  *quick = copy->quick;
  return error;
}

/* The baseline generator builds what it can, LLVM the rest, which need not be
   anything. */
static lzr_error *build_by_both(struct bitcode_module *module, unsigned thread,
                                const struct lzr_build_request *request,
                                lzr_source *source, struct lzr_built *built) {
  lzr_quick *quick;
  struct lzr_build_request rest = *request;
  uint32_t *groups = calloc(request->group_count, sizeof *groups);
  if (!groups)
    return lzr_out_of_memory();
  rest.groups = groups;
  lzr_error *error = find_quick(module, thread, source, &quick);
  if (!error)
    error = lzr_quick_build(quick, request, built, groups, &rest.group_count);
  if (!error && rest.group_count)
    error = build_by_llvm(module, thread, &rest, source, built);
  if (!error && rest.group_count < request->group_count)
    error = lzr_quick_finish(quick, request, built);
  free(groups);
  if (error) {
    lzr_object_destroy(built->object);
    built->object = NULL;
  }
  return error;
}

static lzr_error *build(lzr_module *base, unsigned thread,
                        const struct lzr_build_request *request,
                        struct lzr_built *built) {
  struct bitcode_module *module = bitcode_of(base);
  lzr_source *source;
  const struct lzr_compiler_options *options = &module->compiler->options;
  lzr_error *error = find_whole_copy(module, thread, request, &source);
  if (!error)
    error = options->baseline
                ? build_by_both(module, thread, request, source, built)
                : build_by_llvm(module, thread, request, source, built);
  if (options->ran)
    options->ran(options->data);
  return error;
}

/* Other operations. */

static lzr_error *list_imports(lzr_module *module, unsigned thread,
                               struct lzr_import **imports, size_t *count) {
  lzr_source *source;
  lzr_error *error = find_copy(bitcode_of(module), thread, &source);
  return error ? error : lzr_source_list_imports(source, imports, count);
}

static lzr_error *follow_calls(lzr_module *module, unsigned thread,
                               uint32_t group,
                               const struct lzr_prevails *prevails) {
  lzr_source *source;
  lzr_error *error = find_copy(bitcode_of(module), thread, &source);
  return error ? error : lzr_source_follow_calls(source, group, prevails);
}

static bool next_certain(lzr_module *module, unsigned thread, uint32_t *group) {
  lzr_source *source = bitcode_of(module)->copies[thread].source;
  return source && lzr_source_next_certain(source, group);
}

static lzr_error *check_call(lzr_module *module, unsigned thread,
                             const char *function,
                             const struct lzr_signature *signature) {
  lzr_source *source;
  lzr_error *error = find_copy(bitcode_of(module), thread, &source);
  return error ? error : lzr_source_check_call(source, function, signature);
}

static lzr_error *find_adding(lzr_module *module, unsigned thread,
                              const char *section, const char **function) {
  lzr_source *source;
  lzr_error *error = find_copy(bitcode_of(module), thread, &source);
  return error ? error : lzr_source_find_adding(source, section, function);
}

/* A copy that has leftovers is still in use by this thread's job. */
static void close_oldest(struct lzr_recent_list *used) {
  struct copy *oldest;
  while ((oldest = (struct copy *)lzr_recent_drop(used)) &&
         !oldest->leftovers) {
    lzr_quick_close(oldest->quick);
    oldest->quick = NULL;
    lzr_source_close(oldest->source);
    oldest->source = NULL;
  }
  if (oldest)
    lzr_recent_use(used, &oldest->recent);
}

static void tidy(lzr_module *base, unsigned thread) {
  struct bitcode_module *module = bitcode_of(base);
  dispose_leftovers(&module->copies[thread]);
  close_oldest(&module->compiler->used[thread]);
}

static void close_module(lzr_module *base) {
  struct bitcode_module *module = bitcode_of(base);
  lzr_compiler *compiler = module->compiler;
  unsigned count = module->copies ? compiler->options.thread_count : 0;
  for (unsigned i = 0; i < count; i++) {
    dispose_leftovers(&module->copies[i]);
    lzr_recent_remove(&compiler->used[i], &module->copies[i].recent);
    lzr_quick_close(module->copies[i].quick);
    lzr_source_close(module->copies[i].source);
  }
  lzr_source_close(take_first(module));
  free(module->copies);
  free(module->bitcode);
  lzr_arena_fini(&module->arena);
  free(module);
}

static const struct lzr_module_kind bitcode_kind = {
    .name = "bitcode",
    .build = build,
    .list_imports = list_imports,
    .follow_calls = follow_calls,
    .next_certain = next_certain,
    .check_call = check_call,
    .find_adding = find_adding,
    .tidy = tidy,
    .close = close_module,
};

/* What a module says of itself. */

/* NULL stays NULL. Sets *failed when memory is out. */
static const char *copy_string(struct lzr_arena *arena, const char *string,
                               bool *failed) {
  size_t size = string ? strlen(string) + 1 : 0;
  char *copy = string ? lzr_arena_alloc(arena, size, 1) : NULL;
  *failed |= string && !copy;
  return copy ? memcpy(copy, string, size) : NULL;
}

static void *copy_array(struct lzr_arena *arena, const void *array,
                        size_t count, size_t size, bool *failed) {
  void *copy = lzr_arena_alloc(arena, count, size);
  *failed |= !copy;
  return copy && count ? memcpy(copy, array, count * size) : copy;
}

static void copy_definitions(struct bitcode_module *module, bool *failed) {
  const lzr_source *source = module->first.source;
  size_t count = lzr_source_definition_count(source);
  struct lzr_definition *copies =
      copy_array(&module->arena, lzr_source_definitions(source), count,
                 sizeof *copies, failed);
  for (size_t i = 0; i < count && !*failed; i++) {
    copies[i].name = copy_string(&module->arena, copies[i].name, failed);
    copies[i].aliasee = copy_string(&module->arena, copies[i].aliasee, failed);
    copies[i].section = copy_string(&module->arena, copies[i].section, failed);
  }
  module->base.definitions = copies;
  module->base.definition_count = count;
}

static void copy_groups(struct bitcode_module *module, bool *failed) {
  const lzr_source *source = module->first.source;
  const uint32_t *start, *members;
  uint32_t count = lzr_source_group_count(source);
  lzr_source_groups(source, &start, &members);
  module->base.group_count = count;
  module->base.group_start =
      copy_array(&module->arena, start, count + 1, sizeof *start, failed);
  module->base.group_members = copy_array(&module->arena, members, start[count],
                                          sizeof *members, failed);
}

static struct lzr_init_list copy_list(struct lzr_arena *arena,
                                      struct lzr_init_list list, bool *failed) {
  list.entries =
      copy_array(arena, list.entries, list.count, sizeof *list.entries, failed);
  for (size_t i = 0; i < list.count && !*failed; i++) {
    struct lzr_init_entry *entry = &list.entries[i];
    entry->function = copy_string(arena, entry->function, failed);
    entry->key = copy_string(arena, entry->key, failed);
  }
  return list;
}

static lzr_error *describe(struct bitcode_module *module) {
  const lzr_source *source = module->first.source;
  struct lzr_module *base = &module->base;
  bool failed = false;
  copy_definitions(module, &failed);
  copy_groups(module, &failed);
  base->constructors =
      copy_list(&module->arena, lzr_source_constructors(source), &failed);
  base->destructors =
      copy_list(&module->arena, lzr_source_destructors(source), &failed);
  base->has_arrays = lzr_source_has_arrays(source);
  base->defines_more = lzr_source_has_assembly(source);
  return failed ? lzr_out_of_memory() : NULL;
}

/* Opening. */

static lzr_error *open_first(struct bitcode_module *module, const char *name) {
  bool failed = false;
  module->base.kind = &bitcode_kind;
  module->base.name = copy_string(&module->arena, name, &failed);
  module->copies =
      calloc(module->compiler->options.thread_count, sizeof *module->copies);
  if (failed || !module->copies)
    return lzr_out_of_memory();
  lzr_error *error = open_copy(module, &module->first.source);
  if (!error)
    error = describe(module);
  if (!error)
    keep_first(module);
  return error;
}

lzr_error *lzr_bitcode_open(lzr_compiler *compiler, const char *name,
                            char *bitcode, size_t size, lzr_module **opened) {
  struct bitcode_module *module = calloc(1, sizeof *module);
  if (!module) {
    free(bitcode);
    return lzr_out_of_memory();
  }
  module->compiler = compiler;
  module->bitcode = bitcode;
  module->size = size;
  lzr_error *error = open_first(module, name);
  if (error)
    close_module(&module->base);
  *opened = &module->base;
  return error;
}
