/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// What a program does to descriptors that it has not opened: closes them all,
// puts its own in their place, looks for the lowest. First calls go on.
//> lowest 3
//> lowest 3
//> pipe 4 5: abc
//> sums 1220 1220
//> lowest 3
//> first calls 42 43
//! no-stock-executor: LLVM's has its connection where the program looks
//! no-emulator: it has descriptors of its own
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void show_lowest(void) {
  int fd = open("/dev/null", O_RDONLY);
  printf("lowest %d\n", fd);
  close(fd);
}

// Each is called first while descriptors are being replaced.
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
enum { COUNT = sizeof functions / sizeof *functions };

static int sum(void) {
  int total = 0;
  for (int i = 0; i < COUNT; i++)
    total += functions[i](1);
  return total;
}

static void *add_up(void *data) {
  *(int *)data = sum();
  return NULL;
}

// A child has descriptors of its own, which share nothing with its parent's.
static void fork_and_close(void) {
  pid_t child = fork();
  if (child == 0) {
    closefrom(3);
    dup2(1, 700);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  child = vfork();
  if (child == 0) {
    for (int i = 3; i < 1100; i++)
      close(i);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static int late(int x) {
  return x * 2;
}
static int later(int x) {
  return x * 2 + 1;
}

int main(void) {
  int ends[2], totals[2];
  char text[4] = "";
  pthread_t threads[2];
  show_lowest();
  for (int i = 3; i < 4096; i++)
    close(i);
  fork_and_close();
  closefrom(3);
  show_lowest();
  int fd = open("/dev/null", O_RDWR);
  if (pipe(ends) != 0 || write(ends[1], "abc", 3) != 3 ||
      read(ends[0], text, 3) != 3)
    return 1;
  printf("pipe %d %d: %s\n", ends[0], ends[1], text);
  for (int i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, add_up, &totals[i]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  int most = limit.rlim_cur < 1100 ? (int)limit.rlim_cur : 1100;
  for (int i = 6; i < most - 4; i++)
    if (dup2(fd, i) != i) {
      printf("dup2 onto %d: %d\n", i, errno);
      return 1;
    }
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  printf("sums %d %d\n", totals[0], totals[1]);
  if (close_range(3, ~0U, 0) != 0)
    closefrom(3);
  show_lowest();
  printf("first calls %d %d\n", late(21), later(21));
  return 0;
}
