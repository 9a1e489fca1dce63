/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tells Linux's perf which function is where, in one of its two formats: a map
 * of names (tools/perf/Documentation/jit-interface.txt in Linux), or a jitdump
 * file, which has the code as well (jitdump-specification.txt beside it). Each
 * process has files of its own; a fork's child begins its map with its
 * parent's. No descriptor is kept: the program may close it.
 */
#ifndef LZR_TARGET_PROFILE_H
#define LZR_TARGET_PROFILE_H

#include "tpc/target/memory.h"

/* Writes the functions that action tells of, once all of them have been
   checked: their code, names and lines must lie in block. Fails with TARGET
   where the file cannot be written. Thread-safe. */
lzr_error *lzr_profile_add(const struct lzr_block *block,
                           const struct lzr_action *action);

/* The formats, on behalf of the above; under the target's lock. They return
   false, with errno and the file's name in path, if it cannot be written. */
enum { LZR_PROFILE_PATH = 4096 };
bool lzr_perf_map_add(const struct lzr_profiled_function *function,
                      const char *name, char path[LZR_PROFILE_PATH]);
bool lzr_jitdump_add(const struct lzr_profiled_function *function,
                     const char *name, char path[LZR_PROFILE_PATH]);

#endif
