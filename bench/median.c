/*
 * Times commands against each other:
 *
 *     bench-median ROUNDS <<'END'
 *     native   ./program argument
 *     lazyrun  lazyrun program.bc argument
 *     END
 *
 * Each line of standard input is a name and a command, words separated by
 * blanks. Every round runs each command once, so that what disturbs the machine
 * disturbs them alike; output goes to /dev/null. Prints, for each, the median
 * wall-clock time, the range, and the ratio of its median to the first one's.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 16, MAX_WORDS = 64, MAX_ROUNDS = 1000, MAX_LINE = 4096 };

struct command {
  char line[MAX_LINE];
  char *words[MAX_WORDS + 1]; /* the first is the name */
  double times[MAX_ROUNDS];   /* milliseconds */
  int status;                 /* of the last run, as wait tells it */
};

static struct command commands[MAX_COMMANDS];
static int command_count;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static bool read_command(struct command *command) {
  if (!fgets(command->line, sizeof command->line, stdin))
    return false;
  int count = 0;
  char *word = strtok(command->line, " \t\n");
  for (; word && count < MAX_WORDS; word = strtok(NULL, " \t\n"))
    command->words[count++] = word;
  return count >= 2;
}

static void execute(char **words) {
  int null = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    dup2(null, i);
  execvp(words[0], words);
  _exit(127);
}

static void run(struct command *command, int round) {
  double start = now();
  pid_t child = fork();
  if (child == 0)
    execute(command->words + 1);
  if (child < 0 || waitpid(child, &command->status, 0) != child)
    command->status = -1;
  command->times[round] = now() - start;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void report(struct command *command, int rounds) {
  static double base;
  if (command->status != 0) {
    printf("  %-16s failed\n", command->words[0]);
    return;
  }
  qsort(command->times, (size_t)rounds, sizeof *command->times, compare);
  double median = command->times[rounds / 2];
  if (command == commands)
    base = median;
  printf("  %-16s %9.1f ms  (%.1f-%.1f)", command->words[0], median,
         command->times[0], command->times[rounds - 1]);
  if (base > 0)
    printf("  x%.2f", median / base);
  putchar('\n');
}

int main(int argc, char **argv) {
  int rounds = argc == 2 ? atoi(argv[1]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS) {
    fprintf(stderr, "usage: bench-median ROUNDS < commands\n");
    return 2;
  }
  while (command_count < MAX_COMMANDS && read_command(&commands[command_count]))
    command_count++;
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < command_count; i++)
      run(&commands[i], round);
  for (int i = 0; i < command_count; i++)
    report(&commands[i], rounds);
  return 0;
}
