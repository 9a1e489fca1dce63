/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/environment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/wire/services.h"

/* The entry that a variable saves, or NULL if its name does not begin with
   prefix. */
static char *saved_text(const char *entry, const char *prefix) {
  char *equals = strchr(entry, '=');

  return equals && strncmp(entry, prefix, strlen(prefix)) == 0 ? equals + 1
                                                               : NULL;
}

static bool is_saving(const char *entry) {
  return saved_text(entry, LZR_VARIABLE_SET) ||
         saved_text(entry, LZR_VARIABLE_UNSET);
}

static bool same_name(const char *entry, const char *other) {
  size_t length = strcspn(entry, "=");

  return strcspn(other, "=") == length && strncmp(entry, other, length) == 0;
}

/* Whether the controller has said what becomes of the variable. */
static bool is_settled(const char *entry) {
  for (char **at = environ; *at; at++) {
    const char *set = saved_text(*at, LZR_VARIABLE_SET);
    const char *unset = saved_text(*at, LZR_VARIABLE_UNSET);

    if ((set && same_name(set, entry)) || (unset && same_name(unset, entry)))
      return true;
  }
  return false;
}

bool lzr_environment_restore(void) {
  size_t size = 0, count = 0;
  bool has_saved = false;
  char **restored; /* lives as long as the process */

  for (; environ && environ[size]; size++)
    has_saved |= is_saving(environ[size]);
  if (!has_saved)
    return true;
  restored = calloc(size + 1, sizeof *restored);
  if (!restored)
    return false;
  for (char **at = environ; *at; at++)
    if (!is_saving(*at) && !is_settled(*at))
      restored[count++] = *at;
  for (char **at = environ; *at; at++) {
    char *set = saved_text(*at, LZR_VARIABLE_SET);

    if (set)
      restored[count++] = set;
  }
  environ = restored;
  return true;
}

static int parse_descriptor(const char *text) {
  char *end;
  long number = strtol(text, &end, 10);

  return end != text && !*end && number > STDERR_FILENO && number < INT_MAX
             ? (int)number
             : -1;
}

/* The last one counts: those before it came to the controller from elsewhere.
 */
int lzr_environment_take_channel(void) {
  char **kept = environ;
  int channel = -1;

  for (char **at = environ; at && *at; at++) {
    if (same_name(*at, LZR_VARIABLE_CHANNEL))
      channel = parse_descriptor(strchr(*at, '=') ? strchr(*at, '=') + 1 : "");
    else
      *kept++ = *at;
  }
  if (kept)
    *kept = NULL;
  return channel;
}
