#include "tpc/target/facts.h"

#include <stdio.h>
#include <unistd.h>

#include "stubs/self.h"
#include "tpc/target/tls.h"

#ifdef __GLIBC__
#define SYSTEM "-linux-gnu"
#else
#define SYSTEM "-linux-musl"
#endif

/* Every thread would write the same. */
static const char *triple(void) {
  static char whole[64];

  snprintf(whole, sizeof whole, "%s%s", lzr_self_machine, SYSTEM);
  return whole;
}

static uint64_t return_zero(void) {
  return 0;
}

struct lzr_target_facts lzr_facts_of_self(void) {
  return (struct lzr_target_facts){
      .triple = triple(),
      .cpu = "",
      .features = "",
      .this_process = true,
      .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
      .pointer_size = sizeof(void *),
      .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
      .save_area = lzr_self_save_area(),
      .tls_get_addr = (uintptr_t)lzr_target_tls_get_addr,
      .return_zero = (uintptr_t)return_zero,
  };
}
