/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handles the messages that arrive. */
#include <stdlib.h>

#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"
#include "tpc/wire/result.h"

/* The connection that this thread is reading, or NULL. */
static _Thread_local const struct lzr_connection *reads;

bool lzr_connection_reads(const struct lzr_connection *connection) {
  return reads == connection;
}

/* ---- Calls ---- */

static struct lzr_given *make_call(struct lzr_connection *connection,
                                   const struct lzr_message *message) {
  struct lzr_given *given = (struct lzr_given *)(void *)message->block;

  given->call = (struct lzr_call){.sequence = message->header.sequence,
                                  .tag = message->header.tag,
                                  .bytes = message->payload,
                                  .size = message->size,
                                  .connection = connection};
  given->next = NULL;
  return given;
}

static bool is_quick(const struct lzr_connection *connection, uint64_t tag) {
  const struct lzr_connection_options *options = &connection->options;

  return options->is_quick && options->is_quick(options->data, tag);
}

static bool is_attended(const struct lzr_connection *connection, uint64_t tag) {
  const struct lzr_connection_options *options = &connection->options;

  return options->attends && options->attends(options->data, tag);
}

/* Returns a call for this thread to serve once it has stopped reading. */
static struct lzr_call *take_call(struct lzr_connection *connection,
                                  const struct lzr_message *message,
                                  const struct lzr_pending *own,
                                  bool *served_caller) {
  struct lzr_given *given = make_call(connection, message);
  struct lzr_call *call = &given->call;

  if (is_quick(connection, call->tag)) {
    connection->options.serve(connection->options.data, call);
    return NULL;
  }
  if (is_attended(connection, call->tag)) {
    lzr_connection_attend_to(connection, call);
    *served_caller |= connection->attendant.may_read;
    return NULL;
  }
  if (!own && lzr_connection_vacate(connection))
    return call;
  if (lzr_connection_give(connection, given))
    return NULL;
  lzr_call_answer(call, NULL, 0); /* there are too many */
  return NULL;
}

/* ---- All messages ---- */

/* The peer's goodbye. Only a reason in it matters. */
static void take_hangup(struct lzr_connection *connection,
                        struct lzr_message *message) {
  lzr_error *reason = NULL;
  struct lzr_reader reader;

  lzr_reader_init(&reader, message->payload, message->size);
  if (message->size > 0)
    reason = lzr_unpack_error(&reader, "the goodbye");
  free(message->block);
  lzr_connection_stop(connection, reason, false);
}

static struct lzr_call *take(struct lzr_connection *connection,
                             struct lzr_message *message,
                             const struct lzr_pending *own,
                             bool *served_caller) {
  lzr_error *error;

  switch (message->header.opcode) {
  case LZR_OPCODE_HANGUP:
    take_hangup(connection, message);
    return NULL;
  case LZR_OPCODE_RESULT:
    error = lzr_connection_take_result(connection, message, served_caller);
    if (error)
      lzr_connection_stop(connection, error, true);
    return NULL;
  default:
    return take_call(connection, message, own, served_caller);
  }
}

/* Whether this thread, which has_read, should read more. A caller stops when it
   has its answer and no whole message is left. */
static bool goes_on(const struct lzr_connection *connection, bool has_read,
                    const struct lzr_pending *own) {
  if (!has_read)
    return true;
  return lzr_incoming_has_part(&connection->incoming) &&
         !(own && own->has_answer);
}

/* Returns LZR_NEXT_NOTHING when this thread is done. */
static enum lzr_next next_message(struct lzr_connection *connection,
                                  const struct lzr_pending *own, bool *has_read,
                                  struct lzr_message *message,
                                  lzr_error **error) {
  struct lzr_incoming *incoming = &connection->incoming;
  enum lzr_next next;

  while ((next = lzr_incoming_take(incoming, message, error)) ==
             LZR_NEXT_NOTHING &&
         goes_on(connection, *has_read, own)) {
    *has_read = true;
    next = lzr_incoming_fill(incoming, error);
    if (next != LZR_NEXT_MESSAGE)
      break;
  }
  return next;
}

struct lzr_call *lzr_connection_read(struct lzr_connection *connection,
                                     bool may_read,
                                     const struct lzr_pending *own,
                                     bool *served_caller) {
  struct lzr_call *call = NULL;
  bool has_read = !may_read, was_own = lzr_own_thread;

  reads = connection;
  lzr_own_thread = true; /* the caller's thread may be the program's */
  while (!call && !lzr_connection_has_ended(connection)) {
    struct lzr_message message;
    lzr_error *error;
    enum lzr_next next =
        next_message(connection, own, &has_read, &message, &error);

    if (next == LZR_NEXT_NOTHING)
      break;
    if (next == LZR_NEXT_MESSAGE)
      call = take(connection, &message, own, served_caller);
    else
      lzr_connection_stop(connection, error, error != NULL);
  }
  /* Answers that a caller has given while it read go out with its next call, or
     a tick later, because the caller should return first. */
  if (!own || !own->has_answer)
    lzr_connection_send_answers(connection);
  lzr_own_thread = was_own;
  reads = NULL;
  return call;
}
