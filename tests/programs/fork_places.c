/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Forks in places from which the child has a way back: a constructor, a thread,
   a signal handler that has interrupted a first call. */
//! no-emulator: qemu's child cannot start threads after a fork
//! no-stock-executor: a child of the program cannot reach the compiler
//! no-sanitizer: forking with threads is not supported under it
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

/* The child goes on to the next constructor and to main, the parent waits for
   it. */
static int is_first_child, constructed;

__attribute__((constructor(200))) static void construct(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  pid_t child = fork();
  if (child == 0)
    is_first_child = 1;
  else
    printf("constructor's child %d\n", status_of(child));
}
static int next(int x) {
  return x + 1;
}
__attribute__((constructor(300))) static void construct_more(void) {
  constructed = next(constructed);
}

/* The child's only thread returns from its start routine: the child ends. */
static int in_child(int x) {
  return x + 2;
}
static void *fork_here(void *data) {
  pid_t child = fork();
  if (child == 0) {
    printf("thread's child %d\n", in_child(0));
    if (data)
      pthread_exit(NULL);
    return NULL;
  }
  printf("thread's child ends with %d\n", status_of(child));
  return NULL;
}
static void at_exit(void) {
  printf("exit handler of %s\n", is_first_child ? "first child" : "parent");
}

/* A child whose threads outlive its first thread. */
static int late(int x) {
  return x + 3;
}
static void *last(void *data) {
  usleep(30000);
  printf("last thread %d\n", late(0));
  return data;
}
static void leave_threads(void) {
  pthread_t thread;
  pid_t child = fork();
  if (child == 0) {
    pthread_create(&thread, NULL, last, NULL);
    pthread_exit(NULL);
  }
  printf("threads' child %d\n", status_of(child));
}

#define F(n)                                                                   \
  static int f##n(int x) {                                                     \
    return x + n;                                                              \
  }
#define TEN(X, n)                                                              \
  X(n##0)                                                                      \
  X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
TEN(F, 1)
TEN(F, 2)
TEN(F, 3)
TEN(F, 4)
#define P(n) f##n,
static int (*const functions[])(int) = {TEN(P, 1) TEN(P, 2) TEN(P, 3)
                                            TEN(P, 4)};
static volatile sig_atomic_t depth, forks;
static pid_t children[100];
static void interrupt(int number) {
  (void)number;
  if (forks == 8 || depth)
    return;
  pid_t child = fork();
  if (child == 0)
    depth = 1;
  else
    children[forks++] = child;
}
static void fork_in_handlers(void) {
  struct itimerval timer = {{0, 2000}, {0, 2000}}, none = {{0, 0}, {0, 0}};
  int sum = 0, good = 0;
  signal(SIGALRM, interrupt);
  setitimer(ITIMER_REAL, &timer, NULL);
  for (int i = 0; i < 40 || (forks < 8 && !depth); i++)
    sum += i < 40 ? functions[i](i) : 0;
  if (depth)
    _exit(sum == 1960 ? 7 : 8);
  setitimer(ITIMER_REAL, &none, NULL);
  for (int i = 0; i < forks; i++)
    good += status_of(children[i]) == 7;
  printf("handlers' children %d, %d\n", good, sum);
}

int main(void) {
  atexit(at_exit);
  printf("main %d %d\n", is_first_child, constructed);
  if (is_first_child)
    return 5;
  pthread_t thread;
  for (int i = 0; i < 2; i++) {
    pthread_create(&thread, NULL, fork_here, i ? &thread : NULL);
    pthread_join(thread, NULL);
  }
  leave_threads();
  fork_in_handlers();
  return 0;
}
//> main 1 1
//> exit handler of first child
//> constructor's child 5
//> main 0 1
//> thread's child 2
//> exit handler of parent
//> thread's child ends with 0
//> thread's child 2
//> exit handler of parent
//> thread's child ends with 0
//> last thread 3
//> exit handler of parent
//> threads' child 0
//> handlers' children 8, 1960
//> exit handler of parent
