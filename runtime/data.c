/*
 * A module's data: its global variables, which are one unit, group 0. On
 * compile threads.
 */
#include "runtime/session.h"

/* ---- Data -----------------------------------------------------------------
 */

/* Under data_lock, by the outermost: the data of modules that refer to each
   other in circles is usable once all of it is there, or not at all. */
static void settle_pending(struct lzr_session *session, bool usable) {
  struct lzr_module *module = session->data_pending;
  session->data_pending = NULL;
  for (; module; module = module->next_pending) {
    if (!usable)
      module->data_error = lzr_error_create(
          LZR_ERROR_SYMBOL, "%s: data: refers to data that could not be linked",
          module->name);
    atomic_store_explicit(&module->data_state,
                          usable ? LZR_DATA_READY : LZR_DATA_FAILED,
                          memory_order_release);
  }
}

/* Under data_lock. */
static lzr_error *bring_data(struct lzr_worker *worker,
                             struct lzr_module *module) {
  struct lzr_session *session = worker->session;
  const uint32_t data_group = 0;
  session->data_depth++;
  lzr_error *error = lzr_compile_unit(worker, module, &data_group, 1, NULL);
  if (!error)
    error = lzr_sections_complete(worker, module);
  session->data_depth--;
  if (error) {
    module->data_error = lzr_error_copy(error);
    atomic_store(&module->data_state, LZR_DATA_FAILED);
  } else {
    module->next_pending = session->data_pending;
    session->data_pending = module;
  }
  if (session->data_depth == 0)
    settle_pending(session, !error);
  return error;
}

lzr_error *lzr_compile_data(struct lzr_worker *worker,
                            struct lzr_module *module) {
  struct lzr_session *session = worker->session;
  if (atomic_load_explicit(&module->data_state, memory_order_acquire) ==
      LZR_DATA_READY)
    return NULL;
  lzr_error *error = NULL;
  pthread_mutex_lock(&session->data_lock);
  int state = atomic_load(&module->data_state);
  if (state == LZR_DATA_ABSENT)
    error = bring_data(worker, module);
  else if (state == LZR_DATA_FAILED)
    error = lzr_error_copy(module->data_error);
  pthread_mutex_unlock(&session->data_lock);
  return error;
}
