/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The handler's context, through which code in the target calls the controller.
 * Some targets have handlers of their own. For a target that has only LLVM's
 * dispatch function (struct lzr_target_facts), this writes the code between the
 * resolver and that function into the target, and the helpers with which the
 * TPC calls functions and does a commit in one request (lzr_tpc_set_helpers()).
 */
#ifndef LZR_INDIRECTION_HANDLER_H
#define LZR_INDIRECTION_HANDLER_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

/* Adds a handler. *context is what the resolver passes to it; it is valid as
   long as the TPC lives. */
lzr_error *lzr_handler_add(lzr_tpc *tpc, const struct lzr_arch *arch,
                           lzr_handler handler, void *data, lzr_addr *context);

#endif
