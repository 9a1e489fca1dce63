/* Errors as values: one heap block each, its sentence joined when it is made,
   so that reading it needs neither memory nor a lock. */
#include "tpc/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_SIZE = 1024 };

struct lzr_error {
  lzr_error_kind kind;
  bool heap; /* false only for out_of_memory */
  char message[];
};

/* What is returned when there is no memory left to say anything else. Nothing
   writes to it. The union gives the flexible member its bytes. */
static union {
  struct lzr_error error;
  struct {
    lzr_error_kind kind;
    bool heap;
    char message[SENTENCE_SIZE];
  } storage;
} out_of_memory = {
    .storage = {LZR_ERROR_MEMORY, false, "out of memory"},
};

_Static_assert(offsetof(struct lzr_error, message) ==
                   offsetof(__typeof__(out_of_memory.storage), message),
               "both views of the static error must agree");

static const char *const kind_names[] = {
#define KIND_NAME(name, words) [LZR_ERROR_##name] = #name,
    LZR_ERROR_KINDS(KIND_NAME)
#undef KIND_NAME
};

__attribute__((noinline)) void lzr_break_on_error(void) {
  __asm__ volatile(""); /* keeps the call where a debugger can stop */
}

/* The three parts of a message one after the other. */
static lzr_error *make(lzr_error_kind kind, const char *head,
                       const char *separator, const char *tail) {
  size_t size = strlen(head) + strlen(separator) + strlen(tail) + 1;
  lzr_error *error = malloc(sizeof *error + size);

  lzr_break_on_error();
  if (!error)
    return NULL;
  error->kind = kind;
  error->heap = true;
  snprintf(error->message, size, "%s%s%s", head, separator, tail);
  return error;
}

lzr_error *lzr_error_create(lzr_error_kind kind, const char *format, ...) {
  char sentence[SENTENCE_SIZE];
  lzr_error *error;
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  error = make(kind, sentence, "", "");
  return error ? error : &out_of_memory.error;
}

lzr_error *lzr_error_wrap(lzr_error *cause, const char *format, ...) {
  char sentence[SENTENCE_SIZE];
  lzr_error *error;
  va_list arguments;

  if (!cause)
    return NULL;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  error = make(cause->kind, sentence, ": ", cause->message);
  if (!error)
    return cause; /* the reason matters more than who met it */
  lzr_error_destroy(cause);
  return error;
}

lzr_error *lzr_error_join(lzr_error *first, lzr_error *second) {
  if (!first || !second)
    return first ? first : second;
  lzr_error *error = make(first->kind, first->message, "\n", second->message);
  lzr_error_destroy(second);
  if (!error)
    return first;
  lzr_error_destroy(first);
  return error;
}

lzr_error_kind lzr_error_get_kind(const lzr_error *error) {
  return error->kind;
}

const char *lzr_error_message(const lzr_error *error) {
  return error->message;
}

const char *lzr_error_kind_name(lzr_error_kind kind) {
  size_t count = sizeof kind_names / sizeof *kind_names;

  return (size_t)kind < count ? kind_names[kind] : "UNKNOWN";
}

void lzr_error_destroy(lzr_error *error) {
  if (error && error->heap)
    free(error);
}

lzr_error *lzr_error_copy(const lzr_error *error) {
  return error ? lzr_error_create(error->kind, "%s", lzr_error_message(error))
               : NULL;
}
