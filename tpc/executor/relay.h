/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The relay: two processes instead of one. The parent has the connection and
 * passes its messages on to a child, which is the executor proper. So the
 * parent can report how the program ended, whatever the program did. When the
 * connection is standard input and output, the parent also carries the
 * program's own streams as messages.
 *
 * A controller of lazyrun's gets LZR_TAG_OUTPUT, LZR_TAG_INPUT and
 * LZR_TAG_ENDING (tpc/wire/services.h), in calls whose numbers have the top bit
 * set; the relay recognizes such a controller by the services that it calls. To
 * any other controller the relay only passes messages on.
 */
#ifndef LZR_EXECUTOR_RELAY_H
#define LZR_EXECUTOR_RELAY_H

#include <stdbool.h>

#include "tpc/base/error.h"

/* Takes *in and *out. Returns in the child, with the child's end of a socket in
   both; in the parent it returns only when it fails. with_stdio says that the
   parent carries the program's standard streams. Call it before any thread is
   started. */
lzr_error *lzr_relay_start(bool with_stdio, int *in, int *out);

#endif
