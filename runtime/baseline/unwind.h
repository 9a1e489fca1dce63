/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Unwind records of baseline code, which are right at every instruction, since
 * a frame has the same shape in every function of an architecture.
 */
#ifndef LZR_BASELINE_UNWIND_H
#define LZR_BASELINE_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/baseline/code.h"

/* Call frame instructions; see struct lzr_unwind_shape. */
enum {
  LZR_CFA_DEF_CFA = 0x0c,
  LZR_CFA_DEF_CFA_REGISTER = 0x0d,
  LZR_CFA_DEF_CFA_OFFSET = 0x0e,
  LZR_CFA_ADVANCE = 0x40, /* + distance */
  LZR_CFA_OFFSET = 0x80,  /* + register */
  LZR_CFA_RESTORE = 0xc0  /* + register */
};

struct lzr_unwind_shape {
  uint8_t return_address; /* DWARF's number of its register */
  /* Call frame instructions: where a function starts; how it makes its frame,
     in the first frame_bytes of its code; and from its epilogue on. */
  const uint8_t *start, *frame, *end;
  uint8_t start_size, frame_size, end_size;
  uint8_t frame_bytes;
};

/* A CIE, and an FDE without its first eight bytes, length and distance to the
   CIE; the FDE begins with the distance to the function, then has the
   function's size. Both are multiples of four bytes, up to LZR_UNWIND_MAX. The
   number of bytes is returned. A CIE of functions with exception tables has
   room for the distance to a pointer to their personality routine, an FDE of
   one for the distance to its table; *field is where. */
enum { LZR_UNWIND_MAX = 64 };

size_t lzr_unwind_write_cie(const struct lzr_unwind_shape *shape,
                            uint8_t *bytes, bool has_exceptions, size_t *field);
size_t lzr_unwind_write_fde(const struct lzr_unwind_shape *shape,
                            uint8_t *bytes,
                            const struct lzr_code_function *function,
                            size_t *field);

#endif
