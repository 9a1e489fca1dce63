/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/signals.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tpc/base/cpu.h"
#include "tpc/base/thread.h"
#include "tpc/target/signal_frame.h"
#include "tpc/tpc.h"

/* A handler takes three arguments, or only looks at the first. */
typedef void (*action_function)(int, siginfo_t *, void *);

/* libc's functions, under names that a program has no reason to define. The
   tool defines the usual ones itself (runtime/tool/signals.c). */
int system_sigaction(int number, const struct sigaction *action,
                     struct sigaction *old) __asm__("__sigaction");
sighandler_t system_signal(int number, sighandler_t handler) __asm__("ssignal");

static _Atomic lzr_addr hidden_handler;
static atomic_bool keeps_hidden;
static _Thread_local bool owns_crashes;
static _Thread_local lzr_addr hidden_stack;

void lzr_tpc_hide_handler(lzr_addr handler) {
  atomic_store(&hidden_handler, handler);
}

void lzr_tpc_hide_signal_stack(lzr_addr stack) {
  hidden_stack = stack;
}

bool lzr_tpc_own_crashes(bool own) {
  bool before = owns_crashes;

  owns_crashes = own;
  return before;
}

static bool is_hidden(lzr_addr handler) {
  return handler && handler == atomic_load(&hidden_handler);
}

/* ---- The program's handlers of crashes ---- */

/* What a fault raises. */
static const int crashes[] = {SIGSEGV, SIGBUS,  SIGILL,
                              SIGFPE,  SIGTRAP, SIGABRT};
enum { CRASHES = sizeof crashes / sizeof *crashes };

/* The program's handler of a crash, which divide() calls. */
struct division {
  _Atomic lzr_addr handler;
  atomic_int flags; /* SA_SIGINFO and SA_ONSTACK, as the program has them */
  struct sigaction usual; /* the client's, which takes the place of the default
                             action; constant while it is kept */
};

static struct division divisions[CRASHES];

/* NULL for all other signals. */
static struct division *find_division(int number) {
  for (size_t i = 0; i < CRASHES; i++)
    if (crashes[i] == number)
      return &divisions[i];
  return NULL;
}

void lzr_tpc_keep_handler(bool keep) {
  for (size_t i = 0; i < CRASHES && keep; i++) {
    struct sigaction present = {.sa_handler = SIG_DFL};

    system_sigaction(crashes[i], NULL, &present);
    if (!is_hidden((uintptr_t)present.sa_sigaction))
      present = (struct sigaction){.sa_handler = SIG_DFL};
    divisions[i].usual = present;
  }
  atomic_store(&keeps_hidden, keep);
}

/* ---- Stacks ---- */

#ifndef SS_AUTODISARM /* <linux/signal.h> */
#define SS_AUTODISARM (1U << 31)
#endif

/* What compiled code may use below its stack pointer. */
enum { RED_ZONE = 128, FRAME_ALIGNMENT = 64 };

static bool is_inside(const stack_t *stack, uintptr_t address) {
  return address - (uintptr_t)stack->ss_sp < stack->ss_size;
}

/* The system has changed to the alternate stack only because lazyrun has asked
   for it. */
static bool is_on_wrong_stack(const struct division *division,
                              const ucontext_t *context) {
  const stack_t *stack = &context->uc_stack;

  return !(atomic_load(&division->flags) & SA_ONSTACK) &&
         is_inside(stack, (uintptr_t)context) &&
         !is_inside(stack, lzr_cpu_stack_pointer(context));
}

/* Copies the signal's frame, which ends where the alternate stack does, to the
   stack that the signal has interrupted. If that one is full, the system ends
   the process, as it does when it cannot make a frame there. Returns how far
   above the copy is. */
static uintptr_t copy_frame(int number, const siginfo_t *info,
                            const ucontext_t *context, uintptr_t end) {
  uintptr_t start = lzr_signal_frame_start(info, context);
  uintptr_t highest = lzr_cpu_stack_pointer(context) - RED_ZONE - (end - start);
  uintptr_t copy = highest - (highest - start) % FRAME_ALIGNMENT;
  sigset_t this_one, before;

  sigemptyset(&this_one);
  sigaddset(&this_one, number);
  sigprocmask(SIG_BLOCK, &this_one, &before);
  memcpy((void *)copy, (const void *)start, end - start);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return copy - start;
}

static _Noreturn void change_stack(lzr_addr handler, int number,
                                   siginfo_t *info, ucontext_t *context,
                                   uintptr_t back) {
  const stack_t *stack = &context->uc_stack;
  uintptr_t end = (uintptr_t)stack->ss_sp + stack->ss_size;
  uintptr_t distance = copy_frame(number, info, context, end);
  ucontext_t *copy = (ucontext_t *)((uintptr_t)context + distance);

  lzr_signal_frame_relocate(copy, distance);
  if (stack->ss_flags & (int)SS_AUTODISARM)
    syscall(SYS_sigaltstack, stack, NULL);
  lzr_signal_frame_enter((uintptr_t)handler, number,
                         (siginfo_t *)((uintptr_t)info + distance), copy,
                         end + distance, back);
}

/* ---- Dividing ---- */

/* The handler that the system knows in place of the program's. The signal mask
   and the flags are those that the program has given, SA_SIGINFO, and for
   SIGSEGV SA_ONSTACK, because LLVM's stack may have overflowed. */
