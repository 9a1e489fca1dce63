/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/code.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

enum { FIRST_ROOM = 4096, SIZE_LIMIT = 1 << 28 };

/* There is a first chunk before anything is written, so that even without
   memory there is a place for the bytes of one instruction. */
void lzr_code_reset(struct lzr_machine_code *code) {
  code->size = code->reloc_count = code->site_count = 0;
  code->out_of_memory = false;
  if (code->bytes)
    return;
  code->bytes = malloc(FIRST_ROOM);
  code->room = code->bytes ? FIRST_ROOM : 0;
  code->out_of_memory = !code->bytes;
}

void lzr_code_fini(struct lzr_machine_code *code) {
  free(code->bytes);
  free(code->relocs);
  free(code->sites);
  *code = (struct lzr_machine_code){0};
}

void lzr_code_grow(struct lzr_machine_code *code) {
  uint8_t *grown =
      code->room < SIZE_LIMIT ? realloc(code->bytes, code->room * 2) : NULL;
  if (grown) {
    code->bytes = grown;
    code->room *= 2;
  } else {
    code->out_of_memory = true;
    code->size = 0;
  }
}

void lzr_code_patch(struct lzr_machine_code *code, size_t offset,
                    uint32_t number) {
  if (code->out_of_memory)
    return;
  for (unsigned i = 0; i < 4; i++)
    code->bytes[offset + i] = (uint8_t)(number >> 8 * i);
}

void lzr_code_add_site(struct lzr_machine_code *code,
                       const struct lzr_code_site *site) {
  struct lzr_code_site *grown = lzr_array_reserve(
      code->sites, &code->site_room, code->site_count + 1, sizeof *grown);
  if (!grown) {
    code->out_of_memory = true;
    return;
  }
  code->sites = grown;
  code->sites[code->site_count++] = *site;
}

void lzr_code_relocate(struct lzr_machine_code *code, uint32_t type,
                       uint32_t symbol, int64_t addend) {
  struct lzr_code_reloc *grown = lzr_array_reserve(
      code->relocs, &code->reloc_room, code->reloc_count + 1, sizeof *grown);
  if (!grown) {
    code->out_of_memory = true;
    return;
  }
  code->relocs = grown;
  code->relocs[code->reloc_count++] =
      (struct lzr_code_reloc){(uint32_t)code->size, type, symbol, addend};
}
