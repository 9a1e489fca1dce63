/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/indirection.h"

#include <stdlib.h>

#include "indirection/fork.h"
#include "indirection/handler.h"
#include "indirection/state.h"
#include "tpc/base/memory.h"

/* Writes all that an indirection needs into the target. */
static lzr_error *enter_target(lzr_indirection *indirection) {
  lzr_tpc *tpc = indirection->tpc;
  lzr_addr context = 0;
  lzr_error *error =
      lzr_handler_add(tpc, indirection->arch, lzr_call_through_reenter,
                      &indirection->call_throughs, &context);
  if (!error)
    error = lzr_resolver_block_init(&indirection->resolver, tpc,
                                    indirection->arch, context);
  if (error)
    return error;
  error = lzr_fork_guard_add(indirection);
  if (error)
    lzr_resolver_block_fini(&indirection->resolver, tpc);
  return error;
}

lzr_error *lzr_indirection_create(lzr_tpc *tpc, lzr_indirection **indirection) {
  const char *triple = lzr_tpc_facts(tpc)->triple;
  const struct lzr_arch *arch = lzr_arch_for_triple(triple);
  if (!arch)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "no stubs for the target's architecture, '%s'",
                            triple);
  lzr_indirection *made = calloc(1, sizeof *made);
  if (!made)
    return lzr_out_of_memory();
  made->tpc = tpc;
  made->arch = arch;
  pthread_mutex_init(&made->lock, NULL);
  lzr_call_through_table_init(&made->call_throughs);
  lzr_error *error = enter_target(made);
  if (error) {
    pthread_mutex_destroy(&made->lock);
    free(made);
    return error;
  }
  lzr_trampoline_pool_init(&made->pool, tpc, arch, made->resolver.data,
                           &made->lock);
  lzr_stub_table_init(&made->stubs, tpc, arch, &made->lock);
  lzr_lazy_table_init(&made->lazy, tpc, arch, &made->lock, &made->pool);
  *indirection = made;
  return NULL;
}

void lzr_indirection_destroy(lzr_indirection *indirection) {
  if (!indirection)
    return;
  lzr_fork_guard_remove(indirection);
  lzr_lazy_table_fini(&indirection->lazy);
  lzr_stub_table_fini(&indirection->stubs);
  lzr_call_through_table_fini(&indirection->call_throughs);
  lzr_trampoline_pool_fini(&indirection->pool);
  lzr_resolver_block_fini(&indirection->resolver, indirection->tpc);
  pthread_mutex_destroy(&indirection->lock);
  free(indirection);
}
