/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Links an object file: parse, place, resolve, commit, for the architecture
 * that the file names. The target is this process's own memory, which records
 * what is committed. What must never happen: a segment or an action outside the
 * allocation, unwind information that an unwinder would follow out of its
 * section, or an allocation that is not released.
 *
 * Bytes 9 and 10 of the file, which ELF leaves unused, choose what the linker
 * is asked to do and how names are answered.
 */
#include <elf.h>

#include "runtime/link/link.h"
#include "tests/fuzz/elf_mutator.h"
#include "tests/fuzz/fuzz.h"
#include "tests/resolve_image.h"

enum { OPTIONS_AT = EI_PAD, SEED_AT };
enum { KEEP_DEBUG = 1, FIX_SECTION = 2, NO_DESCRIPTORS = 4, NO_COMMIT = 8 };

/* The target. */

static const lzr_addr bases[LZR_PROT_COUNT] = {0x700000000000, 0x700010000000,
                                               0x700020000000};
enum { WINDOW = 64 << 20 };
#define FIXED_SECTION (bases[LZR_PROT_DATA] + 0x8000)
#define TLS_GET_ADDR 0x7200000000
#define TLS_DESCRIPTOR 0x700000f00000

struct lzr_tpc {
  uint8_t *memory[LZR_PROT_COUNT]; /* owned */
  uint64_t size[LZR_PROT_COUNT];
  unsigned reserved;
  uint8_t seed;
};

lzr_error *lzr_tpc_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                           lzr_allocation **allocation) {
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    if (layout->align[i] > 1 << 20 ||
        (layout->align[i] & (layout->align[i] - 1)))
      fuzz_fail("an alignment that is none");
    if (layout->size[i] > WINDOW)
      return lzr_error_create(LZR_ERROR_LIMIT, "the window is full");
  }
  *allocation = calloc(1, sizeof **allocation);
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    (*allocation)->address[i] = layout->size[i] ? bases[i] : 0;
    (*allocation)->size[i] = tpc->size[i] = layout->size[i];
  }
  tpc->reserved++;
  return NULL;
}

/* The local bytes of a range, all of which must be committed. */
static uint8_t *must_find(const lzr_tpc *tpc, lzr_addr address, uint64_t size) {
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    if (tpc->memory[i] && address >= bases[i] &&
        address - bases[i] <= tpc->size[i] &&
        size <= tpc->size[i] - (address - bases[i]))
      return tpc->memory[i] + (address - bases[i]);
  fuzz_fail("something is outside the allocation");
}

static uint32_t load_word(const uint8_t *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/* Walks as an unwinder does, who does not know the section's size. */
static void walk_unwind(const uint8_t *bytes, uint64_t size) {
  uint64_t at = 0;
  for (;;) {
    if (size - at < 4)
      fuzz_fail("unwind information has no end");
    uint32_t length = load_word(bytes + at);
    if (length == 0)
      return;
    if (length < 4 || length > size - at - 4)
      fuzz_fail("an unwind record is outside the section");
    uint32_t distance = load_word(bytes + at + 4);
    if (distance > at + 4)
      fuzz_fail("an unwind record has its CIE outside the section");
    at += 4 + (uint64_t)length;
  }
}

lzr_error *lzr_tpc_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                          const struct lzr_commit *commit) {
  (void)allocation;
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    tpc->memory[i] = calloc(1, tpc->size[i] ? tpc->size[i] : 1);
  for (size_t i = 0; i < commit->segment_count; i++) {
    const struct lzr_segment *segment = &commit->segments[i];
    uint8_t *to = must_find(tpc, segment->address,
                            segment->byte_count + segment->zero_count);
    if (segment->byte_count)
      memcpy(to, segment->bytes, segment->byte_count);
  }
  for (size_t i = 0; i < commit->action_count; i++) {
    const struct lzr_action *action = &commit->actions[i];
    const uint8_t *about = must_find(tpc, action->address, action->size);
    if (action->kind == LZR_ACTION_EH_FRAMES)
      walk_unwind(about, action->size);
  }
  return NULL;
}

