/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * ORC's C API on lazyrun, as far as PostgreSQL's JIT provider uses it (its file
 * llvmjit.c). The provider is linked with this file instead of a change of its
 * own: what is defined here prevails over LLVM's shared library.
 *
 * An instance is a session, a resource tracker is the handle of a module, and a
 * lookup compiles the module that was added last, as ORC's does, so that the
 * server counts the same work as emission. Names of the server are found in its
 * process. Functions of extensions have names of the provider's own; ORC asks
 * the provider for these while it links, lazyrun's threads must not (it calls
 * the server), so it is asked before a module is added.
 *
 * In the environment, LAZYRUN_CODEGEN chooses the code generator of instances
 * that do not optimize: llvm if not given, baseline or auto.
 * LAZYRUN_COMPILE=lazy leaves functions to their first calls.
 */
#include "postgres.h"

#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <llvm-c/TargetMachine.h>

#include "jit/llvmjit.h"
#include "runtime/lazyrun.h"

struct LLVMOpaqueTargetMachine {
  int optimization; /* 0 to 3 */
};

struct LLVMOrcOpaqueLLJIT {
  int optimization;
  lzr_session *session; /* NULL before the first module */
  lzr_library *library;
  LLVMOrcDefinitionGeneratorRef generator; /* owned, or NULL */
  LLVMOrcResourceTrackerRef added;         /* not compiled yet, or NULL */
};

struct LLVMOrcOpaqueResourceTracker {
  LLVMOrcLLJITRef jit;
  lzr_module_handle *module; /* or NULL */
};

struct LLVMOrcOpaqueDefinitionGenerator {
  LLVMOrcCAPIDefinitionGeneratorTryToGenerateFunction generate;
  void *context;
};

struct LLVMOrcOpaqueMaterializationUnit {
  size_t count;
  LLVMOrcCSymbolMapPair symbols[];
};

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory)
    ereport(FATAL, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
  return memory;
}

/* Errors. */

/* The provider's handlers of LLVM's failures end the server's process, which
   only its own thread may do. They are taken away while lazyrun, which has
   handlers of its own, is at work. */
static int leave_sections(void) {
  int depth = 0;
  for (; llvm_in_fatal_on_oom(); depth++)
    llvm_leave_fatal_on_oom();
  return depth;
}

static void enter_sections(int depth) {
  while (depth-- > 0)
    llvm_enter_fatal_on_oom();
}

/* After a failure of LLVM's, which leaves its state uncertain, the process ends
   as it does with the provider's handlers. Takes error. */
static LLVMErrorRef to_llvm(lzr_error *error) {
  if (!error)
    return LLVMErrorSuccess;
  if (lzr_error_get_kind(error) == LZR_ERROR_MEMORY ||
      strstr(lzr_error_message(error), "LLVM: "))
    ereport(FATAL, (errcode(ERRCODE_OUT_OF_MEMORY),
                    errmsg("fatal llvm error: %s", lzr_error_message(error))));
  LLVMErrorRef converted = LLVMCreateStringError(lzr_error_message(error));
  lzr_error_destroy(error);
  return converted;
}

/* A first call that fails goes on here, outside of lazyrun. */
static Datum raise_failure(void) {
  elog(ERROR, "a function could not be compiled at its first call");
  return 0;
}

static lzr_addr on_failure(void *data, const char *function, lzr_error *error) {
  fprintf(stderr, "lazyrun: %s: %s\n", function, lzr_error_message(error));
  lzr_error_destroy(error);
  return (lzr_addr)(uintptr_t)raise_failure;
}

/* Instances. */

LLVMTargetMachineRef
LLVMCreateTargetMachine(LLVMTargetRef target, const char *triple,
                        const char *cpu, const char *features,
                        LLVMCodeGenOptLevel level, LLVMRelocMode relocation,
                        LLVMCodeModel model) {
  LLVMTargetMachineRef machine = allocate(sizeof *machine);
  machine->optimization = (int)level;
  return machine;
}

LLVMOrcJITTargetMachineBuilderRef
LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(
    LLVMTargetMachineRef machine) {
  return (LLVMOrcJITTargetMachineBuilderRef)machine;
}

/* A builder is the instance that will be built. */
LLVMOrcLLJITBuilderRef LLVMOrcCreateLLJITBuilder(void) {
  return allocate(sizeof(struct LLVMOrcOpaqueLLJIT));
}

void LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(
    LLVMOrcLLJITBuilderRef builder, LLVMOrcJITTargetMachineBuilderRef machine) {
  ((LLVMOrcLLJITRef)builder)->optimization =
      ((LLVMTargetMachineRef)machine)->optimization;
  free(machine);
}

void LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator(
    LLVMOrcLLJITBuilderRef builder,
    LLVMOrcLLJITBuilderObjectLinkingLayerCreatorFunction create,
    void *context) {
}

