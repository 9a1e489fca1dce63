/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* lazyrun's services, each called as a controller calls it. */
#include "tests/executor_support.h"
#include "tests/tpc_support.h"

TestSuite(executor_services, .init = start_executor, .fini = end_executor,
          .timeout = 60);

static uint64_t code(void) {
  return said.start[LZR_PROT_CODE];
}

static uint64_t data(void) {
  return said.start[LZR_PROT_DATA];
}

Test(executor_services, says_what_it_is) {
  cr_expect(strstr(said.triple, "linux"));
  cr_expect_eq(said.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
  cr_expect_neq(said.return_zero, 0u);
  cr_expect_neq(said.tls_get_addr, 0u);
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    cr_expect(said.start[prot] && said.size[prot]);
}

Test(executor_services, has_each_name_once) {
  for (size_t i = 0; i < service_count; i++)
    for (size_t j = 0; j < i; j++)
      cr_expect_str_neq(services[i].name, services[j].name);
}

Test(executor_services, has_the_names_of_llvm_19_and_22) {
  size_t count = 0;

  for (size_t i = 0; i < service_count; i++)
    count += strncmp(services[i].name, "lazyrun_", 8) != 0;
  cr_expect_eq(count, 39u);
}

/* ---- Memory -------------------------------------------------------------- */

Test(executor_services, commits_code_that_runs) {
  uint8_t returner[RETURNER_SIZE];

  write_returner(returner, 42);
  expect_success(
      commit_part(LZR_PROT_CODE, code() + 64, returner, sizeof returner));
  cr_expect_eq(call_address(code() + 64, 0, NULL), 42);
  expect_success(release_address(code() + 64));
}

Test(executor_services, commits_where_memory_has_been_released) {
  uint8_t returner[RETURNER_SIZE];

  for (uint32_t value = 1; value <= 3; value++) {
    write_returner(returner, value);
    expect_success(
        commit_part(LZR_PROT_CODE, code(), returner, sizeof returner));
    cr_expect_eq(call_address(code(), 0, NULL), value);
    expect_success(release_address(code()));
  }
}

/* What is posted behind a commit may need that commit. So after a commit that
   fails nothing is served, and the executor ends. */
static void refuses(lzr_prot prot, uint64_t address, size_t size) {
  static const uint8_t bytes[64];

  expect_end(commit_part(prot, address, bytes, size), "not free");
}

Test(executor_services, refuses_addresses_that_are_taken) {
  uint64_t word = 1;

  expect_success(commit_part(LZR_PROT_DATA, data() + 48, &word, 8));
  expect_success(commit_part(LZR_PROT_DATA, data() + 32, &word, 8));
  refuses(LZR_PROT_DATA, data() + 32, 8);
}

Test(executor_services, refuses_addresses_that_are_taken_in_part) {
  uint64_t word = 1;

  expect_success(commit_part(LZR_PROT_DATA, data() + 32, &word, 8));
  refuses(LZR_PROT_DATA, data() + 16, 17);
}

Test(executor_services, refuses_addresses_that_are_not_of_that_part) {
  refuses(LZR_PROT_CODE, data(), 8);
  start_executor();
  refuses(LZR_PROT_DATA, data() - 16, 8);
  start_executor();
  refuses(LZR_PROT_DATA, data() + 8, 8);
  start_executor();
  refuses(LZR_PROT_DATA, data() + said.size[LZR_PROT_DATA], 8);
  start_executor();
  refuses(LZR_PROT_DATA, 0, 8);
}

Test(executor_services, refuses_to_release_what_is_not_committed) {
  expect_end(release_address(data()), "no committed allocation");
}

static void pack_commit_that_fails(struct lzr_writer *writer) {
  pack_commit_head(writer, LZR_PROT_DATA, data(), 16);
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, 1); /* one action, outside the allocation */
  lzr_pack_u8(writer, LZR_ACTION_EH_FRAMES);
  lzr_pack_u64(writer, data() + 4096);
  lzr_pack_u64(writer, 16);
  lzr_pack_u64(writer, 0);
}

