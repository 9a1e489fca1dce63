/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What happens between a stub whose function is not compiled and the function's
 * first instruction.
 */
#ifndef LZR_SESSION_FIRST_CALL_H
#define LZR_SESSION_FIRST_CALL_H

#include "tpc/tpc.h"

/* The session's lzr_land: data is the function's symbol. Returns the landing
   address. */
lzr_addr lzr_session_land(void *data);

#endif
