/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The operations with LLVM's executors, except for memory: names, calls, and
   facts about the executor. */
#include "tpc/remote/stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/cpu.h"
#include "tpc/base/memory.h"
#include "tpc/common/names.h"
#include "tpc/remote/callees.h"
#include "tpc/remote/ending.h"
#include "tpc/remote/stock_access.h"
#include "tpc/remote/stock_memory.h"
#include "tpc/remote/values.h"

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"
#define LIBRARIES "__llvm_orc_SimpleExecutorDylibManager_"
#define BOOTSTRAP "__llvm_orc_bootstrap_"
#define DISPATCH "__llvm_orc_SimpleRemoteEPC_dispatch_"

/* LLVM 22's name comes first; LLVM 19's follows where that version has another
   form. */
static const struct {
  const char *name, *name_19;
  bool optional;
} kinds[LZR_STOCK_SERVICE_COUNT] = {
    [LZR_STOCK_MEMORY] = {MEMORY "Instance", NULL, false},
    [LZR_STOCK_RESERVE] = {MEMORY "reserve_wrapper", NULL, false},
    [LZR_STOCK_INITIALIZE] = {MEMORY "initialize_wrapper",
                              MEMORY "finalize_wrapper", false},
    [LZR_STOCK_RELEASE] = {MEMORY "release_wrapper",
                           MEMORY "deallocate_wrapper", false},
    [LZR_STOCK_DEINITIALIZE] = {MEMORY "deinitialize_wrapper", NULL, true},
    [LZR_STOCK_LIBRARIES] = {LIBRARIES "Instance", NULL, false},
    [LZR_STOCK_OPEN] = {LIBRARIES "open_wrapper", NULL, false},
    [LZR_STOCK_LOOKUP] = {LIBRARIES "resolve_wrapper",
                          LIBRARIES "lookup_wrapper", false},
    [LZR_STOCK_RUN_MAIN] = {BOOTSTRAP "run_as_main_wrapper", NULL, false},
    [LZR_STOCK_RUN_VOID] = {BOOTSTRAP "run_as_void_function_wrapper", NULL,
                            false},
    [LZR_STOCK_RUN_INT] = {BOOTSTRAP "run_as_int_function_wrapper", NULL,
                           false},
    [LZR_STOCK_WRITE_BUFFERS] = {BOOTSTRAP "mem_write_buffers_wrapper", NULL,
                                 false},
    [LZR_STOCK_WRITE_POINTERS] = {BOOTSTRAP "mem_write_pointers_wrapper",
                                  BOOTSTRAP "mem_write_uint64s_wrapper", false},
    [LZR_STOCK_READ_BUFFERS] = {BOOTSTRAP "mem_read_buffers_wrapper", NULL,
                                true},
    [LZR_STOCK_REGISTER_FRAMES] = {"llvm_orc_registerEHFrameAllocAction",
                                   "llvm_orc_registerEHFrameSectionWrapper",
                                   false},
    [LZR_STOCK_DEREGISTER_FRAMES] = {"llvm_orc_deregisterEHFrameAllocAction",
                                     "llvm_orc_deregisterEHFrameSectionWrapper",
                                     false},
    [LZR_STOCK_SHOW_OBJECT] = {"llvm_orc_registerJITLoaderGDBAllocAction", NULL,
                               true},
    [LZR_STOCK_DISPATCH] = {DISPATCH "fn", NULL, false},
    [LZR_STOCK_DISPATCH_CONTEXT] = {DISPATCH "ctx", NULL, false},
};

_Static_assert((int)LZR_STOCK_SERVICE_COUNT <= LZR_REMOTE_SERVICES,
               "room for all");

/* ---- Names ---- */

static lzr_error *remember(struct lzr_stock *stock, uint64_t handle) {
  uint64_t *grown;

  pthread_mutex_lock(&stock->lock);
  grown = lzr_array_grow(stock->handles, stock->handle_count, sizeof *grown);
  if (grown) {
    stock->handles = grown;
    grown[stock->handle_count++] = handle;
  }
  pthread_mutex_unlock(&stock->lock);
  return grown ? NULL : lzr_out_of_memory();
}

/* Checks the handle, because the executor would believe any handle and
   crash. */
