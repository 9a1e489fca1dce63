/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Errors as values: one heap block each, its sentence joined when it is made,
   so that reading it needs neither memory nor a lock. */
#include "tpc/base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/text.h"

enum { SENTENCE_SIZE = 1024 };

struct lzr_error {
  lzr_error_kind kind;
  bool heap; /* false only for out_of_memory */
  char message[];
};

/* Returned when there is no memory left for another error. Nothing writes to
   it. The union gives the flexible member its bytes. */
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
  __asm__ volatile(""); /* keeps the call, for a debugger's breakpoint */
}

/* An error whose message of length bytes is still to be written, or NULL. */
static lzr_error *allocate(lzr_error_kind kind, size_t length) {
  lzr_error *error = malloc(sizeof *error + length + 1);

  lzr_break_on_error();
  if (error) {
    error->kind = kind;
    error->heap = true;
  }
  return error;
}

/* Two messages with a separator in between, or NULL. What a message is made of
   has been escaped, so the line feeds in it are between sentences. */
static lzr_error *concatenate(lzr_error_kind kind, const char *head,
                              const char *separator, const char *tail) {
  lzr_error *error =
      allocate(kind, strlen(head) + strlen(separator) + strlen(tail));

  if (error)
    stpcpy(stpcpy(stpcpy(error->message, head), separator), tail);
  return error;
}

static lzr_error *make_sentence(lzr_error_kind kind, const char *format,
                                va_list arguments) {
  char sentence[SENTENCE_SIZE];
  lzr_error *error;

  vsnprintf(sentence, sizeof sentence, format, arguments);
  error = allocate(kind, lzr_text_escape(sentence, NULL));
  if (error)
    lzr_text_escape(sentence, error->message);
  return error;
}

lzr_error *lzr_error_create(lzr_error_kind kind, const char *format, ...) {
  lzr_error *error;
  va_list arguments;

  va_start(arguments, format);
  error = make_sentence(kind, format, arguments);
  va_end(arguments);
  return error ? error : &out_of_memory.error;
}

lzr_error *lzr_error_wrap(lzr_error *cause, const char *format, ...) {
  lzr_error *sentence, *error;
  va_list arguments;

  if (!cause)
    return NULL;
  va_start(arguments, format);
  sentence = make_sentence(cause->kind, format, arguments);
  va_end(arguments);
  error = sentence ? concatenate(cause->kind, sentence->message, ": ",
                                 cause->message)
                   : NULL;
  lzr_error_destroy(sentence);
  if (!error)
    return cause; /* the kind tells why it failed, not who noticed */
  lzr_error_destroy(cause);
  return error;
}

lzr_error *lzr_error_join(lzr_error *first, lzr_error *second) {
  if (!first || !second)
    return first ? first : second;
  lzr_error *error =
      concatenate(first->kind, first->message, "\n", second->message);
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
  lzr_error *copy =
      error ? concatenate(error->kind, error->message, "", "") : NULL;

  return error && !copy ? &out_of_memory.error : copy;
}
