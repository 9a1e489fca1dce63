#include "runtime/unit/guard.h"

#include <llvm-c/Core.h>
#include <llvm-c/ErrorHandling.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct guard {
  struct guard *outer;
  jmp_buf out;
  char report[1024]; /* LLVM's errors, joined by "; ", as far as they fit */
};

/* The guard this thread is in, if any. */
static _Thread_local struct guard *innermost;

static void add_report(struct guard *guard, const char *text) {
  size_t length = strlen(guard->report);
  snprintf(guard->report + length, sizeof guard->report - length, "%s%s",
           length ? "; " : "", text);
}

static void handle_fatal(const char *reason) {
  if (!innermost) {
    fprintf(stderr, "LLVM ERROR: %s\n", reason);
    return;
  }
  add_report(innermost, reason);
  longjmp(innermost->out, 1);
}

static void install_fatal_handler(void) {
  LLVMInstallFatalErrorHandler(handle_fatal);
}

static void handle_diagnostic(LLVMDiagnosticInfoRef diagnostic, void *data) {
  if (LLVMGetDiagInfoSeverity(diagnostic) != LLVMDSError)
    return;
  char *text = LLVMGetDiagInfoDescription(diagnostic);
  add_report(data, text);
  LLVMDisposeMessage(text);
}

lzr_error *lzr_guard_error(lzr_error_kind kind, const char *text) {
  size_t length = strlen(text);
  while (length && text[length - 1] == '\n')
    length--;
  return lzr_error_create(kind, "LLVM: %.*s", (int)length, text);
}

/* setjmp needs a frame whose locals do not change after it. */
static lzr_error *run_in(struct guard *guard, lzr_error *(*run)(void *data),
                         void *data, bool *fatal) {
  if (setjmp(guard->out)) {
    *fatal = true;
    return NULL;
  }
  return run(data);
}

lzr_error *lzr_guard_run(LLVMContextRef context, lzr_error_kind kind,
                         lzr_error *(*run)(void *data), void *data,
                         bool *fatal) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install_fatal_handler);

  LLVMDiagnosticHandler handler = LLVMContextGetDiagnosticHandler(context);
  void *handler_data = LLVMContextGetDiagnosticContext(context);
  struct guard guard = {.outer = innermost};
  innermost = &guard;
  LLVMContextSetDiagnosticHandler(context, handle_diagnostic, &guard);
  lzr_error *error = run_in(&guard, run, data, fatal);
  LLVMContextSetDiagnosticHandler(context, handler, handler_data);
  innermost = guard.outer;

  if (!error && guard.report[0])
    error = lzr_guard_error(kind, guard.report);
  return error;
}