static lzr_error *find_handle(struct lzr_stock *stock,
                              lzr_library_handle handle, uint64_t *found) {
  bool known = false;

  pthread_mutex_lock(&stock->lock);
  *found = handle ? handle : stock->handles[0];
  for (size_t i = 0; i < stock->handle_count && !known; i++)
    known = stock->handles[i] == *found;
  pthread_mutex_unlock(&stock->lock);
  if (known)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT, "0x%llx is not an opened library",
                          (unsigned long long)handle);
}

lzr_error *lzr_stock_open(struct lzr_remote *remote, const char *path,
                          uint64_t *handle) {
  struct lzr_writer writer = {0};
  lzr_error *error;

  lzr_pack_u64(&writer, remote->services[LZR_STOCK_LIBRARIES]);
  lzr_pack_string(&writer, path);
  lzr_pack_u64(&writer, 0);
  error = lzr_remote_call_expected_u64(remote, remote->services[LZR_STOCK_OPEN],
                                       &writer, "opening a library", handle);
  return error ? error : remember(remote->stock, *handle);
}

static lzr_error *open_library(lzr_tpc *tpc, const char *path,
                               lzr_library_handle *handle) {
  return lzr_stock_open(lzr_remote_of(tpc), path, handle);
}

static lzr_error *refuse_tls(const struct lzr_name *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (names[i].thread_local_storage)
      return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                              "'%s' is thread-local, and LLVM's executor "
                              "cannot tell where such variables are",
                              names[i].name);
  return NULL;
}

static void pack_names(struct lzr_writer *writer, const struct lzr_name *names,
                       size_t count) {
  lzr_pack_u64(writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_string(writer, names[i].name);
    lzr_pack_bool(writer, false);
  }
}

/* Reads an address and two bytes of flags; in LLVM 22 a flag comes first that
   says whether there is one. */
static lzr_addr read_definition(struct lzr_reader *reader, bool is_optional) {
  lzr_addr address;

  if (is_optional && !lzr_unpack_bool(reader))
    return 0;
  address = lzr_unpack_u64(reader);
  lzr_unpack_u8(reader);
  lzr_unpack_u8(reader);
  return address;
}

static lzr_error *read_definitions(struct lzr_reader *reader, bool is_optional,
                                   struct lzr_name *names, size_t count) {
  lzr_error *error = lzr_answer_count(reader, 1, count);

  if (error)
    return error;
  for (size_t i = 0; i < count; i++) {
    names[i].address = read_definition(reader, is_optional);
    names[i].tls_module = names[i].tls_offset = 0;
  }
  error = lzr_answer_end(reader, "a look-up");
  return error ? error : lzr_names_check(names, count);
}

lzr_error *lzr_stock_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                            struct lzr_name *names, size_t count) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  bool is_19 = remote->stock->is_19[LZR_STOCK_LOOKUP];
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  uint64_t found;
  lzr_error *error = refuse_tls(names, count);

  if (!error)
    error = find_handle(remote->stock, handle, &found);
  if (error)
    return error;
  if (is_19)
    lzr_pack_u64(&writer, remote->services[LZR_STOCK_LIBRARIES]);
  lzr_pack_u64(&writer, found);
  pack_names(&writer, names, count);
  error = lzr_remote_call_expected(remote, remote->services[LZR_STOCK_LOOKUP],
                                   &writer, "a look-up", &answer);
  if (!error)
    error = read_definitions(&answer.reader, !is_19, names, count);
  lzr_answer_fini(&answer);
  return error;
}

/* ---- Calls ---- */

/* The services that run code answer with an unwrapped number of size bytes. */
static lzr_error *run(struct lzr_remote *remote, enum lzr_stock_service service,
                      struct lzr_writer *writer, size_t size, int *result) {
  struct lzr_answer answer;
  lzr_error *error = lzr_remote_call(remote, remote->services[service], writer,
                                     "a call", &answer);
  uint64_t returned = 0;

  if (!error) {
    returned = size == sizeof(uint64_t) ? lzr_unpack_u64(&answer.reader)
                                        : lzr_unpack_u32(&answer.reader);
    error = lzr_answer_end(&answer.reader, "a call");
  }
  lzr_answer_fini(&answer);
  if (!error)
    *result = (int)(uint32_t)returned;
  return error;
}

static lzr_error *run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                           const char *const *argv, int *status) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, function);
  lzr_pack_u64(&writer, (uint64_t)argc);
  for (int i = 0; i < argc; i++)
    lzr_pack_string(&writer, argv[i]);
  return run(lzr_remote_of(tpc), LZR_STOCK_RUN_MAIN, &writer, sizeof(uint64_t),
             status);
}

