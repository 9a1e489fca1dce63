/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What compiled code needs and no library of the target offers by name: the
 * handle by which __cxa_atexit knows whose handlers it keeps, thread-local
 * storage, and those functions of libc that live in its static part only
 * because they pass on that handle; and on_exit, which lacks one.
 */
#include "runtime/platform/platform.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/build/add.h"
#include "runtime/llvm/bitcode.h"
#include "runtime/platform/ends.h"
#include "runtime/platform/tls_descriptor.h"

static const char static_part[] =
    "@__dso_handle = external hidden global i8\n"
    "declare i32 @__cxa_atexit(ptr, ptr, ptr)\n"
    "declare i32 @__cxa_at_quick_exit(ptr, ptr)\n"
    "declare i32 @__register_atfork(ptr, ptr, ptr, ptr)\n"
    "define i32 @atexit(ptr %f) {\n"
    "  %r = call i32 @__cxa_atexit(ptr %f, ptr null, ptr @__dso_handle)\n"
    "  ret i32 %r\n"
    "}\n"
    "define i32 @at_quick_exit(ptr %f) {\n"
    "  %r = call i32 @__cxa_at_quick_exit(ptr %f, ptr @__dso_handle)\n"
    "  ret i32 %r\n"
    "}\n"
    "define i32 @__pthread_atfork(ptr %a, ptr %b, ptr %c) {\n"
    "  %r = call i32 @pthread_atfork(ptr %a, ptr %b, ptr %c)\n"
    "  ret i32 %r\n"
    "}\n"
    "declare void @__stack_chk_fail()\n"
    "define void @__stack_chk_fail_local() {\n"
    "  call void @__stack_chk_fail()\n"
    "  unreachable\n"
    "}\n"
    "define i32 @pthread_atfork(ptr %a, ptr %b, ptr %c) {\n"
    "  %r = call i32 @__register_atfork(ptr %a, ptr %b, ptr %c,"
    " ptr @__dso_handle)\n"
    "  ret i32 %r\n"
    "}\n"
    "%handler = type { ptr, ptr }\n"
    "declare ptr @malloc(i64)\n"
    "declare void @free(ptr)\n"
    "define internal void @call_on_exit(ptr %handler, i32 %given) {\n"
    "  %kept = load i32, ptr @__dso_handle\n"
    "  %status = or i32 %given, %kept\n"
    "  %f = load ptr, ptr %handler\n"
    "  %at = getelementptr %handler, ptr %handler, i32 0, i32 1\n"
    "  %data = load ptr, ptr %at\n"
    "  call void @free(ptr %handler)\n"
    "  call void %f(i32 %status, ptr %data)\n"
    "  ret void\n"
    "}\n"
    "define i32 @on_exit(ptr %f, ptr %data) {\n"
    "  %handler = call ptr @malloc(i64 16)\n"
    "  %none = icmp eq ptr %handler, null\n"
    "  br i1 %none, label %fail, label %add\n"
    "add:\n"
    "  store ptr %f, ptr %handler\n"
    "  %at = getelementptr %handler, ptr %handler, i32 0, i32 1\n"
    "  store ptr %data, ptr %at\n"
    "  %r = call i32 @__cxa_atexit(ptr @call_on_exit, ptr %handler,"
    " ptr @__dso_handle)\n"
    "  ret i32 %r\n"
    "fail:\n"
    "  ret i32 -1\n"
    "}\n";
static const char *const static_names[] = {
    "atexit",         "at_quick_exit",    "on_exit",
    "pthread_atfork", "__pthread_atfork", "__stack_chk_fail_local"};

/* The handle is an address that nothing else has. The word there is the status
   that this process exits with. Handlers that exit_program() runs are given 0,
   so they read the status there; handlers that libc runs, in an executor, get
   it as an argument. */
