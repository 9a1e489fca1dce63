/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The operations with lazyrun's own executor, through the services of
   tpc/wire/services.h. The executor runs its quick services in the order in
   which they arrive. So commits, releases and pointer stores are posted, and go
   out with the next message for which somebody waits. */
#include "tpc/remote/lazyrun.h"

#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/common/names.h"
#include "tpc/remote/callees.h"
#include "tpc/remote/calls.h"
#include "tpc/remote/ending.h"
#include "tpc/remote/remote.h"
#include "tpc/remote/values.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

enum service {
  COMMIT,
  RELEASE,
  READ,
  WRITE,
  STORE_POINTERS,
  ADD_HANDLER,
  ADD_FUNCTION,
  OPEN_LIBRARY,
  LOOKUP,
  SHOW,
  RUN_MAIN,
  RUN_VOID,
  CALL,
  EXIT,
  SERVICE_COUNT
};

static const char *const names_of_services[SERVICE_COUNT] = {
    [COMMIT] = LZR_SERVICE_COMMIT,
    [RELEASE] = LZR_SERVICE_RELEASE,
    [READ] = LZR_SERVICE_READ,
    [WRITE] = LZR_SERVICE_WRITE,
    [STORE_POINTERS] = LZR_SERVICE_STORE_POINTERS,
    [ADD_HANDLER] = LZR_SERVICE_ADD_HANDLER,
    [ADD_FUNCTION] = LZR_SERVICE_ADD_FUNCTION,
    [OPEN_LIBRARY] = LZR_SERVICE_OPEN_LIBRARY,
    [LOOKUP] = LZR_SERVICE_LOOKUP,
    [SHOW] = LZR_SERVICE_SHOW,
    [RUN_MAIN] = LZR_SERVICE_RUN_MAIN,
    [RUN_VOID] = LZR_SERVICE_RUN_VOID,
    [CALL] = LZR_SERVICE_CALL,
    [EXIT] = LZR_SERVICE_EXIT,
};

static const enum service run_the_program[LZR_FORKS_SERVICES] = {
    OPEN_LIBRARY, RUN_MAIN, RUN_VOID, CALL, EXIT};

_Static_assert((int)SERVICE_COUNT <= LZR_REMOTE_SERVICES, "room for all");

enum { LIST_ITEM = 3 * sizeof(uint64_t) }; /* of LOOKUP's answer */

/* Limit of memory read or written in one message. */
static const size_t max_piece = (size_t)64 << 20;

/* ---- Posting ---- */

/* Handles an answer for which nobody waits. A failure ends the connection; the
   executor ends, too, and has not looked at what came after it. */
static void check_posted(void *data, const uint8_t *bytes, size_t size) {
  struct lzr_posted *posted = data;
  const char *what = posted->operation;
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, bytes, size);
  error = lzr_unpack_error(&reader, what);
  if (!error)
    error = lzr_answer_end(&reader, what);
  error = *posted->what ? lzr_error_wrap(error, "%s", posted->what)
                        : lzr_error_wrap(error, "%s in the executor", what);
  lzr_remote_reject(posted->remote, error);
  lzr_posted_remove(posted);
}

static lzr_error *send_posted(struct lzr_remote *remote, enum service service,
                              const struct lzr_writer *arguments,
                              struct lzr_posted *posted) {
  lzr_error *error = lzr_connection_post(
      remote->connection, remote->services[service], arguments->bytes,
      arguments->size, check_posted, posted);

  if (error)
    lzr_posted_remove(posted);
  return error;
}

/* Takes what is in arguments; what it is for may be NULL. While first calls are
   being served, one of them may need this message, which then goes out with its
   answer: each answer sends everything that was posted. */
static lzr_error *post(struct lzr_remote *remote, enum service service,
                       struct lzr_writer *arguments, const char *operation,
                       const char *what) {
  struct lzr_posted *posted;
  lzr_error *error = NULL;

  if (arguments->failed)
    error = lzr_out_of_memory();
  if (!error)
    error = lzr_posted_add(remote, operation, what, &posted);
  if (!error)
    error = send_posted(remote, service, arguments, posted);
  if (!error && atomic_load(&remote->first_calls) == 0)
    error = lzr_connection_flush(remote->connection);
  lzr_writer_fini(arguments);
  return error;
}

