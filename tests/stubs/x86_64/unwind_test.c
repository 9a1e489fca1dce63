/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Unwinding on this processor: a first call runs one instruction at a time,
 * and from each instruction of the resolver an unwinder must reach the caller.
 */
#include <criterion/criterion.h>

#ifdef __x86_64__

#include <signal.h>
#include <ucontext.h>
#include <unwind.h>

#include "tests/x86_64_block.h"

extern void __register_frame(void *frames); /* libgcc */
extern void __deregister_frame(void *frames);

/* Calls function with the processor's trap flag set. */
void call_stepping(void (*function)(void));
__asm__(".text\n"
        ".globl call_stepping\n"
        ".hidden call_stepping\n"
        ".type call_stepping, @function\n"
        "call_stepping:\n"
        ".cfi_startproc\n"
        "  sub $8, %rsp\n"
        ".cfi_adjust_cfa_offset 8\n"
        "  pushfq\n"
        "  orq $0x100, (%rsp)\n"
        "  popfq\n"
        "  call *%rdi\n"
        "  pushfq\n"
        "  andq $~0x100, (%rsp)\n"
        "  popfq\n"
        "  add $8, %rsp\n"
        ".cfi_adjust_cfa_offset -8\n"
        "  ret\n"
        ".cfi_endproc\n"
        ".size call_stepping, . - call_stepping\n");

#define MAX_RESOLVER 256

static const uint8_t *resolver;
static size_t resolver_size;
static bool stepped[MAX_RESOLVER];
static bool reached[MAX_RESOLVER]; /* the caller, from that offset */

static _Unwind_Reason_Code find_caller(struct _Unwind_Context *context,
                                       void *found) {
  if (_Unwind_GetRegionStart(context) == (uintptr_t)call_stepping)
    *(bool *)found = true;
  return *(bool *)found ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void on_step(int signal, siginfo_t *info, void *state) {
  (void)signal, (void)info;
  const ucontext_t *context = state;
  uintptr_t at = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
  size_t offset = at - (uintptr_t)resolver;
  if (at < (uintptr_t)resolver || offset >= resolver_size)
    return;
  stepped[offset] = true;
  _Unwind_Backtrace(find_caller, &reached[offset]);
}

static uint64_t reenter(struct context *context, uint64_t index) {
  (void)index;
  return context->answer;
}

static void body(void) {
}

static void step_through(const struct lzr_save_area *save) {
  struct context context = {reenter, 0, (uint64_t)(uintptr_t)body};
  struct block block = block_create(&context, save);
  resolver = block.code + BLOCK_RESOLVER;
  resolver_size = block.resolver_size;
  memset(stepped, 0, sizeof stepped);
  memset(reached, 0, sizeof reached);
  __register_frame(block.data + BLOCK_UNWIND);
  call_stepping(block_stub(&block, 1));
  __deregister_frame(block.data + BLOCK_UNWIND);
  block_destroy(&block);
}

static void check_steps(void) {
  size_t steps = 0;
  for (size_t i = 0; i < resolver_size; i++) {
    steps += stepped[i];
    if (stepped[i])
      cr_expect(reached[i], "lost the caller at byte %zu of the resolver", i);
  }
  cr_expect_geq(steps, 30, "only %zu instructions were seen", steps);
}

Test(unwinder_on_x86_64, finds_the_caller_at_every_instruction) {
  struct sigaction action = {.sa_sigaction = on_step,
                             .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGTRAP, &action, NULL);
  struct lzr_save_area save = cpu_save_area(LZR_SAVE_LEAST);
  step_through(&save);
  check_steps();
  if (cpu_has_xsavec()) {
    save = cpu_save_area(LZR_X86_64_XSAVEC);
    step_through(&save);
    check_steps();
  }
}

#else

Test(unwinder_on_x86_64, runs_on_x86_64_only) {
  cr_skip_test("this is another processor");
}

#endif
