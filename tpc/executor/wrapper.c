/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/wrapper.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/wire/result.h"

enum { INSIDE = 8 };

_Static_assert(sizeof(struct lzr_wrapper_result) == 16, "two registers");

static struct lzr_wrapper_result fail(const char *sentence) {
  return (struct lzr_wrapper_result){.data.pointer = strdup(sentence)};
}

struct lzr_wrapper_result lzr_wrapper_packed(struct lzr_writer *writer) {
  struct lzr_wrapper_result result = {.size = writer->size};

  if (writer->failed) {
    lzr_writer_fini(writer);
    return fail("out of memory");
  }
  if (writer->size > INSIDE) {
    result.data.pointer = (char *)writer->bytes;
    *writer = (struct lzr_writer){0};
    return result;
  }
  if (writer->size)
    memcpy(result.data.bytes, writer->bytes, writer->size);
  lzr_writer_fini(writer);
  return result;
}

struct lzr_wrapper_result lzr_wrapper_error(lzr_error *error) {
  struct lzr_writer writer = {0};

  lzr_pack_error(&writer, error);
  return lzr_wrapper_packed(&writer);
}

struct lzr_wrapper_result lzr_wrapper_expected(lzr_error *error,
                                               uint64_t value) {
  struct lzr_writer writer = {0};

  if (error) {
    lzr_pack_unexpected(&writer, error);
  } else {
    lzr_pack_expected(&writer);
    lzr_pack_u64(&writer, value);
  }
  return lzr_wrapper_packed(&writer);
}

struct lzr_wrapper_result lzr_wrapper_failure(lzr_error *error) {
  struct lzr_wrapper_result result = fail(lzr_error_message(error));

  lzr_error_destroy(error);
  return result;
}

const char *lzr_wrapper_bytes(const struct lzr_wrapper_result *result) {
  return result->size > INSIDE ? result->data.pointer : result->data.bytes;
}

void lzr_wrapper_result_fini(struct lzr_wrapper_result *result) {
  if (result->size > INSIDE || result->size == 0)
    free(result->data.pointer);
}

lzr_error *lzr_wrapper_check(const struct lzr_reader *reader) {
  if (!reader->failed)
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "the arguments of a service end early or are not "
                          "what they should be");
}