/* ---- Memory ---- */

static lzr_error *reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                          lzr_allocation **allocation) {
  struct lzr_claim *claim;
  lzr_error *error = lzr_claim_take(&lzr_remote_of(tpc)->claims, layout,
                                    sizeof *claim, &claim);

  if (!error)
    *allocation = &claim->allocation;
  return error;
}

static void pack_stores(struct lzr_writer *writer,
                        const struct lzr_pointer_store *stores, size_t count) {
  lzr_pack_u64(writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_u64(writer, stores[i].address);
    lzr_pack_u64(writer, stores[i].value);
  }
}

static void pack_commit(struct lzr_writer *writer,
                        const lzr_allocation *allocation,
                        const struct lzr_commit *commit) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    lzr_pack_u64(writer, allocation->address[prot]);
    lzr_pack_u64(writer, allocation->size[prot]);
  }
  lzr_pack_u64(writer, commit->segment_count);
  for (size_t i = 0; i < commit->segment_count; i++) {
    const struct lzr_segment *segment = &commit->segments[i];

    lzr_pack_u64(writer, segment->address);
    lzr_pack_bytes(writer, segment->bytes, segment->byte_count);
    lzr_pack_u64(writer, segment->zero_count);
  }
  lzr_pack_u64(writer, commit->action_count);
  for (size_t i = 0; i < commit->action_count; i++) {
    lzr_pack_u8(writer, (uint8_t)commit->actions[i].kind);
    lzr_pack_u64(writer, commit->actions[i].address);
    lzr_pack_u64(writer, commit->actions[i].size);
  }
  pack_stores(writer, commit->stores, commit->store_count);
}

static lzr_error *commit(lzr_tpc *tpc, lzr_allocation *allocation,
                         const struct lzr_commit *contents) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  lzr_error *error = lzr_claim_begin_commit(
      &remote->claims, (struct lzr_claim *)allocation, contents);

  if (error)
    return error;
  pack_commit(&writer, allocation, contents);
  return post(remote, COMMIT, &writer, "a commit", contents->what);
}

/* The address by which the executor identifies an allocation. */
static lzr_addr first_address(const lzr_allocation *allocation) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    if (allocation->size[prot])
      return allocation->address[prot];
  return 0;
}

/* Posts the message before the addresses become free for other allocations,
   whose commits then come after it. When it cannot be sent, the connection has
   ended. */
static void release(lzr_tpc *tpc, lzr_allocation *allocation) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_claim *claim = (struct lzr_claim *)allocation;
  struct lzr_writer writer = {0};

  if (lzr_claim_is_committed(&remote->claims, claim) &&
      first_address(allocation)) {
    lzr_pack_u64(&writer, first_address(allocation));
    lzr_error_destroy(post(remote, RELEASE, &writer, "a release", NULL));
  }
  lzr_claim_give(&remote->claims, claim);
}

static lzr_error *store_pointers(lzr_tpc *tpc,
                                 const struct lzr_pointer_store *stores,
                                 size_t count) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  lzr_error *error = lzr_claims_check_stores(&remote->claims, stores, count);

  if (error)
    return error;
  pack_stores(&writer, stores, count);
  return post(remote, STORE_POINTERS, &writer, "a pointer store", NULL);
}

static lzr_error *read_piece(struct lzr_remote *remote, lzr_addr address,
                             void *bytes, size_t size) {
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  const uint8_t *read;
  size_t count;
  lzr_error *error;

  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, size);
  error = lzr_remote_call_expected(remote, remote->services[READ], &writer,
                                   "a read", &answer);
  if (!error) {
    read = lzr_unpack_bytes(&answer.reader, &count);
    error = lzr_answer_end(&answer.reader, "a read");
    if (!error && count != size)
      error = lzr_error_create(LZR_ERROR_FORMAT,
                               "a read of %zu bytes is answered with %zu", size,
                               count);
    if (!error)
      memcpy(bytes, read, size);
  }
  lzr_answer_fini(&answer);
  return error;
}

static lzr_error *read_memory(lzr_tpc *tpc, lzr_addr address, void *bytes,
                              size_t size) {
  lzr_error *error = NULL;

  for (size_t done = 0; done < size && !error; done += max_piece)
    error =
        read_piece(lzr_remote_of(tpc), address + done, (uint8_t *)bytes + done,
                   size - done < max_piece ? size - done : max_piece);
  return error;
}

