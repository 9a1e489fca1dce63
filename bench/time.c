/*
 * Times programs against each other, from start to exit:
 *
 *     bench-time [--memory=TABLE] TABLE ROW ROUNDS LIMIT <<'END'
 *     native<TAB>./program argument
 *     lazyrun<TAB>lazyrun program.bc argument
 *     lazyrun, a function<TAB>lazyrun m.bc 20<TAB>lazyrun m.bc 0<TAB>0.02
 *     END
 *
 * Each line of standard input is a column and a command, words separated by
 * blanks; a second command is what is subtracted, and then the difference is
 * divided by a number. Every round runs each command once, so that what
 * disturbs the machine disturbs them alike; output goes to /dev/null; a first
 * round does not count. Writes records (see report/results.h) with the times in
 * milliseconds, and, for --memory, the peak resident memory in MiB. A command
 * that fails or takes more than LIMIT seconds has no figure, but a reason.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/record.h"

enum { MAX_COMMANDS = 16, MAX_WORDS = 64, MAX_ROUNDS = 1000 };

struct command {
  char *words[MAX_WORDS + 1]; /* none: there is no such command */
};

/* A line. */
struct subject {
  char *column;
  struct command measured, subtracted;
  double divisor;
  double times[MAX_ROUNDS], memory[MAX_ROUNDS];
  char failure[80]; /* "" while all is well */
};

struct run {
  double time; /* milliseconds */
  double memory;
  bool failed;
};

static struct subject subjects[MAX_COMMANDS];
static int subject_count;
static unsigned limit;

static void stop(const char *why) {
  fprintf(stderr, "bench-time: %s\n", why);
  exit(2);
}

/* ---- Reading --------------------------------------------------------------
 */

static void read_command(struct command *command, char *text) {
  int count = 0;
  char *state = NULL;
  for (char *word = strtok_r(text, " ", &state); word;
       word = strtok_r(NULL, " ", &state)) {
    if (count == MAX_WORDS)
      stop("a command has too many words");
    command->words[count++] = word;
  }
}

static bool read_subject(struct subject *subject) {
  char *line = NULL, *state = NULL; /* kept: words point there */
  size_t size = 0;
  if (getline(&line, &size, stdin) <= 0)
    return false;
  line[strcspn(line, "\n")] = '\0';
  subject->column = strtok_r(line, "\t", &state);
  char *measured = strtok_r(NULL, "\t", &state);
  char *subtracted = strtok_r(NULL, "\t", &state);
  char *divisor = strtok_r(NULL, "\t", &state);
  if (!measured || (subtracted && !divisor))
    stop("a line is COLUMN, COMMAND, and perhaps COMMAND, DIVISOR, with tabs");
  read_command(&subject->measured, measured);
  subject->divisor = 1;
  if (!subtracted)
    return true;
  read_command(&subject->subtracted, subtracted);
  subject->divisor = atof(divisor);
  if (!(subject->divisor > 0))
    stop("a divisor is above 0");
  return true;
}

/* ---- Running --------------------------------------------------------------
 */

static void execute(char **words) {
  int null = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    dup2(null, i);
  alarm(limit); /* survives execvp */
  execvp(words[0], words);
  _exit(127);
}

static void explain(char *text, size_t size, int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    snprintf(text, size, "takes more than %u s", limit);
  else if (WIFSIGNALED(status))
    snprintf(text, size, "ends with signal %d", WTERMSIG(status));
  else if (WEXITSTATUS(status) == 127)
    snprintf(text, size, "is not installed");
  else
    snprintf(text, size, "exits with status %d", WEXITSTATUS(status));
}

static struct run run(struct subject *subject, struct command *command) {
  struct rusage usage = {0};
  int status = -1;
  if (!command->words[0])
    return (struct run){0};
  double start = now();
  pid_t child = fork();
  if (child == 0)
    execute(command->words);
  if (child < 0 || wait4(child, &status, 0, &usage) != child)
    stop("no process can be started");
  struct run run = {.time = (now() - start) / 1e3,
                    .memory = (double)usage.ru_maxrss / 1024,
                    .failed = status != 0};
  if (run.failed)
    explain(subject->failure, sizeof subject->failure, status);
  return run;
}

/* Round -1 does not count. */
static void measure(struct subject *subject, int round) {
  if (subject->failure[0])
    return;
  struct run whole = run(subject, &subject->measured);
  struct run part = {0};
  if (!whole.failed)
    part = run(subject, &subject->subtracted);
  if (round < 0)
    return;
  subject->times[round] = (whole.time - part.time) / subject->divisor;
  subject->memory[round] = whole.memory;
}

static void report(struct subject *subject, const char *table, const char *row,
                   const double *samples, int rounds) {
  if (subject->failure[0])
    record_missing(table, row, subject->column, subject->failure);
  for (int i = 0; i < rounds && !subject->failure[0]; i++)
    record_sample(table, row, subject->column, samples[i]);
}

int main(int argc, char **argv) {
  const char *memory_table = NULL, *option = "--memory=";
  if (argc > 1 && strncmp(argv[1], option, strlen(option)) == 0) {
    memory_table = argv[1] + strlen(option);
    argc--;
    argv++;
  }
  int rounds = argc == 5 ? atoi(argv[3]) : 0;
  limit = argc == 5 ? (unsigned)atoi(argv[4]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS || limit < 1)
    stop(
        "usage: bench-time [--memory=TABLE] TABLE ROW ROUNDS LIMIT < commands");
  while (subject_count < MAX_COMMANDS && read_subject(&subjects[subject_count]))
    subject_count++;
  for (int round = -1; round < rounds; round++)
    for (int i = 0; i < subject_count; i++)
      measure(&subjects[i], round);
  for (int i = 0; i < subject_count; i++) {
    report(&subjects[i], argv[1], argv[2], subjects[i].times, rounds);
    if (memory_table)
      report(&subjects[i], memory_table, argv[2], subjects[i].memory, rounds);
  }
  return 0;
}
