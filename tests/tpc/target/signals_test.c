/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program's own handlers of crashes, beside one that lazyrun keeps. */
#include "tpc/target/signals.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>

#include "tpc/tpc.h"

static volatile sig_atomic_t ours, programs;
static void *volatile told_address;

static void handle_ours(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  ours++;
}

static void handle(int number) {
  (void)number;
  programs++;
}

static void handle_with_info(int number, siginfo_t *info, void *context) {
  (void)context;
  programs++;
  told_address = info->si_signo == number ? info : NULL;
}

static void keep_ours(void) {
  struct sigaction action = {.sa_sigaction = handle_ours,
                             .sa_flags = SA_SIGINFO};

  for (int i = 1; i < SIGUSR2; i++)
    signal(i, SIG_DFL); /* a sanitizer's handlers */
  cr_assert_eq(sigaction(SIGSEGV, &action, NULL), 0);
  lzr_tpc_hide_handler((uintptr_t)handle_ours);
  lzr_tpc_keep_handler(true);
}

TestSuite(target_signals, .init = keep_ours);

static void *raise_on_own_thread(void *data) {
  lzr_tpc_own_thread();
  raise(*(const int *)data);
  return NULL;
}

/* A crash of a program's thread, then one of lazyrun's own. */
static void crash_both(int number) {
  pthread_t thread;

  ours = programs = 0;
  raise(number);
  cr_expect_eq(programs, 1);
  cr_expect_eq(ours, 0);
  cr_assert_eq(pthread_create(&thread, NULL, raise_on_own_thread, &number), 0);
  pthread_join(thread, NULL);
  cr_expect_eq(programs, 1);
  cr_expect_eq(ours, 1);
}

Test(target_signals, are_divided_between_the_program_and_lazyrun) {
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_NODEFER},
                   old = {.sa_handler = handle};

  cr_assert_eq(lzr_program_sigaction(SIGSEGV, &action, &old), 0);
  cr_expect_eq(old.sa_handler, SIG_DFL, "ours stays hidden");
  cr_expect(lzr_tpc_hold_crashes((uintptr_t)handle_ours));
  crash_both(SIGSEGV);
  cr_assert_eq(lzr_program_sigaction(SIGSEGV, NULL, &old), 0);
  cr_expect_eq(old.sa_handler, handle);
  cr_expect_not(old.sa_flags & SA_SIGINFO);
  cr_expect(old.sa_flags & SA_NODEFER);
}

Test(target_signals, tell_a_handler_what_has_happened) {
  struct sigaction action = {.sa_sigaction = handle_with_info,
                             .sa_flags = SA_SIGINFO},
                   old;

  cr_assert_eq(lzr_program_sigaction(SIGBUS, &action, NULL), 0);
  crash_both(SIGBUS);
  cr_expect_not_null(told_address);
  cr_assert_eq(lzr_program_sigaction(SIGBUS, NULL, &old), 0);
  cr_expect(old.sa_flags & SA_SIGINFO);
  cr_expect(old.sa_sigaction == handle_with_info);
}

Test(target_signals, are_divided_whatever_sets_the_handler) {
  cr_expect_eq(lzr_program_signal(SIGFPE, handle), SIG_DFL);
  crash_both(SIGFPE);
  cr_expect_eq(lzr_program_signal(SIGFPE, SIG_IGN), handle);
  cr_expect_eq(lzr_program_signal(SIGFPE, SIG_DFL), SIG_IGN);
  cr_expect_eq(lzr_program_sysv_signal(SIGFPE, handle), SIG_DFL);
  programs = 0;
  raise(SIGFPE);
  cr_expect_eq(programs, 1);
  cr_expect_eq(lzr_program_signal(SIGFPE, SIG_DFL), SIG_DFL,
               "the handler counted once");
}

Test(target_signals, other_signals_are_the_programs_alone) {
  struct sigaction set;

  cr_expect_eq(lzr_program_signal(SIGUSR1, handle), SIG_DFL);
  sigaction(SIGUSR1, NULL, &set);
  cr_expect_eq(set.sa_handler, handle);
}