Test(executor_services, refuses_a_commit_whose_action_fails) {
  struct lzr_writer writer = {0};

  pack_commit_that_fails(&writer);
  expect_end(call_service(LZR_SERVICE_COMMIT, &writer), "action");
}

static _Atomic unsigned calls_from_the_program;

static void count_call(struct lzr_call *call) {
  calls_from_the_program++;
  lzr_call_answer(call, NULL, 0);
}

/* Both go out in one write: the call behind the commit is not looked at. */
Test(executor_services, serves_nothing_behind_a_commit_that_failed) {
  struct lzr_writer writer = {0}, call;
  uint64_t function = add_function(LZR_TAG_FIRST_FREE, LZR_TYPE_VOID, 0);
  uint8_t *answer;
  size_t size;

  answer_call = count_call;
  pack_commit_that_fails(&writer);
  cr_assert_null(lzr_connection_post(connection, service(LZR_SERVICE_COMMIT),
                                     writer.bytes, writer.size, NULL, NULL));
  lzr_writer_fini(&writer);
  call = pack_typed_call(function, LZR_TYPE_VOID, 0, NULL);
  expect_closed(lzr_connection_call(connection, service(LZR_SERVICE_CALL),
                                    call.bytes, call.size, &answer, &size));
  lzr_writer_fini(&call);
  expect_exit(1, 5);
  cr_expect_eq(calls_from_the_program, 0u);
  lzr_connection_destroy(connection);
  connection = NULL;
}

Test(executor_services, stores_pointers_when_everything_else_is_done) {
  struct lzr_writer writer = {0};
  uint64_t value = UINT64_C(0x123456789a);

  pack_commit_head(&writer, LZR_PROT_DATA, data(), 16);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, data() + 8);
  lzr_pack_u64(&writer, value);
  expect_success(call_service(LZR_SERVICE_COMMIT, &writer));
  expect_memory(data() + 8, &value, 8);

  value = 5;
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, data());
  lzr_pack_u64(&writer, value);
  expect_success(call_service(LZR_SERVICE_STORE_POINTERS, &writer));
  expect_memory(data(), &value, 8);

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, code());
  lzr_pack_u64(&writer, value);
  expect_end(call_service(LZR_SERVICE_STORE_POINTERS, &writer),
             "not an aligned pointer");
}

Test(executor_services, writes_data_but_not_code) {
  struct lzr_writer writer = {0};
  uint64_t word = 1;

  expect_success(commit_part(LZR_PROT_DATA, data(), &word, 8));
  lzr_pack_u64(&writer, data());
  lzr_pack_bytes(&writer, "changed!", 8);
  expect_success(call_service(LZR_SERVICE_WRITE, &writer));
  expect_memory(data(), "changed!", 8);
  lzr_pack_u64(&writer, code());
  lzr_pack_bytes(&writer, "changed!", 8);
  expect_failure(call_service(LZR_SERVICE_WRITE, &writer), "by a commit");
}

Test(executor_services, refuses_reads_of_what_is_not_there) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 16);
  lzr_pack_u64(&writer, 8);
  expect_unexpected(call_service(LZR_SERVICE_READ, &writer), "no such memory");
  lzr_pack_u64(&writer, data());
  lzr_pack_u64(&writer, UINT64_MAX);
  expect_unexpected(call_service(LZR_SERVICE_READ, &writer), "beyond 1 GiB");
}

/* ---- Names --------------------------------------------------------------- */

Test(executor_services, opens_libraries_and_finds_their_names) {
  struct lzr_writer writer = {0};
  uint64_t handle;

  lzr_pack_string(&writer, "libm.so.6");
  handle = expect_value(call_service(LZR_SERVICE_OPEN_LIBRARY, &writer));
  cr_expect_neq(handle, 0u);
  cr_expect_neq(find_function("nextafter"), 0u);
  lzr_pack_string(&writer, "libnowhere.so");
  expect_unexpected(call_service(LZR_SERVICE_OPEN_LIBRARY, &writer),
                    "libnowhere");
}

