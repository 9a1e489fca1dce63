/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Finds the option of that name or, if there is only one, the option whose name
   begins with it. */
static const struct option *find(const struct option *options, const char *name,
                                 size_t length) {
  const struct option *found = NULL;
  for (const struct option *o = options; o->name; o++) {
    if (strncmp(o->name, name, length) != 0)
      continue;
    if (!o->name[length])
      return o;
    if (found)
      return NULL;
    found = o;
  }
  return found;
}

/* text is the rest of the option's word. It is the value, unless it is
   empty. */
static int take_value(struct command_words *words, const char *text, int code) {
  if (!*text && words->at == words->argc)
    return WORDS_NO_VALUE;
  words->value = *text ? text : words->argv[words->at++];
  return code;
}

static int take_long(struct command_words *words, const char *name,
                     const struct option *options) {
  size_t length = strcspn(name, "=");
  const struct option *option = length ? find(options, name, length) : NULL;
  bool has_value = name[length] == '=';
  if (!option || (has_value && option->has_arg == no_argument))
    return WORDS_UNKNOWN;
  if (!has_value)
    return option->has_arg == required_argument
               ? take_value(words, "", option->val)
               : option->val;
  words->value = name + length + 1;
  return option->val;
}

int words_next(struct command_words *words, const char *letters,
               const struct option *long_options) {
  words->value = NULL;
  if (words->at >= words->argc)
    return WORDS_END;
  const char *word = words->argv[words->at];
  if (word[0] != '-' || !word[1])
    return WORDS_END;
  words->word = word;
  words->at++;
  if (strcmp(word, "--") == 0)
    return WORDS_END;
  bool is_letter = word[1] != '-' && strchr(letters, word[1]);
  return is_letter
             ? take_value(words, word + 2, word[1])
             : take_long(words, word + (word[1] == '-' ? 2 : 1), long_options);
}
