/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/crash.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "tpc/base/cpu.h"
#include "tpc/base/say.h"
#include "tpc/tpc.h"

enum { MAX_FRAMES = 48, STACK_SIZE = 128 << 10 };

static lzr_session *session;
static char stack[STACK_SIZE]; /* for the handler: the program's may be full */

static const struct {
  int number;
  const char *name;
} crashes[] = {{SIGSEGV, "SIGSEGV (segmentation fault)"},
               {SIGBUS, "SIGBUS (bus error)"},
               {SIGILL, "SIGILL (illegal instruction)"},
               {SIGFPE, "SIGFPE (arithmetic error)"},
               {SIGTRAP, "SIGTRAP (trap)"},
               {SIGABRT, "SIGABRT (abort)"}};
enum { CRASHES = sizeof crashes / sizeof crashes[0] };

struct stack_walk {
  uintptr_t start; /* where the program crashed; frames before it are ours */
  bool started;
  int count;
};

/* A return address may be the next function's first, so the address before it
   is looked up. */
static bool say_compiled_frame(int number, uint64_t address, bool is_return) {
  struct lzr_function_info function = {.size = sizeof function};
  if (!session ||
      !lzr_session_describe(session, address - is_return, &function))
    return false;
  lzr_say("  ", "#%-2d %s+%#" PRIx64 " (unit %04" PRIu32 ")", number,
          function.name, address - function.address, function.unit);
  return true;
}

static void say_frame(int number, uintptr_t address, bool is_return) {
  Dl_info info;
  uintptr_t at = address - is_return;
  if (say_compiled_frame(number, address, is_return))
    return;
  if (dladdr((void *)at, &info) && info.dli_fname)
    lzr_say("  ", "#%-2d %s+%#" PRIxPTR " in %s", number,
            info.dli_sname ? info.dli_sname : "?",
            address -
                (uintptr_t)(info.dli_saddr ? info.dli_saddr : info.dli_fbase),
            info.dli_fname);
  else
    lzr_say("  ", "#%-2d %#" PRIxPTR "", number, address);
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct stack_walk *walk = data;
  int before_instruction;
  uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
  if (!address) /* the caller of the program's first function */
    return _URC_END_OF_STACK;
  if (address == walk->start)
    walk->started = true;
  if (!walk->started)
    return _URC_NO_REASON;
  say_frame(walk->count, address, walk->count > 0 && !before_instruction);
  return ++walk->count < MAX_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static const char *name_signal(int number) {
  for (size_t i = 0; i < CRASHES; i++)
    if (crashes[i].number == number)
      return crashes[i].name;
  return "a signal";
}

/* fault is the address that could not be accessed, or NULL if it is not
   known. */
static void say_crash(const char *who, int number, const uint64_t *fault) {
  if (fault && (number == SIGSEGV || number == SIGBUS))
    lzr_say("lazyrun: ", "%s crashed: %s at address %#" PRIx64 "", who,
            name_signal(number), *fault);
  else
    lzr_say("lazyrun: ", "%s crashed: %s", who, name_signal(number));
}

/* The program has jumped to an address without code. The unwinder would read
   instructions there, so the two frames are printed without it. */
static void say_jump_to_nowhere(uintptr_t address, uintptr_t caller) {
  say_frame(0, address, false);
  say_frame(1, caller, true);
}

static void report(int number, siginfo_t *info, void *data) {
  char reason[64];
  snprintf(reason, sizeof reason, "it crashed with %s", name_signal(number));
  lzr_leave_llvm(reason);
  lzr_tpc_keep_handler(false);
  signal(number, SIG_DFL);
  const ucontext_t *context = data;
  struct stack_walk walk = {.start = lzr_cpu_crash_address(context)};
  uint64_t fault = (uintptr_t)info->si_addr;
  say_crash(session && !lzr_tpc_is_own_thread() ? "the program"
                                                : "lazyrun itself",
            number, &fault);
  if (number == SIGSEGV && (uintptr_t)info->si_addr == walk.start)
    say_jump_to_nowhere(walk.start, lzr_cpu_crash_caller(context));
  else
    _Unwind_Backtrace(visit, &walk);
  if (!walk.count && number != SIGSEGV)
    say_frame(0, walk.start, false);
  raise(number); /* ends the process once this returns: until then it is
                    blocked */
}

/* A signal that was ignored when lazyrun was started stays ignored, as it would
   in a native program. */
static void watch(int number) {
  struct sigaction action = {.sa_sigaction = report,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
  struct sigaction present;
  if (sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
    sigaction(number, &action, NULL);
}

void crash_watch(lzr_session *watched) {
  session = watched;
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  lzr_tpc_hide_signal_stack((uintptr_t)stack);
  lzr_tpc_hide_handler((uintptr_t)report);
  for (size_t i = 0; i < CRASHES; i++)
    watch(crashes[i].number);
  lzr_tpc_keep_handler(true);
  lzr_set_crash_handler((uintptr_t)report);
}

/* In an executor. */

static bool is_crash(int number) {
  for (size_t i = 0; i < CRASHES; i++)
    if (crashes[i].number == number)
      return true;
  return false;
}

void crash_report(lzr_session *watched, const struct lzr_ending *ending) {
  session = watched;
  if (ending->status == SIGKILL)
    lzr_say("lazyrun: ", "the executor was killed");
  if (!is_crash(ending->status))
    return;
  say_crash("the program", ending->status,
            ending->frame_count ? &ending->fault : NULL);
  for (size_t i = 0; i < ending->frame_count; i++) {
    const struct lzr_frame *frame = &ending->frames[i];
    if (say_compiled_frame((int)i, frame->address, frame->is_return))
      continue;
    if (*frame->where)
      lzr_say("  ", "#%-2d %s", (int)i, frame->where);
    else
      lzr_say("  ", "#%-2d %#" PRIx64 "", (int)i, frame->address);
  }
}
