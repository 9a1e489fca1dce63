/*
 * Where a connection's descriptors are: out of the way of the program, which
 * may close what it did not open, or expect the next number.
 */
#ifndef LZR_EXECUTOR_DESCRIPTORS_H
#define LZR_EXECUTOR_DESCRIPTORS_H

#include "tpc/error.h"

/* Replaces *in and *out, which may be the same, by others from 100 on if
   possible, close-on-exec. Standard descriptors that are then closed, or were,
   lead nowhere (/dev/null), so that nothing else gets their numbers. */
lzr_error *lzr_descriptors_move_up(int *in, int *out);

#endif
