/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Pointers to functions that a program puts into the sections of constructors
   and destructors itself, between constructors of clang's, and what they are
   given. */
//! modules: other.c
//! args: one two
//! no-stock-executor: it passes no environment to main
#include <stdio.h>
#include <string.h>

typedef void function(int, char **, char **);
#define IN(name) __attribute__((section(name), used, aligned(sizeof(void *))))
#define SAYS(name, text)                                                       \
  static void name(void) {                                                     \
    puts(text);                                                                \
  }

SAYS(plain, "plain")
SAYS(second_plain, "second plain")
SAYS(early, "early")
SAYS(late, "late")
SAYS(at_end, "at the end")
SAYS(second_at_end, "second at the end")
SAYS(early_at_end, "early at the end")

static void preinit(int argc, char **argv, char **environment) {
  printf("preinit %d\n",
         argc == 3 && !strcmp(argv[1], "one") && !argv[3] && environment[0]);
}
IN(".preinit_array") static function *first_of_all = preinit;

IN(".init_array") static void (*in_init_array[])(void) = {plain, second_plain};
IN(".init_array.00200") static void (*in_early)(void) = early;
IN(".init_array.65000") static void (*in_late)(void) = late;
IN(".fini_array") static void (*in_fini[])(void) = {at_end, second_at_end};
IN(".fini_array.00200") static void (*in_early_fini)(void) = early_at_end;

__attribute__((constructor)) static void constructor(int argc, char **argv,
                                                     char **environment) {
  extern char **environ;
  printf("constructor %d %s %d\n", argc, argv[2], environment == environ);
}
__attribute__((constructor(150))) static void earlier(int argc, char **argv) {
  printf("earlier %d %s\n", argc, argv[1]);
}
__attribute__((destructor)) static void destructor(void) {
  puts("destructor");
}

int main(int argc, char **argv) {
  printf("main %d %s\n", argc, argv[1]);
  return 0;
}
//> preinit 1
//> earlier 3 one
//> early
//> other 3 two
//> late
//> plain
//> second plain
//> constructor 3 two 1
//> main 3 one
//> destructor
//> second at the end
//> at the end
//> other at the end
//> early at the end