Test(target_signals, are_the_programs_alone_if_nothing_is_kept) {
  lzr_tpc_keep_handler(false);
  cr_expect_eq(lzr_program_signal(SIGSEGV, handle), SIG_DFL);
  cr_expect_not(lzr_tpc_hold_crashes((uintptr_t)handle_ours));
  cr_expect(lzr_tpc_hold_crashes((uintptr_t)handle), "it is the process's");
  cr_expect_eq(lzr_program_signal(SIGSEGV, SIG_DFL), handle);
}

/* ---- Handlers that are set without the functions above ----------------------
 */

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static bool are_ours(int number) {
  struct sigaction told;

  return lzr_tpc_hold_crashes((uintptr_t)handle_ours) &&
         lzr_program_sigaction(number, NULL, &told) == 0 &&
         told.sa_handler == SIG_DFL;
}

Test(target_signals, are_divided_when_a_library_has_set_the_handler) {
  struct sigaction told;

  signal(SIGSEGV, handle);
  cr_expect(lzr_tpc_hold_crashes((uintptr_t)handle_ours));
  cr_assert_eq(lzr_program_sigaction(SIGSEGV, NULL, &told), 0);
  cr_expect_eq(told.sa_handler, handle);
  cr_expect(told.sa_flags & SA_RESTART);
  cr_expect_not(told.sa_flags & SA_ONSTACK);
  crash_both(SIGSEGV);
}

Test(target_signals, are_ours_when_the_default_is_set) {
  lzr_program_signal(SIGSEGV, handle);
  cr_expect_eq(lzr_program_signal(SIGSEGV, SIG_DFL), handle);
  cr_expect(are_ours(SIGSEGV));
  ours = 0;
  raise(SIGSEGV);
  cr_expect_eq(ours, 1);
  signal(SIGSEGV, SIG_DFL); /* as a library does */
  cr_expect(are_ours(SIGSEGV));
  raise(SIGSEGV);
  cr_expect_eq(ours, 2);
}

Test(target_signals, stay_ignored) {
  struct sigaction set;

  lzr_program_signal(SIGSEGV, SIG_IGN);
  cr_expect_not(lzr_tpc_hold_crashes((uintptr_t)handle_ours));
  sigaction(SIGSEGV, NULL, &set);
  cr_expect_eq(set.sa_handler, SIG_IGN);
}

Test(target_signals, are_divided_by_sigset) {
  cr_expect_eq(lzr_program_sigset(SIGSEGV, handle), SIG_DFL);
  crash_both(SIGSEGV);
  cr_expect_eq(lzr_program_sigset(SIGSEGV, SIG_DFL), handle);
}

Test(target_signals, are_ours_where_a_programs_thread_says_so) {
  lzr_program_signal(SIGSEGV, handle);
  cr_expect_not(lzr_tpc_own_crashes(true));
  ours = programs = 0;
  raise(SIGSEGV);
  cr_expect_eq(ours, 1);
  cr_expect(lzr_tpc_own_crashes(false));
  raise(SIGSEGV);
  cr_expect_eq(programs, 1);
}

/* ---- Stacks -----------------------------------------------------------------
 */

enum { STACK = 64 << 10 };

static char alternate[STACK];
static bool was_on_alternate, could_change;
static sigjmp_buf back;

static void set_alternate(void) {
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};

  cr_assert_eq(lzr_program_sigaltstack(&stack, NULL), 0);
}

static bool is_alternate(void) {
  stack_t stack;

  return sigaltstack(NULL, &stack) == 0 && stack.ss_sp == alternate &&
         stack.ss_size == sizeof alternate &&
         !(stack.ss_flags & (SS_DISABLE | SS_ONSTACK));
}

