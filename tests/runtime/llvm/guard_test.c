/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Leaving LLVM: what a handler of signals may do while a guard runs. */
#include "runtime/llvm/guard.h"

#include <criterion/criterion.h>
#include <llvm-c/Core.h>
#include <llvm-c/ErrorHandling.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

#include "runtime/llvm/compiler.h"
#include "tests/unit_fixture.h"
#include "tpc/tpc.h"

static LLVMContextRef context;

static void open_context(void) {
  context = LLVMContextCreate();
}

static void close_context(void) {
  LLVMContextDispose(context);
}

TestSuite(guard, .init = open_context, .fini = close_context);

static void handle(int number) {
  if (!lzr_guard_leave("it was hit"))
    _exit(number);
}

static const struct lzr_crash_hooks hooks = {lzr_tpc_own_crashes,
                                             lzr_tpc_hold_crashes};

static void install(void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGSEGV, &action, NULL);
}

static lzr_error *hit(void *data) {
  (void)data;
  raise(SIGSEGV);
  return NULL;
}

static lzr_error *run(lzr_error *(*function)(void *), void *data, bool *fatal) {
  return lzr_guard_run(context, LZR_ERROR_FORMAT, function, data, fatal);
}

/* As compile threads do. */
static void block_all(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static bool is_blocked(int number) {
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  return sigismember(&mask, number);
}

static lzr_error *note_mask(void *data) {
  bool *blocked = data;
  *blocked = is_blocked(SIGSEGV);
  return NULL;
}

Test(guard, a_crash_becomes_an_error_as_often_as_it_happens) {
  block_all();
  install(handle);
  lzr_guard_set_crash_handler((uintptr_t)handle, &hooks);
  for (int i = 0; i < 3; i++) {
    bool fatal = false;
    FAILS(run(hit, NULL, &fatal), FORMAT, "LLVM: it was hit");
    cr_expect(fatal);
    cr_expect(is_blocked(SIGSEGV));
  }
}

static lzr_error *nest(void *data) {
  bool fatal = false;
  FAILS(run(hit, NULL, &fatal), FORMAT, "LLVM: it was hit");
  cr_expect(fatal);
  *(bool *)data = true;
  return NULL;
}

Test(guard, a_crash_leaves_the_innermost_guard) {
  bool came_back = false, fatal = false;
  install(handle);
  lzr_guard_set_crash_handler((uintptr_t)handle, &hooks);
  cr_expect_null(run(nest, &came_back, &fatal));
  cr_expect(came_back);
  cr_expect_not(fatal);
}

Test(guard, without_a_handler_of_the_clients_crashes_stay_blocked) {
  bool blocked = false, fatal = false;
  block_all();
  cr_expect_null(run(note_mask, &blocked, &fatal));
  cr_expect(blocked, "there is none");
  lzr_guard_set_crash_handler((uintptr_t)handle, &hooks);
  cr_expect_null(run(note_mask, &blocked, &fatal));
  cr_expect(blocked, "it is not installed");
  install(handle);
  cr_expect_null(run(note_mask, &blocked, &fatal));
  cr_expect_not(blocked);
  install(SIG_IGN);
  cr_expect_null(run(note_mask, &blocked, &fatal));
  cr_expect(blocked, "the program has replaced it");
  lzr_guard_set_crash_handler(0, &hooks);
}

static void handle_programs(int number) {
  _exit(number);
}

Test(guard, takes_crashes_over_from_whoever_has_set_a_handler) {
  bool fatal = false;
  install(handle);
  lzr_tpc_hide_handler((uintptr_t)handle);
  lzr_tpc_keep_handler(true);
  lzr_guard_set_crash_handler((uintptr_t)handle, &hooks);
  install(handle_programs); /* as a library does that lazyrun does not see */
  FAILS(run(hit, NULL, &fatal), FORMAT, "LLVM: it was hit");
  cr_expect(fatal);
  cr_expect_not(lzr_tpc_own_crashes(false),
                "outside, the program's are its own");
}

Test(guard, outside_of_guards_there_is_nothing_to_leave) {
  bool fatal = false, blocked;
  cr_expect_not(lzr_guard_leave("nothing"));
  cr_expect_null(run(note_mask, &blocked, &fatal));
  cr_expect_not(lzr_guard_leave("nothing any more"));
}

/* Handlers that a client sets and removes, as PostgreSQL's JIT provider does.
 */

/* llvm::report_fatal_error. */
void report_fatal(const char *reason,
                  bool crash) __asm__("_ZN4llvm18report_fatal_errorEPKcb");

static lzr_error *report(void *data) {
  (void)data;
  report_fatal("it broke", false);
  return NULL;
}

static void leave_the_process(const char *reason) {
  (void)reason;
  _exit(1);
}

Test(guard, does_not_need_the_client_to_leave_its_handlers_alone) {
  for (int i = 0; i < 3; i++) {
    bool fatal = false;
    FAILS(run(report, NULL, &fatal), FORMAT, "LLVM: it broke");
    cr_expect(fatal);
    LLVMResetFatalErrorHandler();
    if (i == 1)
      LLVMInstallFatalErrorHandler(leave_the_process);
  }
}

/* Memory. A sanitizer has an operator new of its own. */

#ifndef __SANITIZE_ADDRESS__

/* Operator new, std::set_new_handler and llvm::report_bad_alloc_error. */
void *operator_new(size_t size) __asm__("_Znwm");
void (*set_new_handler(void (*handler)(void)))(void) __asm__(
    "_ZSt15set_new_handlerPFvvE");
void report_bad_alloc(const char *reason, bool crash) __asm__(
    "_ZN4llvm22report_bad_alloc_errorEPKcb");

static lzr_error *allocate_too_much(void *data) {
  *(void **)data = operator_new(SIZE_MAX / 4);
  return NULL;
}

static lzr_error *report_too_much(void *data) {
  (void)data;
  report_bad_alloc("too much", true);
  return NULL;
}

Test(guard, leaves_an_allocation_that_fails) {
  void *block = &block;
  for (int i = 0; i < 2; i++) {
    bool fatal = false;
    FAILS(run(allocate_too_much, &block, &fatal), FORMAT,
          "LLVM: out of memory");
    cr_expect(fatal);
    cr_expect_eq(block, &block, "nothing was returned");
    fatal = false;
    FAILS(run(report_too_much, NULL, &fatal), FORMAT, "LLVM: out of memory");
    cr_expect(fatal);
  }
}

static jmp_buf out_of_handler;

static void leave_by_clients_handler(void) {
  longjmp(out_of_handler, 1);
}

/* Whether the client's handler is called for the client's allocation. */
static bool calls_clients_handler(void) {
  if (setjmp(out_of_handler))
    return true;
  void *volatile block = operator_new(SIZE_MAX / 4); /* not left out */
  (void)block;
  return false;
}

Test(guard, calls_the_clients_handler_outside) {
  void *block;
  bool fatal = false;
  set_new_handler(leave_by_clients_handler); /* before the first guard */
  FAILS(run(allocate_too_much, &block, &fatal), FORMAT, "out of memory");
  cr_expect(calls_clients_handler());
  set_new_handler(leave_by_clients_handler); /* and after it */
  cr_expect(calls_clients_handler());
  FAILS(run(allocate_too_much, &block, &fatal), FORMAT, "out of memory");
  cr_expect(calls_clients_handler());
}

#endif
