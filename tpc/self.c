/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The TPC whose target is this process: every operation is a direct call into
   tpc/target/. */
#include <stdatomic.h>
#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/ops.h"
#include "tpc/target/access.h"
#include "tpc/target/call.h"
#include "tpc/target/closure.h"
#include "tpc/target/commit.h"
#include "tpc/target/facts.h"
#include "tpc/target/fork.h"
#include "tpc/target/memory.h"
#include "tpc/target/symbols.h"

/* A context as lzr_tpc_add_handler describes it. */
struct client_handler {
  uint64_t (*enter)(void *context, uint64_t index); /* first: its contract */
  lzr_handler handler;
  void *data;
  struct client_handler *next;
};

/* A function of the client, in the form in which code in this process calls
   it. */
struct client_function {
  struct self *self;
  struct lzr_closure *closure; /* owned */
  lzr_host_function function;
  void *data;
  struct client_function *next;
};

struct self {
  lzr_tpc tpc;
  struct lzr_target_facts facts;
  struct lzr_memory *memory; /* owned */
  struct lzr_libraries libraries;
  struct client_handler *handlers;   /* owned; under the target's lock */
  struct client_function *functions; /* owned; under the lock, too */
  struct lzr_argv *argvs; /* argv of the programs that were run, owned; under
                             the lock, too */
  lzr_host_failure on_failure;
  void *on_failure_data;
  _Atomic(lzr_error *) failure; /* owned */
};

static struct self *self_of(lzr_tpc *tpc) {
  return (struct self *)tpc;
}

static struct lzr_block *block_of(lzr_allocation *allocation) {
  return (struct lzr_block *)allocation;
}

_Static_assert(offsetof(struct self, tpc) == 0, "self_of casts");
_Static_assert(offsetof(struct lzr_block, allocation) == 0, "block_of casts");

static const struct lzr_target_facts *self_facts(const lzr_tpc *tpc) {
  return &((const struct self *)tpc)->facts;
}

/* ---- Memory ---- */

static lzr_error *self_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                               lzr_allocation **allocation) {
  struct lzr_block *block;
  lzr_error *error = lzr_memory_reserve(self_of(tpc)->memory, layout, &block);

  if (!error)
    *allocation = &block->allocation;
  return error;
}

static lzr_error *self_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                              const struct lzr_commit *commit) {
  return lzr_block_commit(self_of(tpc)->memory, block_of(allocation), commit);
}

static void self_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  lzr_block_release(self_of(tpc)->memory, block_of(allocation));
}

static lzr_error *self_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                            size_t size) {
  (void)tpc;
  return lzr_access_read(address, bytes, size);
}

static lzr_error *self_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                             size_t size) {
  if (lzr_memory_is_sealed(self_of(tpc)->memory, address, size))
    return lzr_error_create(LZR_ERROR_TARGET,
                            "cannot write %zu bytes at 0x%llx: code and "
                            "constants change by a commit only",
                            size, (unsigned long long)address);
  return lzr_access_write(address, bytes, size);
}

static lzr_error *self_store_pointers(lzr_tpc *tpc,
                                      const struct lzr_pointer_store *stores,
                                      size_t count) {
  lzr_error *error =
      lzr_memory_check_stores(self_of(tpc)->memory, stores, count);

  if (!error)
    lzr_memory_store(stores, count);
  return error;
}

/* ---- Names ---- */

static lzr_error *self_open_library(lzr_tpc *tpc, const char *path,
                                    lzr_library_handle *handle) {
  return lzr_libraries_open(&self_of(tpc)->libraries, path, handle);
}

static lzr_error *self_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                              struct lzr_name *names, size_t count) {
  return lzr_libraries_lookup(&self_of(tpc)->libraries, handle, names, count);
}

static lzr_error *self_show(lzr_tpc *tpc, const struct lzr_shown_name *names,
                            size_t count) {
  return lzr_memory_show(self_of(tpc)->memory, names, count);
}

/* ---- Calls ---- */

static lzr_error *self_run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                                const char *const *argv, int *status) {
  struct self *self = self_of(tpc);
  struct lzr_argv *copy = lzr_argv_copy(argc, argv);

  if (!copy)
    return lzr_out_of_memory();
  lzr_target_lock();
  copy->next = self->argvs;
  self->argvs = copy;
  lzr_target_unlock();
  if (argc > 0)
    lzr_memory_set_path(self->memory, argv[0]);
  *status = lzr_call_main(function, argc, copy);
  return NULL;
}

static lzr_error *self_run_void(lzr_tpc *tpc, lzr_addr function) {
  (void)tpc;
  ((void (*)(void))(uintptr_t)function)();
  return NULL;
}

static lzr_error *self_call(lzr_tpc *tpc, lzr_addr function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result) {
  (void)tpc;
  return lzr_call_function(function, signature, arguments, result);
}

static uint64_t enter_handler(void *context, uint64_t index) {
  const struct client_handler *handler = context;

  return handler->handler(handler->data, index);
}

