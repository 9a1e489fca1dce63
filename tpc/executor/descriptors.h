/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Moves a connection's descriptors out of the way of the program, which may
 * close descriptors that it did not open, or expect the next number.
 */
#ifndef LZR_EXECUTOR_DESCRIPTORS_H
#define LZR_EXECUTOR_DESCRIPTORS_H

#include "tpc/base/error.h"

/* Replaces *in and *out, which may be equal, by the highest numbers that the
   process may have, or that most processes may have if that is less;
   close-on-exec. Standard descriptors that are closed, before or after, are
   opened on /dev/null, so that nothing else gets their numbers. */
lzr_error *lzr_descriptors_move_up(int *in, int *out);

/* Moves one descriptor likewise. Returns its new number, or -1 and errno, and
   then it is as it was. */
int lzr_descriptor_move_up(int descriptor);

#endif
