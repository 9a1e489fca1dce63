/*
 * Two processes where one would do: the one that has the connection passes its
 * messages on to a child, which is the executor proper. So there is someone to
 * say how the program ended, whatever it did; and when the connection is
 * standard input and output, someone to carry the program's own as messages.
 *
 * A controller of lazyrun's gets LZR_TAG_OUTPUT, LZR_TAG_INPUT and
 * LZR_TAG_ENDING (tpc/wire/services.h), in calls with the top bit set in their
 * numbers; whether it is one shows in the services it calls. For any other,
 * only messages pass.
 */
#ifndef LZR_EXECUTOR_RELAY_H
#define LZR_EXECUTOR_RELAY_H

#include <stdbool.h>

#include "tpc/error.h"

/* Takes *in and *out. Returns in the child, with its end of a socket in both;
   in the parent it returns only when it fails. with_stdio says that the
   program's standard streams are to be carried. Before any thread is started.
 */
lzr_error *lzr_relay_start(bool with_stdio, int *in, int *out);

#endif
