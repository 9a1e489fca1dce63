/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program's own handlers of crashes, beside one that lazyrun keeps. */
#include "tpc/target/signals.h"

#include <criterion/criterion.h>
#include <pthread.h>

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
  cr_expect_eq(lzr_tpc_crash_handler(SIGSEGV), (uintptr_t)handle_ours);
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
  lzr_addr set;

  cr_expect_eq(lzr_program_signal(SIGUSR1, handle), SIG_DFL);
  set = lzr_tpc_crash_handler(SIGUSR1);
  cr_expect_eq(set, (uintptr_t)handle);
}

Test(target_signals, are_the_programs_alone_if_nothing_is_kept) {
  lzr_tpc_keep_handler(false);
  cr_expect_eq(lzr_program_signal(SIGSEGV, handle), SIG_DFL);
  cr_expect_eq(lzr_tpc_crash_handler(SIGSEGV), (uintptr_t)handle);
  cr_expect_eq(lzr_program_signal(SIGSEGV, SIG_DFL), handle);
}