static lzr_error *reserve_dso_handle(struct lzr_platform *platform) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = sizeof(uint64_t)};
  lzr_error *error =
      lzr_tpc_reserve(platform->tpc, &layout, &platform->dso_handle);
  if (error)
    return error;
  struct lzr_segment segment = {
      .address = platform->dso_handle->address[LZR_PROT_DATA],
      .zero_count = sizeof(uint64_t)};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(platform->tpc, platform->dso_handle, &commit);
}

static lzr_error *add_static_part(struct lzr_platform *platform) {
  char *bitcode;
  size_t size;
  lzr_module *module;
  lzr_compiler *compiler;
  lzr_error *error = platform->find_compiler(platform->data, &compiler);
  if (!error)
    error = lzr_bitcode_from_bytes("platform", static_part,
                                   sizeof static_part - 1, &bitcode, &size);
  if (!error)
    error = lzr_bitcode_open(compiler, "platform", bitcode, size, &module);
  return error ? error
               : lzr_build_add(platform->builder, platform->symbols->platform,
                               module, true);
}

static struct lzr_symbol *look_up(struct lzr_symbols *symbols,
                                  const char *name) {
  pthread_mutex_lock(&symbols->lock);
  struct lzr_symbol *symbol = lzr_map_get(&symbols->platform->symbols, name);
  pthread_mutex_unlock(&symbols->lock);
  return symbol;
}

static bool is_static_name(const char *name) {
  for (size_t i = 0; i < sizeof static_names / sizeof static_names[0]; i++)
    if (strcmp(name, static_names[i]) == 0)
      return true;
  return false;
}

/* Two compile threads may get here at once: then the second thread's
   definitions are refused as duplicates of the first's. */
static lzr_error *provide(void *data, const char *name,
                          struct lzr_symbol **symbol) {
  struct lzr_platform *platform = data;
  *symbol = look_up(platform->symbols, name);
  if (*symbol || !is_static_name(name))
    return NULL;
  lzr_error *error = add_static_part(platform);
  *symbol = look_up(platform->symbols, name);
  if (!*symbol)
    return error;
  lzr_error_destroy(error);
  return NULL;
}

static lzr_error *create_library(struct lzr_platform *platform) {
  struct lzr_symbols *symbols = platform->symbols;
  symbols->platform_names =
      (struct lzr_generator){.provide = provide, .data = platform};
  symbols->ends = (struct lzr_end_generator){lzr_ends_provide, platform};
  lzr_error *error =
      lzr_library_create(symbols, "platform", &symbols->platform);
  if (!error)
    error = lzr_library_add_search(symbols->platform,
                                   (struct lzr_search){.handle = 0});
  if (!error)
    error =
        lzr_library_enter_address(symbols->platform, "__dso_handle",
                                  platform->dso_handle->address[LZR_PROT_DATA]);
  lzr_addr tls_get_addr = lzr_tpc_facts(platform->tpc)->tls_get_addr;
  if (!error && tls_get_addr)
    error = lzr_library_enter_address(symbols->platform, "__tls_get_addr",
                                      tls_get_addr);
  return error;
}

void lzr_platform_fini(struct lzr_platform *platform) {
  if (!platform->tpc)
    return;
  lzr_tpc_release(platform->tpc, platform->tls_descriptor);
  lzr_tpc_release(platform->tpc, platform->dso_handle);
}

/* At exit. */

/* Calls void __cxa_finalize(void *) in the target. A target without that
   function has no handlers registered either. */
static void run_exit_handlers(struct lzr_platform *platform, lzr_addr dso) {
  struct lzr_name name = {.name = "__cxa_finalize"};
  lzr_type pointer = LZR_TYPE_PTR;
  struct lzr_signature signature = {LZR_TYPE_VOID, &pointer, 1, 1};
  lzr_value handle = {.ptr = dso};
  lzr_error *error = lzr_tpc_lookup(platform->tpc, 0, &name, 1);
  if (!error && name.address)
    error =
        lzr_tpc_call(platform->tpc, name.address, &signature, &handle, NULL);
  lzr_error_destroy(error);
}

