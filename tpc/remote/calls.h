/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of an executor's services: they send arguments and check the answer.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_CALLS_H
#define LZR_REMOTE_CALLS_H

#include "tpc/remote/remote.h"
#include "tpc/wire/pack.h"

/* An all-zero struct is an empty answer. */
struct lzr_answer {
  uint8_t *bytes;           /* owned, ended by lzr_answer_fini() */
  struct lzr_reader reader; /* of bytes */
};

void lzr_answer_fini(struct lzr_answer *answer);

/* Calls a service and waits for the answer, which the caller must end whatever
   the result. what names the service in messages. Takes what is in
   arguments. */
lzr_error *lzr_remote_call(struct lzr_remote *remote, lzr_addr service,
                           struct lzr_writer *arguments, const char *what,
                           struct lzr_answer *answer);

/* The same for services whose answer is an Error, an Expected (whose value is
   then next in answer), an Expected<u64>, or empty. */
lzr_error *lzr_remote_call_error(struct lzr_remote *remote, lzr_addr service,
                                 struct lzr_writer *arguments,
                                 const char *what);
lzr_error *lzr_remote_call_expected(struct lzr_remote *remote, lzr_addr service,
                                    struct lzr_writer *arguments,
                                    const char *what,
                                    struct lzr_answer *answer);
lzr_error *lzr_remote_call_expected_u64(struct lzr_remote *remote,
                                        lzr_addr service,
                                        struct lzr_writer *arguments,
                                        const char *what, uint64_t *value);
lzr_error *lzr_remote_call_void(struct lzr_remote *remote, lzr_addr service,
                                struct lzr_writer *arguments, const char *what);

/* Reads how many items a look-up's answer has, each of at least item_size
   bytes. Fails with FORMAT unless they are count. */
lzr_error *lzr_answer_count(struct lzr_reader *reader, size_t item_size,
                            size_t count);

/* Call it after the last value of an answer: returns an error if a value was
   missing or bytes are left. */
lzr_error *lzr_answer_end(const struct lzr_reader *reader, const char *what);

#endif
