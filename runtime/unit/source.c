#include "runtime/unit/source.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unit/guard.h"
#include "runtime/unit/producer.h"
#include "runtime/unit/source_private.h"
#include "runtime/unit/target.h"
#include "stubs/arch.h"

static lzr_error *out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "no memory to open a module");
}

/* ---- Is it for this target? ---------------------------------------------- */

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

/* A module without a layout takes the target's. LLVM has brought those of older
   versions up to date while reading. */
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

/* ---- Opening ------------------------------------------------------------- */

struct opening {
  lzr_source *source;
  const char *bytes;
  size_t size;
};

/* The buffer is the module's if reading succeeds, and still ours if not. */
static bool read_module(struct opening *opening) {
  LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(
      opening->bytes, opening->size, opening->source->name, 0);
  LLVMModuleRef module;
  if (LLVMGetBitcodeModuleInContext2(opening->source->context, buffer,
                                     &module)) {
    LLVMDisposeMemoryBuffer(buffer);
    return false;
  }
  opening->source->module = module;
  return true;
}

static unsigned attribute_kind(const char *name) {
  return LLVMGetEnumAttributeKindForName(name, strlen(name));
}

/* Calls of functions elsewhere load the address from the GOT and jump there in
   one instruction, rather than to a stub that does: as fast as a direct call,
   and right for good once the linker's slot is. */
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
  if (error)
    return error;
  if (!read_module(opening))
    return NULL; /* LLVM has reported why */
  error = check_triple(source);
  if (!error)
    error = settle_layout(source);
  if (error)
    return error;
  /* The reader notes this, and drops it from bodies it reads from now on. */
  if (!source->debug_info)
    LLVMStripModuleDebugInfo(source->module);
  else
    error = lzr_debug_info_open(source->module, &source->debug);
  if (error)
    return error;
  source->reader = LLVMCreateFunctionPassManagerForModule(source->module);
  find_kinds(source);
  error = lzr_flags_collect(source);
  if (!error)
    error = lzr_survey_take(source->module, &source->survey);
  if (!error &&
      (!(source->taken = calloc(source->survey.group_count, sizeof(bool))) ||
       !lzr_certain_init(&source->certain, source->survey.count)))
    error = out_of_memory();
  return error;
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
  source->context = LLVMContextCreate();
  LLVMContextSetDiscardValueNames(source->context, !options->local_names);
  if (source->name && source->triple)
    return source;
  lzr_source_close(source);
  return NULL;
}

lzr_error *lzr_source_open(const char *name, const char *bytes, size_t size,
                           const struct lzr_source_options *options,
                           lzr_source **source_out) {
  if (options->size != sizeof *options || !options->triple)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "source options of %zu bytes, not %zu, or without "
                            "a triple",
                            options->size, sizeof *options);
  lzr_source *source = create(name, options);
  if (!source)
    return out_of_memory();
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

static void dispose_of_llvm(lzr_source *source) {
  lzr_debug_info_fini(&source->debug);
  if (source->reader)
    LLVMDisposePassManager(source->reader);
  if (source->module)
    LLVMDisposeModule(source->module);
  LLVMContextDispose(source->context);
}

void lzr_source_close(lzr_source *source) {
  if (!source)
    return;
  if (!source->abandoned)
    dispose_of_llvm(source);
  lzr_survey_fini(&source->survey);
  free(source->taken);
  lzr_certain_fini(&source->certain);
  free(source->flags);
  free(source->name);
  free(source->triple);
  free(source);
}

/* ---- Questions ----------------------------------------------------------- */

size_t lzr_source_definition_count(const lzr_source *source) {
  return source->survey.count;
}

const struct lzr_definition *lzr_source_definitions(const lzr_source *source) {
  return source->survey.definitions;
}

uint32_t lzr_source_group_count(const lzr_source *source) {
  return source->survey.group_count;
}

static size_t list(const struct lzr_structors *structors,
                   const struct lzr_structor **entries) {
  *entries = structors->entries;
  return structors->count;
}

size_t lzr_source_constructors(const lzr_source *source,
                               const struct lzr_structor **entries) {
  return list(&source->survey.constructors, entries);
}

size_t lzr_source_destructors(const lzr_source *source,
                              const struct lzr_structor **entries) {
  return list(&source->survey.destructors, entries);
}

bool lzr_source_has_assembly(const lzr_source *source) {
  size_t length;
  LLVMGetModuleInlineAsm(source->module, &length);
  return length != 0;
}

/* Functions come first in the table, so a group's first member is one. */
const char *lzr_source_group_name(const lzr_source *source, uint32_t group) {
  const struct lzr_survey *survey = &source->survey;
  if (!group || group >= survey->group_count)
    return "(data)";
  return survey->definitions[survey->group_members[survey->group_start[group]]]
      .name;
}

bool lzr_source_group_is_plain(const lzr_source *source, uint32_t group) {
  const uint32_t *start = &source->survey.group_start[group];
  return start[1] - start[0] == 1;
}
