#include "runtime/tool/crash.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "stubs/self.h"

enum { MAX_FRAMES = 48, STACK_SIZE = 128 << 10 };

static lzr_session *session;
static char stack[STACK_SIZE]; /* a crash may be for want of stack */

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

struct walk {
  uintptr_t start; /* where the signal came; frames before it are our own */
  bool started;
  int count;
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof line)
    length = sizeof line - 1;
  if (write(STDERR_FILENO, line, (size_t)length) < 0)
    _exit(127);
}

/* A return address belongs to the call before it. */
static bool say_compiled_frame(int number, uint64_t address, bool is_return) {
  const char *function;
  uint64_t offset;
  uint32_t unit;
  if (!lzr_session_describe(session, address - is_return, &function, &offset,
                            &unit))
    return false;
  say("  #%-2d %s+%#" PRIx64 " (unit %04" PRIu32 ")\n", number, function,
      offset + is_return, unit);
  return true;
}

static void say_frame(int number, uintptr_t address, bool is_return) {
  Dl_info info;
  uintptr_t at = address - is_return;
  if (say_compiled_frame(number, address, is_return))
    return;
  if (dladdr((void *)at, &info) && info.dli_fname)
    say("  #%-2d %s+%#" PRIxPTR " in %s\n", number,
        info.dli_sname ? info.dli_sname : "?",
        address - (uintptr_t)(info.dli_saddr ? info.dli_saddr : info.dli_fbase),
        info.dli_fname);
  else
    say("  #%-2d %#" PRIxPTR "\n", number, address);
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct walk *walk = data;
  int before_instruction;
  uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
  if (!address) /* what called the program's first function */
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

/* fault is NULL where it is not known. */
static void say_crash(int number, const uint64_t *fault) {
  if (fault && (number == SIGSEGV || number == SIGBUS))
    say("lazyrun: the program crashed: %s at address %#" PRIx64 "\n",
        name_signal(number), *fault);
  else
    say("lazyrun: the program crashed: %s\n", name_signal(number));
}

/* The unwinder would look for instructions there. */
static void say_jump_to_nowhere(uintptr_t address, uintptr_t caller) {
  say_frame(0, address, false);
  say_frame(1, caller, true);
}

static void report(int number, siginfo_t *info, void *data) {
  const ucontext_t *context = data;
  struct walk walk = {.start = lzr_self_crash_address(context)};
  uint64_t fault = (uintptr_t)info->si_addr;
  say_crash(number, &fault);
  if (number == SIGSEGV && (uintptr_t)info->si_addr == walk.start)
    say_jump_to_nowhere(walk.start, lzr_self_crash_caller(context));
  else
    _Unwind_Backtrace(visit, &walk);
  if (!walk.count && number != SIGSEGV)
    say_frame(0, walk.start, false);
  raise(number); /* by default now, and blocked until this returns */
}

void crash_watch(lzr_session *watched) {
  session = watched;
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = report,
                             .sa_flags =
                                 SA_SIGINFO | SA_ONSTACK | SA_RESETHAND};
  for (size_t i = 0; i < CRASHES; i++)
    sigaction(crashes[i].number, &action, NULL);
}

/* ---- In an executor -------------------------------------------------------
 */

static bool is_crash(int number) {
  for (size_t i = 0; i < CRASHES; i++)
    if (crashes[i].number == number)
      return true;
  return false;
}

void crash_report(lzr_session *watched, const struct lzr_ending *ending) {
  session = watched;
  if (ending->status == SIGKILL)
    say("lazyrun: the executor was killed\n");
  if (!is_crash(ending->status))
    return;
  say_crash(ending->status, ending->frame_count ? &ending->fault : NULL);
  for (size_t i = 0; i < ending->frame_count; i++) {
    const struct lzr_frame *frame = &ending->frames[i];
    if (say_compiled_frame((int)i, frame->address, frame->is_return))
      continue;
    if (*frame->where)
      say("  #%-2d %s\n", (int)i, frame->where);
    else
      say("  #%-2d %#" PRIx64 "\n", (int)i, frame->address);
  }
}