Test(executor_services, shows_no_names_of_its_own) {
  struct lzr_writer writer = {0};
  struct answer answer;

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 2);
  lzr_pack_string(&writer, "main");
  lzr_pack_bool(&writer, false);
  lzr_pack_bool(&writer, false);
  lzr_pack_string(&writer, "lzr_executor");
  lzr_pack_bool(&writer, false);
  lzr_pack_bool(&writer, false);
  answer = call_service(LZR_SERVICE_LOOKUP, &writer);
  cr_assert_null(lzr_unpack_expected(&answer.reader, "a look-up"));
  cr_expect_eq(lzr_unpack_u64(&answer.reader), 2u);
  for (int i = 0; i < 6; i++)
    cr_expect_eq(lzr_unpack_u64(&answer.reader), 0u);
  free(answer.bytes);
  cr_expect_neq(find_function("llvm_orc_registerJITLoaderGDBWrapper"), 0u);
  cr_expect_neq(find_function("__jit_debug_descriptor"), 0u);
}

Test(executor_services, names_what_is_required_and_missing) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 1);
  lzr_pack_string(&writer, "nobody_defines_this");
  lzr_pack_bool(&writer, true);
  lzr_pack_bool(&writer, false);
  expect_unexpected(call_service(LZR_SERVICE_LOOKUP, &writer),
                    "nobody_defines_this");
}

/* ---- Calls --------------------------------------------------------------- */

Test(executor_services, calls_with_types) {
  struct lzr_writer writer = {0};
  double value = 2.5, result;
  uint64_t bits;
  uint8_t types[] = {LZR_TYPE_F64, LZR_TYPE_I32};

  memcpy(&bits, &value, 8);
  lzr_pack_u64(&writer, find_function("ldexp"));
  lzr_pack_u8(&writer, LZR_TYPE_F64);
  lzr_pack_bytes(&writer, types, 2);
  lzr_pack_u64(&writer, 2);
  lzr_pack_u64(&writer, 2);
  lzr_pack_u64(&writer, bits);
  lzr_pack_u64(&writer, 3);
  bits = expect_value(call_service(LZR_SERVICE_CALL, &writer));
  memcpy(&result, &bits, 8);
  cr_expect_eq(result, 20.0);
  cr_expect_eq(call_libc("abs", 1, (uint64_t)-5), 5);
}

Test(executor_services, refuses_signatures_that_are_none) {
  struct lzr_writer writer = {0};
  uint8_t types[65];

  memset(types, LZR_TYPE_I32, sizeof types);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, LZR_TYPE_I32);
  lzr_pack_bytes(&writer, types, sizeof types);
  expect_unexpected(call_service(LZR_SERVICE_CALL, &writer), "limit is 64");

  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, LZR_TYPE_PTR + 1);
  lzr_pack_bytes(&writer, types, 1);
  expect_unexpected(call_service(LZR_SERVICE_CALL, &writer), "result type");

  types[1] = LZR_TYPE_VOID;
  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, LZR_TYPE_I32);
  lzr_pack_bytes(&writer, types, 2);
  expect_unexpected(call_service(LZR_SERVICE_CALL, &writer), "parameter 1");

  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, LZR_TYPE_I32);
  lzr_pack_bytes(&writer, types, 1);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, 0);
  expect_unexpected(call_service(LZR_SERVICE_CALL, &writer), "with 0 values");
}

Test(executor_services, runs_the_program_on_the_main_thread) {
  int64_t pid = call_libc("getpid", 0);

  cr_expect_eq(pid, executor);
  cr_expect_eq(call_libc("gettid", 0), pid);
}

