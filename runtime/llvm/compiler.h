/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LLVM as a session uses it: what to compile for, and a code generator for each
 * compile thread. Its users need no type of LLVM's.
 */
#ifndef LZR_LLVM_COMPILER_H
#define LZR_LLVM_COMPILER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stubs/arch.h"
#include "tpc/base/address.h"
#include "tpc/base/error.h"

typedef struct lzr_compiler lzr_compiler;

struct LLVMOpaqueModule; /* what LLVM-C's LLVMModuleRef points to */

/* Strings are borrowed as long as the compiler lives. */
struct lzr_compiler_options {
  const struct lzr_arch *arch;
  const char *triple;
  const char *cpu;      /* "" for the architecture's generic one */
  const char *features; /* "" for none */
  /* For functions that name a CPU or features themselves: the CPU to use
     instead, or NULL, and features to add, or "". */
  const char *named_cpu, *named_features;
  int level;          /* 0 to 3, as -O */
  bool baseline;      /* the baseline generator makes what it can */
  bool unchecked;     /* take what modules' bodies say to make sense */
  bool debug_info;    /* keep it, and let the linker show it to debuggers */
  bool local_names;   /* keep the names of instructions and blocks, for dumps */
  const char *passes; /* a pipeline in LLVM's syntax for every unit; or NULL */
  uint32_t inline_budget; /* for passes: see source.h */
  /* What changes a unit before the passes, or NULL; see lzr_transform in
     lazyrun.h. */
  lzr_error *(*transform)(void *transform_data, struct LLVMOpaqueModule *unit);
  void *transform_data;
  unsigned thread_count;
  pthread_mutex_t *lock;   /* of what threads share in the compiler; borrowed. A
                              thread must hold it while it forks, so that the
                              child finds it free */
  void (*ran)(void *data); /* called after LLVM has read a unit or generated
                              code of it, by the compile thread; or NULL */
  void *data;
};

/* *compiler is owned (lzr_compiler_destroy()). Refuses passes that LLVM does
   not understand, or does not have, with ARGUMENT or UNSUPPORTED. */
lzr_error *lzr_compiler_create(const struct lzr_compiler_options *options,
                               lzr_compiler **compiler);

/* All modules that were opened with it must have been closed. Accepts NULL. */
void lzr_compiler_destroy(lzr_compiler *compiler);

/* Whether there is a baseline generator for an architecture. */
bool lzr_compiler_has_baseline(const struct lzr_arch *arch);

/* How many functions the baseline generator has made; and why others went to
   LLVM, the most frequent reason first. *list is owned (free()); the reasons
   are borrowed from the compiler. Thread-safe. */
struct lzr_fallback {
  const char *reason;
  uint64_t functions;
};
uint64_t lzr_compiler_count_baseline(lzr_compiler *compiler);
lzr_error *lzr_compiler_list_fallbacks(lzr_compiler *compiler,
                                       struct lzr_fallback **list,
                                       size_t *count);

/* Disassembles machine code: one line for each instruction, which begins with
   its address; bytes that are no instruction are listed as data. address is
   where bytes[0] runs. *text is owned, from malloc. thread is the number of a
   compile thread; only one thread may use a number at a time. */
lzr_error *lzr_compiler_disassemble(lzr_compiler *compiler, unsigned thread,
                                    const uint8_t *bytes, size_t size,
                                    uint64_t address, char **text);

/* The CPU and the features of this machine, as options name them, for a target
   that is this process. Both are owned, from malloc. Thread-safe. */
lzr_error *lzr_compiler_host_cpu(char **cpu, char **features);

/* The functions of tpc.h that this folder uses for crashes. They are given
   because this folder may be a module with a copy of tpc/ that knows
   nothing. */
struct lzr_crash_hooks {
  bool (*own_crashes)(bool own);
  bool (*hold_crashes)(lzr_addr handler);
};
/* See lzr_set_crash_handler() and lzr_leave_llvm() in lazyrun.h. hooks is
   borrowed for good. */
void lzr_compiler_set_crash_handler(lzr_addr handler,
                                    const struct lzr_crash_hooks *hooks);
bool lzr_compiler_leave(const char *reason);

/* Writes the version of the LLVM in use to text: "22.1.8". */
enum { LZR_LLVM_VERSION_SIZE = 40 };
void lzr_compiler_version(char text[LZR_LLVM_VERSION_SIZE]);

#endif
