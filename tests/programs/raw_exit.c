/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// The main thread ends by the bare system call, with a status; the process ends
// when its other thread does, which makes first calls.
//> bye
//> 42
//! exit: 3
//! no-stock-executor: main is not on its first thread
//! no-emulator: a program does not end there when its first thread has ended
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int later(int x) {
  return x * 2;
}
static void *work(void *data) {
  usleep(100000);
  printf("%d\n", later(*(int *)data));
  fflush(stdout);
  syscall(SYS_exit, 3); // some kernels take the first thread's, some the last's
  return NULL;
}

int main(void) {
  static int number = 21;
  pthread_t thread;
  puts("bye");
  fflush(stdout);
  pthread_create(&thread, NULL, work, &number);
  syscall(SYS_exit, 3);
  return 0;
}
