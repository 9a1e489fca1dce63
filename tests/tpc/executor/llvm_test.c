/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* LLVM 19's and 22's services, each called as LLVM's controllers call it: types
   as in tpc/PROTOCOL.md. Service lazyrun_write returns an Error, as allocation
   actions do, so it is one here. */
#include "tests/executor_support.h"

TestSuite(executor_llvm, .init = start_executor, .fini = end_executor,
          .timeout = 60);

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"
#define SHARED "__llvm_orc_ExecutorSharedMemoryMapperService_"
#define DYLIB "__llvm_orc_SimpleExecutorDylibManager_"
#define BOOTSTRAP "__llvm_orc_bootstrap_"

enum { R = 1, W = 2, X = 4, PAGE = 4096 };

/* ---- Requests ------------------------------------------------------------ */

static uint64_t reserve(uint64_t size) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, service(MEMORY "Instance"));
  lzr_pack_u64(&writer, size);
  return expect_value(call_service(MEMORY "reserve_wrapper", &writer));
}

static void pack_segment(struct lzr_writer *writer, uint8_t group,
                         uint64_t address, uint64_t size, const char *bytes) {
  lzr_pack_u8(writer, group);
  lzr_pack_u64(writer, address);
  lzr_pack_u64(writer, size);
  lzr_pack_bytes(writer, bytes, strlen(bytes));
}

/* An initialize or finalize request of one segment; its action pairs follow. */
static struct lzr_writer begin_request(uint8_t group, uint64_t address,
                                       uint64_t size, const char *bytes,
                                       size_t actions) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, service(MEMORY "Instance"));
  lzr_pack_u64(&writer, 1);
  pack_segment(&writer, group, address, size, bytes);
  lzr_pack_u64(&writer, actions);
  return writer;
}

/* An action that writes a letter at address; none where that is 0. */
static void pack_action(struct lzr_writer *writer, uint64_t address,
                        char letter) {
  struct lzr_writer arguments = {0};

  if (address) {
    lzr_pack_u64(&arguments, address);
    lzr_pack_bytes(&arguments, &letter, 1);
  }
  lzr_pack_u64(writer, address ? service(LZR_SERVICE_WRITE) : 0);
  lzr_pack_bytes(writer, arguments.bytes, arguments.size);
  lzr_writer_fini(&arguments);
}

static struct answer initialize(uint8_t group, uint64_t address, uint64_t size,
                                const char *bytes) {
  struct lzr_writer writer = begin_request(group, address, size, bytes, 0);

  return call_service(MEMORY "initialize_wrapper", &writer);
}

static struct answer give_back(const char *name, uint64_t address) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, service(MEMORY "Instance"));
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  return call_service(name, &writer);
}

/* ---- Memory, LLVM 22 ----------------------------------------------------- */

Test(executor_llvm, reserves_whole_pages_and_nothing_of_nothing) {
  uint64_t address = reserve(1);

  cr_expect(address != 0 && address % PAGE == 0);
  cr_expect_eq(reserve(0), 0u);
  expect_success(give_back(MEMORY "release_wrapper", address));
  expect_success(give_back(MEMORY "release_wrapper", 0));
}

/* llvm-jitlink places what refers to each other in several of them. Sizes are
   mixed: small ones find room where large ones do not. */
Test(executor_llvm, reserves_within_reach_of_what_was_reserved) {
  static const uint64_t sizes[] = {PAGE,     64 * PAGE, UINT64_C(32) << 20,
                                   2 * PAGE, PAGE,      UINT64_C(512) << 20,
                                   PAGE};
  uint64_t lowest = UINT64_MAX, highest = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    uint64_t address = reserve(sizes[i]);
    lowest = address < lowest ? address : lowest;
    highest = address + sizes[i] > highest ? address + sizes[i] : highest;
  }
  cr_expect_leq(highest - lowest, UINT64_C(2) << 30);
}

/* Another thread's heap may come to lie in what was given back, and takes up to
   128 MiB of it. */
Test(executor_llvm, reserves_again_what_was_given_back) {
  const uint64_t gib = UINT64_C(1) << 30, most = gib - (UINT64_C(64) << 20);
  uint64_t stays = reserve(PAGE), goes = reserve(gib), fills = reserve(most);

  expect_success(give_back(MEMORY "release_wrapper", goes));
  cr_expect_lt(fills, goes);
  uint64_t again = reserve(gib / 2);
  cr_expect_lt(stays - again, 2 * gib);
}