static void look_at_stack(int number, siginfo_t *info, void *context) {
  char here;

  (void)number, (void)context;
  programs++;
  told_address = info->si_addr;
  was_on_alternate = (uintptr_t)&here - (uintptr_t)alternate < STACK;
  could_change = is_alternate();
}

static void leave_handler(int number, siginfo_t *info, void *context) {
  look_at_stack(number, info, context);
  siglongjmp(back, 1);
}

static void watch_stack(int flags, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {.sa_sigaction = handler,
                             .sa_flags = SA_SIGINFO | flags};

  programs = 0;
  told_address = NULL;
  set_alternate();
  cr_assert_eq(lzr_program_sigaction(SIGSEGV, &action, NULL), 0);
}

static void expect_ordinary_stack(int times) {
  cr_expect_eq(programs, times);
  cr_expect_not(was_on_alternate);
  cr_expect(could_change, "the alternate stack is there meanwhile");
  cr_expect(is_alternate(), "and afterwards");
}

Test(target_signals, run_a_handler_on_the_stack_that_it_asks_for) {
  watch_stack(SA_ONSTACK, look_at_stack);
  raise(SIGSEGV);
  cr_expect_eq(programs, 1);
  cr_expect(was_on_alternate);
  watch_stack(0, look_at_stack);
  for (int i = 1; i < 4; i++) {
    raise(SIGSEGV);
    expect_ordinary_stack(i);
  }
  watch_stack(SA_NODEFER, look_at_stack);
  raise(SIGSEGV);
  expect_ordinary_stack(1);
  watch_stack((int)SA_RESETHAND, look_at_stack);
  raise(SIGSEGV);
  expect_ordinary_stack(1);
  cr_expect(are_ours(SIGSEGV), "the handler counted once");
}

Test(target_signals, tell_a_handler_on_the_ordinary_stack_the_same) {
  watch_stack(0, leave_handler);
  for (int i = 1; i < 4; i++) {
    if (!sigsetjmp(back, 1))
      *(volatile char *)(uintptr_t)(i * 16) = 1;
    cr_expect_eq(told_address, (void *)(uintptr_t)(i * 16));
    expect_ordinary_stack(i);
  }
}

/* A handler on the alternate stack that is interrupted itself stays there. */
static void raise_in_handler(int number) {
  (void)number;
  raise(SIGSEGV);
}

Test(target_signals, do_not_leave_an_alternate_stack_in_use) {
  struct sigaction outer = {.sa_handler = raise_in_handler,
                            .sa_flags = SA_ONSTACK};

  watch_stack(0, look_at_stack);
  sigaction(SIGUSR1, &outer, NULL);
  raise(SIGUSR1);
  cr_expect_eq(programs, 1);
  cr_expect(was_on_alternate);
}

/* What LLVM does. */
static int overflow(volatile int *depth) {
  volatile int here = *depth + 1;

  return here < 1 << 30 ? overflow(&here) + here : 0;
}

static void jump_out(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  ours++;
  siglongjmp(back, 1);
}

static void *overflow_own_thread(void *data) {
  volatile int depth = 0;
  stack_t before;

  lzr_tpc_own_thread();
  sigaltstack(NULL, &before);
  set_alternate();
  if (!sigsetjmp(back, 1))
    overflow(&depth);
  sigaltstack(&before, NULL); /* AddressSanitizer's, which frees it */
  return data;
}

Test(target_signals, are_ours_when_the_stack_has_overflowed) {
  struct sigaction action = {.sa_sigaction = jump_out,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
  pthread_t thread;

  sigaction(SIGSEGV, &action, NULL);
  lzr_tpc_hide_handler((uintptr_t)jump_out);
  lzr_tpc_keep_handler(true);
  lzr_program_signal(SIGSEGV, handle); /* without SA_ONSTACK */
  ours = programs = 0;
  cr_assert_eq(pthread_create(&thread, NULL, overflow_own_thread, NULL), 0);
  pthread_join(thread, NULL);
  cr_expect_eq(ours, 1);
  cr_expect_eq(programs, 0);
}
