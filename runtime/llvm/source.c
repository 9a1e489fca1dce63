/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/source.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/flags.h"
#include "runtime/llvm/groups.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/producer.h"
#include "runtime/llvm/source_private.h"
#include "runtime/llvm/target.h"
#include "stubs/arch.h"
#include "tpc/base/memory.h"

/* Checks of the target. */

static bool same_architecture(const char *one, const char *other) {
  const struct lzr_arch *arch = lzr_arch_for_triple(one);
  return arch && arch == lzr_arch_for_triple(other);
}

static lzr_error *check_triple(const lzr_source *source) {
  const char *triple = LLVMGetTarget(source->module);
  if (!*triple || same_architecture(triple, source->triple))
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "it was compiled for '%s', the target is '%s'",
                          triple, source->triple);
}

/* A module without a data layout gets the target's. While reading, LLVM has
   brought layouts that older versions wrote up to date. */
static lzr_error *settle_layout(lzr_source *source) {
  char *wanted;
  lzr_error *error = lzr_target_data_layout(source->triple, &wanted);
  if (error)
    return error;
  const char *layout = LLVMGetDataLayoutStr(source->module);
  if (!*layout)
    LLVMSetDataLayout(source->module, wanted);
  else if (strcmp(layout, wanted) != 0)
    error = lzr_error_create(LZR_ERROR_FORMAT,
                             "its data layout '%s' is not the target's, '%s'",
                             layout, wanted);
  LLVMDisposeMessage(wanted);
  return error;
}

/* Opening. */

struct opening {
  lzr_source *source;
  const char *bytes;
  size_t size;
};

/* The module owns the buffer if reading succeeds; otherwise we do. If reading
   fails, LLVM has reported why. */
static lzr_error *read_module(struct opening *opening) {
  LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(
      opening->bytes, opening->size, opening->source->name, 0);
  LLVMModuleRef module;
  if (!buffer)
    return lzr_out_of_memory();
  if (LLVMGetBitcodeModuleInContext2(opening->source->context, buffer,
                                     &module)) {
    LLVMDisposeMemoryBuffer(buffer);
    return NULL;
  }
  opening->source->module = module;
  return NULL;
}

static unsigned attribute_kind(const char *name) {
  return LLVMGetEnumAttributeKindForName(name, strlen(name));
}

/* nonlazybind makes code call a function of another unit by one instruction
   that reads the address from the GOT. The linker lets it read the function's
   call word instead, so the call is as fast as a direct one and needs no change
   when the function is compiled. */
static void find_nonlazybind(lzr_source *source) {
  const struct lzr_arch *arch = lzr_arch_for_triple(source->triple);
  if (arch && arch->calls_through_memory)
    source->nonlazybind = LLVMCreateEnumAttribute(
        source->context, attribute_kind("nonlazybind"), 0);
}

static unsigned metadata_kind(const lzr_source *source, const char *name) {
  return LLVMGetMDKindIDInContext(source->context, name,
                                  (unsigned)strlen(name));
}

static void find_kinds(lzr_source *source) {
  source->kinds.dbg = metadata_kind(source, "dbg");
  source->kinds.associated = metadata_kind(source, "associated");
  source->kinds.absolute_symbol = metadata_kind(source, "absolute_symbol");
  source->kinds.alwaysinline = attribute_kind("alwaysinline");
  source->kinds.naked = attribute_kind("naked");
  source->kinds.noinline_ = attribute_kind("noinline");
  source->kinds.noundef = attribute_kind("noundef");
  source->kinds.optnone = attribute_kind("optnone");
  source->kinds.uwtable = attribute_kind("uwtable");
  find_nonlazybind(source);
}

static lzr_error *open_module(void *data) {
  struct opening *opening = data;
  lzr_source *source = opening->source;
  lzr_error *error = lzr_bitcode_check_producer(opening->bytes, opening->size);
  if (!error)
    error = read_module(opening);
  if (error || !source->module)
    return error;
  error = check_triple(source);
  if (!error)
    error = settle_layout(source);
  if (error)
    return error;
  /* From now on the reader drops debug information from bodies too. */
  if (!source->debug_info)
    LLVMStripModuleDebugInfo(source->module);
  else
    error = lzr_debug_info_open(source->module, &source->debug);
  if (error)
    return error;
  lzr_reader_open(&source->reader, source->module, source->unchecked);
  find_kinds(source);
  error = lzr_flags_collect(source);
  if (!error)
    error = lzr_survey_take(source->module, &source->survey);
  if (!error)
    error = lzr_groups_form(source->module, &source->survey, &source->reader);
  if (!error &&
      (!(source->taken = calloc(source->survey.group_count, sizeof(bool))) ||
       !lzr_certain_init(&source->certain, source->survey.count)))
    error = lzr_out_of_memory();
  return error;
}

