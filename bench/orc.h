/* The peer in the same process: ORC's lazy reexports, by LLVM's C API. A
   mistake ends the program with a sentence. */
#ifndef LZR_BENCH_ORC_H
#define LZR_BENCH_ORC_H

#include <stddef.h>
#include <stdint.h>

struct orc;

/* Lives as long as the process: how to take it down by the C API is not said,
   and what seems natural frees memory twice. */
struct orc *orc_create(void);

/* Once for an orc: functions that are there already, and looked up. */
void orc_define_functions(struct orc *orc, const uint64_t *targets,
                          size_t count);

/* Then once: stubs for all of them, asked for in one lookup, which is the
   cheapest way there is. */
void orc_make_stubs(struct orc *orc, size_t count, uint64_t *stubs);

#endif