Test(executor_llvm, refuses_to_reserve_what_there_is_not) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, UINT64_MAX);
  expect_unexpected(call_service(MEMORY "reserve_wrapper", &writer), "reserve");
}

Test(executor_llvm, initializes_and_fills_up_with_zeros) {
  uint64_t address = reserve(2 * PAGE);

  cr_expect_eq(expect_value(initialize(R, address + PAGE, 8, "four")),
               address + PAGE);
  expect_memory(address + PAGE, "four\0\0\0", 8);
}

Test(executor_llvm, never_gives_memory_that_is_writable_and_executable) {
  uint64_t address = reserve(PAGE);

  expect_unexpected(initialize(R | W | X, address, PAGE, "code"),
                    "writable and executable");
  expect_unexpected(initialize(16, address, PAGE, "code"), "protection");
  expect_memory(address, "\0\0\0\0", 4);
}

Test(executor_llvm, refuses_to_initialize_what_is_initialized) {
  uint64_t address = reserve(4 * PAGE);

  expect_value(initialize(R, address + PAGE, 2 * PAGE, "first"));
  expect_unexpected(initialize(R | W, address, 2 * PAGE, "second"), "overlaps");
  expect_unexpected(initialize(R | W, address + 2 * PAGE, PAGE, "third"),
                    "overlaps");
  expect_memory(address + PAGE, "first", 6);
  expect_value(initialize(R | W, address, PAGE, "fourth"));
}

Test(executor_llvm, refuses_segments_beyond_a_reservation) {
  uint64_t address = reserve(PAGE);

  expect_unexpected(initialize(R, address, 2 * PAGE, ""), "not been reserved");
  expect_unexpected(initialize(R, address - PAGE, PAGE, ""),
                    "not been reserved");
  expect_unexpected(initialize(R, address + 8, 8, ""), "is not one");
  expect_unexpected(initialize(R, address, 2, "more"), "is not one");
  expect_unexpected(initialize(R, address, UINT64_MAX, ""), "is not one");
  expect_unexpected(initialize(R, 0, 8, ""), "is not one");
}

Test(executor_llvm, refuses_an_empty_request) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  expect_unexpected(call_service(MEMORY "initialize_wrapper", &writer),
                    "no memory");
}

Test(executor_llvm, initializes_again_what_was_deinitialized) {
  uint64_t address = reserve(PAGE);

  for (int i = 0; i < 3; i++) {
    uint64_t key = expect_value(initialize(R | X, address, 16, "content"));

    expect_memory(address, "content", 8);
    expect_success(give_back(MEMORY "deinitialize_wrapper", key));
  }
  expect_failure(give_back(MEMORY "deinitialize_wrapper", address),
                 "nothing that is initialized");
}

Test(executor_llvm, undoes_actions_in_reverse) {
  uint64_t log = reserve(PAGE), address = reserve(PAGE);
  struct lzr_writer writer = begin_request(R, address, 8, "", 3);

  pack_action(&writer, log, 'a');
  pack_action(&writer, log + 8, 'x');
  pack_action(&writer, 0, 0);
  pack_action(&writer, log + 8, 'y');
  pack_action(&writer, log, 'b');
  pack_action(&writer, 0, 0);
  expect_value(call_service(MEMORY "initialize_wrapper", &writer));
  expect_memory(log, "b\0\0\0\0\0\0\0\0", 9);
  expect_success(give_back(MEMORY "release_wrapper", address));
  expect_memory(log, "b\0\0\0\0\0\0\0x", 9);
  expect_failure(give_back(MEMORY "release_wrapper", address),
                 "no reservation");
}

Test(executor_llvm, undoes_what_was_done_when_an_action_fails) {
  uint64_t log = reserve(PAGE), address = reserve(PAGE);
  struct lzr_writer writer = begin_request(R, address, 8, "", 3);

  pack_action(&writer, log, 'a');
  pack_action(&writer, log + 8, 'x');
  pack_action(&writer, 16, 'z'); /* no such memory */
  pack_action(&writer, log + 9, 'y');
  pack_action(&writer, log + 1, 'b');
  pack_action(&writer, 0, 0);
  expect_unexpected(call_service(MEMORY "initialize_wrapper", &writer),
                    "no such memory");
  expect_memory(log, "a\0\0\0\0\0\0\0x\0", 10);
  expect_value(initialize(R, address, 8, "again"));
}