LLVMErrorRef LLVMOrcCreateLLJIT(LLVMOrcLLJITRef *jit,
                                LLVMOrcLLJITBuilderRef builder) {
  *jit = (LLVMOrcLLJITRef)builder;
  return LLVMErrorSuccess;
}

static int choose_code_generator(int optimization) {
  const char *name = getenv("LAZYRUN_CODEGEN");
  if (!name || optimization > 0 || strcmp(name, "llvm") == 0)
    return LZR_CODEGEN_LLVM;
  return strcmp(name, "auto") == 0 ? LZR_CODEGEN_AUTO : LZR_CODEGEN_BASELINE;
}

static lzr_error *start_session(LLVMOrcLLJITRef jit) {
  if (jit->session)
    return NULL;
  struct lzr_session_options options = {
      .size = sizeof options,
      .optimization = jit->optimization,
      .on_failure = on_failure,
      .no_verify = true, /* as ORC */
      .code_generator = choose_code_generator(jit->optimization),
      .perf = jit_profiling_support ? LZR_PERF_JITDUMP : LZR_PERF_NONE};
  lzr_error *error = lzr_session_create(NULL, &options, &jit->session);
  if (!error)
    jit->library = lzr_session_main_library(jit->session);
  return error;
}

LLVMErrorRef LLVMOrcDisposeLLJIT(LLVMOrcLLJITRef jit) {
  lzr_session_destroy(jit->session);
  free(jit->generator);
  free(jit);
  return LLVMErrorSuccess;
}

/* Parts of an instance that are the instance itself. */
LLVMOrcExecutionSessionRef
LLVMOrcLLJITGetExecutionSession(LLVMOrcLLJITRef jit) {
  return (LLVMOrcExecutionSessionRef)jit;
}

LLVMOrcJITDylibRef LLVMOrcLLJITGetMainJITDylib(LLVMOrcLLJITRef jit) {
  return (LLVMOrcJITDylibRef)jit;
}

void LLVMOrcExecutionSessionSetErrorReporter(
    LLVMOrcExecutionSessionRef session,
    LLVMOrcErrorReporterFunction report_error, void *context) {
}

/* Names: an entry of the pool is the text itself. */

LLVMOrcSymbolStringPoolRef
LLVMOrcExecutionSessionGetSymbolStringPool(LLVMOrcExecutionSessionRef session) {
  return NULL;
}

void LLVMOrcSymbolStringPoolClearDeadEntries(LLVMOrcSymbolStringPoolRef pool) {
}

void LLVMOrcRetainSymbolStringPoolEntry(LLVMOrcSymbolStringPoolEntryRef entry) {
}

const char *
LLVMOrcSymbolStringPoolEntryStr(LLVMOrcSymbolStringPoolEntryRef entry) {
  return (const char *)entry;
}

/* Symbols. */

char LLVMOrcLLJITGetGlobalPrefix(LLVMOrcLLJITRef jit) {
  return 0;
}

/* A session searches the process by itself. */
LLVMErrorRef LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(
    LLVMOrcDefinitionGeneratorRef *generator, char prefix,
    LLVMOrcSymbolPredicate filter, void *context) {
  *generator = NULL;
  return LLVMErrorSuccess;
}

LLVMOrcDefinitionGeneratorRef LLVMOrcCreateCustomCAPIDefinitionGenerator(
    LLVMOrcCAPIDefinitionGeneratorTryToGenerateFunction generate, void *context,
    LLVMOrcDisposeCAPIDefinitionGeneratorFunction dispose) {
  LLVMOrcDefinitionGeneratorRef generator = allocate(sizeof *generator);
  generator->generate = generate;
  generator->context = context;
  return generator;
}

void LLVMOrcJITDylibAddGenerator(LLVMOrcJITDylibRef dylib,
                                 LLVMOrcDefinitionGeneratorRef generator) {
  if (generator)
    ((LLVMOrcLLJITRef)dylib)->generator = generator;
}

LLVMOrcMaterializationUnitRef
LLVMOrcAbsoluteSymbols(LLVMOrcCSymbolMapPairs symbols, size_t count) {
  LLVMOrcMaterializationUnitRef unit =
      allocate(sizeof *unit + count * sizeof *symbols);
  unit->count = count;
  memcpy(unit->symbols, symbols, count * sizeof *symbols);
  return unit;
}

void LLVMOrcDisposeMaterializationUnit(LLVMOrcMaterializationUnitRef unit) {
  free(unit);
}

LLVMErrorRef LLVMOrcJITDylibDefine(LLVMOrcJITDylibRef dylib,
                                   LLVMOrcMaterializationUnitRef unit) {
  for (size_t i = 0; i < unit->count; i++) {
    lzr_error *error = lzr_library_define(
        ((LLVMOrcLLJITRef)dylib)->library,
        LLVMOrcSymbolStringPoolEntryStr(unit->symbols[i].Name),
        unit->symbols[i].Sym.Address);
    if (error)
      return to_llvm(error);
  }
  free(unit);
  return LLVMErrorSuccess;
}

