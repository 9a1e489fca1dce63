/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "bench/orc.h"

#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <llvm-c/Target.h>
#include <stdio.h>
#include <stdlib.h>

struct orc {
  LLVMOrcLLJITRef jit;
  LLVMOrcLazyCallThroughManagerRef call_throughs;
  LLVMOrcIndirectStubsManagerRef stubs;
};

static void stop_on(LLVMErrorRef error) {
  if (!error)
    return;
  fprintf(stderr, "ORC: %s\n", LLVMGetErrorMessage(error));
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory)
    abort();
  return memory;
}

struct orc *orc_create(void) {
  struct orc *orc = allocate(1, sizeof *orc);
  if (LLVMInitializeNativeTarget() != 0 ||
      LLVMInitializeNativeAsmPrinter() != 0)
    abort();
  stop_on(LLVMOrcCreateLLJIT(&orc->jit, NULL));
  const char *triple = LLVMOrcLLJITGetTripleString(orc->jit);
  stop_on(LLVMOrcCreateLocalLazyCallThroughManager(
      triple, LLVMOrcLLJITGetExecutionSession(orc->jit), 0,
      &orc->call_throughs));
  orc->stubs = LLVMOrcCreateLocalIndirectStubsManager(triple);
  return orc;
}

/* Names such as "t7" and "s7". */
static LLVMOrcSymbolStringPoolEntryRef name(struct orc *orc, char kind,
                                            size_t i) {
  char text[32];
  snprintf(text, sizeof text, "%c%zu", kind, i);
  return LLVMOrcLLJITMangleAndIntern(orc->jit, text);
}

/* ORC reports symbols in no order, so their names have their indexes. */
static void take_addresses(LLVMErrorRef error, LLVMOrcCSymbolMapPairs found,
                           size_t count, void *data) {
  uint64_t *addresses = data;
  stop_on(error);
  for (size_t i = 0; i < count; i++) {
    const char *text = LLVMOrcSymbolStringPoolEntryStr(found[i].Name);
    addresses[strtoul(text + 1, NULL, 10)] = found[i].Sym.Address;
  }
}

static void look_up(struct orc *orc, char kind, size_t count,
                    uint64_t *addresses) {
  LLVMOrcCLookupSetElement *wanted = allocate(count, sizeof *wanted);
  for (size_t i = 0; i < count; i++)
    wanted[i] = (LLVMOrcCLookupSetElement){
        .Name = name(orc, kind, i),
        .LookupFlags = LLVMOrcSymbolLookupFlagsRequiredSymbol};
  LLVMOrcCJITDylibSearchOrderElement order = {
      LLVMOrcLLJITGetMainJITDylib(orc->jit),
      LLVMOrcJITDylibLookupFlagsMatchAllSymbols};
  LLVMOrcExecutionSessionLookup(LLVMOrcLLJITGetExecutionSession(orc->jit),
                                LLVMOrcLookupKindStatic, &order, 1, wanted,
                                count, take_addresses, addresses);
  free(wanted);
}

void orc_define_functions(struct orc *orc, const uint64_t *targets,
                          size_t count) {
  LLVMOrcCSymbolMapPair *pairs = allocate(count, sizeof *pairs);
  for (size_t i = 0; i < count; i++)
    pairs[i] = (LLVMOrcCSymbolMapPair){
        .Name = name(orc, 't', i),
        .Sym = {.Address = targets[i],
                .Flags = {.GenericFlags = LLVMJITSymbolGenericFlagsExported |
                                          LLVMJITSymbolGenericFlagsCallable}}};
  stop_on(LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(orc->jit),
                                LLVMOrcAbsoluteSymbols(pairs, count)));
  free(pairs);
  uint64_t *addresses = allocate(count, sizeof *addresses);
  look_up(orc, 't', count, addresses);
  free(addresses);
}

static void define_stubs(struct orc *orc, size_t count) {
  LLVMOrcJITDylibRef library = LLVMOrcLLJITGetMainJITDylib(orc->jit);
  LLVMOrcCSymbolAliasMapPair *pairs = allocate(count, sizeof *pairs);
  for (size_t i = 0; i < count; i++)
    pairs[i] = (LLVMOrcCSymbolAliasMapPair){
        .Name = name(orc, 's', i),
        .Entry = {
            .Name = name(orc, 't', i),
            .Flags = {.GenericFlags = LLVMJITSymbolGenericFlagsExported |
                                      LLVMJITSymbolGenericFlagsCallable}}};
  stop_on(LLVMOrcJITDylibDefine(
      library, LLVMOrcLazyReexports(orc->call_throughs, orc->stubs, library,
                                    pairs, count)));
  free(pairs);
}

void orc_make_stubs(struct orc *orc, size_t count, uint64_t *stubs) {
  define_stubs(orc, count);
  look_up(orc, 's', count, stubs);
}
