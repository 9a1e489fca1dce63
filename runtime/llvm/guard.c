/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/guard.h"

#include <llvm-c/Core.h>
#include <llvm-c/ErrorHandling.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/compiler.h"
#include "tpc/base/memory.h"
#include "tpc/base/say.h"
#include "tpc/base/text.h"

enum { REPORT_SIZE = 1024 };

struct guard {
  struct guard *outer;
  jmp_buf out;
  char report[REPORT_SIZE]; /* LLVM's errors, with "; " between them, cut if too
                               long */
};

/* The innermost guard that this thread is in, or NULL. */
static _Thread_local struct guard *innermost;

static void add_report(struct guard *guard, const char *text) {
  char line[REPORT_SIZE];
  size_t length = strlen(guard->report);
  lzr_text_join_lines(text, line, sizeof line);
  snprintf(guard->report + length, sizeof guard->report - length, "%s%s",
           length ? "; " : "", line);
}

bool lzr_guard_leave(const char *reason) {
  if (!innermost)
    return false;
  add_report(innermost, reason);
  longjmp(innermost->out, 1);
}

static void handle_fatal(const char *reason) {
  if (!lzr_guard_leave(reason))
    lzr_say("LLVM ERROR: ", "%s", reason);
}

/* Memory. */

/* std::set_new_handler and std::get_new_handler of the C++ library that LLVM
   uses, and llvm::install_bad_alloc_error_handler, for what LLVM allocates by
   malloc. The C API has no such functions. */
typedef void (*new_handler)(void);
new_handler
set_new_handler(new_handler handler) __asm__("_ZSt15set_new_handlerPFvvE");
new_handler get_new_handler(void) __asm__("_ZSt15get_new_handlerv");
void install_bad_alloc_handler(
    void (*handler)(void *, const char *, bool),
    void *data) __asm__("_ZN4llvm31install_bad_alloc_error_"
                        "handlerEPFvPvPKcbES0_");
void remove_bad_alloc_handler(void) __asm__("_ZN4llvm30remove_bad_alloc_error_"
                                            "handlerEv");

/* What the client has set, or NULL. */
static _Atomic(new_handler) clients_new_handler;

/* Operator new calls this until there is memory, or until there is no handler:
   then it throws std::bad_alloc, which no code of LLVM's catches. */
static void handle_no_new(void) {
  lzr_guard_leave(lzr_memory_reason());
  new_handler clients = atomic_load(&clients_new_handler);
  if (clients)
    clients();
  else
    set_new_handler(NULL);
}

/* Outside of guards, the client's use of LLVM ends as it would without
   lazyrun. */
static void handle_no_malloc(void *data, const char *reason, bool crash) {
  (void)data, (void)crash;
  lzr_guard_leave(lzr_memory_reason());
  new_handler clients = atomic_load(&clients_new_handler);
  if (clients)
    clients();
  lzr_say("LLVM ERROR: ", "out of memory: %s", reason);
  abort();
}

/* Done whenever LLVM is entered, because a client may have set its own
   since. */
static void watch_new(void) {
  new_handler present = get_new_handler();
  if (present == handle_no_new)
    return;
  atomic_store(&clients_new_handler, present);
  set_new_handler(handle_no_new);
}

static atomic_uint guards; /* that threads are in, the outermost ones */

/* Done whenever LLVM is entered while no thread is in it, because a client may
   have set and removed its own since. LLVM expects to have none before. */
static void install_handlers(void) {
  LLVMResetFatalErrorHandler();
  LLVMInstallFatalErrorHandler(handle_fatal);
  remove_bad_alloc_handler();
  install_bad_alloc_handler(handle_no_malloc, NULL);
}

static void handle_diagnostic(LLVMDiagnosticInfoRef diagnostic, void *data) {
  if (LLVMGetDiagInfoSeverity(diagnostic) != LLVMDSError)
    return;
  char *text = LLVMGetDiagInfoDescription(diagnostic);
  add_report(data, text ? text : lzr_memory_reason());
  LLVMDisposeMessage(text);
}

