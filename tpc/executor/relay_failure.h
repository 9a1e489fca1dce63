/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Failures of the relay itself, and the reason that the controller is told at
 * the end. Thread-safe.
 */
#ifndef LZR_EXECUTOR_RELAY_FAILURE_H
#define LZR_EXECUTOR_RELAY_FAILURE_H

#include "tpc/executor/relay_state.h"

/* Keeps reason for the controller. Only the first reason is kept, because the
   later ones follow from it. Takes reason. */
void lzr_relay_keep_reason(struct lzr_relay *relay, lzr_error *reason);

/* Kills the child; does nothing if it has ended. */
void lzr_relay_kill_child(struct lzr_relay *relay);

/* Reports an error that only the relay has noticed: prints it, keeps it for the
   controller, and ends the child. Takes error. Ignores NULL, and an error of
   kind CLOSED, because other threads notice a closed connection. Returns false
   unless error is NULL. */
bool lzr_relay_check(struct lzr_relay *relay, lzr_error *error);

#endif