Test(executor_llvm, refuses_actions_that_call_no_code) {
  uint64_t address = reserve(PAGE);
  struct lzr_writer writer = begin_request(R, address, 8, "", 1);

  lzr_pack_u64(&writer, 24);
  lzr_pack_u64(&writer, 0);
  pack_action(&writer, 0, 0);
  expect_unexpected(call_service(MEMORY "initialize_wrapper", &writer),
                    "no code");
}

/* ---- Memory, LLVM 19 ----------------------------------------------------- */

Test(executor_llvm, finalizes_from_the_start_of_a_reservation) {
  uint64_t address = reserve(2 * PAGE);
  struct lzr_writer writer = begin_request(R, address + PAGE, 8, "x", 0);

  expect_failure(call_service(MEMORY "finalize_wrapper", &writer),
                 "nothing reserved");
  writer = begin_request(R, address, 8, "x", 0);
  expect_success(call_service(MEMORY "finalize_wrapper", &writer));
  expect_memory(address, "x", 2);
  expect_success(give_back(MEMORY "deallocate_wrapper", address));
}

Test(executor_llvm, takes_a_reservation_back_that_cannot_be_finalized) {
  uint64_t address = reserve(PAGE);
  struct lzr_writer writer = begin_request(R, address, 8, "x", 1);

  pack_action(&writer, 16, 'z');
  pack_action(&writer, 0, 0);
  expect_failure(call_service(MEMORY "finalize_wrapper", &writer),
                 "no such memory");
  expect_failure(give_back(MEMORY "deallocate_wrapper", address),
                 "no reservation");
}

Test(executor_llvm, finalizes_nothing) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  expect_success(call_service(MEMORY "finalize_wrapper", &writer));
}

/* ---- Shared memory ------------------------------------------------------- */

Test(executor_llvm, shares_memory_by_name) {
  struct lzr_writer writer = {0};
  struct answer answer;
  uint64_t address;
  char *name;

  lzr_pack_u64(&writer, service(SHARED "Instance"));
  lzr_pack_u64(&writer, 2 * PAGE);
  answer = call_service(SHARED "Reserve", &writer);
  cr_assert_null(lzr_unpack_expected(&answer.reader, "Reserve"));
  address = lzr_unpack_u64(&answer.reader);
  name = lzr_unpack_string(&answer.reader);
  cr_assert_not_null(name);
  free(answer.bytes);

  char path[256];
  snprintf(path, sizeof path, "/dev/shm%s", name);
  int file = open(path, O_RDWR);
  cr_assert(file >= 0, "%s: %s", path, strerror(errno));
  cr_expect_eq(pwrite(file, "shared", 6, PAGE), 6);
  close(file);
  cr_expect_eq(unlink(path), 0);
  free(name);

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, R);
  lzr_pack_u64(&writer, address + PAGE);
  lzr_pack_u64(&writer, 6);
  lzr_pack_u64(&writer, 0);
  cr_expect_eq(expect_value(call_service(SHARED "Initialize", &writer)),
               address + PAGE);
  expect_memory(address + PAGE, "shared", 6);
  expect_success(give_back(SHARED "Deinitialize", address + PAGE));
  expect_success(give_back(SHARED "Release", address));
}

/* ---- Access -------------------------------------------------------------- */

Test(executor_llvm, writes_integers_pointers_and_buffers) {
  static const struct {
    const char *name;
    unsigned width;
  } kinds[] = {{"mem_write_uint8s_wrapper", 1},
               {"mem_write_uint16s_wrapper", 2},
               {"mem_write_uint32s_wrapper", 4},
               {"mem_write_uint64s_wrapper", 8},
               {"mem_write_pointers_wrapper", 8}};
  static const char value[] = "12345678";
  uint64_t address = reserve(PAGE);
  struct lzr_writer writer = {0};

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char name[64];

    snprintf(name, sizeof name, BOOTSTRAP "%s", kinds[i].name);
    lzr_pack_u64(&writer, 1);
    lzr_pack_u64(&writer, address + 16 * i);
    lzr_pack_raw(&writer, value, kinds[i].width);
    cr_expect_eq(call_service(name, &writer).size, 0u);
    expect_memory(address + 16 * i, value, kinds[i].width);
  }
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address + 512);
  lzr_pack_string(&writer, "buffer");
  cr_expect_eq(
      call_service(BOOTSTRAP "mem_write_buffers_wrapper", &writer).size, 0u);
  expect_memory(address + 512, "buffer", 6);
}

