/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One thread forks while others make first calls; the child, which has none of
   them, makes first calls too. */
//! no-emulator: qemu's child cannot start threads after a fork
//! no-stock-executor: a child of the program cannot reach the compiler
//! no-sanitizer: forking with threads is not supported under it
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define F(n)                                                                   \
  static int f##n(int x) {                                                     \
    return x ^ n;                                                              \
  }
#define F10(n)                                                                 \
  F(n##0)                                                                      \
  F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define P10(n)                                                                 \
  f##n##0, f##n##1, f##n##2, f##n##3, f##n##4, f##n##5, f##n##6, f##n##7,      \
      f##n##8, f##n##9
F10(1)
F10(2)
F10(3)
F10(4)
static int (*const functions[])(int) = {P10(1), P10(2), P10(3), P10(4)};
enum { COUNT = sizeof functions / sizeof *functions };

static void *run(void *data) {
  int value = 0;
  for (int i = 0; i < COUNT; i++)
    value = functions[i](value);
  *(int *)data = value;
  return NULL;
}

static int run_child(void) {
  int value = 0;
  for (int i = COUNT - 1; i >= 0; i--)
    value = functions[i](value);
  return value;
}

int main(void) {
  pthread_t threads[3];
  int results[3], good = 0, expected = 0;
  for (int i = 0; i < 3; i++)
    pthread_create(&threads[i], NULL, run, &results[i]);
  for (int i = 10; i < 10 + COUNT; i++)
    expected ^= i;
  for (int i = 0; i < 5; i++) {
    int status = -1;
    pid_t child = fork();
    if (child == 0)
      _exit(run_child());
    waitpid(child, &status, 0);
    good += WIFEXITED(status) && WEXITSTATUS(status) == expected;
  }
  for (int i = 0; i < 3; i++) {
    pthread_join(threads[i], NULL);
    good += results[i] == expected;
  }
  printf("%d\n", good);
  return 0;
}
//> 8