static lzr_error *run_int_of_void(struct lzr_remote *remote, lzr_addr function,
                                  int *result) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, function);
  return run(remote, LZR_STOCK_RUN_VOID, &writer, sizeof(uint32_t), result);
}

static lzr_error *run_int_of_int(struct lzr_remote *remote, lzr_addr function,
                                 int argument, int *result) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, function);
  lzr_pack_u32(&writer, (uint32_t)argument);
  return run(remote, LZR_STOCK_RUN_INT, &writer, sizeof(uint32_t), result);
}

static lzr_error *run_void(lzr_tpc *tpc, lzr_addr function) {
  int unspecified;

  return run_int_of_void(lzr_remote_of(tpc), function, &unspecified);
}

/* The result may be NULL where the caller does not want it. */
static bool can_call(const struct lzr_signature *signature) {
  size_t count = signature->parameter_count;

  return (signature->result == LZR_TYPE_I32 ||
          signature->result == LZR_TYPE_VOID) &&
         signature->fixed_count == count &&
         (count == 0 ||
          (count == 1 && signature->parameters[0] == LZR_TYPE_I32));
}

/* ---- With lazyrun's code in the target ---- */

enum { CALLER_MAX_WORDS = 6 };

static bool is_word(lzr_type type) {
  return type != LZR_TYPE_F32 && type != LZR_TYPE_F64;
}

static bool caller_can_call(const struct lzr_signature *signature) {
  if (signature->parameter_count > CALLER_MAX_WORDS ||
      !is_word(signature->result))
    return false;
  for (size_t i = 0; i < signature->parameter_count; i++)
    if (!is_word(signature->parameters[i]))
      return false;
  return true;
}

static lzr_error *call_caller(struct lzr_remote *remote, lzr_addr caller,
                              lzr_addr function,
                              const struct lzr_signature *signature,
                              const lzr_value *arguments, uint64_t *result) {
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  lzr_error *error;

  lzr_pack_u64(&writer, function);
  for (size_t i = 0; i < CALLER_MAX_WORDS; i++)
    lzr_pack_u64(&writer,
                 i < signature->parameter_count
                     ? lzr_value_to_bits(signature->parameters[i], arguments[i])
                     : 0);
  error = lzr_remote_call(remote, caller, &writer, "a call", &answer);
  if (!error) {
    *result = lzr_unpack_u64(&answer.reader);
    error = lzr_answer_end(&answer.reader, "a call");
  }
  lzr_answer_fini(&answer);
  return error;
}

static lzr_error *call(lzr_tpc *tpc, lzr_addr function,
                       const struct lzr_signature *signature,
                       const lzr_value *arguments, lzr_value *result) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  lzr_addr caller = remote->stock->caller;
  uint64_t word = 0;
  int returned = 0;
  lzr_error *error;

  if (caller && caller_can_call(signature)) {
    error = call_caller(remote, caller, function, signature, arguments, &word);
    if (!error && signature->result != LZR_TYPE_VOID)
      *result = lzr_value_from_bits(signature->result, word);
    return error;
  }
  if (!can_call(signature))
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "LLVM's executor calls functions of up to six "
                            "integers and pointers only");
  if (signature->parameter_count)
    error =
        run_int_of_int(remote, function, (int32_t)arguments[0].i, &returned);
  else
    error = run_int_of_void(remote, function, &returned);
  if (!error && signature->result == LZR_TYPE_I32)
    result->i = returned;
  return error;
}

static void set_helpers(lzr_tpc *tpc, const struct lzr_helpers *helpers) {
  struct lzr_stock *stock = lzr_remote_of(tpc)->stock;

  stock->caller = helpers->caller;
  stock->copier = helpers->copier;
}

/* ---- Re-entry ---- */

static lzr_error *add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                              lzr_addr *context) {
  return lzr_remote_add_handler(lzr_remote_of(tpc), handler, data, context);
}

static lzr_error *add_function(lzr_tpc *tpc,
                               const struct lzr_signature *signature,
                               lzr_host_function function, void *data,
                               lzr_addr *address) {
  (void)tpc, (void)signature, (void)function, (void)data, (void)address;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "LLVM's executor cannot make a C function that calls "
                          "back; lazyrun-executor can");
}

/* ---- How it ends ---- */

