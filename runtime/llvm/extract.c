/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Makes a unit of some groups of a source; build() lists the steps.
 */
#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/alias.h"
#include "runtime/llvm/body.h"
#include "runtime/llvm/declare.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/inlining.h"
#include "runtime/llvm/names.h"
#include "runtime/llvm/promote.h"
#include "runtime/llvm/read.h"
#include "runtime/llvm/source_private.h"
#include "tpc/base/clock.h"
#include "tpc/base/memory.h"

/* A definition that is in one of the groups. */
struct member {
  const struct lzr_definition *definition;
  const struct lzr_origin *origin;
  bool prevails;        /* the unit defines its name */
  bool needed;          /* the unit has its content, with or without its name */
  LLVMValueRef content; /* the unit's value that has the content, or NULL */
};

struct extraction {
  lzr_source *source;
  const uint32_t *groups;
  size_t group_count;
  const struct lzr_prevails *prevails;
  struct lzr_source_timers *timers;
  struct member *members; /* owned */
  size_t member_count;
  struct lzr_pointer_map by_value;   /* value in the source to its member */
  LLVMModuleRef unit;                /* owned until handed out */
  struct lzr_constants contents;     /* for initializers and instructions */
  struct lzr_constants indirections; /* for what aliases name: the unit's own
                                        content, even if it does not prevail */
  struct lzr_constants aliased;      /* for aliases of other units' content */
  struct lzr_inlining inlining;
};

/* Members. */

static lzr_error *take_groups(struct extraction *x) {
  const struct lzr_survey *survey = &x->source->survey;
  for (size_t i = 0; i < x->group_count; i++) {
    uint32_t group = x->groups[i];
    if (group >= survey->group_count)
      return lzr_error_create(LZR_ERROR_ARGUMENT, "group %u of %u", group,
                              survey->group_count);
    if (x->source->taken[group])
      return lzr_error_create(LZR_ERROR_ARGUMENT, "'%s' has been moved before",
                              lzr_source_group_name(x->source, group));
    x->source->taken[group] = true;
    x->member_count +=
        survey->group_start[group + 1] - survey->group_start[group];
  }
  x->members = calloc(x->member_count + 1, sizeof *x->members);
  return x->members ? NULL : lzr_out_of_memory();
}

static lzr_error *list_members(struct extraction *x) {
  const struct lzr_survey *survey = &x->source->survey;
  struct member *member = x->members;
  for (size_t i = 0; i < x->group_count; i++) {
    uint32_t group = x->groups[i];
    for (uint32_t m = survey->group_start[group];
         m < survey->group_start[group + 1]; m++, member++) {
      uint32_t index = survey->group_members[m];
      member->definition = &survey->definitions[index];
      member->origin = &survey->origins[index];
      member->prevails = lzr_prevails_ask(x->prevails, member->definition);
      if (!lzr_pointer_map_put(&x->by_value, member->origin->value, member))
        return lzr_out_of_memory();
    }
  }
  return NULL;
}

static struct member *find_member(const struct extraction *x,
                                  LLVMValueRef value) {
  return lzr_pointer_map_get(&x->by_value, value);
}

static LLVMValueKind kind_of(const struct member *member) {
  return LLVMGetValueKind(member->origin->value);
}

/* If a table of the group takes the address of a label, the unit needs the body
   of the label's function, even if it does not prevail. */
static bool is_label_taken(const struct member *member) {
  return kind_of(member) == LLVMFunctionValueKind &&
         LLVMGetFirstBasicBlock(member->origin->value);
}

/* Programs count and walk what a named section has. */
static bool keeps_its_place(const struct member *member) {
  return member->definition->section && !member->definition->comdat &&
         member->definition->group == 0;
}

/* If a member of this kind is needed, so is the member that it names. */
static void need_bases(struct extraction *x, LLVMValueKind kind) {
  for (size_t i = 0; i < x->member_count; i++)
    if (x->members[i].needed && kind_of(&x->members[i]) == kind)
      find_member(x, x->members[i].origin->base)->needed = true;
}

/* Aliases may name ifuncs, and ifuncs name functions, but not the other way
   round; hence the order. */
static void find_needed(struct extraction *x) {
  for (size_t i = 0; i < x->member_count; i++)
    x->members[i].needed = x->members[i].prevails ||
                           is_label_taken(&x->members[i]) ||
                           keeps_its_place(&x->members[i]);
  need_bases(x, LLVMGlobalAliasValueKind);
  need_bases(x, LLVMGlobalIFuncValueKind);
}

/* Reading. */

