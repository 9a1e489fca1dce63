/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program's environment, where a shell has started the executor: see
 * tpc/remote/environment.h.
 */
#ifndef LZR_EXECUTOR_ENVIRONMENT_H
#define LZR_EXECUTOR_ENVIRONMENT_H

#include <stdbool.h>

/* Restores the variables that the controller has saved from the shell; does
   nothing if it has saved none. Call it before there are threads. Returns false
   without memory. */
bool lzr_environment_restore(void);

/* Removes the variable that names the channel (wire/channel.h), before the
   program can see it. Returns the channel's number, or -1 if the controller has
   made none. */
int lzr_environment_take_channel(void);

#endif
