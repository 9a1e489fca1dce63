/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The peer in the same process: ORC's lazy reexports, through LLVM's C API. An
   error ends the program with a sentence. */
#ifndef LZR_BENCH_ORC_H
#define LZR_BENCH_ORC_H

#include <stddef.h>
#include <stdint.h>

struct orc;

/* Lives as long as the process: the C API does not say how to dispose of it,
   and the obvious way frees memory twice. */
struct orc *orc_create(void);

/* Defines and looks up functions that exist already. To be called once for each
   orc. */
void orc_define_functions(struct orc *orc, const uint64_t *targets,
                          size_t count);

/* Makes stubs for all of them in one lookup, which is the cheapest way. To be
   called once, after orc_define_functions(). */
void orc_make_stubs(struct orc *orc, size_t count, uint64_t *stubs);

#endif
