/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An unwinder sees every frame, in a first call too. */
#include <stdio.h>
#include <unwind.h>

static _Unwind_Reason_Code count(struct _Unwind_Context *context, void *data) {
  if (_Unwind_GetIP(context))
    ++*(int *)data;
  return _URC_NO_REASON;
}

__attribute__((noinline)) static int depth(void) {
  int frames = 0;
  _Unwind_Backtrace(count, &frames);
  return frames;
}
__attribute__((noinline)) static int nested(int levels) {
  volatile int result = levels ? nested(levels - 1) : depth();
  return result;
}

int main(void) {
  int once = nested(0), deeper = nested(10);
  printf("%d %d\n", once >= 3, deeper - once);
  return 0;
}
//! no-passes-at-O0: clang marks all functions noinline, so passes do not heed it
//> 1 10
