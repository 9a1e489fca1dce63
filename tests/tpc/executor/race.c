/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Many threads of a controller at one executor, which reports races itself when
   it is built to: then it does not end with 0. */
#include "tests/plain_asserts.h"

#define LZR_TESTS_HAVE_ASSERTS
#include "tests/executor_support.h"

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"

enum { THREADS = 6, ROUNDS = 60, PAGE = 4096, TAG = LZR_TAG_FIRST_FREE };

static uint64_t abs_address, callback;

/* Calls back into the executor every third time. */
static void answer(struct lzr_call *call) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  uint64_t value;

  lzr_reader_init(&reader, call->bytes, call->size);
  lzr_unpack_count(&reader, 8);
  value = lzr_unpack_u64(&reader);
  if (value % 3 == 0)
    cr_assert_eq(call_address(abs_address, 1, &value), (int64_t)value);
  lzr_pack_expected(&writer);
  lzr_pack_u64(&writer, value + 1);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

static void commit_and_release(uint64_t thread, uint64_t round) {
  uint64_t words[] = {round, 0};
  uint64_t address =
      said.start[LZR_PROT_DATA] + thread * PAGE + round % 8 * sizeof words;

  expect_success(commit_part(LZR_PROT_DATA, address, words, sizeof words));
  expect_memory(address, words, sizeof words);
  expect_success(release_address(address));
}

static void give_back(const char *name, uint64_t address) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  expect_success(call_service(name, &writer));
}

static void use_llvm_memory(uint64_t round) {
  struct lzr_writer writer = {0};
  uint64_t address;

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, PAGE);
  address = expect_value(call_service(MEMORY "reserve_wrapper", &writer));
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u8(&writer, 1); /* r-- */
  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, 8);
  lzr_pack_bytes(&writer, &round, 8);
  lzr_pack_u64(&writer, 0);
  cr_assert_eq(expect_value(call_service(MEMORY "initialize_wrapper", &writer)),
               address);
  expect_memory(address, &round, 8);
  if (round % 2)
    give_back(MEMORY "deinitialize_wrapper", address);
  give_back(MEMORY "release_wrapper", address);
}

static void *use_everything(void *data) {
  uint64_t thread = (uintptr_t)data;

  for (uint64_t round = 0; round < ROUNDS; round++) {
    cr_assert_eq(call_address(callback, 1, &round), (int64_t)round + 1);
    commit_and_release(thread, round);
    use_llvm_memory(round);
    cr_assert_eq(find_function("abs"), abs_address);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];

  /* Its threads end with the process. */
  setenv("TSAN_OPTIONS", "halt_on_error=1 report_thread_leaks=0", 1);
  start_executor();
  answer_call = answer;
  abs_address = find_function("abs");
  callback = add_function(TAG, LZR_TYPE_I32, 1);
  for (size_t i = 0; i < THREADS; i++)
    cr_assert_eq(
        pthread_create(&threads[i], NULL, use_everything, (void *)(uintptr_t)i),
        0);
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  end_executor();
  return 0;
}
