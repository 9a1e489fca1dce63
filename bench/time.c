/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Times programs against each other, from start to exit:
 *
 *     bench-time [--wall=TABLE] [--cpu=TABLE] [--memory=TABLE] \\
 *         ROW ROUNDS LIMIT <<'END'
 *     native<TAB>./program argument
 *     lazyrun<TAB>lazyrun program.bc argument
 *     lazyrun, a function<TAB>lazyrun m.bc 20<TAB>lazyrun m.bc 0<TAB>0.02
 *     END
 *
 * Each line of standard input has a column and a command, whose words are
 * separated by blanks. If it has a second command, the figures of that one are
 * subtracted, and the difference is divided by the number that follows. Every
 * round runs each command once, so that a disturbance of the machine disturbs
 * all of them. Output goes to /dev/null, and a first round does not count. The
 * program writes records (see report/results.h) for the tables that are named:
 * wall-clock time and processor time, children included, in milliseconds, and
 * the peak resident memory in MiB. A command that fails, or takes more than
 * LIMIT seconds of processor time or ten times as long by the clock, has a
 * reason instead of a figure.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/record.h"

enum quantity { WALL, CPU, MEMORY, QUANTITIES };
enum { MAX_COMMANDS = 16, MAX_WORDS = 64, MAX_ROUNDS = 1000 };

struct command {
  char *words[MAX_WORDS + 1]; /* the first is NULL if there is no command */
};

/* A line of standard input. */
struct subject {
  char *column;
  struct command measured, subtracted;
  double divisor;
  double samples[QUANTITIES][MAX_ROUNDS];
  char failure[80]; /* the reason why there is no figure; "" for none */
};

struct run {
  double quantities[QUANTITIES];
  bool failed;
};

static struct subject subjects[MAX_COMMANDS];
static int subject_count;
static const char *tables[QUANTITIES]; /* NULL if it is not named */
static unsigned limit;

static void stop(const char *why) {
  fprintf(stderr, "bench-time: %s\n", why);
  exit(2);
}

/* Reading. */

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

/* Running. */

static void execute(char **words) {
  int null = open("/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    dup2(null, i);
  /* The limits stay in force after execvp(). */
  struct rlimit processor = {limit, limit + 1};
  setrlimit(RLIMIT_CPU, &processor);
  alarm(limit * 10);
  execvp(words[0], words);
  _exit(127);
}

static void explain(char *text, size_t size, int status) {
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (signal == SIGALRM || signal == SIGXCPU)
    snprintf(text, size, "takes more than %u s", limit);
  else if (signal)
    snprintf(text, size, "ends with signal %d", signal);
  else if (WEXITSTATUS(status) == 127)
    snprintf(text, size, "is not installed");
  else
    snprintf(text, size, "exits with status %d", WEXITSTATUS(status));
}

static double milliseconds(struct timeval time) {
  return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static struct run run(struct subject *subject, struct command *command) {
  struct rusage usage = {0};
  int status = -1;
  if (!command->words[0])
    return (struct run){.failed = false};
  double start = now();
  pid_t child = fork();
  if (child == 0)
    execute(command->words);
  if (child < 0 || wait4(child, &status, 0, &usage) != child)
    stop("no process can be started");
  struct run run = {
      {[WALL] = (now() - start) / 1e3,
       [CPU] = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
       [MEMORY] = (double)usage.ru_maxrss / 1024},
      status != 0};
  if (run.failed)
    explain(subject->failure, sizeof subject->failure, status);
  return run;
}

/* Round -1 does not count. */
static void measure(struct subject *subject, int round) {
  if (subject->failure[0])
    return;
  struct run whole = run(subject, &subject->measured);
  struct run part = {.failed = false};
  if (!whole.failed)
    part = run(subject, &subject->subtracted);
  if (round < 0)
    return;
  for (int i = 0; i < QUANTITIES; i++)
    subject->samples[i][round] =
        (whole.quantities[i] - part.quantities[i]) / subject->divisor;
}

static void report(struct subject *subject, enum quantity quantity,
                   const char *row, int rounds) {
  const char *table = tables[quantity];
  if (!table)
    return;
  if (subject->failure[0])
    record_missing(table, row, subject->column, subject->failure);
  for (int i = 0; i < rounds && !subject->failure[0]; i++)
    record_sample(table, row, subject->column, subject->samples[quantity][i]);
}

static void parse_options(int argc, char **argv) {
  static const struct option names[] = {
      {"wall", required_argument, NULL, WALL},
      {"cpu", required_argument, NULL, CPU},
      {"memory", required_argument, NULL, MEMORY},
      {0}};
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;)
    if (name < QUANTITIES)
      tables[name] = optarg;
    else
      exit(2);
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  char **words = argv + optind; /* ROW ROUNDS LIMIT */
  int rounds = argc - optind == 3 ? atoi(words[1]) : 0;
  limit = argc - optind == 3 ? (unsigned)atoi(words[2]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS || limit < 1)
    stop("usage: bench-time [--wall=TABLE] [--cpu=TABLE] [--memory=TABLE] ROW "
         "ROUNDS LIMIT < commands");
  while (subject_count < MAX_COMMANDS && read_subject(&subjects[subject_count]))
    subject_count++;
  for (int round = -1; round < rounds; round++)
    for (int i = 0; i < subject_count; i++)
      measure(&subjects[i], round);
  for (int i = 0; i < subject_count; i++)
    for (int quantity = 0; quantity < QUANTITIES; quantity++)
      report(&subjects[i], (enum quantity)quantity, words[0], rounds);
  return 0;
}
