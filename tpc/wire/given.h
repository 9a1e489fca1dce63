/* A call that came in and waits for a thread: what is in front of its arguments
   in the message's block. */
#ifndef LZR_WIRE_GIVEN_H
#define LZR_WIRE_GIVEN_H

#include "tpc/wire/connection.h"

struct lzr_given {
  struct lzr_call call; /* first, so that its address is that of the block */
  struct lzr_given *next;
};

#endif
