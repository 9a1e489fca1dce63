/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The first file that a program opens is descriptor 3. */
//! no-executor: the connection to the controller takes that one
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int first = open("/dev/null", O_RDONLY);
  int second = dup(first);
  printf("%d %d\n", first, second);
  close(first);
  printf("%d\n", open("/dev/null", O_WRONLY));
  return 0;
}
//> 3 4
//> 3
