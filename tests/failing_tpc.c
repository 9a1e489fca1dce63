/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/failing_tpc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/ops.h"

static const char *const operations[] = {
    "reserve",      "commit",      "read",        "write",    "store_pointers",
    "open_library", "lookup",      "show",        "run_main", "run_void",
    "call",         "add_handler", "add_function"};

enum { OPERATIONS = sizeof operations / sizeof *operations };

struct failing {
  lzr_tpc tpc;
  lzr_tpc *inner; /* owned */
  _Atomic unsigned count;
  _Atomic unsigned count_of[OPERATIONS];
  _Atomic unsigned nth;                 /* 0 for never */
  void (*watch)(const char *operation); /* or NULL */
};

static lzr_tpc *inner_of(lzr_tpc *tpc) {
  return ((struct failing *)tpc)->inner;
}

static unsigned index_of(const char *operation) {
  unsigned i = 0;
  while (i + 1 < OPERATIONS && strcmp(operations[i], operation) != 0)
    i++;
  return i;
}

/* Counts an operation, and returns its error if it is the one that must
   fail. */
static lzr_error *turn(lzr_tpc *tpc, const char *operation) {
  struct failing *failing = (struct failing *)tpc;
  unsigned number = atomic_fetch_add(&failing->count, 1) + 1;
  atomic_fetch_add(&failing->count_of[index_of(operation)], 1);
  if (failing->watch)
    failing->watch(operation);

  if (number != atomic_load(&failing->nth))
    return NULL;
  return lzr_error_create(LZR_ERROR_TARGET, "%s fails, as operation %u",
                          operation, number);
}

static const struct lzr_target_facts *failing_facts(const lzr_tpc *tpc) {
  return lzr_tpc_facts(((const struct failing *)tpc)->inner);
}

static lzr_error *failing_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                                  lzr_allocation **allocation) {
  lzr_error *error = turn(tpc, "reserve");

  return error ? error : lzr_tpc_reserve(inner_of(tpc), layout, allocation);
}

static lzr_error *failing_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                                 const struct lzr_commit *commit) {
  lzr_error *error = turn(tpc, "commit");

  return error ? error : lzr_tpc_commit(inner_of(tpc), allocation, commit);
}

static void failing_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  lzr_tpc_release(inner_of(tpc), allocation);
}

static lzr_error *failing_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                               size_t size) {
  lzr_error *error = turn(tpc, "read");

  return error ? error : lzr_tpc_read(inner_of(tpc), address, bytes, size);
}

static lzr_error *failing_write(lzr_tpc *tpc, lzr_addr address,
                                const void *bytes, size_t size) {
  lzr_error *error = turn(tpc, "write");

  return error ? error : lzr_tpc_write(inner_of(tpc), address, bytes, size);
}

static lzr_error *failing_store_pointers(lzr_tpc *tpc,
                                         const struct lzr_pointer_store *stores,
                                         size_t count) {
  lzr_error *error = turn(tpc, "store_pointers");

  return error ? error : lzr_tpc_store_pointers(inner_of(tpc), stores, count);
}

static lzr_error *failing_open_library(lzr_tpc *tpc, const char *path,
                                       lzr_library_handle *handle) {
  lzr_error *error = turn(tpc, "open_library");

  return error ? error : lzr_tpc_open_library(inner_of(tpc), path, handle);
}

static lzr_error *failing_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                                 struct lzr_name *names, size_t count) {
  lzr_error *error = turn(tpc, "lookup");

  return error ? error : lzr_tpc_lookup(inner_of(tpc), handle, names, count);
}

static lzr_error *failing_show(lzr_tpc *tpc, const struct lzr_shown_name *names,
                               size_t count) {
  lzr_error *error = turn(tpc, "show");

  return error ? error : lzr_tpc_show(inner_of(tpc), names, count);
}

static lzr_error *failing_run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                                   const char *const *argv, int *status) {
  lzr_error *error = turn(tpc, "run_main");

  return error ? error
               : lzr_tpc_run_main(inner_of(tpc), function, argc, argv, status);
}