static lzr_error *create_context(void *data) {
  lzr_source *source = data;
  source->context = LLVMContextCreate();
  return NULL;
}

static lzr_source *create(const char *name,
                          const struct lzr_source_options *options) {
  lzr_source *source = calloc(1, sizeof *source);
  if (!source)
    return NULL;
  source->name = strdup(name);
  source->triple = strdup(options->triple);
  source->cpu = options->cpu;
  source->features = options->features;
  source->debug_info = options->debug_info;
  source->verify = options->verify;
  source->unchecked = options->unchecked;
  source->optimize = options->optimize;
  source->inline_budget = options->inline_budget;
  lzr_error *error = lzr_guard_run(NULL, LZR_ERROR_MEMORY, create_context,
                                   source, &source->abandoned);
  if (source->name && source->triple && !error) {
    LLVMContextSetDiscardValueNames(source->context, !options->local_names);
    return source;
  }
  lzr_error_destroy(error);
  lzr_source_close(source);
  return NULL;
}

lzr_error *lzr_source_open(const char *name, const char *bytes, size_t size,
                           const struct lzr_source_options *options,
                           lzr_source **source_out) {
  lzr_source *source = create(name, options);
  if (!source)
    return lzr_out_of_memory();
  struct opening opening = {source, bytes, size};
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_FORMAT,
                                   open_module, &opening, &source->abandoned);
  if (!error) {
    *source_out = source;
    return NULL;
  }
  lzr_source_close(source);
  return lzr_error_wrap(error, "%s", name);
}

static void dispose_of_llvm(void *data) {
  lzr_source *source = data;
  lzr_debug_info_fini(&source->debug);
  lzr_reader_close(&source->reader);
  if (source->module)
    LLVMDisposeModule(source->module);
  LLVMContextDispose(source->context);
}

void lzr_source_close(lzr_source *source) {
  if (!source)
    return;
  if (!source->abandoned)
    lzr_guard_dispose(dispose_of_llvm, source);
  lzr_survey_fini(&source->survey);
  free(source->taken);
  free(source->seen);
  lzr_certain_fini(&source->certain);
  free(source->flags);
  free(source->name);
  free(source->triple);
  free(source);
}

void lzr_source_abandon(lzr_source *source) {
  source->abandoned = true;
}

bool lzr_source_is_abandoned(const lzr_source *source) {
  return source->abandoned;
}

/* Queries. */

size_t lzr_source_definition_count(const lzr_source *source) {
  return source->survey.count;
}

const struct lzr_definition *lzr_source_definitions(const lzr_source *source) {
  return source->survey.definitions;
}

uint32_t lzr_source_group_count(const lzr_source *source) {
  return source->survey.group_count;
}

void lzr_source_groups(const lzr_source *source, const uint32_t **start,
                       const uint32_t **members) {
  *start = source->survey.group_start;
  *members = source->survey.group_members;
}

struct lzr_init_list lzr_source_constructors(const lzr_source *source) {
  return source->survey.constructors;
}

struct lzr_init_list lzr_source_destructors(const lzr_source *source) {
  return source->survey.destructors;
}

bool lzr_source_has_arrays(const lzr_source *source) {
  return source->survey.has_arrays;
}

bool lzr_source_has_assembly(const lzr_source *source) {
  size_t length;
  LLVMGetModuleInlineAsm(source->module, &length);
  return length != 0;
}

/* Functions come first among the definitions, so a group's first member is its
   function. */
const char *lzr_source_group_name(const lzr_source *source, uint32_t group) {
  const struct lzr_survey *survey = &source->survey;
  if (!group || group >= survey->group_count)
    return "(data)";
  return survey->definitions[survey->group_members[survey->group_start[group]]]
      .name;
}

size_t lzr_source_seen(const lzr_source *source, const uint32_t **seen) {
  *seen = source->seen;
  return source->seen_count;
}

bool lzr_source_has_given(const lzr_source *source, uint32_t group) {
  return group < source->survey.group_count && source->taken[group];
}
