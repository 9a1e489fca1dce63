/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef PLAIN_TPC_H
#define PLAIN_TPC_H

#include "tpc/tpc.h"

/* Makes a TPC of this process with these facts (copied; strings borrowed), for
   one indirection. The resolver saves registers as the facts say, whatever the
   CPU; guarded_code maps code with landing pads enforced. *tpc is owned
   (lzr_tpc_close()). */
lzr_error *plain_tpc_create(const struct lzr_target_facts *facts,
                            bool guarded_code, lzr_tpc **tpc);

#endif
