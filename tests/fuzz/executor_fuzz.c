/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An executor whose controller sends wrong arguments: calls the executor's
 * services in this process. Most arguments have the right form, with numbers
 * that the input chooses, among them addresses in the window; others are any
 * bytes. A controller may run any code and write any memory, and no check could
 * tell what harm is meant: so what is called here are functions of this file,
 * with any arguments of any types, and left out are exit, LLVM's writes, and
 * writes that are not to the window's data.
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

/* LLVM's one reservation, or 0. */
static lzr_addr reserved;

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

/* What the controller has called. */

static void do_nothing(void) {
}

static int return_seven(void) {
  return 7;
}

static int count_down(int number) {
  return number > 0 ? number - 1 : 0;
}

static int64_t add(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int main_of_program(int argc, char **argv, char **environment) {
  size_t length = 0;
  (void)environment;
  for (int i = 0; i < argc; i++)
    length += strlen(argv[i]);
  if (argv[argc])
    fuzz_fail("words of the program behind its last");
  return (int)(length & 0xff);
}

static struct lzr_wrapper_result succeed(const char *arguments, size_t size) {
  free(fuzz_copy((const uint8_t *)arguments, size));
  return lzr_wrapper_error(NULL);
}

static struct lzr_wrapper_result fail(const char *arguments, size_t size) {
  (void)arguments, (void)size;
  return lzr_wrapper_error(lzr_error_create(LZR_ERROR_TARGET, "it fails"));
}

static struct lzr_wrapper_result say_nothing(const char *arguments,
                                             size_t size) {
  (void)arguments, (void)size;
  return (struct lzr_wrapper_result){.size = 0};
}

static void pack_function_address(struct lzr_writer *writer,
                                  void (*function)(void)) {
  lzr_pack_u64(writer, (uintptr_t)function);
}

static void pack_run_void(struct lzr_writer *writer, struct fuzz_input *input) {
  (void)input;
  pack_function_address(writer, do_nothing);
}

static void pack_run_seven(struct lzr_writer *writer,
                           struct fuzz_input *input) {
  (void)input;
  pack_function_address(writer, (void (*)(void))return_seven);
}

static void pack_run_int(struct lzr_writer *writer, struct fuzz_input *input) {
  pack_function_address(writer, (void (*)(void))count_down);
  lzr_pack_u32(writer, (uint32_t)fuzz_number(input, 4));
}

static void pack_main(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 5;
  pack_function_address(writer, (void (*)(void))main_of_program);
  lzr_pack_u64(writer, fuzz_byte(input) ? count : fuzz_number(input, 8));
  for (; count > 0; count--)
    pack_some_bytes(writer, input);
}

/* Types and values that need not be those of the function, which the calling
   conventions allow: it looks at two registers. */
static void pack_call(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned count = fuzz_byte(input) % 72, values = count;
  pack_function_address(writer, (void (*)(void))add);
  lzr_pack_u8(writer, fuzz_byte(input) % 10);
  lzr_pack_u64(writer, count);
  for (unsigned i = 0; i < count; i++)
    lzr_pack_u8(writer, fuzz_byte(input) % 10);
  if (fuzz_byte(input) > 240)
    values = fuzz_byte(input);
  lzr_pack_u64(writer, fuzz_byte(input) % (count + 2));
  lzr_pack_u64(writer, values);
  for (; values > 0; values--)
    lzr_pack_u64(writer, fuzz_number(input, 8));
}

static void pack_action(struct lzr_writer *writer, struct fuzz_input *input) {
  static const lzr_wrapper actions[] = {NULL, succeed, fail, say_nothing};
  pack_function_address(writer, (void (*)(void))actions[fuzz_byte(input) % 4]);
  pack_some_bytes(writer, input);
}

/* A request for memory of LLVM's: segments, and actions in pairs. */
static void pack_request(struct lzr_writer *writer, struct fuzz_input *input) {
  unsigned segments = fuzz_byte(input) % 4, pairs = fuzz_byte(input) % 4;
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, segments);
  for (; segments > 0; segments--) {
    lzr_pack_u8(writer, fuzz_byte(input) % 16);
    lzr_pack_u64(writer, reserved + 256 * fuzz_number(input, 1));
    lzr_pack_u64(writer, pick_size(input));
    pack_some_bytes(writer, input);
  }
  lzr_pack_u64(writer, pairs);
  for (; pairs > 0; pairs--) {
    pack_action(writer, input);
    pack_action(writer, input);
  }
}

static void pack_reserved(struct lzr_writer *writer, struct fuzz_input *input) {
  (void)input;
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, 1);
  lzr_pack_u64(writer, reserved);
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
    {LZR_SERVICE_CALL, pack_call, false, false},
    {LZR_SERVICE_RUN_VOID, pack_run_void, false, false},
    {LZR_SERVICE_RUN_MAIN, pack_main, true, false},
    {BOOTSTRAP "run_as_main_wrapper", pack_main, true, false},
    {BOOTSTRAP "run_as_void_function_wrapper", pack_run_seven, false, false},
    {BOOTSTRAP "run_as_int_function_wrapper", pack_run_int, false, false},
    {MEMORY "initialize_wrapper", pack_request, false, false},
    {MEMORY "finalize_wrapper", pack_request, false, false},
    {MEMORY "deinitialize_wrapper", pack_reserved, false, false},
    {MEMORY "release_wrapper", pack_reserved, false, false},
    {MEMORY "deallocate_wrapper", pack_reserved, false, false},
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

static void release_reserved(void) {
  const uint64_t arguments[] = {0, 1, reserved};
  if (!reserved)
    return;
  struct lzr_wrapper_result result = find_service(MEMORY "release_wrapper")(
      (const char *)arguments, sizeof arguments);
  lzr_wrapper_result_fini(&result);
  reserved = 0;
}

static void call(struct fuzz_input *input) {
  uint8_t which = fuzz_byte(input) % (sizeof services / sizeof *services);
  uint8_t form = fuzz_byte(input);
  struct lzr_writer writer = {0};
  if ((services[which].keeps && made++ > MOST_MADE) ||
      (services[which].pack == pack_reserve && reserved))
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
  if (services[which].pack == pack_reserve && result.size == 9 &&
      lzr_wrapper_bytes(&result)[0] == 1)
    reserved = load_address((const uint8_t *)lzr_wrapper_bytes(&result) + 1);
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
  release_reserved();
  return 0;
}