Test(executor_llvm, survives_writes_to_where_nothing_is) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, 16);
  lzr_pack_u64(&writer, 1);
  call_service(BOOTSTRAP "mem_write_uint64s_wrapper", &writer);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, 16);
  lzr_pack_string(&writer, "buffer");
  call_service(BOOTSTRAP "mem_write_buffers_wrapper", &writer);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, said.start[LZR_PROT_CODE]);
  lzr_pack_u64(&writer, 1);
  call_service(BOOTSTRAP "mem_write_uint64s_wrapper", &writer);
}

Test(executor_llvm, reads_integers_buffers_and_strings) {
  uint64_t address = expect_value(
      initialize(R, reserve(PAGE), 64, "\x01\x02\x03\x04\x05\x06\x07\x08 str"));
  struct lzr_writer writer = {0};
  struct answer answer;
  size_t size;

  lzr_pack_u64(&writer, 2);
  lzr_pack_u64(&writer, address + 1);
  lzr_pack_u64(&writer, address);
  answer = call_service(BOOTSTRAP "mem_read_uint16s_wrapper", &writer);
  cr_assert_eq(answer.size, 12u);
  cr_expect_arr_eq(answer.bytes + 8, "\x02\x03\x01\x02", 4);
  free(answer.bytes);

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, address + 3);
  answer = call_service(BOOTSTRAP "mem_read_buffers_wrapper", &writer);
  cr_assert_eq(lzr_unpack_u64(&answer.reader), 1u);
  cr_expect_arr_eq(lzr_unpack_bytes(&answer.reader, &size), "\1\2\3", 3);
  cr_expect_eq(size, 3u);
  free(answer.bytes);

  lzr_pack_u64(&writer, 2);
  lzr_pack_u64(&writer, address + 9);
  lzr_pack_u64(&writer, address + 12);
  answer = call_service(BOOTSTRAP "mem_read_strings_wrapper", &writer);
  cr_assert_eq(lzr_unpack_u64(&answer.reader), 2u);
  cr_expect_arr_eq(lzr_unpack_bytes(&answer.reader, &size), "str", 3);
  cr_expect_eq(size, 3u);
  lzr_unpack_bytes(&answer.reader, &size);
  cr_expect(!answer.reader.failed && size == 0);
  free(answer.bytes);
}

Test(executor_llvm, answers_reads_of_nowhere_without_a_byte) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, 16);
  cr_expect_eq(call_service(BOOTSTRAP "mem_read_uint8s_wrapper", &writer).size,
               0u);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, 16);
  lzr_pack_u64(&writer, 0); /* ends before it starts */
  cr_expect_eq(call_service(BOOTSTRAP "mem_read_buffers_wrapper", &writer).size,
               0u);
}

/* ---- Libraries ----------------------------------------------------------- */

static uint64_t open_process(void) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, service(DYLIB "Instance"));
  lzr_pack_string(&writer, "");
  lzr_pack_u64(&writer, 0);
  return expect_value(call_service(DYLIB "open_wrapper", &writer));
}

static void pack_names(struct lzr_writer *writer, bool required) {
  lzr_pack_u64(writer, open_process());
  lzr_pack_u64(writer, 2);
  lzr_pack_string(writer, "nobody_defines_this");
  lzr_pack_bool(writer, required);
  lzr_pack_string(writer, "printf");
  lzr_pack_bool(writer, true);
}

Test(executor_llvm, opens_libraries_without_modes) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_string(&writer, "libm.so.6");
  lzr_pack_u64(&writer, 0);
  cr_expect_neq(expect_value(call_service(DYLIB "open_wrapper", &writer)), 0u);
  lzr_pack_u64(&writer, 0);
  lzr_pack_string(&writer, "libm.so.6");
  lzr_pack_u64(&writer, 1);
  expect_unexpected(call_service(DYLIB "open_wrapper", &writer), "mode");
}