/* The provider's names for functions of extensions are no C identifiers. */
static bool is_providers_name(const char *name) {
  return strncmp(name, "pgextern.", strlen("pgextern.")) == 0;
}

/* Asks the provider for a name that the library does not have yet. */
static LLVMErrorRef resolve(LLVMOrcLLJITRef jit, const char *text) {
  struct lzr_name name = {.name = text};
  LLVMOrcLookupStateRef state = NULL;
  LLVMOrcCLookupSetElement wanted = {(LLVMOrcSymbolStringPoolEntryRef)text,
                                     LLVMOrcSymbolLookupFlagsRequiredSymbol};
  lzr_error *error = lzr_library_lookup_all(jit->library, &name, 1);
  if (error || name.address || !jit->generator)
    return to_llvm(error);
  return jit->generator->generate(
      jit->generator, jit->generator->context, &state, LLVMOrcLookupKindStatic,
      LLVMOrcLLJITGetMainJITDylib(jit),
      LLVMOrcJITDylibLookupFlagsMatchExportedSymbolsOnly, &wanted, 1);
}

static LLVMErrorRef resolve_all(LLVMOrcLLJITRef jit, LLVMModuleRef module) {
  LLVMErrorRef error = LLVMErrorSuccess;
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f && !error;
       f = LLVMGetNextFunction(f)) {
    size_t length;
    const char *name = LLVMGetValueName2(f, &length);
    if (LLVMIsDeclaration(f) && is_providers_name(name))
      error = resolve(jit, name);
  }
  return error;
}

/* Modules. */

LLVMOrcThreadSafeModuleRef
LLVMOrcCreateNewThreadSafeModule(LLVMModuleRef module,
                                 LLVMOrcThreadSafeContextRef context) {
  return (LLVMOrcThreadSafeModuleRef)module;
}

LLVMOrcResourceTrackerRef
LLVMOrcJITDylibCreateResourceTracker(LLVMOrcJITDylibRef dylib) {
  LLVMOrcResourceTrackerRef tracker = allocate(sizeof *tracker);
  tracker->jit = (LLVMOrcLLJITRef)dylib;
  return tracker;
}

/* Takes module. */
static lzr_error *add(LLVMOrcResourceTrackerRef tracker, LLVMModuleRef module) {
  struct lzr_code code = {
      .size = sizeof code, .name = "pg", .llvm_module = module};
  lzr_error *error =
      lzr_library_add(tracker->jit->library, &code, &tracker->module);
  if (!error)
    tracker->jit->added = tracker;
  return error;
}

LLVMErrorRef
LLVMOrcLLJITAddLLVMIRModuleWithRT(LLVMOrcLLJITRef jit,
                                  LLVMOrcResourceTrackerRef tracker,
                                  LLVMOrcThreadSafeModuleRef safe) {
  LLVMModuleRef module = (LLVMModuleRef)safe;
  int depth = leave_sections();
  lzr_error *error = start_session(jit);
  enter_sections(depth);
  LLVMErrorRef unresolved = error ? to_llvm(error) : resolve_all(jit, module);
  if (unresolved) {
    LLVMDisposeModule(module);
    return unresolved;
  }
  depth = leave_sections();
  error = add(tracker, module);
  enter_sections(depth);
  return to_llvm(error);
}

static bool is_lazy(void) {
  const char *when = getenv("LAZYRUN_COMPILE");
  return when && strcmp(when, "lazy") == 0;
}

static lzr_error *look_up(LLVMOrcLLJITRef jit, const char *name,
                          lzr_addr *address) {
  lzr_error *error = NULL;
  if (jit->added && !is_lazy())
    error = lzr_module_compile(jit->added->module);
  jit->added = NULL;
  return error ? error : lzr_library_lookup(jit->library, name, address);
}

LLVMErrorRef LLVMOrcLLJITLookup(LLVMOrcLLJITRef jit,
                                LLVMOrcExecutorAddress *address,
                                const char *name) {
  int depth = leave_sections();
  lzr_error *error = look_up(jit, name, address);
  enter_sections(depth);
  return to_llvm(error);
}

LLVMErrorRef LLVMOrcResourceTrackerRemove(LLVMOrcResourceTrackerRef tracker) {
  lzr_error *error = NULL;
  int depth = leave_sections();
  if (tracker->jit->added == tracker)
    tracker->jit->added = NULL;
  if (tracker->module)
    error = lzr_module_remove(tracker->module);
  tracker->module = NULL;
  enter_sections(depth);
  return to_llvm(error);
}

void LLVMOrcReleaseResourceTracker(LLVMOrcResourceTrackerRef tracker) {
  free(tracker);
}
