/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LLVM crashes, or gives up, on some damaged bitcode (runtime/llvm/guard.h). As
 * the tool does, a harness leaves LLVM then, and goes on. A crash anywhere else
 * is for libFuzzer.
 */
#ifndef LZR_TESTS_FUZZ_LLVM_CRASH_H
#define LZR_TESTS_FUZZ_LLVM_CRASH_H

#include <signal.h>

#include "runtime/lazyrun.h"

static const int crash_signals[] = {SIGSEGV, SIGBUS,  SIGILL,
                                    SIGFPE,  SIGTRAP, SIGABRT};
enum { CRASH_SIGNALS = sizeof crash_signals / sizeof *crash_signals };

static struct sigaction fuzzer_actions[CRASH_SIGNALS]; /* of libFuzzer */

static void leave_llvm(int signal, siginfo_t *info, void *context) {
  lzr_leave_llvm("it crashed");
  for (int i = 0; i < CRASH_SIGNALS; i++)
    if (crash_signals[i] == signal)
      fuzzer_actions[i].sa_sigaction(signal, info, context);
}

/* Call it at each input; the first call counts. */
static inline void watch_llvm(void) {
  static bool watched;
  struct sigaction action = {.sa_sigaction = leave_llvm,
                             .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO};
  if (watched)
    return;
  watched = true;
  for (int i = 0; i < CRASH_SIGNALS; i++)
    sigaction(crash_signals[i], &action, &fuzzer_actions[i]);
  lzr_set_crash_handler((uintptr_t)leave_llvm);
}

#endif
