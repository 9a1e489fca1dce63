/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Messages about regions, for both kinds of memory of LLVM's services.
 */
#ifndef LZR_EXECUTOR_LLVM_REQUEST_H
#define LZR_EXECUTOR_LLVM_REQUEST_H

#include "tpc/executor/regions.h"
#include "tpc/executor/wrapper.h"

/* A request to initialize. */
struct lzr_region_request {
  struct lzr_region_segment *segments; /* owned; the bytes are the message's */
  size_t count;
  struct lzr_action_pairs pairs; /* owned, until the receiver takes them */
};

/* seq of (u8 group, u64 address, u64 size[, bytes]); seq of action pairs.
 *request can be freed in any case. */
lzr_error *lzr_region_request_unpack(struct lzr_reader *reader,
                                     bool has_contents,
                                     struct lzr_region_request *request);
void lzr_region_request_fini(struct lzr_region_request *request);

/* Error(u64 instance, seq of u64 addresses): calls a function for each address,
   the last first. Joins the failures. */
struct lzr_wrapper_result lzr_regions_for_each(
    struct lzr_regions *regions, const char *arguments, size_t size,
    lzr_error *(*act)(struct lzr_regions *regions, lzr_addr address));

#endif
