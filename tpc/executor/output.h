/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a program prints while a relay carries its standard streams. The pipe to
 * the relay takes everything at once, so the program would never learn that the
 * controller could not write it: that a disk is full, say. So where output may
 * fail, the functions with which a program sends its output on wait until the
 * controller has it, and report what went wrong.
 *
 * Output that goes to a terminal, a pipe or a socket is not waited for:
 * natively it is under way, too, when these functions return.
 */
#ifndef LZR_EXECUTOR_OUTPUT_H
#define LZR_EXECUTOR_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/uio.h>

/* The state of one stream, in memory that the relay shares with the program's
   process and the children that it forks. */
struct lzr_output;

/* ---- In the relay ---- */

/* The states of so many streams, to be shared with the processes forked from
   now on; NULL and errno on failure. Never freed. */
struct lzr_output *lzr_outputs_create(size_t count);
struct lzr_output *lzr_output_at(struct lzr_output *outputs, size_t index);

/* Called before bytes are read from the program's pipe, and when the controller
   has dealt with them. failure is 0 or the controller's errno; awaited says
   whether output may fail there. */
void lzr_output_begin(struct lzr_output *output);
void lzr_output_end(struct lzr_output *output, int failure, bool awaited);
/* Nobody deals with output any more, so nobody waits for it. */
void lzr_output_give_up(struct lzr_output *output);

/* ---- In the program's process ---- */

/* descriptor is the program's end of a pipe, whose output has that state.
   Called before the program runs. */
void lzr_output_watch(int descriptor, struct lzr_output *output);

/* Like libc's functions of these names, which they replace for compiled code
   and for shared libraries; libc itself writes without them. */
ssize_t write(int descriptor, const void *bytes, size_t size);
ssize_t writev(int descriptor, const struct iovec *parts, int count);
int fflush(FILE *file);
int fflush_unlocked(FILE *file);
int fclose(FILE *file);

#endif
