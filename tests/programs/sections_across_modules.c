/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One section, gathered from several modules in their order: registration of
   commands, and of variables of different sizes and alignments. */
//! modules: second.c third.c
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct command {
  const char *name;
  int (*run)(int);
  struct command *next;
};
#define COMMAND __attribute__((section("commands"), used, aligned(8)))

static int double_it(int x) {
  return 2 * x;
}
COMMAND static struct command first = {"double", double_it, NULL};

extern struct command __start_commands[], __stop_commands[];

/* Of this module alone, and of the others alone. */
__attribute__((section("alone"), used)) static int only = 5;
extern int __start_alone[], __stop_alone[];
extern const char __start_words[], __stop_words[];

/* Parts of sizes that leave gaps. */
__attribute__((section("mixed"), used)) static char letter = 'a';
extern char __start_mixed[], __stop_mixed[];
uintptr_t mixed_of_second(void);
uintptr_t mixed_of_third(void);

int count_in_second(void);
struct command *second_stop(void);

int main(void) {
  int total = 0;
  for (struct command *c = __start_commands; c < __stop_commands; c++) {
    total += c->run(10);
    printf("%s %d\n", c->name, total);
  }
  printf("%d %d\n", (int)(__stop_commands - __start_commands),
         count_in_second());
  printf("%d\n", second_stop() == __stop_commands);

  /* It is data: linked lists are made of it. */
  struct command *list = NULL;
  for (struct command *c = __start_commands; c < __stop_commands; c++) {
    c->next = list;
    list = c;
  }
  for (; list; list = list->next)
    printf("%s ", list->name);
  puts("listed");

  printf("%d %d\n", (int)(__stop_alone - __start_alone), __start_alone[0]);
  for (const char *word = __start_words; word < __stop_words;
       word += strlen(word) + 1)
    if (*word)
      printf("%s ", word);
  puts("said");

  uintptr_t start = (uintptr_t)__start_mixed, stop = (uintptr_t)__stop_mixed;
  printf("%c %d %d %d\n", letter, (uintptr_t)&letter - start == 0,
         mixed_of_second() > start && mixed_of_second() % 32 == 0,
         mixed_of_third() > mixed_of_second() && mixed_of_third() < stop);
  printf("%d\n", (int)(stop - start));
  return 0;
}
//> double 20
//> negate 10
//> halve 15
//> square 115
//> 4 4
//> 1
//> square halve negate double listed
//> 1 5
//> one two three said
//> a 1 1 1
//> 66
