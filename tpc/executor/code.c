/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/code.h"

#include <link.h>

#include "tpc/executor/executor.h"
#include "tpc/executor/pieces.h"
#include "tpc/executor/services.h"

static int visit_library(struct dl_phdr_info *info, size_t size, void *data) {
  uint64_t address = *(const uint64_t *)data;

  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];

    if (header->p_type == PT_LOAD && (header->p_flags & PF_X) &&
        address - (info->dlpi_addr + header->p_vaddr) < header->p_memsz)
      return 1;
  }
  return 0;
}

static bool is_in_window(uint64_t address) {
  lzr_addr start;
  uint64_t size;

  lzr_memory_part(lzr_executor.memory, LZR_PROT_CODE, &start, &size);
  return address - start < size;
}

bool lzr_is_wrapper(uint64_t address) {
  const struct lzr_service *service = lzr_service_find(address);

  if (service)
    return service->kind != LZR_SERVE_NEVER;
  return lzr_pieces_have(address) || is_in_window(address) ||
         dl_iterate_phdr(visit_library, &address) != 0;
}
