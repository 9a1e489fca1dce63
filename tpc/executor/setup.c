/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/setup.h"

#include "tpc/executor/bootstrap.h"
#include "tpc/executor/executor.h"
#include "tpc/wire/services.h"

static void pack_facts(struct lzr_writer *writer) {
  const struct lzr_target_facts *facts = &lzr_executor.facts;

  lzr_pack_u32(writer, LZR_SETUP_VERSION);
  lzr_pack_string(writer, facts->cpu);
  lzr_pack_string(writer, facts->features);
  lzr_pack_u32(writer, facts->pointer_size);
  lzr_pack_bool(writer, facts->big_endian);
  lzr_pack_u32(writer, facts->save_area.form);
  lzr_pack_u32(writer, facts->save_area.mask);
  lzr_pack_u32(writer, facts->save_area.size);
  lzr_pack_u64(writer, facts->tls_get_addr);
  lzr_pack_u64(writer, facts->return_zero);
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    lzr_addr start;
    uint64_t size;

    lzr_memory_part(lzr_executor.memory, (lzr_prot)prot, &start, &size);
    lzr_pack_u64(writer, start);
    lzr_pack_u64(writer, size);
  }
}

/* Writes one entry of (string, bytes). */
static void pack_map(struct lzr_writer *writer) {
  struct lzr_writer facts = {0};

  pack_facts(&facts);
  lzr_pack_u64(writer, 1);
  lzr_pack_string(writer, LZR_SETUP_KEY);
  lzr_pack_bytes(writer, facts.bytes, facts.size);
  writer->failed |= facts.failed;
  lzr_writer_fini(&facts);
}

void lzr_setup_pack(struct lzr_writer *writer) {
  lzr_pack_string(writer, lzr_executor.facts.triple);
  lzr_pack_u64(writer, lzr_executor.facts.page_size);
  pack_map(writer);
  lzr_pack_u64(writer, lzr_bootstrap_count);
  for (size_t i = 0; i < lzr_bootstrap_count; i++) {
    lzr_pack_string(writer, lzr_bootstrap[i].name);
    lzr_pack_u64(writer, lzr_bootstrap[i].address);
  }
}
