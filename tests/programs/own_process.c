/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A program finds its process as the kernel and libc hand it over, whatever
   lazyrun has done there before. */
//! libs: -lm
//! no-stock-executor: main is not on its first thread
//! args: first -a -b value --long last
//! stdin: the first line
//! stdin: the second
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fenv.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <wchar.h>

/* Before stdio, and the program's own calls, have changed any of it. */
static int first_errno, buffer_size, orientation;

static void look_first(void) {
  first_errno = errno;
  buffer_size = (int)__fbufsize(stdout) + (int)__fbufsize(stdin);
  orientation = fwide(stdout, 0);
}

static void options(int argc, char **argv) {
  static const struct option names[] = {{"long", no_argument, NULL, 'l'},
                                        {NULL, 0, NULL, 0}};
  printf("optind %d opterr %d optopt %d optarg %d\n", optind, opterr, optopt,
         optarg != NULL);
  for (int o; (o = getopt_long(argc, argv, "ab:", names, NULL)) != -1;)
    printf("%c %s, ", o, optarg ? optarg : "");
  while (optind < argc)
    printf("%s%s", argv[optind], optind + 1 < argc ? " " : ""), optind++;
  puts("");
}

static int is_untouched(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action))
    return 1;
  return action.sa_handler == SIG_DFL && action.sa_flags == 0 &&
         sigisemptyset(&action.sa_mask);
}

static void signals(void) {
  sigset_t blocked, pending;
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  sigpending(&pending);
  int touched = 0;
  for (int number = 1; number < 32; number++)
    if (!is_untouched(number))
      touched = number;
  stack_t stack;
  sigaltstack(NULL, &stack);
  printf("mask %d pending %d touched %d stack %d\n", !sigisemptyset(&blocked),
         !sigisemptyset(&pending), touched, stack.ss_flags == SS_DISABLE);
  printf("previous %d %d\n", signal(SIGSEGV, SIG_IGN) == SIG_DFL,
         signal(SIGSEGV, SIG_DFL) == SIG_IGN);
}

static void numbers(void) {
  int random_first = (int)random();
  srandom(1);
  printf("random %d %.3f %d\n", random_first == (int)random(), drand48(),
         rand_r(&(unsigned){1}) != 0);
  printf("rounding %d raised %d\n", fegetround() == FE_TONEAREST,
         fetestexcept(FE_ALL_EXCEPT));
}

static void texts(void) {
  printf("locale %s %zu %.1f\n", setlocale(LC_ALL, NULL), MB_CUR_MAX, 1.5);
  printf("dlerror %d\n", dlerror() != NULL);
  char line[80];
  int position = (int)lseek(STDIN_FILENO, 0, SEEK_CUR);
  printf("at %d %s", position > 0, fgets(line, sizeof line, stdin));
}

static void process(void) {
  struct itimerval timer;
  getitimer(ITIMER_REAL, &timer);
  printf("timer %ld first thread %d\n", timer.it_value.tv_sec,
         (int)syscall(SYS_gettid) == getpid());
}

static void first(void) {
  puts("registered first, runs last");
}
static void second(void) {
  puts("registered second, runs first");
}

int main(int argc, char **argv) {
  look_first();
  printf("errno %d buffer %d orientation %d\n", first_errno, buffer_size,
         orientation);
  atexit(first);
  atexit(second);
  options(argc, argv);
  signals();
  numbers();
  texts();
  process();
  printf("secrets %d\n", getenv("LAZYRUN_SECRET") != NULL);
  return 0;
}
//> errno 0 buffer 0 orientation 0
//> optind 1 opterr 1 optopt 63 optarg 0
//> a , b value, l , first last
//> mask 0 pending 0 touched 0 stack 1
//> previous 1 1
//> random 1 0.000 1
//> rounding 1 raised 0
//> locale C 1 1.5
//> dlerror 0
//> at 0 the first line
//> timer 0 first thread 1
//> secrets 0
//> registered second, runs first
//> registered first, runs last
