/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Prints machine code as an assembler would write it, one instruction a line,
 * with the unwind rules between the lines from which they apply. Tests of
 * stubs/ compare this text, so that bytes and comments cannot drift apart.
 */
#ifndef LISTING_H
#define LISTING_H

#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "stubs/arch.h"

struct listing {
  char text[16384];
  size_t length;
};

__attribute__((format(printf, 2, 3))) static inline void
listing_add(struct listing *listing, const char *format, ...) {
  size_t room = sizeof listing->text - listing->length;
  va_list arguments;
  va_start(arguments, format);
  int length =
      vsnprintf(listing->text + listing->length, room, format, arguments);
  va_end(arguments);
  if (length > 0)
    listing->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* Unwind rules. */

/* A place in an .eh_frame section, among an entry's instructions. */
struct rules {
  const uint8_t *at;
  const uint8_t *end;
  uint32_t code_align;
  uint64_t offset; /* into the code, from which the next instruction holds */
};

static inline uint32_t read_32(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline uint64_t read_64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static inline unsigned read_uleb(struct rules *rules) {
  unsigned value = 0;
  for (unsigned shift = 0;; shift += 7) {
    uint8_t byte = *rules->at++;
    value |= (byte & 0x7fu) << shift;
    if (byte < 0x80)
      return value;
  }
}

/* Skips DW_CFA_nop and moves over DW_CFA_advance_loc1 and 2. */
static inline void rules_settle(struct rules *rules) {
  for (; rules->at < rules->end; rules->at++)
    if (*rules->at == 0x02)
      rules->offset += (uint64_t)*++rules->at * rules->code_align;
    else if (*rules->at == 0x03) {
      rules->offset +=
          (uint64_t)(rules->at[1] | rules->at[2] << 8) * rules->code_align;
      rules->at += 2;
    } else if (*rules->at != 0)
      return;
}

static inline void rules_print_one(struct rules *rules,
                                   struct listing *listing) {
  uint8_t opcode = *rules->at++;
  if (opcode == 0x0c) {
    unsigned reg = read_uleb(rules);
    listing_add(listing, ".cfi_def_cfa %u, %u\n", reg, read_uleb(rules));
  } else if (opcode == 0x0a)
    listing_add(listing, ".cfi_remember_state\n");
  else if (opcode == 0x0b)
    listing_add(listing, ".cfi_restore_state\n");
  else if (opcode == 0x2d)
    listing_add(listing, ".cfi_negate_ra_state\n");
  else if ((opcode & 0xc0) == 0x80)
    listing_add(listing, ".cfi_offset %u, -%u\n", opcode & 0x3fu,
                8 * read_uleb(rules));
  else if ((opcode & 0xc0) == 0xc0)
    listing_add(listing, ".cfi_restore %u\n", opcode & 0x3fu);
  else
    listing_add(listing, ".cfi_unknown 0x%x\n", opcode);
}

static inline void rules_print(struct rules *rules, uint64_t offset,
                               struct listing *listing) {
  for (rules_settle(rules); rules->at < rules->end && rules->offset <= offset;
       rules_settle(rules)) {
    if (rules->offset != offset)
      listing_add(listing, "inside the instruction above: ");
    rules_print_one(rules, listing);
  }
}

/* An .eh_frame section of one CIE and one FDE, whose pointers are pc-relative
   and 8 bytes long. */
struct eh_frame {
  struct rules cie;
  struct rules fde;
  uint64_t code;
  uint64_t code_size;
  uint8_t return_register;
  bool ends; /* with a terminator, and there */
};

static inline struct eh_frame eh_frame_read(struct lzr_place place,
                                            size_t size) {
  const uint8_t *cie = place.bytes;
  const uint8_t *fde = cie + 4 + read_32(cie);
  const uint8_t *end = fde + 4 + read_32(fde);
  struct eh_frame frame = {
      .cie = {cie + 17, fde, cie[12], 0},
      .fde = {fde + 25, end, cie[12], 0},
      .code = place.address + (uint64_t)(fde + 8 - cie) + read_64(fde + 8),
      .code_size = read_64(fde + 16),
      .return_register = cie[14],
      .ends = read_32(end) == 0 && end + 4 == place.bytes + size};
  return frame;
}

/* Instructions. */

static inline void put_instruction(const char *text, struct listing *listing) {
  char line[256];
  size_t length = 0;
  for (const char *c = text; *c && length + 1 < sizeof line; c++)
    if (*c != '\t' || length > 0)
      line[length++] = *c == '\t' ? ' ' : *c;
  listing_add(listing, "%.*s\n", (int)length, line);
}

/* Adds the code's instructions, and before each the rules of frame that change
   there; frame may be NULL. Ends with "??" at bytes that are no instruction. */
static inline void listing_disassemble(struct listing *listing,
                                       const char *triple,
                                       struct lzr_place place, size_t size,
                                       struct eh_frame *frame) {
  LLVMInitializeAllTargetInfos();
  LLVMInitializeAllTargetMCs();
  LLVMInitializeAllDisassemblers();
  LLVMDisasmContextRef context = LLVMCreateDisasmCPUFeatures(
      triple, "", strncmp(triple, "aarch64", 7) == 0 ? "+all" : "", NULL, 0,
      NULL, NULL);
  if (frame)
    rules_print(&frame->cie, 0, listing);
  for (size_t done = 0, length = 0; done < size; done += length) {
    char text[256];
    if (frame)
      rules_print(&frame->fde, done, listing);
    length = LLVMDisasmInstruction(context, place.bytes + done, size - done,
                                   place.address + done, text, sizeof text);
    put_instruction(length ? text : "??", listing);
    if (length == 0)
      break;
  }
  LLVMDisasmDispose(context);
}

#endif
