/*
 * Calls of an executor's services: arguments in, checked answer out.
 * Thread-safe.
 */
#ifndef LZR_REMOTE_CALLS_H
#define LZR_REMOTE_CALLS_H

#include "tpc/remote/remote.h"
#include "tpc/wire/pack.h"

/* All zero is an empty one. */
struct lzr_answer {
  uint8_t *bytes;           /* owned, ended by lzr_answer_fini() */
  struct lzr_reader reader; /* of bytes */
};

void lzr_answer_fini(struct lzr_answer *answer);

/* Waits for an answer, which is to be ended whatever comes back. what names the
   service for messages. Takes what is in arguments. */
lzr_error *lzr_remote_call(struct lzr_remote *remote, lzr_addr service,
                           struct lzr_writer *arguments, const char *what,
                           struct lzr_answer *answer);

/* The same for services that answer with an Error, an Expected (whose value is
   then next in answer), an Expected<u64>, and with nothing. */
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

/* After the last value of an answer: an error unless all of it was there and
   nothing is left. */
lzr_error *lzr_answer_end(const struct lzr_reader *reader, const char *what);

#endif
