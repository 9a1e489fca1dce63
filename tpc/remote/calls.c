/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/calls.h"

#include <stdlib.h>

#include "tpc/base/events.h"
#include "tpc/base/memory.h"
#include "tpc/wire/result.h"

/* The size of a message that both ends accept. */
static const size_t max_arguments = (size_t)1 << 30;

void lzr_answer_fini(struct lzr_answer *answer) {
  free(answer->bytes);
  *answer = (struct lzr_answer){0};
}

static lzr_error *check_arguments(const struct lzr_writer *arguments,
                                  const char *what) {
  if (arguments->failed)
    return lzr_out_of_memory();
  if (arguments->size > max_arguments)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%s: %zu bytes are more than one message holds",
                            what, arguments->size);
  return NULL;
}

static lzr_error *transact(struct lzr_remote *remote, lzr_addr service,
                           const struct lzr_writer *arguments, uint8_t **answer,
                           size_t *size) {
  return lzr_connection_call(remote->connection, service, arguments->bytes,
                             arguments->size, answer, size);
}

static lzr_error *attend(struct lzr_remote *remote, lzr_addr service,
                         const struct lzr_writer *arguments, uint8_t **answer,
                         size_t *size) {
  return lzr_forks_call(remote, service, arguments->bytes, arguments->size,
                        answer, size);
}

lzr_error *lzr_remote_call(struct lzr_remote *remote, lzr_addr service,
                           struct lzr_writer *arguments, const char *what,
                           struct lzr_answer *answer) {
  lzr_error *error = check_arguments(arguments, what);
  size_t size = 0;

  *answer = (struct lzr_answer){0};
  uint64_t start = lzr_event_begin();
  if (!error)
    error = (lzr_forks_attends(remote, service) ? attend : transact)(
        remote, service, arguments, &answer->bytes, &size);
  lzr_event_end(LZR_EVENT_CALL, start,
                ((uint64_t[LZR_EVENT_VALUES]){arguments->size, size}), "%s",
                what);
  lzr_writer_fini(arguments);
  lzr_reader_init(&answer->reader, answer->bytes, size);
  return error;
}

lzr_error *lzr_answer_end(const struct lzr_reader *reader, const char *what) {
  lzr_error *error = lzr_unpack_end(reader, what);

  if (!error && reader->at != reader->end)
    error = lzr_error_create(
        LZR_ERROR_FORMAT, "%s: the answer is longer than it should be", what);
  return error;
}

lzr_error *lzr_remote_call_error(struct lzr_remote *remote, lzr_addr service,
                                 struct lzr_writer *arguments,
                                 const char *what) {
  struct lzr_answer answer;
  lzr_error *error = lzr_remote_call(remote, service, arguments, what, &answer);

  if (!error)
    error = lzr_unpack_error(&answer.reader, what);
  if (!error)
    error = lzr_answer_end(&answer.reader, what);
  lzr_answer_fini(&answer);
  return error;
}

lzr_error *lzr_remote_call_expected(struct lzr_remote *remote, lzr_addr service,
                                    struct lzr_writer *arguments,
                                    const char *what,
                                    struct lzr_answer *answer) {
  lzr_error *error = lzr_remote_call(remote, service, arguments, what, answer);

  return error ? error : lzr_unpack_expected(&answer->reader, what);
}

lzr_error *lzr_remote_call_expected_u64(struct lzr_remote *remote,
                                        lzr_addr service,
                                        struct lzr_writer *arguments,
                                        const char *what, uint64_t *value) {
  struct lzr_answer answer;
  uint64_t number = 0;
  lzr_error *error =
      lzr_remote_call_expected(remote, service, arguments, what, &answer);

  if (!error) {
    number = lzr_unpack_u64(&answer.reader);
    error = lzr_answer_end(&answer.reader, what);
  }
  lzr_answer_fini(&answer);
  if (!error)
    *value = number;
  return error;
}

lzr_error *lzr_remote_call_void(struct lzr_remote *remote, lzr_addr service,
                                struct lzr_writer *arguments,
                                const char *what) {
  struct lzr_answer answer;
  lzr_error *error = lzr_remote_call(remote, service, arguments, what, &answer);

  if (!error)
    error = lzr_answer_end(&answer.reader, what);
  lzr_answer_fini(&answer);
  return error;
}

lzr_error *lzr_answer_count(struct lzr_reader *reader, size_t item_size,
                            size_t count) {
  size_t answered = lzr_unpack_count(reader, item_size);

  if (reader->failed || answered == count)
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "a look-up of %zu names is answered with %zu "
                          "addresses",
                          count, answered);
}
