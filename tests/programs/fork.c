/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* After a fork, child, grandchild and parent make first calls and change the
   same variables; none sees what the others did. */
//! no-emulator: qemu's child cannot start threads after a fork
//! no-sanitized-executor: lazyrun does not fork there
//! no-stock-executor: a child of the program cannot reach the compiler
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared_looking = 1;

static int only_in_child(int x) {
  return x + 10;
}
static int only_in_parent(int x) {
  return x + 20;
}
static int in_both(int x) {
  return x + 30;
}
static int only_in_grandchild(int x) {
  return x + 40;
}
static int after_wait(int x) {
  return x + 50;
}

static int wait_for(pid_t child) {
  int status = -1;
  if (waitpid(child, &status, 0) != child)
    return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void run_grandchild(void) {
  shared_looking = 3;
  printf("grandchild %d\n", only_in_grandchild(in_both(0)));
  exit(9);
}

static void run_child(void) {
  shared_looking = 2;
  printf("child %d\n", only_in_child(in_both(0)));
  fflush(stdout);
  pid_t grandchild = fork();
  if (grandchild == 0)
    run_grandchild();
  int status = wait_for(grandchild);
  printf("child %d %d\n", status, shared_looking);
  exit(8);
}

int main(void) {
  pid_t child = fork();
  if (child == 0)
    run_child();
  int value = only_in_parent(in_both(0));
  int status = wait_for(child);
  printf("parent %d %d %d\n", value, status, shared_looking);
  printf("parent %d\n", after_wait(0));
  return 0;
}
//> child 40
//> grandchild 70
//> child 9 2
//> parent 50 8 1
//> parent 50