static void divide(int number, siginfo_t *info, void *context) {
  const struct division *division = find_division(number);
  bool is_own = lzr_own_thread || owns_crashes;
  lzr_addr handler = atomic_load(is_own ? &hidden_handler : &division->handler);

  if (!is_own && is_on_wrong_stack(division, context))
    change_stack(handler, number, info, context,
                 (uintptr_t)__builtin_return_address(0));
  ((action_function)(uintptr_t)handler)(number, info, context);
}

static bool is_divided(lzr_addr handler) {
  return handler == (uintptr_t)divide;
}

static bool is_function(lzr_addr handler) {
  return handler != (uintptr_t)SIG_DFL && handler != (uintptr_t)SIG_IGN &&
         handler != (uintptr_t)SIG_ERR;
}

enum { DIVIDED_FLAGS = SA_SIGINFO | SA_ONSTACK };

/* The handler and the flags that the program has given. */
struct program {
  lzr_addr handler;
  int flags;
};

static struct program find_program(int number) {
  const struct division *division = find_division(number);

  return division ? (struct program){atomic_load(&division->handler),
                                     atomic_load(&division->flags)}
                  : (struct program){0};
}

/* What the program is told of an action that the system has known. */
static struct sigaction tell(struct sigaction action,
                             const struct program *program) {
  if (is_hidden((uintptr_t)action.sa_sigaction))
    return (struct sigaction){.sa_handler = SIG_DFL};
  if (!is_divided((uintptr_t)action.sa_sigaction))
    return action;
  action.sa_sigaction = (action_function)(uintptr_t)program->handler;
  action.sa_flags = (action.sa_flags & ~DIVIDED_FLAGS) | program->flags;
  return action;
}

/* What the system shall know in place of a program's action. */
static struct sigaction substitute(int number, struct sigaction action) {
  struct division *division = find_division(number);
  lzr_addr handler = (uintptr_t)action.sa_sigaction;

  if (!division || !atomic_load(&keeps_hidden) || is_hidden(handler) ||
      is_divided(handler))
    return action;
  if (action.sa_handler == SIG_DFL)
    return division->usual;
  if (!is_function(handler))
    return action;
  atomic_store(&division->handler, handler);
  atomic_store(&division->flags, action.sa_flags & DIVIDED_FLAGS);
  action.sa_sigaction = divide;
  action.sa_flags |= number == SIGSEGV ? DIVIDED_FLAGS : SA_SIGINFO;
  return action;
}

/* ---- Handlers that were set without lazyrun's noticing ---- */

static bool is_held(const struct sigaction *action, lzr_addr handler) {
  lzr_addr present = (uintptr_t)action->sa_sigaction;

  return present == handler || (is_divided(present) && is_hidden(handler));
}

/* If another thread sets yet another handler meanwhile, that one is next. */
static void hold(int number) {
  struct sigaction present, ours;

  if (system_sigaction(number, NULL, &present) != 0)
    return;
  for (;;) {
    lzr_addr handler = (uintptr_t)present.sa_sigaction;

    ours = substitute(number, present);
    if ((uintptr_t)ours.sa_sigaction == handler ||
        system_sigaction(number, &ours, &present) != 0 ||
        (uintptr_t)present.sa_sigaction == handler)
      return;
  }
}

bool lzr_tpc_hold_crashes(lzr_addr handler) {
  struct sigaction present;

  if (system_sigaction(SIGSEGV, NULL, &present) != 0)
    return false;
  if (is_held(&present, handler) || !is_hidden(handler) ||
      !atomic_load(&keeps_hidden))
    return is_held(&present, handler);
  for (size_t i = 0; i < CRASHES; i++)
    hold(crashes[i]);
  return system_sigaction(SIGSEGV, NULL, &present) == 0 &&
         is_held(&present, handler);
}

/* ---- The functions ---- */

int lzr_program_sigaction(int number, const struct sigaction *action,
                          struct sigaction *old) {
  struct program program = find_program(number);
  struct sigaction ours;
  int result;

  if (action)
    ours = substitute(number, *action);
  result = system_sigaction(number, action ? &ours : NULL, old);
  if (result == 0 && old)
    *old = tell(*old, &program);
  return result;
}

int lzr_program_sigaltstack(const stack_t *stack, stack_t *old) {
  int result = (int)syscall(SYS_sigaltstack, stack, old);

  if (result == 0 && old && hidden_stack &&
      (uintptr_t)old->ss_sp == hidden_stack)
    *old = (stack_t){.ss_flags = SS_DISABLE};
  return result;
}

/* What signal() and its like return. */
static sighandler_t set(int number, sighandler_t handler, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

  sigemptyset(&action.sa_mask);
  return lzr_program_sigaction(number, &action, &old) == 0 ? old.sa_handler
                                                           : SIG_ERR;
}

/* siginterrupt() is for other signals than those of crashes. */
sighandler_t lzr_program_signal(int number, sighandler_t handler) {
  return find_division(number) ? set(number, handler, SA_RESTART)
                               : system_signal(number, handler);
}

sighandler_t lzr_program_sysv_signal(int number, sighandler_t handler) {
  return set(number, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

/* Deprecated, but programs may still call it. */
sighandler_t lzr_program_sigset(int number, sighandler_t handler) {
  struct program program = find_program(number);
  struct sigaction old;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  old.sa_handler = sigset(number, handler);
#pragma GCC diagnostic pop
  if (find_division(number))
    hold(number);
  return tell(old, &program).sa_handler;
}
