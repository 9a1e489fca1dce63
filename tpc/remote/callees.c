/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of the controller that the executor may call, by their tags. */
#include "tpc/remote/callees.h"

#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/remote/ending.h"
#include "tpc/remote/remote.h"
#include "tpc/remote/stdio.h"
#include "tpc/remote/values.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

enum { MAX_PARAMETERS = 64 };

/* Either handler or function is set. */
struct lzr_callee {
  lzr_handler handler;
  lzr_host_function function;
  void *data;
  lzr_type result; /* for function, as the rest */
  size_t parameter_count;
  lzr_type parameters[];
};

/* ---- The table ---- */

static lzr_error *add(struct lzr_remote *remote, struct lzr_callee *callee,
                      uint64_t *tag) {
  struct lzr_callee **grown;

  pthread_mutex_lock(&remote->callees_lock);
  grown = lzr_array_grow(remote->callees, remote->callee_count, sizeof *grown);
  if (grown) {
    remote->callees = grown;
    *tag = LZR_TAG_FIRST_FREE + remote->callee_count;
    grown[remote->callee_count++] = callee;
  }
  pthread_mutex_unlock(&remote->callees_lock);
  if (grown)
    return NULL;
  free(callee);
  return lzr_out_of_memory();
}

/* A callee's address stays the same as long as the remote lives. */
static const struct lzr_callee *find(struct lzr_remote *remote, uint64_t tag) {
  const struct lzr_callee *found = NULL;

  pthread_mutex_lock(&remote->callees_lock);
  if (tag >= LZR_TAG_FIRST_FREE &&
      tag - LZR_TAG_FIRST_FREE < remote->callee_count)
    found = remote->callees[tag - LZR_TAG_FIRST_FREE];
  pthread_mutex_unlock(&remote->callees_lock);
  return found;
}

lzr_error *lzr_remote_add_handler(struct lzr_remote *remote,
                                  lzr_handler handler, void *data,
                                  uint64_t *tag) {
  struct lzr_callee *added = calloc(1, sizeof *added);

  if (!added)
    return lzr_out_of_memory();
  added->handler = handler;
  added->data = data;
  return add(remote, added, tag);
}

lzr_error *lzr_remote_add_function(struct lzr_remote *remote,
                                   const struct lzr_signature *signature,
                                   lzr_host_function function, void *data,
                                   uint64_t *tag) {
  size_t count = signature->parameter_count;
  struct lzr_callee *added =
      calloc(1, sizeof *added + count * sizeof(lzr_type));

  if (!added)
    return lzr_out_of_memory();
  added->function = function;
  added->data = data;
  added->result = signature->result;
  added->parameter_count = count;
  for (size_t i = 0; i < count; i++)
    added->parameters[i] = signature->parameters[i];
  return add(remote, added, tag);
}

void lzr_remote_free_callees(struct lzr_remote *remote) {
  for (size_t i = 0; i < remote->callee_count; i++)
    free(remote->callees[i]);
  free(remote->callees);
}

/* ---- Serving ---- */

/* An empty answer is LLVM's way to say that a call could not be made. */
static void answer_nothing(struct lzr_call *call) {
  lzr_call_answer(call, NULL, 0);
}

static void answer_writer(struct lzr_call *call, struct lzr_writer *writer) {
  if (writer->failed)
    answer_nothing(call);
  else
    lzr_call_answer(call, writer->bytes, writer->size);
  lzr_writer_fini(writer);
}

static void serve_handler(struct lzr_remote *remote,
                          const struct lzr_callee *callee,
                          struct lzr_call *call) {
  struct lzr_writer answer = {0};
  struct lzr_reader reader;
  uint64_t index;

  lzr_reader_init(&reader, call->bytes, call->size);
  index = lzr_unpack_u64(&reader);
  if (reader.failed || reader.at != reader.end) {
    answer_nothing(call);
    return;
  }
  atomic_fetch_add(&remote->first_calls, 1);
  lzr_forks_thaw(remote);
  lzr_pack_u64(&answer, callee->handler(callee->data, index));
  answer_writer(call, &answer);
  atomic_fetch_sub(&remote->first_calls, 1);
}

static lzr_error *read_arguments(const struct lzr_callee *callee,
                                 const struct lzr_call *call,
                                 lzr_value arguments[MAX_PARAMETERS]) {
  struct lzr_reader reader;
  size_t count;

  lzr_reader_init(&reader, call->bytes, call->size);
  count = lzr_unpack_count(&reader, sizeof(uint64_t));
  if (reader.failed || count != callee->parameter_count)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "a host function of %zu parameters is called in "
                            "another way",
                            callee->parameter_count);
  for (size_t i = 0; i < count; i++)
    arguments[i] =
        lzr_value_from_bits(callee->parameters[i], lzr_unpack_u64(&reader));
  return lzr_unpack_end(&reader, "a host function's arguments");
}

static void serve_function(struct lzr_remote *remote,
                           const struct lzr_callee *callee,
                           struct lzr_call *call) {
  lzr_value arguments[MAX_PARAMETERS];
  struct lzr_writer answer = {0};
  lzr_value result = {.i = 0};
  lzr_error *error = read_arguments(callee, call, arguments);

  lzr_forks_thaw(remote);
  if (!error)
    error = callee->function(callee->data, arguments, &result);
  if (error) {
    lzr_pack_unexpected(&answer, error);
  } else {
    lzr_pack_expected(&answer);
    lzr_pack_u64(&answer, lzr_value_to_bits(callee->result, result));
  }
  answer_writer(call, &answer);
}

static void serve_callee(struct lzr_remote *remote, struct lzr_call *call) {
  const struct lzr_callee *callee = find(remote, call->tag);

  if (!callee)
    answer_nothing(call);
  else if (callee->handler)
    serve_handler(remote, callee, call);
  else
    serve_function(remote, callee, call);
}

/* Quick, so served in the order of arrival: output, and news sent before the
   end. */
bool lzr_remote_is_quick(void *data, uint64_t tag) {
  (void)data;
  return tag == LZR_TAG_OUTPUT || tag == LZR_TAG_CRASH ||
         tag == LZR_TAG_ENDING || tag == LZR_TAG_FORKED;
}

void lzr_remote_serve(void *data, struct lzr_call *call) {
  struct lzr_remote *remote = data;

  switch (call->tag) {
  case LZR_TAG_OUTPUT:
    lzr_remote_serve_output(remote, call);
    break;
  case LZR_TAG_INPUT:
    lzr_remote_serve_input(remote, call);
    break;
  case LZR_TAG_CRASH:
    lzr_remote_serve_crash(remote, call);
    break;
  case LZR_TAG_ENDING:
    lzr_remote_serve_ending(remote, call);
    break;
  case LZR_TAG_FORK:
    lzr_forks_serve(remote, call);
    break;
  case LZR_TAG_FORKED:
    lzr_forks_serve_done(remote, call);
    break;
  default:
    serve_callee(remote, call);
  }
}