/* What the main thread does between two calls must not show in the program. */
Test(executor_services, keeps_errno_between_calls) {
  char text[64] = "%m";

  expect_success(commit_part(LZR_PROT_DATA, data(), text, sizeof text));
  cr_expect_eq(call_libc("close", 1, (uint64_t)-1), -1);
  for (int i = 0; i < 2; i++) {
    call_libc("sprintf", 2, data() + 16, data());
    strcpy(text + 16, "Bad file descriptor");
    expect_memory(data(), text, sizeof text);
    usleep(1000);
  }
}

Test(executor_services, runs_main_with_its_arguments) {
  struct lzr_writer writer = {0};
  struct answer answer;
  uint8_t returner[RETURNER_SIZE];

  write_returner(returner, 300);
  expect_success(commit_part(LZR_PROT_CODE, code(), returner, 8));
  lzr_pack_u64(&writer, code());
  lzr_pack_u64(&writer, 2);
  lzr_pack_string(&writer, "program");
  lzr_pack_string(&writer, "");
  answer = call_service(LZR_SERVICE_RUN_MAIN, &writer);
  cr_assert_null(lzr_unpack_expected(&answer.reader, "main"));
  cr_expect_eq(lzr_unpack_u32(&answer.reader), 300u);
  free(answer.bytes);
}

Test(executor_services, runs_functions_without_arguments) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, said.return_zero);
  expect_success(call_service(LZR_SERVICE_RUN_VOID, &writer));
}

/* ---- Callbacks ----------------------------------------------------------- */

enum { TAG = LZR_TAG_FIRST_FREE };

static void answer_sum(struct lzr_call *call) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  uint64_t sum = 0;
  size_t count;

  cr_expect_eq(call->tag, (uint64_t)TAG);
  lzr_reader_init(&reader, call->bytes, call->size);
  count = lzr_unpack_count(&reader, 8);
  for (size_t i = 0; i < count; i++)
    sum += lzr_unpack_u64(&reader);
  lzr_pack_expected(&writer);
  lzr_pack_u64(&writer, sum);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

Test(executor_services, makes_functions_that_run_here) {
  uint64_t values[] = {40, 3, (uint64_t)-1};

  answer_call = answer_sum;
  cr_expect_eq(call_address(add_function(TAG, LZR_TYPE_I32, 3), 3, values), 42);
}

/* Calls back into the executor before it answers. */
static void answer_after_asking(struct lzr_call *call) {
  struct lzr_writer writer = {0};

  cr_expect_eq(call_libc("abs", 1, (uint64_t)-9), 9);
  lzr_pack_expected(&writer);
  lzr_pack_u64(&writer, 17);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

Test(executor_services, serves_calls_while_the_program_waits_for_an_answer) {
  answer_call = answer_after_asking;
  cr_expect_eq(call_address(add_function(TAG, LZR_TYPE_I32, 0), 0, NULL), 17);
}

static void answer_index(struct lzr_call *call) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;

  lzr_reader_init(&reader, call->bytes, call->size);
  lzr_pack_u64(&writer, lzr_unpack_u64(&reader) * 2);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

Test(executor_services, makes_handlers_that_run_here) {
  struct lzr_writer writer = {0};
  uint64_t context, enter;

  answer_call = answer_index;
  lzr_pack_u64(&writer, TAG);
  context = expect_value(call_service(LZR_SERVICE_ADD_HANDLER, &writer));
  lzr_pack_u64(&writer, context);
  lzr_pack_u64(&writer, 8);
  struct answer answer = call_service(LZR_SERVICE_READ, &writer);
  cr_assert_null(lzr_unpack_expected(&answer.reader, "a read"));
  cr_assert_eq(lzr_unpack_u64(&answer.reader), 8u);
  enter = lzr_unpack_u64(&answer.reader);
  free(answer.bytes);
  cr_expect_eq(call_address(enter, 2, (uint64_t[]){context, 21}), 42);
}
