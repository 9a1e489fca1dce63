/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A program that dies by a signal does so for its parent too, whether the
   signal came from a bad access, from abort, or from outside. */
//! no-executor: a child of the program cannot reach the compiler
//! lazyrun-stderr: crashed: SIGSEGV
//! lazyrun-stderr: crashed: SIGABRT
//! no-sanitizer: it catches these signals
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void bad_access(void) {
  *(volatile int *)16 = 1;
}
static void divide(void) {
#if defined(__x86_64__)
  __asm__ volatile("xorl %%ecx, %%ecx\n\tidivl %%ecx"
                   :
                   : "a"(1), "d"(0)
                   : "rcx", "cc");
#else
  raise(SIGFPE);
#endif
}
static void from_outside(void) {
  kill(getpid(), SIGTERM);
  for (;;)
    pause();
}

static int signal_of(void (*die)(void)) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    die();
    _exit(0);
  }
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  printf("%d\n", signal_of(bad_access) == SIGSEGV);
  printf("%d\n", signal_of(abort) == SIGABRT);
  printf("%d\n", signal_of(divide) == SIGFPE);
  printf("%d\n", signal_of(from_outside) == SIGTERM);
  return 0;
}
//> 1
//> 1
//> 1
//> 1
