/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Returns whether all is as it should be. */
#include <string.h>

extern int counter, zero;
extern const char *const words[];
int add(int x), add_again(int x), weak_one(void), chosen(void);
void note(const char *text);

int *in_data = &counter;
int (*function_in_data)(int) = add;

__attribute__((constructor)) static void begin(void) {
  note("eager");
}

int from_eager;

int run(int (*given)(int)) {
  int before = counter;
  counter += weak_one() + chosen();
  zero++;
  return given == add && function_in_data == add && in_data == &counter &&
         add(1) == before + 24 && add_again(1) == add(1) &&
         strcmp(words[2], "two") == 0;
}
