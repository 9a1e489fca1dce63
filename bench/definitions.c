/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures definitions that come and go, as a client with a language of its own
 * makes them: each a small module of LLVM-C's, or a line of C for libtcc, which
 * is added, looked up, called and removed.
 *
 *     bench-definitions lazyrun|orc|tcc removed|replaced|kept COUNT
 *
 * Prints the time of one, the resident memory that one leaves, and the mappings
 * that all leave. A tenth of COUNT goes first and is not measured.
 */
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Target.h>
#ifdef LZR_HAS_TCC
#include <libtcc.h>
#endif
#include <string.h>
#include <unistd.h>

#include "bench/own.h"
#include "bench/record.h"
#include "runtime/lazyrun.h"

enum way { REMOVED, REPLACED, KEPT };

static void stop_on_orc(LLVMErrorRef error) {
  if (!error)
    return;
  fprintf(stderr, "ORC: %s\n", LLVMGetErrorMessage(error));
  exit(1);
}

/* int NAME(int x) { return x + i; } */
static LLVMModuleRef make_module(LLVMContextRef context, const char *name,
                                 long i) {
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("m", context);
  LLVMTypeRef word = LLVMInt32TypeInContext(context);
  LLVMValueRef function =
      LLVMAddFunction(module, name, LLVMFunctionType(word, &word, 1, 0));
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(context, function, ""));
  LLVMBuildRet(builder,
               LLVMBuildAdd(builder, LLVMGetParam(function, 0),
                            LLVMConstInt(word, (unsigned long long)i, 0), ""));
  LLVMDisposeBuilder(builder);
  return module;
}

static void name_definition(char name[32], enum way way, long i) {
  snprintf(name, 32, "f%lu", way == KEPT ? (unsigned long)i : 0UL);
}

static void check(uint64_t address, long i) {
  if (((int (*)(int))(uintptr_t)address)(1) != i + 1) {
    fprintf(stderr, "a wrong result at %ld\n", i);
    exit(1);
  }
}

/* lazyrun's. */

static lzr_library *library;

static void open_own(void) {
  lzr_session *session;
  stop_on(lzr_session_create(NULL, NULL, &session));
  library = lzr_session_main_library(session);
}

static void define_own(enum way way, long i) {
  static lzr_module_handle *old;
  lzr_module_handle *new;
  lzr_addr address;
  char name[32];
  name_definition(name, way, i);
  LLVMContextRef context = LLVMContextCreate();
  struct lzr_code code = {.size = sizeof code,
                          .name = "m",
                          .llvm_module = make_module(context, name, i)};
  stop_on(way == REPLACED ? lzr_library_replace(library, &code, &new)
                          : lzr_library_add(library, &code, &new));
  LLVMContextDispose(context);
  stop_on(lzr_library_lookup(library, name, &address));
  check(address, i);
  if (way == REMOVED)
    stop_on(lzr_module_remove(new));
  if (way == REPLACED && old)
    stop_on(lzr_module_remove(old));
  old = new;
}

/* ORC's. */

static LLVMOrcLLJITRef jit;

static void open_orc(void) {
  if (LLVMInitializeNativeTarget() != 0 ||
      LLVMInitializeNativeAsmPrinter() != 0)
    abort();
  stop_on_orc(LLVMOrcCreateLLJIT(&jit, NULL));
}

static LLVMOrcThreadSafeModuleRef make_safe(const char *name, long i) {
#if LLVM_VERSION_MAJOR >= 21
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = make_module(context, name, i);
  LLVMOrcThreadSafeContextRef safe =
      LLVMOrcCreateNewThreadSafeContextFromLLVMContext(context);
#else
  LLVMOrcThreadSafeContextRef safe = LLVMOrcCreateNewThreadSafeContext();
  LLVMModuleRef module =
      make_module(LLVMOrcThreadSafeContextGetContext(safe), name, i);
#endif
  LLVMSetTarget(module, LLVMOrcLLJITGetTripleString(jit));
  LLVMSetDataLayout(module, LLVMOrcLLJITGetDataLayoutStr(jit));
  LLVMOrcThreadSafeModuleRef made =
      LLVMOrcCreateNewThreadSafeModule(module, safe);
  LLVMOrcDisposeThreadSafeContext(safe);
  return made;
}

