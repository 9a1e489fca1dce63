/*
 * The context through which a target's code enters the controller. A target
 * that has handlers of its own gives it; for one that has only LLVM's dispatch
 * (struct lzr_target_facts) the code between the two is written here, and with
 * it what lets the TPC call functions (lzr_tpc_set_caller).
 */
#ifndef LZR_INDIRECTION_HANDLER_H
#define LZR_INDIRECTION_HANDLER_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

struct lzr_handler_entry {
  lzr_allocation *allocation; /* owned; NULL where nothing had to be written */
  lzr_addr context;           /* for the resolver */
};

lzr_error *lzr_handler_entry_init(struct lzr_handler_entry *entry, lzr_tpc *tpc,
                                  const struct lzr_arch *arch,
                                  lzr_handler handler, void *data);
void lzr_handler_entry_fini(struct lzr_handler_entry *entry, lzr_tpc *tpc);

#endif