Test(executor_llvm, resolves_names_as_llvm_22) {
  for (int required = 0; required < 2; required++) {
    struct lzr_writer writer = {0};
    struct answer answer;

    pack_names(&writer, required);
    answer = call_service(DYLIB "resolve_wrapper", &writer);
    cr_assert_null(lzr_unpack_expected(&answer.reader, "resolve"));
    cr_expect_eq(lzr_unpack_u64(&answer.reader), 2u);
    cr_expect_eq(lzr_unpack_bool(&answer.reader), !required);
    if (!required) {
      cr_expect_eq(lzr_unpack_u64(&answer.reader), 0u);
      cr_expect_eq(lzr_unpack_u8(&answer.reader), 0x10);
      cr_expect_eq(lzr_unpack_u8(&answer.reader), 0);
    }
    cr_expect(lzr_unpack_bool(&answer.reader));
    cr_expect_eq(lzr_unpack_u64(&answer.reader), find_function("printf"));
    cr_expect_eq(lzr_unpack_u8(&answer.reader), 0x10);
    free(answer.bytes);
  }
}

Test(executor_llvm, looks_names_up_as_llvm_19) {
  struct lzr_writer writer = {0};
  struct answer answer;

  lzr_pack_u64(&writer, 0);
  pack_names(&writer, true);
  expect_unexpected(call_service(DYLIB "lookup_wrapper", &writer),
                    "nobody_defines_this");
  lzr_pack_u64(&writer, 0);
  pack_names(&writer, false);
  answer = call_service(DYLIB "lookup_wrapper", &writer);
  cr_assert_null(lzr_unpack_expected(&answer.reader, "lookup"));
  cr_expect_eq(answer.size, 1 + 8 + 2 * 10u);
  cr_expect_eq(lzr_unpack_u64(&answer.reader), 2u);
  cr_expect_eq(lzr_unpack_u64(&answer.reader), 0u);
  free(answer.bytes);
}

Test(executor_llvm, refuses_a_handle_it_has_not_given) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 1234);
  lzr_pack_u64(&writer, 0);
  expect_unexpected(call_service(DYLIB "resolve_wrapper", &writer),
                    "not an opened library");
}

/* ---- Running ------------------------------------------------------------- */

Test(executor_llvm, runs_functions_of_one_integer_and_of_none) {
  struct lzr_writer writer = {0};
  struct answer answer;

  lzr_pack_u64(&writer, find_function("abs"));
  lzr_pack_u32(&writer, (uint32_t)-7);
  answer = call_service(BOOTSTRAP "run_as_int_function_wrapper", &writer);
  cr_assert_eq(answer.size, 4u);
  cr_expect_eq(lzr_unpack_u32(&answer.reader), 7u);
  free(answer.bytes);

  lzr_pack_u64(&writer, find_function("getpid"));
  answer = call_service(BOOTSTRAP "run_as_void_function_wrapper", &writer);
  cr_assert_eq(answer.size, 4u);
  cr_expect_eq(lzr_unpack_u32(&answer.reader), (uint32_t)executor);
  free(answer.bytes);
}

/* abs(argc) is a main, too. */
Test(executor_llvm, runs_main_with_exactly_the_given_arguments) {
  struct lzr_writer writer = {0};
  struct answer answer;

  lzr_pack_u64(&writer, find_function("abs"));
  lzr_pack_u64(&writer, 3);
  for (int i = 0; i < 3; i++)
    lzr_pack_string(&writer, "argument");
  answer = call_service(BOOTSTRAP "run_as_main_wrapper", &writer);
  cr_assert_eq(answer.size, 8u);
  cr_expect_eq(lzr_unpack_u64(&answer.reader), 3u);
  free(answer.bytes);
}

/* ---- Registrations ------------------------------------------------------- */

static void pack_range(struct lzr_writer *writer, uint64_t start,
                       uint64_t end) {
  lzr_pack_u64(writer, start);
  lzr_pack_u64(writer, end);
}