/* Crashes. */

static _Atomic lzr_addr crash_handler;
static const struct lzr_crash_hooks *_Atomic crash_hooks; /* set first */

void lzr_guard_set_crash_handler(lzr_addr handler,
                                 const struct lzr_crash_hooks *hooks) {
  if (hooks)
    atomic_store(&crash_hooks, hooks);
  atomic_store(&crash_handler, hooks ? handler : 0);
}

/* What a guard changes for its thread, so that crashes reach their handler. */
struct watch {
  bool is_on; /* the rest is only meant then */
  bool owned_before;
  sigset_t mask_before;
};

static void let_crashes_in(sigset_t *before) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
    sigaddset(&set, crashes[i]);
  pthread_sigmask(SIG_UNBLOCK, &set, before);
}

/* A program may have replaced the handler by its own, which knows nothing of
   LLVM. */
static struct watch begin_watch(void) {
  lzr_addr handler = atomic_load(&crash_handler);
  const struct lzr_crash_hooks *hooks = atomic_load(&crash_hooks);
  struct watch watch = {.is_on = handler && hooks->hold_crashes(handler)};
  if (!watch.is_on)
    return watch;
  watch.owned_before = hooks->own_crashes(true);
  let_crashes_in(&watch.mask_before);
  return watch;
}

static void end_watch(const struct watch *watch) {
  if (!watch->is_on)
    return;
  pthread_sigmask(SIG_SETMASK, &watch->mask_before, NULL);
  atomic_load(&crash_hooks)->own_crashes(watch->owned_before);
}

/* Errors. */

lzr_error *lzr_guard_error(lzr_error_kind kind, const char *text) {
  char line[REPORT_SIZE];
  lzr_text_join_lines(text ? text : lzr_memory_reason(), line, sizeof line);
  return lzr_error_create(kind, "LLVM: %s", line);
}

/* A function of its own, because after longjmp the values of local variables
   that have changed since setjmp are indeterminate. */
static lzr_error *run_in(struct guard *guard, lzr_error *(*run)(void *data),
                         void *data, bool *fatal) {
  if (setjmp(guard->out)) {
    *fatal = true;
    return NULL;
  }
  return run(data);
}

/* The handlers of a context, or of no context. */
static void set_diagnostics(LLVMContextRef context,
                            LLVMDiagnosticHandler handler, void *data) {
  if (context)
    LLVMContextSetDiagnosticHandler(context, handler, data);
}

lzr_error *lzr_guard_run(LLVMContextRef context, lzr_error_kind kind,
                         lzr_error *(*run)(void *data), void *data,
                         bool *fatal) {
  if (!innermost && atomic_fetch_add(&guards, 1) == 0)
    install_handlers();
  watch_new();

  LLVMDiagnosticHandler handler =
      context ? LLVMContextGetDiagnosticHandler(context) : NULL;
  void *handler_data =
      context ? LLVMContextGetDiagnosticContext(context) : NULL;
  struct guard guard = {.outer = innermost};
  struct watch watch = begin_watch();
  innermost = &guard;
  set_diagnostics(context, handle_diagnostic, &guard);
  lzr_error *error = run_in(&guard, run, data, fatal);
  set_diagnostics(context, handler, handler_data);
  innermost = guard.outer;
  end_watch(&watch);
  if (!innermost)
    atomic_fetch_sub(&guards, 1);

  if (!error && guard.report[0])
    error = lzr_guard_error(kind, guard.report);
  return error;
}

struct disposal {
  void (*run)(void *data);
  void *data;
};

static lzr_error *dispose(void *data) {
  const struct disposal *disposal = data;
  disposal->run(disposal->data);
  return NULL;
}

void lzr_guard_dispose(void (*run)(void *data), void *data) {
  struct disposal disposal = {run, data};
  bool fatal;
  lzr_error_destroy(
      lzr_guard_run(NULL, LZR_ERROR_MEMORY, dispose, &disposal, &fatal));
}
