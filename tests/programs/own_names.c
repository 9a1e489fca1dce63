/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names that lazyrun, LLVM and libc define too: the program's are the
   program's, and lazyrun keeps its own. */
#include <stdio.h>
#include <stdlib.h>

int lzr_session_create(int x) {
  return x + 1;
}
int lzr_compile_unit = 2;
int LLVMContextCreate(void) {
  return 3;
}
int LLVMGetVersion = 4;
int ffi_call(void) {
  return 5;
}
int session = 6;
int options_parse(void) {
  return 7;
}
int crash_watch = 8;
void *_ZN4llvm11LLVMContextC1Ev = &session;

/* libc's, which libc and lazyrun call themselves. */
int qsort_calls;
void qsort(void *base, size_t count, size_t size,
           int (*compare)(const void *, const void *)) {
  (void)base, (void)size, (void)compare;
  qsort_calls += (int)count;
}
char *getenv(const char *name) {
  (void)name;
  return "own";
}
long write_calls;
long write(int file, const void *data, size_t size) {
  (void)file, (void)data;
  write_calls++;
  return (long)size;
}

int main(void) {
  printf("%d %d %d %d\n", lzr_session_create(0), lzr_compile_unit,
         LLVMContextCreate(), LLVMGetVersion);
  printf("%d %d %d %d %d\n", ffi_call(), session, options_parse(), crash_watch,
         *(int *)_ZN4llvm11LLVMContextC1Ev);
  qsort(NULL, 9, 0, NULL);
  printf("%d %s\n", qsort_calls, getenv("PATH"));
  long written = write(1, "lost", 4);
  printf("%ld %ld\n", written, write_calls);
  return 0;
}
//> 1 2 3 4
//> 5 6 7 8 6
//> 9 own
//> 4 1