static void exit_target(lzr_tpc *tpc, int status) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_name name = {.name = "exit", .required = true};
  lzr_error *error = lzr_stock_lookup(tpc, 0, &name, 1);
  int unused;

  if (!error)
    error = run_int_of_int(remote, name.address, status, &unused);
  lzr_error_destroy(error);
  lzr_remote_finish(remote);
}

/* ---- What it is ---- */

/* A service is missing if the executor has neither of its names. */
static lzr_error *find_services(struct lzr_remote *remote) {
  char list[800] = "";
  size_t length = 0;

  for (int i = 0; i < LZR_STOCK_SERVICE_COUNT; i++) {
    lzr_addr address = lzr_setup_find(&remote->setup, kinds[i].name);

    if (!address && kinds[i].name_19) {
      address = lzr_setup_find(&remote->setup, kinds[i].name_19);
      remote->stock->is_19[i] = address != 0;
    }
    remote->services[i] = address;
    if (!address && !kinds[i].optional && length < sizeof list)
      length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                 length ? ", " : "", kinds[i].name);
  }
  if (!length)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "the executor lacks services: %s", list);
}

static size_t architecture_length(const char *triple) {
  return strcspn(triple, "-");
}

static bool is_of_architecture(const char *triple, const char *other) {
  size_t length = architecture_length(triple);

  return length == architecture_length(other) &&
         !strncmp(triple, other, length);
}

/* Looks up two functions that are no bootstrap symbols: the landing address of
   a failed first call, which returns 0 (in glibc and in musl this function
   reads nothing, does nothing and returns 0), and the function that shows code
   to a debugger in LLVM 19. */
static lzr_error *find_functions(struct lzr_remote *remote) {
  struct lzr_name names[] = {{.name = "pthread_condattr_destroy"},
                             {.name = "llvm_orc_registerJITLoaderGDBWrapper"}};
  lzr_error *error = lzr_stock_lookup(&remote->tpc, 0, names, 2);

  remote->setup.facts.return_zero = names[0].address;
  if (!remote->services[LZR_STOCK_SHOW_OBJECT])
    remote->services[LZR_STOCK_SHOW_OBJECT] = names[1].address;
  return error;
}

static lzr_error *find_facts(struct lzr_remote *remote) {
  struct lzr_target_facts *facts = &remote->setup.facts;
  bool same_cpu =
      remote->shares_cpu && is_of_architecture(facts->triple, lzr_cpu_triple());

  facts->save_area = same_cpu ? lzr_cpu_save_area()
                              : (struct lzr_save_area){.form = LZR_SAVE_LEAST};
  facts->dispatch_function = remote->services[LZR_STOCK_DISPATCH];
  facts->dispatch_context = remote->services[LZR_STOCK_DISPATCH_CONTEXT];
  return find_functions(remote);
}

/* ---- Making one ---- */

static const struct lzr_tpc_ops ops = {
    .facts = lzr_remote_facts,
    .reserve = lzr_stock_reserve,
    .commit = lzr_stock_commit,
    .release = lzr_stock_release,
    .read = lzr_stock_read,
    .write = lzr_stock_write,
    .store_pointers = lzr_stock_store_pointers,
    .open_library = open_library,
    .lookup = lzr_stock_lookup,
    .run_main = run_main,
    .run_void = run_void,
    .call = call,
    .set_helpers = set_helpers,
    .add_handler = add_handler,
    .add_function = add_function,
    .exit = exit_target,
    .ending = lzr_remote_ending,
    .close = lzr_remote_close,
};

static void fini(struct lzr_remote *remote) {
  struct lzr_stock *stock = remote->stock;

  if (remote->has_claims)
    lzr_stock_forget_memory(remote);
  pthread_mutex_destroy(&stock->lock);
  free(stock->handles);
  free(stock);
}

lzr_error *lzr_remote_become_stock(struct lzr_remote *remote) {
  uint64_t process;
  lzr_error *error;

  remote->stock = calloc(1, sizeof *remote->stock);
  if (!remote->stock)
    return lzr_out_of_memory();
  pthread_mutex_init(&remote->stock->lock, NULL);
  remote->fini_kind = fini;
  remote->tpc.ops = &ops;
  error = find_services(remote);
  if (!error)
    error = lzr_stock_open(remote, "", &process);
  if (!error)
    error = lzr_stock_init_memory(remote);
  if (error)
    return error;
  remote->peer = remote->stock->is_19[LZR_STOCK_INITIALIZE]
                     ? "LLVM's executor, as of LLVM 19"
                     : "LLVM's executor, as of LLVM 22";
  return find_facts(remote);
}
