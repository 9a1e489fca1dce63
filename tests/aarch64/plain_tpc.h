#ifndef PLAIN_TPC_H
#define PLAIN_TPC_H

#include "tpc/tpc.h"

/* This process, with these facts (copied; strings borrowed), for one
   indirection: whatever the CPU, the resolver saves as the facts say, and
   guarded_code maps code with landing pads enforced. *tpc is owned; ended by
   lzr_tpc_close(). */
lzr_error *plain_tpc_create(const struct lzr_target_facts *facts,
                            bool guarded_code, lzr_tpc **tpc);

#endif
