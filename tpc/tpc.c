/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The functions of tpc.h. They reject arguments that are invalid for every
   target; the implementation checks the rest. */
#include "tpc/tpc.h"

#include <time.h>

#include "tpc/base/thread.h"
#include "tpc/ops.h"
#include "tpc/target/tasks.h"

enum { MAX_PARAMETERS = 64 };

static const uint64_t max_align = UINT64_C(1) << 20;

static lzr_error *refuse(const char *what) {
  return lzr_error_create(LZR_ERROR_ARGUMENT, "%s", what);
}

static bool is_power_of_two(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

const struct lzr_target_facts *lzr_tpc_facts(const lzr_tpc *tpc) {
  return tpc->ops->facts(tpc);
}

/* ---- Memory ---- */

lzr_error *lzr_tpc_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                           lzr_allocation **allocation) {
  if (!tpc || !layout || !allocation)
    return refuse("a reservation needs a target, a layout and a place for the "
                  "answer");
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    if (layout->align[prot] && (!is_power_of_two(layout->align[prot]) ||
                                layout->align[prot] > max_align))
      return lzr_error_create(
          LZR_ERROR_ARGUMENT,
          "an alignment of %llu is not a power of two up to 2^20",
          (unsigned long long)layout->align[prot]);
  return tpc->ops->reserve(tpc, layout, allocation);
}

static lzr_error *check_stores(const struct lzr_pointer_store *stores,
                               size_t count) {
  if (count && !stores)
    return refuse("pointer stores are missing");
  for (size_t i = 0; i < count; i++)
    if (stores[i].address == 0 || stores[i].address % sizeof(uint64_t) != 0)
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "0x%llx is not the address of an aligned pointer",
                              (unsigned long long)stores[i].address);
  return NULL;
}

static lzr_error *check_segments(const struct lzr_segment *segments,
                                 size_t count) {
  if (count && !segments)
    return refuse("segments are missing");
  for (size_t i = 0; i < count; i++)
    if (segments[i].byte_count && !segments[i].bytes)
      return refuse("a segment's bytes are missing");
  return NULL;
}

lzr_error *lzr_tpc_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                          const struct lzr_commit *commit) {
  lzr_error *error;

  if (!tpc || !allocation || !commit)
    return refuse("a commit needs a target, an allocation and its contents");
  if (commit->action_count && !commit->actions)
    return refuse("actions are missing");
  error = check_segments(commit->segments, commit->segment_count);
  if (!error)
    error = check_stores(commit->stores, commit->store_count);
  return error ? error : tpc->ops->commit(tpc, allocation, commit);
}

void lzr_tpc_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  if (allocation)
    tpc->ops->release(tpc, allocation);
}

lzr_error *lzr_tpc_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                        size_t size) {
  if (!tpc || (size && !bytes))
    return refuse("a read needs a target and a buffer");
  return size ? tpc->ops->read(tpc, address, bytes, size) : NULL;
}

lzr_error *lzr_tpc_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                         size_t size) {
  if (!tpc || (size && !bytes))
    return refuse("a write needs a target and bytes");
  return size ? tpc->ops->write(tpc, address, bytes, size) : NULL;
}

lzr_error *lzr_tpc_store_pointers(lzr_tpc *tpc,
                                  const struct lzr_pointer_store *stores,
                                  size_t count) {
  lzr_error *error;

  if (!tpc)
    return refuse("a pointer store needs a target");
  error = check_stores(stores, count);
  if (error || count == 0)
    return error;
  return tpc->ops->store_pointers(tpc, stores, count);
}

/* ---- Names ---- */

lzr_error *lzr_tpc_open_library(lzr_tpc *tpc, const char *path,
                                lzr_library_handle *handle) {
  if (!tpc || !path || !*path || !handle)
    return refuse("a library needs a target, a path and a place for its "
                  "handle");
  return tpc->ops->open_library(tpc, path, handle);
}

lzr_error *lzr_tpc_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                          struct lzr_name *names, size_t count) {
  if (!tpc || (count && !names))
    return refuse("a look-up needs a target and names");
  for (size_t i = 0; i < count; i++)
    if (!names[i].name)
      return refuse("a name to look up is missing");
  return count ? tpc->ops->lookup(tpc, handle, names, count) : NULL;
}

lzr_error *lzr_tpc_show(lzr_tpc *tpc, const struct lzr_shown_name *names,
                        size_t count) {
  if (!tpc || (count && !names))
    return refuse("names to show need a target");
  for (size_t i = 0; i < count; i++)
    if (!names[i].name || !names[i].address)
      return refuse("a name to show or its address is missing");
  if (!tpc->ops->show)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "this target cannot show names to shared "
                            "libraries");
  return count ? tpc->ops->show(tpc, names, count) : NULL;
}

/* ---- Calls ---- */