static void define_orc(enum way way, long i) {
  char name[32];
  LLVMOrcExecutorAddress address;
  name_definition(name, way, i);
  LLVMOrcResourceTrackerRef tracker =
      LLVMOrcJITDylibCreateResourceTracker(LLVMOrcLLJITGetMainJITDylib(jit));
  stop_on_orc(
      LLVMOrcLLJITAddLLVMIRModuleWithRT(jit, tracker, make_safe(name, i)));
  stop_on_orc(LLVMOrcLLJITLookup(jit, &address, name));
  check(address, i);
  if (way == REMOVED)
    stop_on_orc(LLVMOrcResourceTrackerRemove(tracker));
  LLVMOrcReleaseResourceTracker(tracker);
}

/* libtcc's. */

#ifdef LZR_HAS_TCC
static void stop_on_tcc(int failed, const char *what) {
  if (!failed)
    return;
  fprintf(stderr, "libtcc: %s\n", what);
  exit(1);
}

static void open_tcc(void) {
}

/* A state has all that is in memory together, so each definition is one. */
static void define_tcc(enum way way, long i) {
  char name[32], text[128];
  name_definition(name, way, i);
  snprintf(text, sizeof text, "int %s(int x) { return x + (int)%ldL; }", name,
           i);
  TCCState *state = tcc_new();
  stop_on_tcc(!state, "no state");
  tcc_set_options(state, "-nostdlib");
  stop_on_tcc(tcc_set_output_type(state, TCC_OUTPUT_MEMORY), "output");
  stop_on_tcc(tcc_compile_string(state, text), "compiling");
  stop_on_tcc(tcc_relocate(state, TCC_RELOCATE_AUTO), "relocating");
  check((uint64_t)(uintptr_t)tcc_get_symbol(state, name), i);
  if (way == REMOVED)
    tcc_delete(state);
}
#endif

/* Who is measured. */

struct peer {
  const char *name;
  void (*open)(void);
  void (*define)(enum way way, long i);
  int replaces;
};

static const struct peer peers[] = {
    {"lazyrun", open_own, define_own, 1},
    {"orc", open_orc, define_orc, 0},
#ifdef LZR_HAS_TCC
    {"tcc", open_tcc, define_tcc, 0},
#endif
};

static const struct peer *find_peer(const char *name) {
  for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
    if (strcmp(peers[i].name, name) == 0)
      return &peers[i];
  return NULL;
}

/* Measuring. */

struct memory {
  double resident; /* bytes */
  int mappings;
};

static struct memory measure_memory(void) {
  struct memory memory = {0, 0};
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*d %ld", &pages) != 1)
    abort();
  fclose(file);
  memory.resident = (double)pages * (double)sysconf(_SC_PAGESIZE);
  file = fopen("/proc/self/maps", "r");
  if (!file)
    abort();
  for (int c; (c = getc(file)) != EOF;)
    memory.mappings += c == '\n';
  fclose(file);
  return memory;
}

int main(int argc, char **argv) {
  static const char *const ways[] = {"removed", "replaced", "kept"};
  long count = argc == 4 ? atol(argv[3]) : 0;
  const struct peer *peer = count > 0 ? find_peer(argv[1]) : NULL;
  int way = 0;
  while (count > 0 && way < 3 && strcmp(argv[2], ways[way]) != 0)
    way++;
  if (count < 10 || !peer || way == 3 || (way == REPLACED && !peer->replaces)) {
    fprintf(stderr, "usage: bench-definitions lazyrun|orc|tcc "
                    "removed|replaced|kept COUNT\n"
                    "(only lazyrun replaces; tcc needs libtcc-dev)\n");
    return 2;
  }
  struct memory before = {0, 0};
  double start = 0;
  peer->open();
  for (long i = -count / 10; i < count; i++) {
    if (i == 0) {
      before = measure_memory();
      start = now();
    }
    peer->define((enum way)way, i);
  }
  double time = now() - start;
  struct memory after = measure_memory();
  char row[64];
  snprintf(row, sizeof row, "%ld %s", count, ways[way]);
  record_sample("definitions-time", row, peer->name, time / (double)count);
  record_sample("definitions-memory", row, peer->name,
                (after.resident - before.resident) / (double)count);
  record_sample("definitions-mappings", row, peer->name,
                after.mappings - before.mappings);
  fflush(stdout);
  _exit(0); /* the end is not measured */
}
