/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define WITH_TSAN
#endif

#ifdef WITH_TSAN

lzr_error *signals_share(lzr_tpc *target) {
  (void)target;
  return NULL;
}

#else

/* libc's functions, under names that are not defined here. */
int system_sigaction(int number, const struct sigaction *action,
                     struct sigaction *old) __asm__("__sigaction");
sighandler_t system_signal(int number, sighandler_t handler) __asm__("ssignal");
sighandler_t system_sysv_signal(int number,
                                sighandler_t handler) __asm__("sysv_signal");

enum function { SIGACTION, SIGNAL, SYSV_SIGNAL, SIGALTSTACK, FUNCTIONS };

static const char *const names[FUNCTIONS] = {
    [SIGACTION] = "sigaction",
    [SIGNAL] = "signal",
    [SYSV_SIGNAL] = "sysv_signal",
    [SIGALTSTACK] = "sigaltstack",
};

/* Of the target, or 0. */
static _Atomic lzr_addr shared[FUNCTIONS];

lzr_error *signals_share(lzr_tpc *target) {
  struct lzr_name wanted[FUNCTIONS] = {0};
  for (int i = 0; i < FUNCTIONS; i++)
    wanted[i].name = names[i];
  lzr_error *error = lzr_tpc_lookup(target, 0, wanted, FUNCTIONS);
  for (int i = 0; i < FUNCTIONS && !error; i++)
    atomic_store(&shared[i], wanted[i].address);
  return error;
}

int sigaction(int number, const struct sigaction *action,
              struct sigaction *old) {
  lzr_addr address = atomic_load(&shared[SIGACTION]);
  __typeof__(sigaction) *function =
      address ? (__typeof__(sigaction) *)(uintptr_t)address : system_sigaction;
  return function(number, action, old);
}

static sighandler_t set_handler(lzr_addr address,
                                __typeof__(system_signal) *systems, int number,
                                sighandler_t handler) {
  __typeof__(system_signal) *function =
      address ? (__typeof__(system_signal) *)(uintptr_t)address : systems;
  return function(number, handler);
}

sighandler_t signal(int number, sighandler_t handler) {
  return set_handler(atomic_load(&shared[SIGNAL]), system_signal, number,
                     handler);
}

sighandler_t bsd_signal(int number, sighandler_t handler); /* not declared */
sighandler_t bsd_signal(int number, sighandler_t handler) {
  return signal(number, handler);
}

/* What signal() is for code that wants System V's. */
sighandler_t __sysv_signal(int number, sighandler_t handler) {
  return set_handler(atomic_load(&shared[SYSV_SIGNAL]), system_sysv_signal,
                     number, handler);
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old) {
  lzr_addr address = atomic_load(&shared[SIGALTSTACK]);
  if (!address)
    return (int)syscall(SYS_sigaltstack, stack, old);
  return ((__typeof__(sigaltstack) *)(uintptr_t)address)(stack, old);
}

#endif