static lzr_error *write_piece(struct lzr_remote *remote, lzr_addr address,
                              const void *bytes, size_t size) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, address);
  lzr_pack_bytes(&writer, bytes, size);
  return lzr_remote_call_error(remote, remote->services[WRITE], &writer,
                               "a write");
}

static lzr_error *write_memory(lzr_tpc *tpc, lzr_addr address,
                               const void *bytes, size_t size) {
  lzr_error *error = NULL;

  for (size_t done = 0; done < size && !error; done += max_piece)
    error = write_piece(lzr_remote_of(tpc), address + done,
                        (const uint8_t *)bytes + done,
                        size - done < max_piece ? size - done : max_piece);
  return error;
}

/* ---- Names ---- */

static lzr_error *open_library(lzr_tpc *tpc, const char *path,
                               lzr_library_handle *handle) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};

  lzr_pack_string(&writer, path);
  return lzr_remote_call_expected_u64(remote, remote->services[OPEN_LIBRARY],
                                      &writer, "opening a library", handle);
}

static lzr_error *read_addresses(struct lzr_reader *reader,
                                 struct lzr_name *names, size_t count) {
  lzr_error *error = lzr_answer_count(reader, LIST_ITEM, count);

  if (error)
    return error;
  for (size_t i = 0; i < count; i++) {
    names[i].address = lzr_unpack_u64(reader);
    names[i].tls_module = lzr_unpack_u64(reader);
    names[i].tls_offset = lzr_unpack_u64(reader);
  }
  error = lzr_answer_end(reader, "a look-up");
  return error ? error : lzr_names_check(names, count);
}

/* Tells the executor that no name is required: this side makes the error for
   missing names, which has a kind of its own. */
static lzr_error *lookup(lzr_tpc *tpc, lzr_library_handle handle,
                         struct lzr_name *names, size_t count) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  lzr_error *error;

  lzr_pack_u64(&writer, handle);
  lzr_pack_u64(&writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_string(&writer, names[i].name);
    lzr_pack_bool(&writer, false);
    lzr_pack_bool(&writer, names[i].thread_local_storage);
  }
  error = lzr_remote_call_expected(remote, remote->services[LOOKUP], &writer,
                                   "a look-up", &answer);
  if (!error)
    error = read_addresses(&answer.reader, names, count);
  lzr_answer_fini(&answer);
  return error;
}

static lzr_error *show(lzr_tpc *tpc, const struct lzr_shown_name *names,
                       size_t count) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_string(&writer, names[i].name);
    lzr_pack_u64(&writer, names[i].address);
    lzr_pack_u64(&writer, names[i].size);
    lzr_pack_bool(&writer, names[i].is_function);
  }
  return lzr_remote_call_error(remote, remote->services[SHOW], &writer,
                               "showing names");
}

/* ---- Calls ---- */

static lzr_error *run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                           const char *const *argv, int *status) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  uint32_t returned = 0;
  lzr_error *error;

  lzr_pack_u64(&writer, function);
  lzr_pack_u64(&writer, (uint64_t)argc);
  for (int i = 0; i < argc; i++)
    lzr_pack_string(&writer, argv[i]);
  error = lzr_remote_call_expected(remote, remote->services[RUN_MAIN], &writer,
                                   "running a program", &answer);
  if (!error) {
    returned = lzr_unpack_u32(&answer.reader);
    error = lzr_answer_end(&answer.reader, "running a program");
  }
  lzr_answer_fini(&answer);
  if (!error)
    *status = (int)returned;
  return error;
}

static lzr_error *run_void(lzr_tpc *tpc, lzr_addr function) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, function);
  return lzr_remote_call_error(remote, remote->services[RUN_VOID], &writer,
                               "a call");
}

/* Packs u8 result, bytes of parameters. */
static void pack_signature(struct lzr_writer *writer,
                           const struct lzr_signature *signature) {
  lzr_pack_u8(writer, (uint8_t)signature->result);
  lzr_pack_u64(writer, signature->parameter_count);
  for (size_t i = 0; i < signature->parameter_count; i++)
    lzr_pack_u8(writer, (uint8_t)signature->parameters[i]);
}