static lzr_error *read_bodies(struct extraction *x) {
  uint64_t start = lzr_now();
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++) {
    LLVMValueRef value = x->members[i].origin->value;
    if (x->members[i].needed &&
        kind_of(&x->members[i]) == LLVMFunctionValueKind &&
        !lzr_read_body(&x->source->reader, value))
      error = lzr_read_error(value);
  }
  if (x->timers)
    x->timers->read += lzr_now() - start;
  return error;
}

/* Names. */

static void create_unit(struct extraction *x) {
  lzr_source *source = x->source;
  const char *name =
      x->group_count ? lzr_source_group_name(source, x->groups[0]) : "";
  x->unit = LLVMModuleCreateWithNameInContext(name, source->context);
  x->contents.target = x->unit;
  LLVMSetTarget(x->unit, source->triple);
  LLVMSetModuleDataLayout(x->unit, LLVMGetModuleDataLayout(source->module));
  for (size_t i = 0; i < source->flag_count; i++)
    LLVMAddNamedMetadataOperand(x->unit, "llvm.module.flags", source->flags[i]);
}

/* Content whose definition does not prevail cannot be an external symbol, and
   its name belongs to the definition that does. */
static void hide(LLVMValueRef global) {
  LLVMSetValueName2(global, "preempted", strlen("preempted"));
  LLVMSetLinkage(global, LLVMInternalLinkage);
}

static lzr_error *publish(struct extraction *x, struct member *member,
                          LLVMValueRef content) {
  member->content = content;
  lzr_error *error =
      lzr_constants_seed(&x->indirections, member->origin->value, content);
  if (error || !member->prevails) {
    hide(content);
    return error;
  }
  return lzr_constants_seed(&x->contents, member->origin->value, content);
}

static lzr_error *define_objects(struct extraction *x) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++) {
    struct member *member = &x->members[i];
    LLVMValueKind kind = kind_of(member);
    if (!member->needed || kind == LLVMGlobalAliasValueKind ||
        kind == LLVMGlobalIFuncValueKind)
      continue;
    LLVMValueRef defined;
    bool keep_section = member->definition->group == 0;
    error = lzr_define(x->source, x->unit, member->origin->value, keep_section,
                       &defined);
    if (!error && kind == LLVMFunctionValueKind && x->source->optimize)
      lzr_inlining_allow_optimizing(x->source, defined);
    if (!error)
      error = publish(x, member, defined);
  }
  return error;
}

static unsigned address_space(LLVMValueRef global) {
  return LLVMGetPointerAddressSpace(LLVMTypeOf(global));
}

static lzr_error *define_ifunc(struct extraction *x, struct member *member) {
  LLVMValueRef ifunc = member->origin->value;
  const char *name = lzr_linker_name(ifunc);
  if (!member->origin->exact)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the resolver of '%s' is an expression", name);
  LLVMValueRef resolver = find_member(x, member->origin->base)->content;
  return publish(x, member,
                 LLVMAddGlobalIFunc(x->unit, name, strlen(name),
                                    LLVMGlobalGetValueType(ifunc),
                                    address_space(ifunc), resolver));
}

/* An alias of an alias becomes an alias of what that one names, whether or not
   that one prevails. */
static lzr_error *find_aliasee(struct extraction *x, struct member *member,
                               LLVMValueRef *aliasee) {
  if (member->origin->exact) {
    *aliasee = find_member(x, member->origin->base)->content;
    return NULL;
  }
  return lzr_constants_map(&x->indirections,
                           LLVMAliasGetAliasee(member->origin->value), aliasee);
}

static lzr_error *define_alias(struct extraction *x, struct member *member) {
  LLVMValueRef alias = member->origin->value, aliasee;
  lzr_error *error = find_aliasee(x, member, &aliasee);
  if (error)
    return error;
  size_t length;
  LLVMValueRef defined = LLVMAddAlias2(x->unit, LLVMGlobalGetValueType(alias),
                                       address_space(alias), aliasee,
                                       LLVMGetValueName2(alias, &length));
  /* LLVM's C API cannot make an alias thread-local, so instructions mention
     what it names. */
  return publish(x, member, member->definition->tls ? aliasee : defined);
}

static lzr_error *define_indirections(struct extraction *x) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++)
    if (x->members[i].needed &&
        kind_of(&x->members[i]) == LLVMGlobalIFuncValueKind)
      error = define_ifunc(x, &x->members[i]);
  for (size_t i = 0; i < x->member_count && !error; i++)
    if (x->members[i].prevails &&
        kind_of(&x->members[i]) == LLVMGlobalAliasValueKind)
      error = define_alias(x, &x->members[i]);
  return error;
}

