/*
 * The services of tpc/wire/services.h, as wrapper functions: their arguments
 * and results are described there, what they do is tpc/target/'s. Thread-safe.
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

/* ours_calls.c */
LZR_WRAPPER(lzr_ours_run_main);
LZR_WRAPPER(lzr_ours_run_void);
LZR_WRAPPER(lzr_ours_call);
LZR_WRAPPER(lzr_ours_exit);

#endif
