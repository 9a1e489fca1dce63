/*
 * The context through which a target's code enters the controller. A target
 * that has handlers of its own gives it; for one that has only LLVM's dispatch
 * (struct lzr_target_facts) the code between the two is written here, and with
 * it what lets the TPC call functions and do a commit in one request
 * (lzr_tpc_set_helpers).
 */
#ifndef LZR_INDIRECTION_HANDLER_H
#define LZR_INDIRECTION_HANDLER_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

/* *context is for the resolver; like the code before it, it lasts as long as
   the TPC. */
lzr_error *lzr_handler_add(lzr_tpc *tpc, const struct lzr_arch *arch,
                           lzr_handler handler, void *data, lzr_addr *context);

#endif