static lzr_error *self_add_handler(lzr_tpc *tpc, lzr_handler handler,
                                   void *data, lzr_addr *context) {
  struct self *self = self_of(tpc);
  struct client_handler *added = malloc(sizeof *added);

  if (!added)
    return lzr_out_of_memory();
  *added = (struct client_handler){
      .enter = enter_handler, .handler = handler, .data = data};
  lzr_target_lock();
  added->next = self->handlers;
  self->handlers = added;
  lzr_target_unlock();
  *context = (uintptr_t)added;
  return NULL;
}

static void self_on_failure(lzr_tpc *tpc, lzr_host_failure on_failure,
                            void *data) {
  self_of(tpc)->on_failure = on_failure;
  self_of(tpc)->on_failure_data = data;
}

/* Without a lock: a signal handler may interrupt this and make a first call. */
static lzr_error *self_take_failure(lzr_tpc *tpc) {
  return atomic_exchange(&self_of(tpc)->failure, NULL);
}

/* Takes error. */
static void keep_failure(struct self *self, lzr_error *error) {
  lzr_error *none = NULL;

  if (!atomic_compare_exchange_strong(&self->failure, &none, error))
    lzr_error_destroy(error);
}

static void enter_function(void *data, const lzr_value *arguments,
                           lzr_value *result) {
  const struct client_function *function = data;
  struct self *self = function->self;
  lzr_error *error = function->function(function->data, arguments, result);

  if (!error)
    return;
  *result = (lzr_value){0};
  if (self->on_failure)
    self->on_failure(self->on_failure_data, error);
  else
    keep_failure(self, error);
}

static lzr_error *self_add_function(lzr_tpc *tpc,
                                    const struct lzr_signature *signature,
                                    lzr_host_function function, void *data,
                                    lzr_addr *address) {
  struct self *self = self_of(tpc);
  struct client_function *added = malloc(sizeof *added);
  lzr_error *error;

  if (!added)
    return lzr_out_of_memory();
  *added = (struct client_function){
      .self = self, .function = function, .data = data};
  error = lzr_closure_create(signature, enter_function, added, &added->closure);
  if (error) {
    free(added);
    return error;
  }
  lzr_target_lock();
  added->next = self->functions;
  self->functions = added;
  lzr_target_unlock();
  *address = lzr_closure_address(added->closure);
  return NULL;
}

/* ---- How it ends ---- */

static void self_exit(lzr_tpc *tpc, int status) {
  (void)tpc;
  exit(status);
}

static const struct lzr_ending *self_ending(lzr_tpc *tpc) {
  static const struct lzr_ending running = {.kind = LZR_ENDING_RUNNING};

  (void)tpc;
  return &running;
}

/* ---- Creating and closing ---- */

static void free_functions(struct client_function *function) {
  while (function) {
    struct client_function *next = function->next;

    lzr_closure_destroy(function->closure);
    free(function);
    function = next;
  }
}

static void free_handlers(struct client_handler *handler) {
  while (handler) {
    struct client_handler *next = handler->next;

    free(handler);
    handler = next;
  }
}

static void free_argvs(struct lzr_argv *argv) {
  while (argv) {
    struct lzr_argv *next = argv->next;

    free(argv);
    argv = next;
  }
}

static void self_close(lzr_tpc *tpc) {
  struct self *self = self_of(tpc);

  lzr_blocks_release(self->memory);
  lzr_memory_destroy(self->memory);
  lzr_libraries_fini(&self->libraries);
  free_handlers(self->handlers);
  free_functions(self->functions);
  free_argvs(self->argvs);
  lzr_error_destroy(self->failure);
  free(self);
}

static const struct lzr_tpc_ops self_ops = {
    .facts = self_facts,
    .reserve = self_reserve,
    .commit = self_commit,
    .release = self_release,
    .read = self_read,
    .write = self_write,
    .store_pointers = self_store_pointers,
    .open_library = self_open_library,
    .lookup = self_lookup,
    .show = self_show,
    .run_main = self_run_main,
    .run_void = self_run_void,
    .call = self_call,
    .add_handler = self_add_handler,
    .add_function = self_add_function,
    .on_failure = self_on_failure,
    .take_failure = self_take_failure,
    .exit = self_exit,
    .ending = self_ending,
    .close = self_close,
};

lzr_error *lzr_tpc_create_self(lzr_tpc **tpc) {
  struct self *self;
  lzr_error *error;

  if (!tpc)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a target needs a place to be put");
  self = calloc(1, sizeof *self);
  if (!self)
    return lzr_out_of_memory();
  self->tpc.ops = &self_ops;
  self->facts = lzr_facts_of_self();
  error = lzr_memory_create(&self->memory);
  if (error) {
    free(self);
    return error;
  }
  self->facts.has_large = lzr_memory_has_large(self->memory);
  *tpc = &self->tpc;
  return NULL;
}