Test(executor_llvm, refuses_unwind_information_that_is_none) {
  static const char registering[] = "llvm_orc_registerEHFrameAllocAction";
  uint64_t address = expect_value(initialize(R, reserve(PAGE), 64, "garbage!"));
  struct lzr_writer writer = {0};

  pack_range(&writer, address, address + 16);
  expect_failure(call_service(registering, &writer), "unwind information");
  pack_range(&writer, address, address);
  expect_failure(call_service(registering, &writer), "no section");
  pack_range(&writer, 16, 32);
  expect_failure(call_service(registering, &writer), "no such memory");
  pack_range(&writer, address, address + 16);
  expect_failure(
      call_service("llvm_orc_deregisterEHFrameSectionWrapper", &writer),
      "not registered");
}

Test(executor_llvm, registers_unwind_information_once) {
  uint64_t address = expect_value(initialize(R, reserve(PAGE), 64, ""));
  struct lzr_writer writer = {0};

  pack_range(&writer, address, address + 8);
  expect_success(
      call_service("llvm_orc_registerEHFrameSectionWrapper", &writer));
  pack_range(&writer, address, address + 8);
  expect_failure(call_service("llvm_orc_registerEHFrameAllocAction", &writer),
                 "registered already");
  pack_range(&writer, address, address + 8);
  expect_success(
      call_service("llvm_orc_deregisterEHFrameAllocAction", &writer));
}

/* An unwind section of one record, a CIE, or of none. */
static void write_section(uint64_t address, bool is_empty) {
  static const uint8_t cie[] = {12,   0,    0,  0, 0, 0, 0, 0, 1, 0,
                                0x01, 0x78, 16, 0, 0, 0, 0, 0, 0, 0};
  static const uint8_t none[sizeof cie];
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, address);
  lzr_pack_bytes(&writer, is_empty ? none : cie, sizeof cie);
  expect_success(call_service(LZR_SERVICE_WRITE, &writer));
}

static struct answer change_section(const char *how, uint64_t address) {
  char name[64];
  struct lzr_writer writer = {0};

  snprintf(name, sizeof name, "llvm_orc_%sEHFrameAllocAction", how);
  pack_range(&writer, address, address + 20);
  return call_service(name, &writer);
}

/* Found by fuzzing: libgcc ended the process. */
Test(executor_llvm, forgets_unwind_information_that_was_written_since) {
  uint64_t address = expect_value(initialize(R | W, reserve(PAGE), 64, ""));

  expect_success(change_section("register", address));
  write_section(address, false);
  expect_success(change_section("deregister", address));
  expect_success(change_section("register", address));
  write_section(address, true);
  expect_failure(change_section("deregister", address),
                 "not what was registered");
  write_section(address, false);
  expect_success(change_section("deregister", address));
}

Test(executor_llvm, shows_debug_objects_only_if_they_are_elf) {
  uint64_t address = expect_value(initialize(R, reserve(PAGE), 64, "text"));
  struct lzr_writer writer = {0};

  pack_range(&writer, address, address + 64);
  lzr_pack_bool(&writer, true);
  expect_failure(
      call_service("llvm_orc_registerJITLoaderGDBAllocAction", &writer),
      "not an ELF file");
}

/* ---- Dispatch ------------------------------------------------------------ */

static void answer_length(struct lzr_call *call) {
  char text[64];

  snprintf(text, sizeof text, "%llu bytes for 0x%llx",
           (unsigned long long)call->size, (unsigned long long)call->tag);
  lzr_call_answer(call, text, strlen(text));
}

/* The function's result is a struct in two registers; the second is not asked
   for here, the first points to the answer, which is longer than 8 bytes. */
Test(executor_llvm, lets_compiled_code_call_the_controller) {
  struct lzr_writer writer;
  uint64_t argument = reserve(PAGE), answer;

  answer_call = answer_length;
  writer = pack_typed_call(
      service("__llvm_orc_SimpleRemoteEPC_dispatch_fn"), LZR_TYPE_PTR, 4,
      (uint64_t[]){service("__llvm_orc_SimpleRemoteEPC_dispatch_ctx"), 0xabcd,
                   argument, 5});
  answer = expect_value(call_service(LZR_SERVICE_CALL, &writer));
  expect_memory(answer, "5 bytes for 0xabcd", 18);
}
