/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * DWARF 5, chapter 6.4, and LSB Core, chapter 10.6.
 */
#include "runtime/baseline/unwind.h"

#include <string.h>

enum {
  DW_CFA_nop = 0x00,
  DW_CFA_advance_loc4 = 0x04,
  DW_EH_PE_pcrel_sdata4 = 0x1b,
  DW_EH_PE_indirect = 0x80
};

static size_t put_word(uint8_t *bytes, size_t at, uint32_t word) {
  for (unsigned i = 0; i < 4; i++)
    bytes[at++] = (uint8_t)(word >> 8 * i);
  return at;
}

static size_t pad(uint8_t *bytes, size_t at) {
  while (at % 4)
    bytes[at++] = DW_CFA_nop;
  return at;
}

static size_t append(uint8_t *bytes, size_t at, const uint8_t *content,
                     size_t size) {
  memcpy(bytes + at, content, size);
  return at + size;
}

/* An augmentation is a string, which says what comes later: its size (z), a
   pointer to the personality routine (P), how an FDE names its exception table
   (L) and its function (R). */
static size_t put_augmentation(uint8_t *bytes, size_t at, bool has_exceptions) {
  return has_exceptions ? append(bytes, at, (const uint8_t *)"zPLR", 5)
                        : append(bytes, at, (const uint8_t *)"zR", 3);
}

static size_t put_augmentation_data(uint8_t *bytes, size_t at,
                                    bool has_exceptions, size_t *field) {
  bytes[at++] = has_exceptions ? 7 : 1;
  if (has_exceptions) {
    bytes[at++] = DW_EH_PE_indirect | DW_EH_PE_pcrel_sdata4;
    *field = at;
    at = put_word(bytes, at, 0);
    bytes[at++] = DW_EH_PE_pcrel_sdata4;
  }
  bytes[at++] = DW_EH_PE_pcrel_sdata4;
  return at;
}

/* The code counts in bytes, the stack in steps of -8 (0x78 in LEB128). */
size_t lzr_unwind_write_cie(const struct lzr_unwind_shape *shape,
                            uint8_t *bytes, bool has_exceptions,
                            size_t *field) {
  const uint8_t factors[] = {1, 0x78, shape->return_address};
  size_t at = put_word(bytes, 4, 0); /* it is a CIE */
  bytes[at++] = 1;                   /* version */
  at = put_augmentation(bytes, at, has_exceptions);
  at = append(bytes, at, factors, sizeof factors);
  at = put_augmentation_data(bytes, at, has_exceptions, field);
  at = pad(bytes, append(bytes, at, shape->start, shape->start_size));
  put_word(bytes, 0, (uint32_t)at - 4);
  return at;
}

size_t lzr_unwind_write_fde(const struct lzr_unwind_shape *shape,
                            uint8_t *bytes,
                            const struct lzr_code_function *function,
                            size_t *field) {
  size_t at = put_word(bytes, 0, 0);
  at = put_word(bytes, at, function->end - function->start);
  bytes[at++] = function->has_exceptions ? 4 : 0; /* the augmentation's size */
  *field = at;
  if (function->has_exceptions)
    at = put_word(bytes, at, 0);
  at = append(bytes, at, shape->frame, shape->frame_size);
  if (function->epilogue != function->end) {
    bytes[at++] = DW_CFA_advance_loc4;
    at = put_word(bytes, at,
                  function->epilogue - function->start - shape->frame_bytes);
    at = append(bytes, at, shape->end, shape->end_size);
  }
  return pad(bytes, at);
}
