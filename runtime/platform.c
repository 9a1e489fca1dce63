/*
 * What compiled code needs and no library of the target offers by name: the
 * handle by which __cxa_atexit knows whose handlers it keeps, thread-local
 * storage, and those functions of libc that live in its static part only
 * because they pass on that handle; and on_exit, which lacks one.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"

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
    "define i32 @pthread_atfork(ptr %a, ptr %b, ptr %c) {\n"
    "  %r = call i32 @__register_atfork(ptr %a, ptr %b, ptr %c,"
    " ptr @__dso_handle)\n"
    "  ret i32 %r\n"
    "}\n"
    "%handler = type { ptr, ptr }\n"
    "declare ptr @malloc(i64)\n"
    "define internal void @call_on_exit(ptr %handler, i32 %given) {\n"
    "  %kept = load i32, ptr @__dso_handle\n"
    "  %status = or i32 %given, %kept\n"
    "  %f = load ptr, ptr %handler\n"
    "  %at = getelementptr %handler, ptr %handler, i32 0, i32 1\n"
    "  %data = load ptr, ptr %at\n"
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
static const char *const static_names[] = {"atexit", "at_quick_exit", "on_exit",
                                           "pthread_atfork"};

/* The handle is an address nothing else has. What is there is the status that
   this process exits with, for handlers that exit_session() has run: they are
   given 0; those that libc runs, in an executor, get it as an argument. */
static lzr_error *reserve_dso_handle(struct lzr_session *session) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = sizeof(uint64_t)};
  lzr_error *error =
      lzr_tpc_reserve(session->tpc, &layout, &session->dso_handle);
  if (error)
    return error;
  struct lzr_segment segment = {.address =
                                    session->dso_handle->address[LZR_PROT_DATA],
                                .zero_count = sizeof(uint64_t)};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(session->tpc, session->dso_handle, &commit);
}

lzr_error *lzr_platform_create(struct lzr_session *session) {
  lzr_error *error =
      lzr_session_create_library(session, "platform", &session->platform);
  if (!error)
    error = lzr_library_search_process(session->platform);
  if (!error)
    error = reserve_dso_handle(session);
  if (!error)
    error = lzr_library_define(session->platform, "__dso_handle",
                               session->dso_handle->address[LZR_PROT_DATA]);
  lzr_addr tls_get_addr = lzr_tpc_facts(session->tpc)->tls_get_addr;
  if (!error && tls_get_addr)
    error =
        lzr_library_define(session->platform, "__tls_get_addr", tls_get_addr);
  return error;
}

static lzr_error *add_static_part(struct lzr_session *session) {
  char *bitcode;
  size_t size;
  lzr_error *error = lzr_bitcode_from_bytes(
      "platform", static_part, sizeof static_part - 1, &bitcode, &size);
  return error ? error
               : lzr_library_add_bitcode(session->platform, "platform", bitcode,
                                         size, true);
}

static struct lzr_symbol *look_up(struct lzr_session *session,
                                  const char *name) {
  pthread_mutex_lock(&session->lock);
  struct lzr_symbol *symbol = lzr_map_get(&session->platform->symbols, name);
  pthread_mutex_unlock(&session->lock);
  return symbol;
}

static bool is_static_name(const char *name) {
  for (size_t i = 0; i < sizeof static_names / sizeof static_names[0]; i++)
    if (strcmp(name, static_names[i]) == 0)
      return true;
  return false;
}

/* Two compile threads may get here at once: the second finds its definitions
   refused as duplicates of the first's. */
lzr_error *lzr_platform_provide(struct lzr_session *session, const char *name,
                                struct lzr_symbol **symbol) {
  *symbol = look_up(session, name);
  if (*symbol || !is_static_name(name))
    return NULL;
  lzr_error *error = add_static_part(session);
  *symbol = look_up(session, name);
  if (!*symbol)
    return error;
  lzr_error_destroy(error);
  return NULL;
}

/* ---- At exit --------------------------------------------------------------
 */

/* Calls void __cxa_finalize(void *) in the target; one that lacks it has
   nothing registered either. */
static void run_exit_handlers(struct lzr_session *session) {
  struct lzr_name name = {.name = "__cxa_finalize"};
  lzr_type pointer = LZR_TYPE_PTR;
  struct lzr_signature signature = {LZR_TYPE_VOID, &pointer, 1, 1};
  lzr_value handle = {.ptr = session->dso_handle->address[LZR_PROT_DATA]};
  lzr_error *error = lzr_tpc_lookup(session->tpc, 0, &name, 1);
  if (!error && name.address)
    error = lzr_tpc_call(session->tpc, name.address, &signature, &handle, NULL);
  lzr_error_destroy(error);
}

extern int __cxa_atexit(void (*)(void *), void *, void *);
extern void __cxa_finalize(void *);

/* What libc calls gets the status behind the data, as on_exit's do.
   A process whose last thread ends exits: compile threads must not come and go
   any more, or the last of them would do it again. */
static void exit_session(void *data, int status) {
  struct lzr_session *session = data;
  int32_t kept = status;
  if (atomic_exchange(&session->exiting, true))
    return;
  if (status)
    lzr_error_destroy(lzr_tpc_write(session->tpc,
                                    session->dso_handle->address[LZR_PROT_DATA],
                                    &kept, sizeof kept));
  lzr_workers_let_go(&session->workers, false);
  run_exit_handlers(session);
  lzr_workers_stop(&session->workers);
  if (lzr_tpc_facts(session->tpc)->this_process)
    lzr_tpc_own_thread(); /* LLVM's destructors come next */
}

/* What LLVM keeps in static variables it makes while it compiles, and libc
   destroys those before whatever was registered earlier: the program's exit
   handlers, which may still have functions to compile. So after each unit the
   program's handlers are put in front again. */
void lzr_platform_precede_exit(struct lzr_session *session) {
  if (lzr_tpc_facts(session->tpc)->this_process)
    __cxa_atexit((void (*)(void *))(void (*)(void))exit_session, session,
                 session);
}

void lzr_platform_finalize(struct lzr_session *session) {
  if (!session->dso_handle)
    return;
  exit_session(session, 0);
  __cxa_finalize(session);
}
