/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/facts.h"

#include <unistd.h>

#include "tpc/base/cpu.h"
#include "tpc/target/tls.h"

static uint64_t return_zero(void) {
  return 0;
}

struct lzr_target_facts lzr_facts_of_self(void) {
  return (struct lzr_target_facts){
      .triple = lzr_cpu_triple(),
      .cpu = "",
      .features = "",
      .this_process = true,
      .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
      .pointer_size = sizeof(void *),
      .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
      .save_area = lzr_cpu_save_area(),
      .tls_get_addr = (uintptr_t)lzr_target_tls_get_addr,
      .return_zero = (uintptr_t)return_zero,
  };
}