lzr_error *lzr_tpc_run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                            const char *const *argv, int *status) {
  if (!tpc || !function || !status)
    return refuse("a program needs a target, a main function and a place for "
                  "its status");
  if (argc < 0 || (argc > 0 && !argv))
    return refuse("a program's arguments are missing");
  for (int i = 0; i < argc; i++)
    if (!argv[i])
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "argument %d of a program is missing", i);
  return tpc->ops->run_main(tpc, function, argc, argv, status);
}

lzr_error *lzr_tpc_run_void(lzr_tpc *tpc, lzr_addr function) {
  if (!tpc || !function)
    return refuse("a call needs a target and a function");
  return tpc->ops->run_void(tpc, function);
}

static lzr_error *check_signature(const struct lzr_signature *signature) {
  size_t count = signature->parameter_count;

  if (count > MAX_PARAMETERS)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "a call of %zu parameters: the limit is %d", count,
                            MAX_PARAMETERS);
  if (signature->fixed_count > count)
    return refuse("a function has more fixed parameters than parameters");
  if (count && !signature->parameters)
    return refuse("a function's parameter types are missing");
  if ((unsigned)signature->result > LZR_TYPE_PTR)
    return refuse("a function's result type is unknown");
  for (size_t i = 0; i < count; i++)
    if (signature->parameters[i] == LZR_TYPE_VOID ||
        (unsigned)signature->parameters[i] > LZR_TYPE_PTR)
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "parameter %zu of a function is of no type that "
                              "can be passed",
                              i);
  return NULL;
}

lzr_error *lzr_tpc_call(lzr_tpc *tpc, lzr_addr function,
                        const struct lzr_signature *signature,
                        const lzr_value *arguments, lzr_value *result) {
  lzr_error *error;

  if (!tpc || !function || !signature)
    return refuse("a call needs a target, a function and its signature");
  error = check_signature(signature);
  if (error)
    return error;
  if (signature->parameter_count && !arguments)
    return refuse("a call's arguments are missing");
  if (signature->result != LZR_TYPE_VOID && !result)
    return refuse("a call's result has no place to go");
  return tpc->ops->call(tpc, function, signature, arguments, result);
}

lzr_error *lzr_tpc_add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                               lzr_addr *context) {
  if (!tpc || !handler || !context)
    return refuse("a handler needs a target, a function and a place for its "
                  "context");
  return tpc->ops->add_handler(tpc, handler, data, context);
}

void lzr_tpc_set_helpers(lzr_tpc *tpc, const struct lzr_helpers *helpers) {
  if (tpc->ops->set_helpers)
    tpc->ops->set_helpers(tpc, helpers);
}

lzr_error *lzr_tpc_add_function(lzr_tpc *tpc,
                                const struct lzr_signature *signature,
                                lzr_host_function function, void *data,
                                lzr_addr *address) {
  lzr_error *error;

  if (!tpc || !signature || !function || !address)
    return refuse("a host function needs a target, its signature, a function "
                  "and a place for its address");
  error = check_signature(signature);
  if (error)
    return error;
  if (signature->fixed_count != signature->parameter_count)
    return refuse("a host function cannot be variadic");
  return tpc->ops->add_function(tpc, signature, function, data, address);
}

void lzr_tpc_on_failure(lzr_tpc *tpc, lzr_host_failure on_failure, void *data) {
  if (tpc->ops->on_failure)
    tpc->ops->on_failure(tpc, on_failure, data);
}

lzr_error *lzr_tpc_take_failure(lzr_tpc *tpc) {
  return tpc->ops->take_failure ? tpc->ops->take_failure(tpc) : NULL;
}

void lzr_tpc_on_fork(lzr_tpc *tpc, void (*pause)(void *data),
                     void (*resume)(void *data), void *data) {
  if (tpc->ops->on_fork)
    tpc->ops->on_fork(tpc, pause, resume, data);
}

/* ---- How it ends ---- */

void lzr_tpc_exit(lzr_tpc *tpc, int status) {
  tpc->ops->exit(tpc, status);
}

const struct lzr_ending *lzr_tpc_ending(lzr_tpc *tpc) {
  return tpc->ops->ending(tpc);
}

void lzr_tpc_own_thread(void) {
  lzr_own_thread = true;
}

int lzr_tpc_await_threads(int count) {
  static const struct timespec interval = {0, 5000000};
  bool ended = false;
  int status = 0, now;

  while ((now = lzr_tasks_count()) > count ||
         (lzr_tasks_first_has_ended(&ended, &status) && !ended))
    nanosleep(&interval, NULL);
  return status;
}

bool lzr_tpc_is_own_thread(void) {
  return lzr_own_thread;
}

void lzr_tpc_close(lzr_tpc *tpc) {
  if (tpc)
    tpc->ops->close(tpc);
}
