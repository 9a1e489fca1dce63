/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls to the peer, posts, and the answers of both sides. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"

/* ---- Failures ---- */

/* An error of kind CLOSED, whatever the kind of the reason. The connection has
   ended. */
static lzr_error *explain_end(struct lzr_connection *connection) {
  const lzr_error *reason = lzr_connection_reason(connection);

  return lzr_error_create(
      LZR_ERROR_CLOSED, "the connection to %s has ended%s%s", connection->peer,
      reason ? ": " : "", reason ? lzr_error_message(reason) : "");
}

/* Handles the failure of a send. Half a message may have gone out, unless the
   peer is gone; in that case what the peer had sent is still read. */
static lzr_error *fail_send(struct lzr_connection *connection,
                            lzr_error *error) {
  if (error && lzr_error_get_kind(error) != LZR_ERROR_CLOSED)
    lzr_connection_stop(connection, lzr_error_copy(error), false);
  return error;
}

bool lzr_connection_enter(const struct lzr_connection *connection,
                          sigset_t *saved) {
  if (lzr_connection_reads(connection))
    return false;
  lzr_signals_block(saved);
  return true;
}

/* ---- Calls to the peer ---- */

static struct lzr_pending *refuse(struct lzr_connection *connection,
                                  lzr_error **error) {
  *error = lzr_connection_has_ended(connection) ? explain_end(connection)
                                                : lzr_out_of_memory();
  return NULL;
}

/* Makes a record for a new call. Returns NULL and *error on failure. signals is
   the caller's mask. */
static struct lzr_pending *add_call(struct lzr_connection *connection,
                                    const sigset_t *signals,
                                    lzr_error **error) {
  struct lzr_pending *waiter = NULL;

  pthread_mutex_lock(&connection->lock);
  if (!connection->has_ended)
    waiter = lzr_waiting_add(&connection->waiting);
  if (waiter) {
    waiter->may_read = lzr_connection_may_read(connection, signals);
    connection->callers++;
  }
  pthread_mutex_unlock(&connection->lock);
  return waiter ? waiter : refuse(connection, error);
}

/* The same for a post. */
static struct lzr_pending *add_post(struct lzr_connection *connection,
                                    lzr_answered answered, void *data,
                                    lzr_error **error) {
  struct lzr_pending *waiter = NULL;

  pthread_mutex_lock(&connection->lock);
  if (!connection->has_ended)
    waiter = lzr_waiting_add(&connection->waiting);
  if (waiter) {
    waiter->is_post = true;
    waiter->answered = answered;
    waiter->data = data;
  }
  pthread_mutex_unlock(&connection->lock);
  return waiter ? waiter : refuse(connection, error);
}

static struct lzr_pending *take_out(struct lzr_connection *connection,
                                    uint64_t sequence) {
  struct lzr_pending *waiter;

  pthread_mutex_lock(&connection->lock);
  waiter = lzr_waiting_remove(&connection->waiting, sequence);
  pthread_mutex_unlock(&connection->lock);
  return waiter;
}

static void recycle(struct lzr_connection *connection,
                    struct lzr_pending *waiter) {
  pthread_mutex_lock(&connection->lock);
  lzr_waiting_recycle(&connection->waiting, waiter);
  pthread_mutex_unlock(&connection->lock);
}

static struct lzr_header call_header(const struct lzr_pending *waiter,
                                     uint64_t tag, size_t size) {
  return (struct lzr_header){.size = LZR_HEADER_SIZE + (uint64_t)size,
                             .opcode = LZR_OPCODE_CALL,
                             .sequence = waiter->sequence,
                             .tag = tag};
}

static lzr_error *check_size(const struct lzr_connection *connection,
                             size_t size) {
  uint64_t most = connection->options.max_message - LZR_HEADER_SIZE;

  return size <= most ? NULL
                      : lzr_error_create(LZR_ERROR_LIMIT,
                                         "a call of %zu bytes; the limit is "
                                         "%" PRIu64,
                                         size, most);
}

/* Sends the call and waits. When this returns, no other thread knows waiter. */
static lzr_error *transact(struct lzr_connection *connection,
                           struct lzr_pending *waiter, uint64_t tag,
                           const void *bytes, size_t size,
                           const sigset_t *saved) {
  struct lzr_header header = call_header(waiter, tag, size);
  lzr_error *error =
      lzr_outgoing_send(&connection->outgoing, &header, bytes, true);

  if (error && take_out(connection, header.sequence))
    return fail_send(connection, error);
  lzr_connection_await(connection, waiter, saved);
  if (error)
    return fail_send(connection, error);
  return waiter->has_answer ? NULL : explain_end(connection);
}

static void leave(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  /* a thread that has called before a renewal is not counted */
  if (connection->callers > 0 && --connection->callers == 0)
    pthread_cond_broadcast(&connection->callers_left);
  pthread_mutex_unlock(&connection->lock);
}

lzr_error *lzr_connection_call(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, uint8_t **answer,
                               size_t *answer_size) {
  lzr_error *error = check_size(connection, size);
  struct lzr_pending *waiter;
  sigset_t saved;

  assert(!lzr_connection_reads(connection));
  *answer = NULL;
  *answer_size = 0;
  if (error)
    return error;
  lzr_signals_block(&saved);
  waiter = add_call(connection, &saved, &error);
  if (waiter) {
    error = transact(connection, waiter, tag, bytes, size, &saved);
    *answer = waiter->answer;
    *answer_size = waiter->size;
    recycle(connection, waiter);
    leave(connection);
  }
  lzr_signals_restore(&saved);
  return error;
}

