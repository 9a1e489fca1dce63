/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The services of tpc/wire/services.h, as wrapper functions. services.h
 * describes their arguments and results; tpc/target/ does the work.
 * Thread-safe.
 *
 * bootstrap.c lists all services by name, so they are declared together here,
 * file by file.
 */
#ifndef LZR_EXECUTOR_OURS_H
#define LZR_EXECUTOR_OURS_H

#include "tpc/executor/wrapper.h"

/* ours_memory.c */
LZR_WRAPPER(lzr_ours_commit);
LZR_WRAPPER(lzr_ours_release);
LZR_WRAPPER(lzr_ours_read);
LZR_WRAPPER(lzr_ours_write);
LZR_WRAPPER(lzr_ours_store_pointers);

/* ours_callbacks.c */
LZR_WRAPPER(lzr_ours_add_handler);
LZR_WRAPPER(lzr_ours_add_function);

/* ours_names.c */
LZR_WRAPPER(lzr_ours_open_library);
LZR_WRAPPER(lzr_ours_lookup);
LZR_WRAPPER(lzr_ours_show);

/* ours_calls.c */
LZR_WRAPPER(lzr_ours_run_main);
LZR_WRAPPER(lzr_ours_run_void);
LZR_WRAPPER(lzr_ours_call);
LZR_WRAPPER(lzr_ours_exit);

#endif
