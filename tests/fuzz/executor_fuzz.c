/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An executor whose controller sends wrong arguments: calls the executor's
 * services in this process. Most arguments have the right form, with numbers
 * that the input chooses, among them addresses in the window; others are any
 * bytes. A controller may run code and write memory, so left out is what does
 * so by design: calls, LLVM's actions and writes, and writes that are not to
 * the window's data.
 *
 * What must never happen, beside crashes: that unwind information which was
 * taken leads the unwinder astray.
 */
#include <unwind.h>

#include "tests/fuzz/fuzz.h"
#include "tpc/executor/bootstrap.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/ours.h"
#include "tpc/executor/wrapper.h"
#include "tpc/target/facts.h"
#include "tpc/wire/services.h"

enum { MOST_COMMITS = 32, MOST_MADE = 1000, CALLS = 40 };
enum { LARGE = 1 << 20 }; /* of a size: above it, only nonsense is asked for */

static lzr_addr window[LZR_PROT_COUNT];

/* The first addresses of what this input has committed. */
static struct {
  lzr_addr address[MOST_COMMITS];
  size_t count;
} commits;

static unsigned made; /* callbacks and names, which the process keeps */

static void start(void) {
  uint64_t size;
  if (lzr_memory_create(&lzr_executor.memory) ||
      !lzr_services_init(lzr_bootstrap, lzr_bootstrap_count))
    abort();
  lzr_executor.facts = lzr_facts_of_self();
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    lzr_memory_part(lzr_executor.memory, (lzr_prot)i, &window[i], &size);
}

/* Numbers. */

static lzr_addr pick_address(struct fuzz_input *input) {
  uint8_t form = fuzz_byte(input);
  switch (form % 8) {
  case 0:
    return fuzz_number(input, 8);
  case 1:
    return commits.count ? commits.address[fuzz_byte(input) % commits.count]
                         : 0;
  case 2:
    return 0;
  default:
    return window[form % LZR_PROT_COUNT] + fuzz_number(input, 2);
  }
}

static uint64_t pick_size(struct fuzz_input *input) {
  uint8_t form = fuzz_byte(input);
  uint64_t size = form < 240 ? form : fuzz_number(input, 8);
  return size > LARGE && size >> 40 == 0 ? LARGE : size;
}

static void pack_address(struct lzr_writer *writer, struct fuzz_input *input) {
  lzr_pack_u64(writer, pick_address(input));
}

static void pack_some_bytes(struct lzr_writer *writer,
                            struct fuzz_input *input) {
  size_t size = fuzz_byte(input);
  const uint8_t *bytes = fuzz_bytes(input, &size);
  lzr_pack_bytes(writer, bytes, size);
}

/* Arguments. */

static void pack_commit(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned parts = fuzz_byte(input), segments = fuzz_byte(input) % 4,
           actions = fuzz_byte(input) % 3, stores = fuzz_byte(input) % 3;
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    bool there = parts >> i & 1;
    lzr_pack_u64(writer, there ? pick_address(input) : 0);
    lzr_pack_u64(writer, there ? pick_size(input) : 0);
  }
  lzr_pack_u64(writer, segments);
  for (; segments > 0; segments--) {
    pack_address(writer, input);
    pack_some_bytes(writer, input);
    lzr_pack_u64(writer, pick_size(input));
  }
  lzr_pack_u64(writer, actions);
  for (; actions > 0; actions--) {
    lzr_pack_u8(writer, fuzz_byte(input) % 5);
    pack_address(writer, input);
    lzr_pack_u64(writer, pick_size(input));
  }
  lzr_pack_u64(writer, stores);
  for (; stores > 0; stores--) {
    pack_address(writer, input);
    lzr_pack_u64(writer, fuzz_number(input, 8));
  }
}

static void pack_range(struct lzr_writer *writer, struct fuzz_input *input) {
  pack_address(writer, input);
  lzr_pack_u64(writer, pick_size(input));
}

static void pack_write(struct lzr_writer *writer, struct fuzz_input *input) {
  uint8_t part = fuzz_byte(input);
  lzr_pack_u64(writer, window[part % LZR_PROT_COUNT] + fuzz_number(input, 2));
  pack_some_bytes(writer, input);
}

static void pack_stores(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 4;
  lzr_pack_u64(writer, count);
  for (; count > 0; count--) {
    pack_address(writer, input);
    lzr_pack_u64(writer, fuzz_number(input, 8));
  }
}

static void pack_handler(struct lzr_writer *writer, struct fuzz_input *input) {
  lzr_pack_u64(writer, fuzz_number(input, 8));
}

static void pack_function(struct lzr_writer *writer, struct fuzz_input *input) {
  lzr_pack_u64(writer, fuzz_number(input, 8));
  lzr_pack_u8(writer, fuzz_byte(input) % 16);
  pack_some_bytes(writer, input);
}

static const char *pick_name(struct fuzz_input *input) {
  static const char *const names[] = {"puts", "environ", "errno",
                                      "",     "nowhere", "__tls_get_addr"};
  return names[fuzz_byte(input) % (sizeof names / sizeof *names)];
}

static void pack_lookup(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 4;
  lzr_pack_u64(writer, fuzz_byte(input) & 1 ? pick_address(input) : 0);
  lzr_pack_u64(writer, count);
  for (; count > 0; count--) {
    lzr_pack_string(writer, pick_name(input));
    lzr_pack_u8(writer, fuzz_byte(input) % 3);
    lzr_pack_u8(writer, fuzz_byte(input) % 3);
  }
}

