/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A calculator whose functions are compiled when they are first called, in a
 * process of their own: one that crashes takes nothing along.
 *
 *     $ repl
 *     > def fib(n) if n < 2 then n else fib(n - 1) + fib(n - 2)
 *     > fib(20)
 *     6765
 *     > extern abort()
 *     > abort()
 *     line 4: the executor died in abort: Aborted
 *     > fib(21)                    # in another executor
 *     10946
 *
 * The language is described in repl/syntax.h; what a definition becomes, and
 * when, in repl/calculator.h. --executor=COMMAND names the executor,
 * which is otherwise looked for in PATH; --here does without.
 *
 *     cc repl.c repl/[a-z]*.c $(pkg-config --cflags --libs lazyrun) \
 *        $(llvm-config-22 --cflags --libs core) -o repl
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "repl/calculator.h"

static void say(unsigned line, lzr_error *error) {
  if (line)
    fprintf(stderr, "line %u: %s\n", line, lzr_error_message(error));
  else
    fprintf(stderr, "repl: %s\n", lzr_error_message(error));
  lzr_error_destroy(error);
}

static void run_line(struct calculator *calculator, const char *text,
                     unsigned line) {
  bool has_value;
  double value;
  lzr_error *error = calculator_run(calculator, text, line, &has_value, &value);
  if (error)
    say(line, error);
  else if (has_value)
    printf("%.15g\n", value);
}

static void run_lines(struct calculator *calculator) {
  bool prompts = isatty(STDIN_FILENO);
  char *text = NULL;
  size_t size = 0;
  for (unsigned line = 1;; line++) {
    if (prompts)
      printf("> ");
    fflush(stdout);
    if (getline(&text, &size, stdin) < 0)
      break;
    text[strcspn(text, "\n")] = 0;
    run_line(calculator, text, line);
  }
  if (prompts)
    putchar('\n');
  free(text);
}

int main(int argc, char **argv) {
  const char *executor = "lazyrun-executor";
  struct calculator *calculator;
  if (argc == 2 && strcmp(argv[1], "--here") == 0)
    executor = NULL;
  else if (argc == 2 && strncmp(argv[1], "--executor=", 11) == 0)
    executor = argv[1] + 11;
  else if (argc > 1) {
    fprintf(stderr, "usage: repl [--here | --executor=COMMAND] <LINES\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0); /* in order with the lines on stderr */
  lzr_error *error = calculator_create(executor, &calculator);
  if (error) {
    say(0, error);
    return 1;
  }
  run_lines(calculator);
  calculator_destroy(calculator);
  return 0;
}
