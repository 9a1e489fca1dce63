/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Aliases, ifuncs, hidden and weak names that one module defines and others
   use; their addresses are the same everywhere. */
//! modules: b.c c.c
#include <stdio.h>

int real(int), alias(int), weak_alias(int), hidden(int), chosen(int);
extern int value, other_value, weak_value;
int maybe(int) __attribute__((weak));
int nowhere(int) __attribute__((weak));
extern int nothing __attribute__((weak));

typedef int function(int);
function *address_of_real(void), *address_of_chosen(void),
    *address_of_maybe(void);

/* Volatile: compilers take names that they cannot see behind for different. */
static function *volatile here[] = {real, alias, chosen, maybe, nowhere};
static int *volatile variables[] = {&value, &other_value};

int main(void) {
  printf("%d %d %d %d\n", alias(1), weak_alias(2), hidden(3), chosen(4));
  printf("%d%d%d\n", here[0] == address_of_real(), here[1] == here[0],
         here[2] == address_of_chosen());
  printf("%d%d%d\n", maybe == address_of_maybe(), here[3](5),
         !here[4] && !nowhere);
  other_value = 12;
  printf("%d %d %d %d\n", value, variables[0] == variables[1], weak_value,
         !&nothing);
  return 0;
}
//> 2 3 13 104
//> 111
//> 161
//> 12 1 2 1
