/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads options from a command line by the rules of getopt_long_only(3). libc's
 * function is not used, because the program that runs in this process needs
 * getopt's variables and its inner state for itself.
 */
#ifndef LZR_TOOL_WORDS_H
#define LZR_TOOL_WORDS_H

#include <getopt.h> /* struct option */

struct command_words {
  int argc;
  char **argv;
  int at; /* index of the next word; in the end, of the first that is no option
           */
  const char *word;  /* the word in which the last option began */
  const char *value; /* the last option's value, or NULL; borrowed from argv */
};

enum { WORDS_END = -1, WORDS_UNKNOWN = '?', WORDS_NO_VALUE = ':' };

/*
 * Reads the next option and returns its code: its letter, if it is one of
 * letters, all of which take a value, or the code in long_options, whose names
 * may be abbreviated and may have one dash. Returns WORDS_END at the first word
 * that is no option.
 */
int words_next(struct command_words *words, const char *letters,
               const struct option *long_options);

#endif
