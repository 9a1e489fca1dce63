/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An unwinder finds the caller of baseline code from each of its instructions.
 */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

#include <signal.h>
#include <ucontext.h>
#include <unwind.h>

/* A stack that grows, arguments on it, and several ways out. */
static const char text[] =
    "define i64 @leaf(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g) "
    "{\n"
    "  %r = add i64 %a, %g\n  ret i64 %r\n}\n"
    "define i64 @f0(i64 %a, i64 %b) {\n"
    "  %n = and i64 %b, 15\n  %p = alloca i64, i64 %n\n"
    "  %z = icmp slt i64 %a, %b\n  br i1 %z, label %yes, label %no\n"
    "yes:\n  store i64 %a, ptr %p\n"
    "  %r = call i64 @leaf(i64 %a, i64 1, i64 2, i64 3, i64 4, i64 5, i64 %b)\n"
    "  ret i64 %r\n"
    "no:\n  %c = call i64 @leaf(i64 %b, i64 1, i64 2, i64 3, i64 4, i64 5, i64 "
    "%a)\n"
    "  %d = mul i64 %c, 3\n  ret i64 %d\n}\n";

static lzr_session *session;
static volatile sig_atomic_t steps, lost;

static int64_t call_stepping(binary_function *function, int64_t a, int64_t b);

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *data) {
  void *function =
      _Unwind_FindEnclosingFunction((void *)_Unwind_GetIP(context));
  if (function != (void *)call_stepping)
    return _URC_NO_REASON;
  *(bool *)data = true;
  return _URC_END_OF_STACK;
}

/* Every instruction of baseline code ends here. */
static void trap(int signal, siginfo_t *info, void *data) {
  (void)signal;
  (void)info;
  const ucontext_t *context = data;
  struct lzr_function_info function = {.size = sizeof function};
  lzr_addr at = (lzr_addr)context->uc_mcontext.gregs[REG_RIP];
  if (!lzr_session_describe(session, at, &function))
    return;
  bool found = false;
  _Unwind_Backtrace(look, &found);
  steps++;
  lost += !found;
}

enum { TRAP_FLAG = 0x100 };

__attribute__((noinline)) static int64_t
call_stepping(binary_function *function, int64_t a, int64_t b) {
  __asm__ volatile("pushfq; orq %0, (%%rsp); popfq" ::"i"(TRAP_FLAG)
                   : "memory", "cc");
  int64_t result = function(a, b);
  __asm__ volatile("pushfq; andq %0, (%%rsp); popfq" ::"i"(~TRAP_FLAG)
                   : "memory", "cc");
  return result;
}

Test(unwind, finds_the_caller_at_each_instruction) {
  session = open_generator(LZR_CODEGEN_BASELINE, text);
  binary_function *function = find_binary(session, "f0");
  cr_assert_eq(function(1, 2), 3); /* compiles both functions */
  cr_assert_eq(function(2, 1), 9);
  expect_no_fallback(session, text);
  struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  cr_expect_eq(call_stepping(function, 1, 2), 3);
  cr_expect_eq(call_stepping(function, 2, 1), 9);
  cr_expect_gt(steps, 40);
  cr_expect_eq(lost, 0, "the caller was not found at %d of %d instructions",
               (int)lost, (int)steps);
  lzr_session_destroy(session);
}

#endif
