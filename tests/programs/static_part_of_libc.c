/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that glibc keeps in a static part, where dlsym does not see them;
   and functions it selects by CPU. */
//! no-executor: a child of the program cannot reach the compiler
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void before_fork(void) {
  printf("before fork\n");
  fflush(stdout);
}
static void in_child(void) {
  printf("in child\n");
}
static void at_quick_exit_handler(void) {
  static const char text[] = "quick exit\n";
  write(1, text, sizeof text - 1);
}
static void at_exit_handler(void) {
  puts("exit");
}

static void show_kind(const char *path) {
  struct stat by_name, by_link, by_number;
  int failed = stat(path, &by_name) | lstat(path, &by_link) |
               fstat(0, &by_number) | fstatat(-100, path, &by_link, 0);
  printf("%s: %d %d\n", path, failed, S_ISDIR(by_name.st_mode));
}

static void leave_quickly(void) {
  pid_t child = fork();
  if (child == 0) {
    fflush(stdout);
    at_quick_exit(at_quick_exit_handler);
    quick_exit(0);
  }
  waitpid(child, NULL, 0);
}

int main(void) {
  atexit(at_exit_handler);
  pthread_atfork(before_fork, NULL, in_child);
  show_kind("/");
  show_kind("/dev/null");
  leave_quickly();
  size_t (*volatile length)(const char *) = strlen;
  char copy[8];
  memcpy(copy, "ifuncs", length("ifuncs") + 1);
  puts(copy);
  return 0;
}
//> /: 0 1
//> /dev/null: 0 0
//> before fork
//> in child
//> quick exit
//> ifuncs
//> exit
