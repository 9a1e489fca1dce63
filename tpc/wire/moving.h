/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Moves a connection's descriptors away from numbers that the program of this
 * process wants.
 */
#ifndef LZR_WIRE_MOVING_H
#define LZR_WIRE_MOVING_H

#include "tpc/wire/connection.h"

enum { LZR_CONNECTION_DESCRIPTORS = 3 };

/* The descriptors in use now; some may be equal, or -1. */
void lzr_connection_descriptors(const lzr_connection *connection,
                                int numbers[LZR_CONNECTION_DESCRIPTORS]);

/* number is one of them. Replaces it with a duplicate that has a higher number.
   After that the caller may do what it likes with number, which is still open.
   Returns false and errno if there is no higher number. May be called in a
   signal handler. */
bool lzr_connection_move(lzr_connection *connection, int number);

#endif
