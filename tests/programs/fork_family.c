/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Children that outlive their parents, children of children, many at once, and
   a parent that goes on meanwhile: each compiles what it needs itself. */
//! no-emulator: qemu's child cannot start threads after a fork
//! no-sanitized-executor: lazyrun does not fork there
//! no-stock-executor: a child of the program cannot reach the compiler
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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
#define P(n) f##n,
static int (*const functions[])(int) = {TEN(P, 1) TEN(P, 2) TEN(P, 3)};

static int ends[2];

static void say(int value) {
  if (write(ends[1], &value, sizeof value) != sizeof value)
    _exit(9);
}

static int hear(void) {
  int value = -1;
  return read(ends[0], &value, sizeof value) == sizeof value ? value : -1;
}

static int status_of(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

/* The middle process ends at once; the last one goes on without it. */
static void daemonize(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t middle = fork();
  if (middle == 0) {
    setsid();
    if (fork() != 0)
      _exit(functions[0](0));
    while (getppid() == middle)
      ;
    usleep(20000);
    for (int i = 3; i < 1100; i++)
      if (i != ends[1])
        close(i);
    say(functions[1](functions[2](100)));
    _exit(3);
  }
  printf("middle %d\n", status_of(middle));
  printf("daemon %d\n", hear());
  printf("daemon %d\n", status_of(-1));
}

/* Each is born while its elder brothers live, and the parent goes on before
   they do. */
static void many(void) {
  pid_t children[8];
  int start[2], total = 0;
  if (pipe(start) != 0)
    exit(1);
  for (int i = 0; i < 8; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      char byte;
      close(start[1]);
      if (read(start[0], &byte, 1) != 0)
        _exit(99);
      _exit(functions[10 + (i + 1) % 8](i));
    }
    if (i % 2)
      total += functions[10 + i](0);
  }
  close(start[1]);
  close(start[0]);
  printf("many");
  for (int i = 0; i < 8; i++)
    printf(" %d", status_of(children[i]));
  printf(" %d\n", total);
}

static int depth_of(int levels) {
  if (levels == 0)
    return functions[20](0);
  pid_t child = fork();
  if (child == 0)
    _exit(depth_of(levels - 1) + functions[20 + levels](0) % 2);
  return status_of(child);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  if (pipe(ends) != 0)
    return 1;
  daemonize();
  many();
  printf("deep %d\n", depth_of(6));
  pid_t child = fork();
  if (child == 0)
    return functions[28](0); /* as main */
  printf("main %d\n", status_of(child));
  return 0;
}
//> middle 10
//> daemon 123
//> daemon 3
//> many 21 23 25 27 29 31 33 27 96
//> deep 33
//> main 38