/* ---- Posts ---- */

static lzr_error *post(struct lzr_connection *connection, uint64_t tag,
                       const void *bytes, size_t size, lzr_answered answered,
                       void *data, bool may_wait, uint64_t *sequence) {
  lzr_error *error = NULL;
  struct lzr_pending *waiter = add_post(connection, answered, data, &error);
  struct lzr_header header;

  if (!waiter)
    return error;
  header = call_header(waiter, tag, size);
  *sequence = header.sequence;
  error = lzr_outgoing_post(&connection->outgoing, &header, bytes, may_wait);
  if (!error)
    return NULL;
  waiter = take_out(connection, header.sequence);
  if (waiter)
    recycle(connection, waiter);
  return fail_send(connection, error);
}

lzr_error *lzr_connection_ask(lzr_connection *connection, uint64_t tag,
                              const void *bytes, size_t size,
                              lzr_answered answered, void *data,
                              uint64_t *sequence) {
  lzr_error *error = check_size(connection, size);
  sigset_t saved;
  bool entered;

  if (error)
    return error;
  entered = lzr_connection_enter(connection, &saved);
  error = post(connection, tag, bytes, size, answered, data, entered, sequence);
  if (entered)
    lzr_signals_restore(&saved);
  return error;
}

lzr_error *lzr_connection_post(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size,
                               lzr_answered answered, void *data) {
  uint64_t sequence;

  return lzr_connection_ask(connection, tag, bytes, size, answered, data,
                            &sequence);
}

static lzr_error *flush(lzr_connection *connection, bool may_wait) {
  sigset_t saved;
  bool entered = lzr_connection_enter(connection, &saved);
  lzr_error *error =
      fail_send(connection,
                lzr_outgoing_flush(&connection->outgoing, may_wait && entered));

  if (entered)
    lzr_signals_restore(&saved);
  return error;
}

lzr_error *lzr_connection_flush(lzr_connection *connection) {
  return flush(connection, true);
}

lzr_error *lzr_connection_push(lzr_connection *connection) {
  return flush(connection, false);
}

/* ---- Answers from the peer ---- */

static lzr_error *refuse_result(const struct lzr_connection *connection,
                                uint64_t sequence) {
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "%s answered call number %" PRIu64
                          ", which nobody waits for",
                          connection->peer, sequence);
}

lzr_error *lzr_connection_take_result(struct lzr_connection *connection,
                                      struct lzr_message *message,
                                      bool *served_caller) {
  uint64_t sequence = message->header.sequence;
  struct lzr_pending *waiter = take_out(connection, sequence);

  if (!waiter) {
    free(message->block);
    return refuse_result(connection, sequence);
  }
  if (waiter->is_post) {
    if (waiter->answered)
      waiter->answered(waiter->data, message->payload, message->size);
    free(message->block);
    recycle(connection, waiter);
    return NULL;
  }
  *served_caller |= waiter->may_read;
  waiter->has_answer = true;
  waiter->answer = message->payload;
  waiter->size = message->size;
  sem_post(&waiter->done);
  return NULL;
}

void lzr_connection_fail_all(struct lzr_connection *connection) {
  struct lzr_pending *waiter;

  pthread_mutex_lock(&connection->lock);
  while ((waiter = lzr_waiting_remove_any(&connection->waiting))) {
    if (waiter->is_post)
      lzr_waiting_recycle(&connection->waiting, waiter);
    else
      sem_post(&waiter->done);
  }
  pthread_mutex_unlock(&connection->lock);
}

/* ---- Answers to the peer ---- */

/* Answers to quick calls that were read together are sent together, when the
   thread that reads has nothing more to read. */
static void answer(struct lzr_connection *connection,
                   const struct lzr_header *header, const void *bytes) {
  struct lzr_outgoing *outgoing = &connection->outgoing;
  sigset_t saved;

  if (!lzr_connection_enter(connection, &saved)) {
    lzr_error_destroy(fail_send(
        connection, lzr_outgoing_post(outgoing, header, bytes, false)));
    return;
  }
  lzr_error_destroy(
      fail_send(connection, lzr_outgoing_send(outgoing, header, bytes, true)));
  lzr_signals_restore(&saved);
}

void lzr_call_answer(struct lzr_call *call, const void *bytes, size_t size) {
  struct lzr_connection *connection = call->connection;
  struct lzr_header header = {.size = LZR_HEADER_SIZE + (uint64_t)size,
                              .opcode = LZR_OPCODE_RESULT,
                              .sequence = call->sequence};

  if (size > connection->options.max_message - LZR_HEADER_SIZE)
    header.size = LZR_HEADER_SIZE; /* a failure without a text */
  answer(connection, &header, bytes);
  free(call);
}

void lzr_call_drop(struct lzr_call *call) {
  free(call);
}

void lzr_connection_send_answers(struct lzr_connection *connection) {
  lzr_error_destroy(
      fail_send(connection, lzr_outgoing_send_answers(&connection->outgoing)));
}
