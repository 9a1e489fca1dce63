/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes an .eh_frame section for one piece of code: a CIE, an FDE and the
 * terminator (Linux Standard Base 5.0, "Exception Frames"; DWARF 5, 6.4). All
 * architectures share it; each brings its own rules.
 */
#ifndef LZR_EH_FRAME_H
#define LZR_EH_FRAME_H

#include "stubs/arch.h"
#include "stubs/emit.h"

/* What the CIE says. */
struct lzr_cie {
  uint8_t code_align;
  uint8_t return_register;
  const uint8_t *rules; /* call frame instructions at the first byte */
  size_t rule_count;    /* bytes */
};

#define LZR_CFA_DATA_ALIGN (-8) /* offsets of saved registers are in words */

/* Writes a section whose rules apply to size bytes of code at code. *written is
   the section's size in bytes, at most 64 more than the two lists of rules. */
void lzr_eh_frame_write(struct lzr_place place, const struct lzr_cie *cie,
                        lzr_addr code, uint64_t size, const uint8_t *rules,
                        size_t rule_count, size_t *written);

/* Call frame instructions. Registers have DWARF's numbers; the place of a saved
   register is given in words below the CFA. */
void lzr_cfa_def(struct lzr_emitter *out, uint8_t reg, uint32_t offset);
void lzr_cfa_offset(struct lzr_emitter *out, uint8_t reg, uint32_t words);
void lzr_cfa_restore(struct lzr_emitter *out, uint8_t reg);
void lzr_cfa_remember(struct lzr_emitter *out);
void lzr_cfa_recall(struct lzr_emitter *out);
/* The following rules apply delta units of code_align bytes further on; delta
   is below 2^16. */
void lzr_cfa_advance(struct lzr_emitter *out, uint32_t delta);

#endif
