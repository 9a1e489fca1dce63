/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/signals.h"

#include <stdatomic.h>
#include <stddef.h>

#include "tpc/base/thread.h"
#include "tpc/tpc.h"

/* A handler takes three arguments, or only looks at the first. */
typedef void (*action_function)(int, siginfo_t *, void *);

static _Atomic lzr_addr hidden_handler;
static atomic_bool keeps_hidden;
static _Thread_local lzr_addr hidden_stack;

void lzr_tpc_hide_handler(lzr_addr handler) {
  atomic_store(&hidden_handler, handler);
}

void lzr_tpc_keep_handler(bool keep) {
  atomic_store(&keeps_hidden, keep);
}

void lzr_tpc_hide_signal_stack(lzr_addr stack) {
  hidden_stack = stack;
}

static bool is_hidden(lzr_addr handler) {
  return handler && handler == atomic_load(&hidden_handler);
}

/* ---- The program's handlers of crashes ---- */

/* What a fault raises. */
static bool is_crash(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL ||
         number == SIGFPE || number == SIGTRAP || number == SIGABRT;
}

enum { SIGNALS = 65 }; /* Linux's, and number 0 */

/* The program's handlers that divide() calls. */
static struct {
  _Atomic lzr_addr handler;
  atomic_bool is_plain; /* it was given without SA_SIGINFO */
} programs[SIGNALS];

/* The handler that the system knows in place of the program's. The signal mask
   and the flags are those that the program has given, and SA_SIGINFO. */
static void divide(int number, siginfo_t *info, void *context) {
  lzr_addr handler =
      atomic_load(lzr_own_thread ? &hidden_handler : &programs[number].handler);

  ((action_function)(uintptr_t)handler)(number, info, context);
}

static bool is_divided(lzr_addr handler) {
  return handler == (uintptr_t)divide;
}

static bool is_function(lzr_addr handler) {
  return handler != (uintptr_t)SIG_DFL && handler != (uintptr_t)SIG_IGN &&
         handler != (uintptr_t)SIG_ERR;
}

/* Whether the program's handler shall not run on lazyrun's own threads. */
static bool must_divide(int number, lzr_addr handler) {
  return atomic_load(&keeps_hidden) && is_crash(number) && is_function(handler);
}

/* What the program is told of an action that the system has known. */
static struct sigaction tell(struct sigaction action, lzr_addr program,
                             bool is_plain) {
  if (is_hidden((uintptr_t)action.sa_sigaction))
    return (struct sigaction){.sa_handler = SIG_DFL};
  if (!is_divided((uintptr_t)action.sa_sigaction))
    return action;
  action.sa_sigaction = (action_function)(uintptr_t)program;
  if (is_plain)
    action.sa_flags &= ~SA_SIGINFO;
  return action;
}

lzr_addr lzr_tpc_crash_handler(int number) {
  struct sigaction present;
  lzr_addr handler;

  if (sigaction(number, NULL, &present) != 0)
    return 0;
  handler = (uintptr_t)present.sa_sigaction;
  return is_divided(handler) ? atomic_load(&hidden_handler) : handler;
}

/* ---- The functions ---- */

int lzr_program_sigaction(int number, const struct sigaction *action,
                          struct sigaction *old) {
  size_t slot = is_crash(number) ? (size_t)number : 0;
  lzr_addr program = atomic_load(&programs[slot].handler);
  bool is_plain = atomic_load(&programs[slot].is_plain);
  struct sigaction divided;
  int result;

  if (action && must_divide(number, (uintptr_t)action->sa_sigaction)) {
    atomic_store(&programs[slot].handler, (uintptr_t)action->sa_sigaction);
    atomic_store(&programs[slot].is_plain, !(action->sa_flags & SA_SIGINFO));
    divided = *action;
    divided.sa_sigaction = divide;
    divided.sa_flags |= SA_SIGINFO;
    action = &divided;
  }
  result = sigaction(number, action, old);
  if (result == 0 && old)
    *old = tell(*old, program, is_plain);
  return result;
}

int lzr_program_sigaltstack(const stack_t *stack, stack_t *old) {
  int result = sigaltstack(stack, old);

  if (result == 0 && old && hidden_stack &&
      (uintptr_t)old->ss_sp == hidden_stack)
    *old = (stack_t){.ss_flags = SS_DISABLE};
  return result;
}

/* What signal() and its like return for an action that the system has known. */
static sighandler_t tell_handler(int number, sighandler_t old) {
  size_t slot = is_crash(number) ? (size_t)number : 0;
  struct sigaction action = {.sa_handler = old};

  return tell(action, atomic_load(&programs[slot].handler), true).sa_handler;
}

static sighandler_t set_divided(int number, sighandler_t handler, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

  sigemptyset(&action.sa_mask);
  return lzr_program_sigaction(number, &action, &old) == 0 ? old.sa_handler
                                                           : SIG_ERR;
}

sighandler_t lzr_program_signal(int number, sighandler_t handler) {
  if (must_divide(number, (uintptr_t)handler))
    return set_divided(number, handler, SA_RESTART);
  return tell_handler(number, signal(number, handler));
}

sighandler_t lzr_program_sysv_signal(int number, sighandler_t handler) {
  if (must_divide(number, (uintptr_t)handler))
    return set_divided(number, handler, (int)(SA_RESETHAND | SA_NODEFER));
  return tell_handler(number, sysv_signal(number, handler));
}

/* Deprecated, but programs may still call it. It is too rare to divide what it
   sets. */
sighandler_t lzr_program_sigset(int number, sighandler_t handler) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  return tell_handler(number, sigset(number, handler));
#pragma GCC diagnostic pop
}
