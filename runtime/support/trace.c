/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/support/trace.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/say.h"

unsigned lzr_trace_topics;

static const struct {
  const char *name;
  unsigned topics;
} topics[] = {
    {"lazy", LZR_TRACE_LAZY},
    {"compile", LZR_TRACE_COMPILE},
    {"link", LZR_TRACE_LINK},
    {"commit", LZR_TRACE_COMMIT},
    {"all", (unsigned)LZR_TRACE_LAZY | LZR_TRACE_COMPILE | LZR_TRACE_LINK |
                LZR_TRACE_COMMIT},
};
enum { TOPICS = sizeof topics / sizeof topics[0] };

static unsigned parse_topic(const char *word, size_t length) {
  for (size_t i = 0; i < TOPICS; i++)
    if (strlen(topics[i].name) == length &&
        strncmp(topics[i].name, word, length) == 0)
      return topics[i].topics;
  if (length)
    lzr_say("lzr: ",
            "LZR_TRACE: '%.*s' is no topic: lazy, compile, link, commit, all",
            (int)length, word);
  return 0;
}

static void read_environment(void) {
  const char *words = getenv("LZR_TRACE");
  while (words && *words) {
    size_t length = strcspn(words, ",");
    lzr_trace_topics |= parse_topic(words, length);
    words += length + (words[length] == ',');
  }
}

void lzr_trace_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_environment);
}

void lzr_trace_write(enum lzr_trace_topic topic, const char *format, ...) {
  char sentence[512], start[32];
  const char *name = "";
  for (size_t i = 0; i < TOPICS; i++)
    if (topics[i].topics == topic)
      name = topics[i].name;
  snprintf(start, sizeof start, "lzr %s: ", name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  if (!lzr_say(start, "%s", sentence))
    lzr_trace_topics = 0; /* nobody is listening */
}