/* Under lock. */
static lzr_addr take_handle(struct lzr_input *input) {
  lzr_addr handle = input->exit_handle && !input->finalized
                        ? input->exit_handle->address[LZR_PROT_DATA]
                        : 0;
  input->finalized = handle != 0 || input->finalized;
  return handle;
}

/* The newest module's that has some and has not been finalized; or 0. */
static lzr_addr next_handle(struct lzr_symbols *symbols) {
  lzr_addr handle = 0;
  lzr_symbols_lock(symbols);
  for (size_t i = symbols->input_count; i-- > 0 && !handle;)
    handle = take_handle(symbols->inputs[i]);
  lzr_symbols_unlock(symbols);
  return handle;
}

/* A module that can be removed is like a shared library, whose handlers run
   together. Such modules come first, the newest before the others. */
static void run_all_handlers(struct lzr_platform *platform) {
  lzr_addr handle;
  while ((handle = next_handle(platform->symbols)))
    run_exit_handlers(platform, handle);
  run_exit_handlers(platform, platform->dso_handle->address[LZR_PROT_DATA]);
}

void lzr_platform_finalize_input(struct lzr_platform *platform,
                                 struct lzr_input *input) {
  lzr_symbols_lock(platform->symbols);
  lzr_addr handle = take_handle(input);
  lzr_symbols_unlock(platform->symbols);
  if (handle)
    run_exit_handlers(platform, handle);
}

extern int __cxa_atexit(void (*)(void *), void *, void *);
extern void __cxa_finalize(void *);

/* A handler that libc calls gets the status behind the data, as handlers of
   on_exit do. A process whose last thread ends exits: so compile threads must
   not come and go any more, or the last of them would exit again. */
static void exit_program(void *data, int status) {
  struct lzr_platform *platform = data;
  int32_t kept = status;
  if (atomic_exchange(&platform->exiting, true))
    return;
  if (status)
    lzr_error_destroy(lzr_tpc_write(
        platform->tpc, platform->dso_handle->address[LZR_PROT_DATA], &kept,
        sizeof kept));
  lzr_workers_let_go(&platform->builder->workers, false);
  run_all_handlers(platform);
  lzr_workers_stop(&platform->builder->workers);
  if (lzr_tpc_facts(platform->tpc)->this_process)
    lzr_tpc_own_thread(); /* LLVM's destructors come next */
}

/* The calling thread takes exit_program() out of libc's list, which libc does
   by calling it. */
static _Thread_local bool withdrawing;

static void exit_unless_withdrawn(void *data, int status) {
  if (!withdrawing)
    exit_program(data, status);
}

static void withdraw(void *key) {
  withdrawing = true;
  __cxa_finalize(key);
  withdrawing = false;
}

static void register_exit(struct lzr_platform *platform, void *key) {
  __cxa_atexit((void (*)(void *))(void (*)(void))exit_unless_withdrawn,
               platform, key);
}

/* LLVM makes some static variables while it compiles. libc destroys them before
   it runs handlers that were registered earlier, such as the program's exit
   handlers, which may still need functions compiled. So after each unit the
   program's handlers are put in front again. What was registered before is
   taken out, or libc's list would grow with every unit. If the process exits
   between the two, the handlers are run by what was registered at the very
   first. */
void lzr_platform_precede_exit(void *data) {
  struct lzr_platform *platform = data;
  if (!lzr_tpc_facts(platform->tpc)->this_process)
    return;
  withdraw(platform);
  register_exit(platform, platform);
}

lzr_error *lzr_platform_init(struct lzr_platform *platform) {
  lzr_error *error = lzr_platform_make_tls_descriptor(platform);
  if (!error)
    error = reserve_dso_handle(platform);
  if (!error)
    error = create_library(platform);
  if (!error && lzr_tpc_facts(platform->tpc)->this_process)
    register_exit(platform, &platform->exiting);
  return error;
}

void lzr_platform_finalize(struct lzr_platform *platform) {
  if (!platform->dso_handle)
    return;
  exit_program(platform, 0);
  withdraw(platform);
  withdraw(&platform->exiting);
}