/* Contents. */

/* LLVM assumes that two declarations never overlap: it need not read by one
   name what was written by the other. So code mentions an alias of another
   unit's content by the name of that content. */
static lzr_error *map_to_declaration(void *data, LLVMValueRef global,
                                     LLVMValueRef *mapped) {
  struct extraction *x = data;
  if (lzr_alias_is_other_name(x->source, x->prevails, global))
    return lzr_constants_map(&x->aliased, global, mapped);
  lzr_error *error = lzr_declare(x->source, x->unit, global, mapped);
  return error ? error
               : lzr_inlining_add_constant(&x->inlining, global, *mapped);
}

static lzr_error *map_aliased(void *data, LLVMValueRef base,
                              LLVMValueRef *mapped) {
  struct extraction *x = data;
  *mapped = lzr_pointer_map_get(&x->contents.memo, base);
  if (*mapped)
    return NULL;
  lzr_error *error = lzr_declare(x->source, x->unit, base, mapped);
  return error ? error : lzr_constants_seed(&x->contents, base, *mapped);
}

static lzr_error *refuse_indirection(void *data, LLVMValueRef global,
                                     LLVMValueRef *mapped) {
  (void)data;
  (void)mapped;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "an alias of an expression over '%s'",
                          lzr_linker_name(global));
}

static bool is_function_content(const struct member *member) {
  return member->content && kind_of(member) == LLVMFunctionValueKind;
}

/* What other units may want a copy of stays in the source. */
static lzr_error *take_body(struct extraction *x, const struct member *member) {
  LLVMValueRef function = member->origin->value;
  if (!lzr_inlining_wants(x->source, member->definition, function)) {
    lzr_body_move(function, member->content);
    return NULL;
  }
  x->source->taken[member->definition->group] = false;
  return lzr_body_copy(function, member->content);
}

static lzr_error *take_bodies(struct extraction *x) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++)
    if (is_function_content(&x->members[i]))
      error = take_body(x, &x->members[i]);
  return error;
}

static lzr_error *follow_calls(struct extraction *x) {
  lzr_error *error = NULL;
  if (!x->inlining.budget)
    return NULL;
  x->inlining.unit = x->unit;
  for (size_t i = 0; i < x->member_count && !error; i++)
    if (is_function_content(&x->members[i]))
      error = lzr_inlining_follow(&x->inlining, x->members[i].origin->value);
  return error;
}

/* Maps one of the constants that belong to a function as a whole. */
static lzr_error *map_part(struct extraction *x, struct member *member,
                           LLVMBool (*has)(LLVMValueRef),
                           LLVMValueRef (*get)(LLVMValueRef),
                           void (*set)(LLVMValueRef, LLVMValueRef)) {
  if (!has(member->origin->value))
    return NULL;
  LLVMValueRef mapped;
  lzr_error *error =
      lzr_constants_map(&x->contents, get(member->origin->value), &mapped);
  if (!error)
    set(member->content, mapped);
  return error;
}

static lzr_error *fill_function(struct extraction *x, struct member *member) {
  lzr_error *error = map_part(x, member, LLVMHasPersonalityFn,
                              LLVMGetPersonalityFn, LLVMSetPersonalityFn);
  if (!error)
    error = map_part(x, member, LLVMHasPrefixData, LLVMGetPrefixData,
                     LLVMSetPrefixData);
  if (!error)
    error = map_part(x, member, LLVMHasPrologueData, LLVMGetPrologueData,
                     LLVMSetPrologueData);
  if (!error)
    error = lzr_body_map(member->content, &x->contents);
  return error;
}

static lzr_error *fill_variable(struct extraction *x, struct member *member) {
  LLVMValueRef mapped;
  lzr_error *error = lzr_constants_map(
      &x->contents, LLVMGetInitializer(member->origin->value), &mapped);
  if (!error)
    LLVMSetInitializer(member->content, mapped);
  return error;
}

static lzr_error *fill(struct extraction *x) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++) {
    struct member *member = &x->members[i];
    if (!member->content)
      continue;
    if (kind_of(member) == LLVMFunctionValueKind)
      error = fill_function(x, member);
    else if (kind_of(member) == LLVMGlobalVariableValueKind)
      error = fill_variable(x, member);
  }
  if (!error)
    error = lzr_inlining_copy(&x->inlining);
  return error ? error : lzr_inlining_map_constants(&x->inlining);
}

