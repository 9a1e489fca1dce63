/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program's forks: each child gets a controller of its own, which the
 * controller forks off when the child needs it (tpc/remote/forks.h).
 *
 * A child with a controller is an executor like its parent. It is dormant until
 * it needs the controller (dormant.h).
 *
 * Where there is no channel (wire/channel.h), a child has no controller
 * (forked.h).
 */
#ifndef LZR_EXECUTOR_FORKS_H
#define LZR_EXECUTOR_FORKS_H

#include <stdbool.h>

/* Starts watching forks; channel, or -1 for none, is taken. Call it once.
   Returns false without memory. */
bool lzr_forks_watch(int channel);

#endif