static void pack_shown(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 4;
  lzr_pack_u64(writer, count);
  for (; count > 0; count--) {
    lzr_pack_string(writer, pick_name(input));
    pack_range(writer, input);
    lzr_pack_u8(writer, fuzz_byte(input) % 3);
  }
}

/* LLVM's services have an instance in front. */
static void pack_reserve(struct lzr_writer *writer, struct fuzz_input *input) {
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, pick_size(input));
}

static void pack_addresses(struct lzr_writer *writer,
                           struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 4;
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, count);
  for (; count > 0; count--)
    pack_address(writer, input);
}

static void pack_section(struct lzr_writer *writer, struct fuzz_input *input) {
  lzr_addr start = window[LZR_PROT_CONST] + fuzz_number(input, 1);
  lzr_pack_u64(writer, start);
  lzr_pack_u64(writer, start + fuzz_byte(input));
}

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"
#define BOOTSTRAP "__llvm_orc_bootstrap_"

static const struct {
  const char *name;
  void (*pack)(struct lzr_writer *writer, struct fuzz_input *input);
  bool keeps, takes_any;
} services[] = {
    {LZR_SERVICE_COMMIT, pack_commit, false, true},
    {LZR_SERVICE_COMMIT, pack_commit, false,
     false}, /* the longest: more often */
    {LZR_SERVICE_RELEASE, pack_address, false, true},
    {LZR_SERVICE_READ, pack_range, false, false},
    {LZR_SERVICE_WRITE, pack_write, false, false},
    {LZR_SERVICE_STORE_POINTERS, pack_stores, false, true},
    {LZR_SERVICE_ADD_HANDLER, pack_handler, true, true},
    {LZR_SERVICE_ADD_FUNCTION, pack_function, true, true},
    {LZR_SERVICE_LOOKUP, pack_lookup, false, true},
    {LZR_SERVICE_SHOW, pack_shown, true, true},
    {MEMORY "reserve_wrapper", pack_reserve, false, false},
    {MEMORY "release_wrapper", pack_addresses, false, true},
    {MEMORY "deinitialize_wrapper", pack_addresses, false, true},
    {BOOTSTRAP "mem_read_uint8s_wrapper", pack_addresses, false, true},
    {BOOTSTRAP "mem_read_uint64s_wrapper", pack_addresses, false, true},
    {"llvm_orc_registerEHFrameAllocAction", pack_section, false, false},
    {"llvm_orc_deregisterEHFrameAllocAction", pack_section, false, false},
};

/* Calls. */

static lzr_wrapper find_service(const char *name) {
  for (size_t i = 0; i < lzr_bootstrap_count; i++)
    if (strcmp(lzr_bootstrap[i].name, name) == 0)
      return (lzr_wrapper)lzr_bootstrap[i].address;
  fuzz_fail("a service is not there");
}

static lzr_addr load_address(const uint8_t *bytes) {
  lzr_addr address;
  memcpy(&address, bytes, sizeof address);
  return address;
}

/* arguments are those of a commit that was taken. */
static void note_commit(const uint8_t *arguments) {
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    if (load_address(arguments + 16 * i + 8)) {
      commits.address[commits.count++] = load_address(arguments + 16 * i);
      return;
    }
}

static void release_commits(void) {
  while (commits.count) {
    const char *address = (char *)&commits.address[--commits.count];
    struct lzr_wrapper_result result =
        lzr_ours_release(address, sizeof(lzr_addr));
    lzr_wrapper_result_fini(&result);
  }
}

static void call(struct fuzz_input *input) {
  uint8_t which = fuzz_byte(input) % (sizeof services / sizeof *services);
  uint8_t form = fuzz_byte(input);
  struct lzr_writer writer = {0};
  if (services[which].keeps && made++ > MOST_MADE)
    return;
  if (form == 1 && services[which].takes_any) {
    size_t size = fuzz_byte(input);
    const uint8_t *bytes = fuzz_bytes(input, &size);
    lzr_pack_raw(&writer, bytes, size);
  } else {
    services[which].pack(&writer, input);
  }
  if (form == 2 && writer.size) /* cut short */
    writer.size = fuzz_byte(input) % writer.size;
  uint8_t *arguments = fuzz_copy(writer.bytes, writer.size);
  struct lzr_wrapper_result result =
      find_service(services[which].name)((char *)arguments, writer.size);
  free(fuzz_copy((const uint8_t *)lzr_wrapper_bytes(&result), result.size));
  bool is_fine = result.size == 1 && lzr_wrapper_bytes(&result)[0] == 0;
  if (services[which].pack == pack_commit && is_fine)
    note_commit(arguments);
  lzr_wrapper_result_fini(&result);
  free(arguments);
  lzr_writer_fini(&writer);
}

/* libgcc's, as when an exception is thrown. */
const void *_Unwind_Find_FDE(void *address, void *bases);

static void unwind(void) {
  char bases[64];
  for (unsigned offset = 0; offset < 256; offset += 16)
    _Unwind_Find_FDE((void *)(uintptr_t)(window[LZR_PROT_CODE] + offset),
                     bases);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct fuzz_input input = {bytes, bytes + size};
  if (!window[0])
    start();
  for (int i = 0;
       i < CALLS && input.at < input.end && commits.count < MOST_COMMITS; i++)
    call(&input);
  unwind();
  release_commits();
  return 0;
}