static bool has_data(const struct extraction *x) {
  for (size_t i = 0; i < x->group_count; i++)
    if (x->groups[i] == 0)
      return true;
  return false;
}

static lzr_error *note_debug_info(struct extraction *x) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < x->member_count && !error; i++)
    if (is_function_content(&x->members[i]))
      error = lzr_debug_info_note(&x->source->debug, x->members[i].content);
  return error;
}

/* Not done with debug information, which says where the variables are. */
static void promote_locals(struct extraction *x) {
  for (size_t i = 0; i < x->member_count; i++)
    if (is_function_content(&x->members[i]))
      lzr_promote_locals(x->members[i].content);
}

/* Module assembly is data: only the unit of group 0 has it. */
static void add_assembly(struct extraction *x) {
  size_t length;
  const char *text = LLVMGetModuleInlineAsm(x->source->module, &length);
  if (length && has_data(x))
    LLVMSetModuleInlineAsm2(x->unit, text, length);
}

static lzr_error *verify(LLVMModuleRef unit) {
  char *message = NULL;
  lzr_error *error = NULL;
  if (LLVMVerifyModule(unit, LLVMReturnStatusAction, &message))
    error = lzr_guard_error(LZR_ERROR_FORMAT, message);
  LLVMDisposeMessage(message);
  return error;
}

static lzr_error *make_unit(struct extraction *x) {
  create_unit(x);
  bool debug = x->source->debug_info;
  lzr_error *error = NULL;
  if (debug)
    error = lzr_debug_info_begin(&x->source->debug, x->unit, has_data(x));
  if (!error)
    error = define_objects(x);
  if (!error)
    error = define_indirections(x);
  if (error)
    return error;
  error = follow_calls(x);
  if (!error)
    error = take_bodies(x);
  if (error)
    return error;
  if (!debug)
    promote_locals(x);
  error = fill(x);
  if (!error && debug)
    error = note_debug_info(x);
  if (!debug)
    LLVMStripModuleDebugInfo(x->unit); /* the reader has dropped it from bodies,
      but converts old modules' debug intrinsics to records only after that */
  add_assembly(x);
  return error;
}

static lzr_error *build(void *data) {
  struct extraction *x = data;
  lzr_error *error = take_groups(x);
  if (!error)
    error = list_members(x);
  if (error)
    return error;
  find_needed(x);
  error = read_bodies(x);
  if (error)
    return error;
  uint64_t start = lzr_now();
  error = make_unit(x);
  if (x->timers)
    x->timers->move += lzr_now() - start;
  if (!error && x->source->verify)
    error = verify(x->unit);
  return error;
}

static void finish(struct extraction *x) {
  free(x->members);
  lzr_pointer_map_fini(&x->by_value);
  lzr_constants_fini(&x->contents);
  lzr_constants_fini(&x->indirections);
  lzr_constants_fini(&x->aliased);
  lzr_inlining_fini(&x->inlining);
}

/* Data cannot be built again when something that it has seen is replaced. */
static uint32_t inline_budget(const struct extraction *x) {
  return has_data(x) ? 0 : x->source->inline_budget;
}

static void dispose_unit(void *unit) {
  LLVMDisposeModule(unit);
}

lzr_error *lzr_source_extract(lzr_source *source, const uint32_t *groups,
                              size_t group_count,
                              const struct lzr_prevails *prevails,
                              struct lzr_source_timers *timers,
                              LLVMModuleRef *unit) {
  if (source->abandoned)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "%s: LLVM could not read it further", source->name);
  struct extraction x = {.source = source,
                         .groups = groups,
                         .group_count = group_count,
                         .prevails = prevails,
                         .timers = timers};
  x.contents =
      (struct lzr_constants){.map_global = map_to_declaration, .data = &x};
  x.indirections = (struct lzr_constants){.map_global = refuse_indirection,
                                          .follows_aliases = true};
  x.aliased = (struct lzr_constants){
      .map_global = map_aliased, .data = &x, .follows_aliases = true};
  x.inlining = (struct lzr_inlining){.source = source,
                                     .prevails = prevails,
                                     .contents = &x.contents,
                                     .budget = inline_budget(&x)};
  source->seen_count = 0;
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_FORMAT, build, &x,
                                   &source->abandoned);
  source->inlined = x.inlining.budget ? x.inlining.instructions : UINT32_MAX;
  finish(&x);
  if (error && x.unit && !source->abandoned)
    lzr_guard_dispose(dispose_unit, x.unit);
  if (error)
    return lzr_error_wrap(error, "%s", source->name);
  *unit = x.unit;
  return NULL;
}
