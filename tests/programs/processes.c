/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Starting other programs: fork and exec, a pipe, a shell, posix_spawn. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int run(const char *word) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    execlp("echo", "echo", word, (char *)NULL);
    _exit(127);
  }
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

static void read_from(const char *command) {
  char line[100] = "";
  FILE *pipe = popen(command, "r");
  if (fgets(line, sizeof line, pipe))
    printf("read %s", line);
  printf("status %d\n", WEXITSTATUS(pclose(pipe)));
}

static int spawn(void) {
  char *arguments[] = {"sh", "-c", "exit 6", NULL};
  int status = 0;
  pid_t child;
  if (posix_spawnp(&child, "sh", NULL, NULL, arguments, environ) != 0)
    return -1;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  printf("%d\n", run("executed"));
  read_from("echo piped; exit 5");
  printf("%d\n", WEXITSTATUS(system("exit 4")));
  printf("%d\n", spawn());
  return 0;
}
//> executed
//> 0
//> read piped
//> status 5
//> 4
//> 6
