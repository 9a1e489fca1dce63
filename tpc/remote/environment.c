/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/environment.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/wire/services.h"

/* Variables to which some shell (dash, bash, ksh, busybox) gives a value of its
   own when they are in the environment; and first, those that a shell adds when
   they are not. */
static const char *const shells_own[] = {
    "_",      "OLDPWD",    "PWD",      "SHLVL",      "ENV",    "EUID",
    "GROUPS", "HISTCMD",   "HOSTTYPE", "IFS",        "LINENO", "MACHTYPE",
    "MAIL",   "OPTARG",    "OPTERR",   "OPTIND",     "OSTYPE", "PPID",
    "PS1",    "PS2",       "PS4",      "RANDOM",     "REPLY",  "SECONDS",
    "UID",    "SHELLOPTS", "FUNCNAME", "PIPESTATUS",
};
enum { SHELLS_OWN = sizeof shells_own / sizeof *shells_own, ADDED = 4 };

static bool is_name(const char *text, size_t length) {
  if (length == 0 || isdigit((unsigned char)*text))
    return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] != '_' && !isalnum((unsigned char)text[i]))
      return false;
  return true;
}

static bool is(const char *text, size_t length, const char *name) {
  return strlen(name) == length && strncmp(text, name, length) == 0;
}

/* Whether a shell may fail to pass an entry on unchanged. */
static bool is_endangered(const char *entry) {
  size_t length = strcspn(entry, "=");

  if (!entry[length] || !is_name(entry, length) ||
      strncmp(entry, "BASH", 4) == 0)
    return true;
  for (size_t i = 0; i < SHELLS_OWN; i++)
    if (is(entry, length, shells_own[i]))
      return true;
  return false;
}

static bool has(char **environment, const char *name) {
  size_t length = strlen(name);

  for (; *environment; environment++)
    if (strncmp(*environment, name, length) == 0 &&
        (*environment)[length] == '=')
      return true;
  return false;
}

void lzr_environment_free(char **environment) {
  for (size_t i = 0; environment && environment[i]; i++)
    free(environment[i]);
  free(environment);
}

/* Appends prefix, a number, and text. */
static bool add(char **entries, size_t *count, const char *prefix,
                size_t number, const char *text) {
  if (asprintf(&entries[*count], "%s%zu=%s", prefix, number, text) < 0) {
    entries[*count] = NULL;
    return false;
  }
  ++*count;
  return true;
}

static bool add_copy(char **entries, size_t *count, const char *text) {
  entries[*count] = strdup(text);
  return entries[*count] && ++*count;
}

/* Copies environment, and variable behind it unless it is NULL, with room for
   more entries. NULL without memory. */
static char **copy(char **environment, size_t more, const char *variable,
                   size_t *count) {
  size_t size = 0;
  char **entries;
  bool fine = true;

  while (environment[size])
    size++;
  entries = calloc(size + 1 + more + 1, sizeof *entries);
  if (!entries)
    return NULL;
  *count = 0;
  for (size_t i = 0; i < size && fine; i++)
    fine = add_copy(entries, count, environment[i]);
  if (fine && variable)
    fine = add_copy(entries, count, variable);
  if (fine)
    return entries;
  lzr_environment_free(entries);
  return NULL;
}

char **lzr_environment_with(char **environment, const char *variable) {
  size_t count;

  return copy(environment, 0, variable, &count);
}

char **lzr_environment_for_shell(char **environment, const char *variable) {
  size_t size = 0, count, saved = 0;
  char **entries;
  bool fine = true;

  while (environment[size])
    size++;
  entries = copy(environment, size + ADDED, variable, &count);
  if (!entries)
    return NULL;
  for (size_t i = 0; i < size && fine; i++)
    if (is_endangered(environment[i]))
      fine = add(entries, &count, LZR_VARIABLE_SET, saved++, environment[i]);
  for (size_t i = 0; i < ADDED && fine; i++)
    if (!has(environment, shells_own[i]))
      fine = add(entries, &count, LZR_VARIABLE_UNSET, i, shells_own[i]);
  if (fine)
    return entries;
  lzr_environment_free(entries);
  return NULL;
}
