/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A program that reads a part of its input leaves the rest to others. */
//! stdin: for the program
//! stdin: for another one
//! stdin: which reads to the end
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int read_line(char *line, int size) {
  int length = 0;
  while (length < size - 1 && read(0, &line[length], 1) == 1)
    if (line[length++] == '\n')
      break;
  line[length] = 0;
  return length;
}

int main(void) {
  char line[100];
  int length = read_line(line, sizeof line);
  printf("%d: %s", length, line);
  fflush(stdout);
  return system("cat");
}
//> 16: for the program
//> for another one
//> which reads to the end