static lzr_error *failing_run_void(lzr_tpc *tpc, lzr_addr function) {
  lzr_error *error = turn(tpc, "run_void");

  return error ? error : lzr_tpc_run_void(inner_of(tpc), function);
}

static lzr_error *failing_call(lzr_tpc *tpc, lzr_addr function,
                               const struct lzr_signature *signature,
                               const lzr_value *arguments, lzr_value *result) {
  lzr_error *error = turn(tpc, "call");

  return error ? error
               : lzr_tpc_call(inner_of(tpc), function, signature, arguments,
                              result);
}

static void failing_set_helpers(lzr_tpc *tpc,
                                const struct lzr_helpers *helpers) {
  lzr_tpc_set_helpers(inner_of(tpc), helpers);
}

static lzr_error *failing_add_handler(lzr_tpc *tpc, lzr_handler handler,
                                      void *data, lzr_addr *context) {
  lzr_error *error = turn(tpc, "add_handler");

  return error ? error
               : lzr_tpc_add_handler(inner_of(tpc), handler, data, context);
}

static lzr_error *failing_add_function(lzr_tpc *tpc,
                                       const struct lzr_signature *signature,
                                       lzr_host_function function, void *data,
                                       lzr_addr *address) {
  lzr_error *error = turn(tpc, "add_function");

  return error ? error
               : lzr_tpc_add_function(inner_of(tpc), signature, function, data,
                                      address);
}

static void failing_exit(lzr_tpc *tpc, int status) {
  lzr_tpc_exit(inner_of(tpc), status);
}

static void failing_on_failure(lzr_tpc *tpc, lzr_host_failure on_failure,
                               void *data) {
  lzr_tpc_on_failure(inner_of(tpc), on_failure, data);
}

static lzr_error *failing_take_failure(lzr_tpc *tpc) {
  return lzr_tpc_take_failure(inner_of(tpc));
}

static const struct lzr_ending *failing_ending(lzr_tpc *tpc) {
  return lzr_tpc_ending(inner_of(tpc));
}

static void failing_close(lzr_tpc *tpc) {
  lzr_tpc_close(inner_of(tpc));
  free(tpc);
}

static const struct lzr_tpc_ops failing_ops = {
    .facts = failing_facts,
    .reserve = failing_reserve,
    .commit = failing_commit,
    .release = failing_release,
    .read = failing_read,
    .write = failing_write,
    .store_pointers = failing_store_pointers,
    .open_library = failing_open_library,
    .lookup = failing_lookup,
    .show = failing_show,
    .run_main = failing_run_main,
    .run_void = failing_run_void,
    .call = failing_call,
    .set_helpers = failing_set_helpers,
    .add_handler = failing_add_handler,
    .add_function = failing_add_function,
    .on_failure = failing_on_failure,
    .take_failure = failing_take_failure,
    .exit = failing_exit,
    .ending = failing_ending,
    .close = failing_close,
};

lzr_error *lzr_failing_tpc_create(lzr_tpc *inner, lzr_tpc **tpc) {
  struct failing *failing = calloc(1, sizeof *failing);

  if (!failing) {
    lzr_tpc_close(inner);
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  }
  failing->tpc.ops = &failing_ops;
  failing->inner = inner;
  *tpc = &failing->tpc;
  return NULL;
}

void lzr_failing_tpc_arm(lzr_tpc *tpc, unsigned n) {
  struct failing *failing = (struct failing *)tpc;

  atomic_store(&failing->count, 0);
  for (unsigned i = 0; i < OPERATIONS; i++)
    atomic_store(&failing->count_of[i], 0);
  atomic_store(&failing->nth, n);
}

void lzr_failing_tpc_watch(lzr_tpc *tpc, void (*watch)(const char *operation)) {
  ((struct failing *)tpc)->watch = watch;
}

unsigned lzr_failing_tpc_count(const lzr_tpc *tpc) {
  return atomic_load(&((const struct failing *)tpc)->count);
}

unsigned lzr_failing_tpc_count_of(const lzr_tpc *tpc, const char *operation) {
  return atomic_load(
      &((const struct failing *)tpc)->count_of[index_of(operation)]);
}
