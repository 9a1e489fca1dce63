/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Removes the file of a listening socket when a signal ends the process.
 */
#ifndef LZR_EXECUTOR_REMOVING_H
#define LZR_EXECUTOR_REMOVING_H

/* From now on, SIGHUP, SIGINT and SIGTERM remove the file at path where they
   would end the process. path is borrowed; NULL turns this off. Call it on one
   thread only. */
void lzr_remove_at_signal(const char *path);

#endif
