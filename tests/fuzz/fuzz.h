/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the harnesses have in common. Each is a program for libFuzzer that gives
 * one kind of hostile input to the code that reads it; a harness looks for more
 * than crashes where it can say what must never happen.
 */
#ifndef LZR_TESTS_FUZZ_H
#define LZR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/error.h"
#include "tpc/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the run as a crash does: libFuzzer keeps the input. */
static inline _Noreturn void fuzz_fail(const char *what) {
  fprintf(stderr, "FAILED: %s\n", what);
  abort();
}

/* Every error is a sentence, or several on lines of their own; a terminal would
   obey nothing in it (tpc/base/text.h). */
static inline void fuzz_end_error(lzr_error *error) {
  const char *sentence = error ? lzr_error_message(error) : "none";
  if (!*sentence)
    fuzz_fail("an error without a sentence");
  char *lines = strdup(sentence);
  for (char *at = lines; at && (at = strchr(at, '\n')); at++)
    *at = ' ';
  if (lines && lzr_text_escape(lines, NULL) != strlen(lines)) {
    fprintf(stderr, "%s\n", sentence);
    fuzz_fail("a control character in an error");
  }
  free(lines);
  lzr_error_destroy(error);
}

/* A copy of exactly size bytes, so that a sanitizer sees one too many. */
static inline uint8_t *fuzz_copy(const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  if (!copy)
    abort();
  if (size)
    memcpy(copy, bytes, size);
  return copy;
}

/* The same as a string. */
static inline char *fuzz_copy_text(const uint8_t *bytes, size_t size) {
  char *copy = malloc(size + 1);
  if (!copy)
    abort();
  if (size)
    memcpy(copy, bytes, size);
  copy[size] = '\0';
  return copy;
}

/* An input that is used up piece by piece; 0 and nothing come at its end. */
struct fuzz_input {
  const uint8_t *at, *end;
};

static inline uint8_t fuzz_byte(struct fuzz_input *input) {
  return input->at < input->end ? *input->at++ : 0;
}

static inline uint64_t fuzz_number(struct fuzz_input *input, unsigned bytes) {
  uint64_t number = 0;
  for (unsigned i = 0; i < bytes; i++)
    number |= (uint64_t)fuzz_byte(input) << 8 * i;
  return number;
}

/* At most *size bytes; *size becomes how many. */
static inline const uint8_t *fuzz_bytes(struct fuzz_input *input,
                                        size_t *size) {
  const uint8_t *bytes = input->at;
  if (*size > (size_t)(input->end - input->at))
    *size = (size_t)(input->end - input->at);
  input->at += *size;
  return bytes;
}

#endif