static lzr_error *call(lzr_tpc *tpc, lzr_addr function,
                       const struct lzr_signature *signature,
                       const lzr_value *arguments, lzr_value *result) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  uint64_t bits = 0;
  lzr_error *error;

  lzr_pack_u64(&writer, function);
  pack_signature(&writer, signature);
  lzr_pack_u64(&writer, signature->fixed_count);
  lzr_pack_u64(&writer, signature->parameter_count);
  for (size_t i = 0; i < signature->parameter_count; i++)
    lzr_pack_u64(&writer,
                 lzr_value_to_bits(signature->parameters[i], arguments[i]));
  error = lzr_remote_call_expected_u64(remote, remote->services[CALL], &writer,
                                       "a call", &bits);
  if (!error && signature->result != LZR_TYPE_VOID)
    *result = lzr_value_from_bits(signature->result, bits);
  return error;
}

/* ---- Re-entry ---- */

static lzr_error *add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                              lzr_addr *context) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  uint64_t tag = 0;
  lzr_error *error = lzr_remote_add_handler(remote, handler, data, &tag);

  if (error)
    return error;
  lzr_pack_u64(&writer, tag);
  return lzr_remote_call_expected_u64(remote, remote->services[ADD_HANDLER],
                                      &writer, "adding a handler", context);
}

static lzr_error *add_function(lzr_tpc *tpc,
                               const struct lzr_signature *signature,
                               lzr_host_function function, void *data,
                               lzr_addr *address) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  uint64_t tag = 0;
  lzr_error *error =
      lzr_remote_add_function(remote, signature, function, data, &tag);

  if (error)
    return error;
  lzr_pack_u64(&writer, tag);
  pack_signature(&writer, signature);
  return lzr_remote_call_expected_u64(remote, remote->services[ADD_FUNCTION],
                                      &writer, "adding a host function",
                                      address);
}

/* ---- How it ends ---- */

/* The program's exit handlers may take any time. */
static void exit_target(lzr_tpc *tpc, int status) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_writer writer = {0};
  struct lzr_answer answer;

  lzr_pack_u32(&writer, (uint32_t)status);
  lzr_error_destroy(lzr_remote_call(remote, remote->services[EXIT], &writer,
                                    "exit", &answer));
  lzr_answer_fini(&answer);
  lzr_remote_finish(remote);
}

/* ---- Heartbeat ---- */

static void note_answer(void *data, const uint8_t *bytes, size_t size) {
  (void)bytes, (void)size;
  atomic_store(&((struct lzr_remote *)data)->heartbeat.answered, true);
}

/* A read of no byte. */
lzr_error *lzr_remote_ask_lazyrun(struct lzr_remote *remote) {
  static const uint8_t nothing[2 * sizeof(uint64_t)];
  lzr_error *error =
      lzr_connection_post(remote->connection, remote->services[READ], nothing,
                          sizeof nothing, note_answer, remote);

  return error ? error : lzr_connection_push(remote->connection);
}

/* ---- Making one ---- */

static const struct lzr_tpc_ops ops = {
    .facts = lzr_remote_facts,
    .reserve = reserve,
    .commit = commit,
    .release = release,
    .read = read_memory,
    .write = write_memory,
    .store_pointers = store_pointers,
    .open_library = open_library,
    .lookup = lookup,
    .show = show,
    .run_main = run_main,
    .run_void = run_void,
    .call = call,
    .add_handler = add_handler,
    .add_function = add_function,
    .on_fork = lzr_remote_on_fork,
    .exit = exit_target,
    .ending = lzr_remote_ending,
    .close = lzr_remote_close,
};

lzr_error *lzr_remote_become_lazyrun(struct lzr_remote *remote) {
  lzr_error *error = lzr_setup_require(&remote->setup, names_of_services,
                                       SERVICE_COUNT, remote->services);

  if (error)
    return error;
  remote->peer = "lazyrun-executor";
  remote->tpc.ops = &ops;
  for (size_t i = 0; i < LZR_FORKS_SERVICES; i++)
    remote->forks.services[i] = remote->services[run_the_program[i]];
  remote->has_claims = true;
  return lzr_claims_init(&remote->claims, remote->setup.window);
}