lzr_error *lzr_tpc_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                         size_t size) {
  (void)tpc, (void)address;
  free(fuzz_copy(bytes, size)); /* reads them */
  return NULL;
}

const struct lzr_target_facts *lzr_tpc_facts(const lzr_tpc *tpc) {
  static const struct lzr_target_facts facts = {.tls_get_addr = TLS_GET_ADDR};
  (void)tpc;
  return &facts;
}

void lzr_tpc_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  tpc->reserved -= allocation != NULL;
  free(allocation);
}

/* Names. */

/* A name's letters and the seed decide what it is: nowhere, near, far, lazy. */
static lzr_error *answer(void *data, struct lzr_query *queries, size_t count) {
  const lzr_tpc *tpc = data;
  for (size_t i = 0; i < count; i++) {
    struct lzr_query *query = &queries[i];
    unsigned hash = tpc->seed;
    for (const char *letter = query->name; *letter; letter++)
      hash = hash * 31 + (uint8_t)*letter;
    query->found = hash % 16 != 0;
    query->address = bases[LZR_PROT_CODE] + (hash & 0xfffff0);
    query->tls_module = 3;
    query->tls_offset = hash & 0xff8;
    if (hash % 4 == 2)
      query->slot = bases[LZR_PROT_DATA] + (hash & 0xfff8);
    else if (hash % 4 == 3)
      query->body = query->address + 0x123456789ab0;
    else if (hash % 4 == 1)
      query->address = 0x1000 + hash;
  }
  return NULL;
}

/* The walk. */

static void inspect(const lzr_image *image) {
  const struct lzr_array_entry *entries;
  struct lzr_image_symbol found;
  size_t count = lzr_image_symbol_count(image);
  for (size_t i = 0; i < count && i < 100; i++)
    if (!lzr_image_find_symbol(image, lzr_image_get_symbol(image, i).name,
                               &found))
      fuzz_fail("an image does not find its own symbol");
  lzr_image_initializers(image, &entries);
  lzr_image_finalizers(image, &entries);
  lzr_image_get_extent(image);
  lzr_image_tls_template(image);
}

static lzr_error *link_bytes(lzr_tpc *tpc, const struct lzr_arch *arch,
                             const uint8_t *bytes, size_t size,
                             lzr_image **image) {
  uint8_t options = bytes[OPTIONS_AT];
  lzr_object *object;
  lzr_error *error = lzr_object_parse(arch, "fuzz.o", bytes, size, &object);
  if (error)
    return error;
  if (options & KEEP_DEBUG)
    lzr_object_keep_debug(object);
  if (options & FIX_SECTION &&
      (error = lzr_object_fix_section(object, "shared", FIXED_SECTION, 16))) {
    lzr_object_destroy(object);
    return error;
  }
  struct name_resolver resolver = {
      answer, tpc, options & NO_DESCRIPTORS ? 0 : TLS_DESCRIPTOR};
  error = lzr_image_place(tpc, object, image);
  if (!error)
    error = resolve_image(*image, &resolver);
  if (!error && !(options & NO_COMMIT))
    error = lzr_image_commit(*image, NULL, 0);
  return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  Elf64_Ehdr header;
  if (size < sizeof header)
    return 0;
  memcpy(&header, bytes, sizeof header);
  const struct lzr_arch *arch =
      lzr_arch_for_triple(header.e_machine == EM_AARCH64 ? "aarch64-linux-gnu"
                                                         : "x86_64-linux-gnu");
  lzr_tpc tpc = {.seed = bytes[SEED_AT]};
  uint8_t *copy = fuzz_copy(bytes, size);
  lzr_image *image = NULL;
  lzr_error *error = link_bytes(&tpc, arch, copy, size, &image);
  if (!error)
    inspect(image);
  fuzz_end_error(error);
  lzr_image_release(image);
  if (tpc.reserved)
    fuzz_fail("an allocation is not released");
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    free(tpc.memory[i]);
  free(copy);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed) {
  return mutate_elf(bytes, size, max, seed);
}
