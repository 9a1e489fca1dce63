/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The 32 bytes in front of every message: size (header included), opcode,
 * sequence number, and a tag or address, each a 64-bit number.
 */
#ifndef LZR_WIRE_HEADER_H
#define LZR_WIRE_HEADER_H

#include "tpc/wire/little_endian.h"

enum { LZR_HEADER_SIZE = 32 };

enum lzr_opcode {
  LZR_OPCODE_SETUP,
  LZR_OPCODE_HANGUP,
  LZR_OPCODE_RESULT,
  LZR_OPCODE_CALL,
  LZR_OPCODE_COUNT
};

struct lzr_header {
  uint64_t size;
  uint8_t opcode; /* only the low byte on the wire counts */
  uint64_t sequence;
  uint64_t tag;
};

static inline void lzr_header_pack(const struct lzr_header *header,
                                   uint8_t bytes[LZR_HEADER_SIZE]) {
  lzr_store_le(bytes, 8, header->size);
  lzr_store_le(bytes + 8, 8, header->opcode);
  lzr_store_le(bytes + 16, 8, header->sequence);
  lzr_store_le(bytes + 24, 8, header->tag);
}

static inline struct lzr_header
lzr_header_unpack(const uint8_t bytes[LZR_HEADER_SIZE]) {
  return (struct lzr_header){.size = lzr_load_le(bytes, 8),
                             .opcode = bytes[8],
                             .sequence = lzr_load_le(bytes + 16, 8),
                             .tag = lzr_load_le(bytes + 24, 8)};
}

#endif
