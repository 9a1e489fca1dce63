/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <ctype.h>
#include <string.h>

void begin(void); /* of the other module */

static char text[20] = "cold";

static void change(char *at) {
  for (; *at; at++)
    *at = (char)toupper(*at);
}

char *called_first(void) {
  char *copy = strdup(text);
  change(copy);
  return copy;
}

/* So the module's data is brought in before anything else happens, and none of
   its code is compiled for that. */
__attribute__((section(".init_array"),
               used)) static void (*entry)(void) = begin;
