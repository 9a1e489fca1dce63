/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/relay_calls.h"

/* The relay's sequence numbers: the top bit, the stream's number, and a
   count. */
static const uint64_t own_bit = UINT64_C(1) << 63;
enum { STREAM_SHIFT = 56 };

bool lzr_relay_is_own(uint64_t sequence) {
  return (sequence & own_bit) != 0;
}

uint64_t lzr_relay_next(struct lzr_relay_stream *stream) {
  atomic_fetch_add(&stream->unanswered, 1);
  return own_bit | (uint64_t)stream->descriptor << STREAM_SHIFT |
         stream->calls++;
}

struct lzr_relay_stream *lzr_relay_stream_of(struct lzr_relay *relay,
                                             uint64_t sequence) {
  uint64_t number = (sequence & ~own_bit) >> STREAM_SHIFT;

  return relay->with_stdio && number < LZR_RELAY_STREAMS
             ? &relay->streams[number]
             : NULL;
}

lzr_error *lzr_relay_call(struct lzr_relay *relay, uint64_t sequence,
                          uint64_t tag, const void *arguments, size_t size) {
  struct lzr_header header = {.size = LZR_HEADER_SIZE + size,
                              .opcode = LZR_OPCODE_CALL,
                              .sequence = sequence,
                              .tag = tag};

  return lzr_outgoing_send(&relay->to_controller, &header, arguments, true);
}
