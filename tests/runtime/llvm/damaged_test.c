/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Bitcode with a byte changed. Each attempt is a process of its own: a fatal
 * error leaks memory, and LLVM crashes on a few inputs, none of which are
 * among these.
 */
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit_fixture.h"

static const char small_module[] =
    "declare i32 @e(i32)\n"
    "@g = global i32 1\n"
    "define i32 @f(i32 %x, i1 %c) {\nentry:\n"
    "  br i1 %c, label %a, label %b\n"
    "a:\n  %y = call i32 @e(i32 %x)\n  br label %b\n"
    "b:\n  %r = phi i32 [ %x, %entry ], [ %y, %a ]\n"
    "  store i32 %r, ptr @g\n  ret i32 %r\n}\n";

enum outcome {
  FINE,
  NOT_OPENED,
  NOT_EXTRACTED,
  NOT_EXTRACTED_AND_OVER, /* after a fatal error nothing more comes */
  WRONG_ERROR,
  OUTCOMES
};

static enum outcome judge(lzr_error *error, enum outcome otherwise) {
  enum outcome outcome =
      lzr_error_get_kind(error) == LZR_ERROR_FORMAT ? otherwise : WRONG_ERROR;
  lzr_error_destroy(error);
  return outcome;
}

static bool refuses_all(lzr_source *source) {
  LLVMModuleRef unit;
  uint32_t last = lzr_source_group_count(source) - 1;
  lzr_error *error = lzr_source_extract(source, &last, 1, NULL, NULL, &unit);
  return error && strstr(lzr_error_message(error), "further");
}

static enum outcome attempt(const char *bytes, size_t size) {
  struct lzr_source_options options = source_options(X86_64);
  lzr_source *source;
  lzr_error *error = lzr_source_open("x.bc", bytes, size, &options, &source);
  if (error)
    return judge(error, NOT_OPENED);
  for (uint32_t g = 0; g < lzr_source_group_count(source); g++) {
    LLVMModuleRef unit;
    error = lzr_source_extract(source, &g, 1, NULL, NULL, &unit);
    if (error)
      return judge(error, refuses_all(source) ? NOT_EXTRACTED_AND_OVER
                                              : NOT_EXTRACTED);
    LLVMDisposeModule(unit);
  }
  lzr_source_close(source);
  return FINE;
}

static enum outcome attempt_apart(const char *bytes, size_t size) {
  pid_t child = fork();
  cr_assert_geq(child, 0);
  if (!child) {
    alarm(30);
    _exit(attempt(bytes, size));
  }
  int status;
  waitpid(child, &status, 0);
  cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
  cr_assert_lt(WEXITSTATUS(status), OUTCOMES);
  return (enum outcome)WEXITSTATUS(status);
}

Test(unit_damaged, bitcode_is_an_error_or_harmless_but_no_crash) {
  struct fixture f = open_text(small_module);
  int seen[OUTCOMES] = {0};
  for (size_t at = 0; at < f.size; at += 4) {
    f.bitcode[at] ^= '\xff';
    seen[attempt_apart(f.bitcode, f.size)]++;
    f.bitcode[at] ^= '\xff';
  }
  cr_assert_eq(seen[WRONG_ERROR], 0);
  cr_assert_gt(seen[NOT_OPENED], 0);
  cr_assert_gt(seen[NOT_EXTRACTED_AND_OVER], 0);
  close_fixture(&f);
}
