/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Messages that no honest controller sends, one by one. */
#include "tests/executor_support.h"

TestSuite(executor_hostile, .timeout = 60);

/* ---- Messages ------------------------------------------------------------ */

static int errors; /* what it writes to standard error */

/* Starts the executor, reads its Setup message and returns the socket. */
static int start_raw(void) {
  const char *words[] = {LZR_EXECUTOR, NULL, NULL};
  uint8_t packed[LZR_HEADER_SIZE], byte;
  struct lzr_header header;
  int sockets[2], ends[2];
  char word[32];

  cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  snprintf(word, sizeof word, "fd=%d", sockets[1]);
  words[1] = word;
  spawn(words, (int[]){-1, -1, ends[1]}, sockets[1]);
  close(sockets[1]);
  close(ends[1]);
  errors = ends[0];
  cr_assert_eq(recv(sockets[0], packed, sizeof packed, MSG_WAITALL),
               (ssize_t)sizeof packed);
  header = lzr_header_unpack(packed);
  cr_assert_eq(header.opcode, LZR_OPCODE_SETUP);
  for (uint64_t i = LZR_HEADER_SIZE; i < header.size; i++)
    cr_assert_eq(recv(sockets[0], &byte, 1, MSG_WAITALL), 1);
  return sockets[0];
}

static void send_header(int socket, uint64_t size, uint8_t opcode,
                        uint64_t sequence, uint64_t tag) {
  struct lzr_header header = {size, opcode, sequence, tag};
  uint8_t packed[LZR_HEADER_SIZE];

  lzr_header_pack(&header, packed);
  cr_assert_eq(send(socket, packed, sizeof packed, MSG_NOSIGNAL),
               (ssize_t)sizeof packed);
}

/* The executor says what was wrong, and ends. */
static void expect_refusal(void) {
  char text[1024] = "";

  expect_exit(1, 2);
  cr_expect_gt(read(errors, text, sizeof text - 1), 0);
  cr_expect(strstr(text, "lazyrun-executor: "), "'%s'", text);
}

Test(executor_hostile, message_shorter_than_its_header) {
  send_header(start_raw(), LZR_HEADER_SIZE - 1, LZR_OPCODE_CALL, 0, 0);
  expect_refusal();
}

Test(executor_hostile, message_of_no_size) {
  send_header(start_raw(), 0, LZR_OPCODE_CALL, 0, 0);
  expect_refusal();
}

Test(executor_hostile, message_too_large) {
  send_header(start_raw(), UINT64_MAX, LZR_OPCODE_CALL, 0, 0);
  expect_refusal();
}

Test(executor_hostile, large_message_that_does_not_come) {
  int socket = start_raw();

  send_header(socket, UINT64_C(1) << 30, LZR_OPCODE_CALL, 0, 0);
  close(socket);
  expect_refusal();
}

Test(executor_hostile, unknown_opcode) {
  send_header(start_raw(), LZR_HEADER_SIZE, 77, 0, 0);
  expect_refusal();
}

Test(executor_hostile, setup_from_a_controller) {
  send_header(start_raw(), LZR_HEADER_SIZE, LZR_OPCODE_SETUP, 0, 0);
  expect_refusal();
}

Test(executor_hostile, answer_to_nothing) {
  send_header(start_raw(), LZR_HEADER_SIZE, LZR_OPCODE_RESULT, 5, 0);
  expect_refusal();
}

Test(executor_hostile, end_in_a_header) {
  int socket = start_raw();

  cr_assert_eq(send(socket, "short", 5, MSG_NOSIGNAL), 5);
  close(socket);
  expect_refusal();
}

Test(executor_hostile, end_in_a_message) {
  int socket = start_raw();

  send_header(socket, LZR_HEADER_SIZE + 8, LZR_OPCODE_CALL, 0, 0);
  cr_assert_eq(send(socket, "half", 4, MSG_NOSIGNAL), 4);
  close(socket);
  expect_refusal();
}

Test(executor_hostile, goodbye_with_garbage) {
  int socket = start_raw();

  send_header(socket, LZR_HEADER_SIZE + 4, LZR_OPCODE_HANGUP, 3, 4);
  cr_assert_eq(send(socket, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
  expect_refusal();
}

Test(executor_hostile, goodbye_without_reason) {
  send_header(start_raw(), LZR_HEADER_SIZE, LZR_OPCODE_HANGUP, 3, 4);
  expect_exit(0, 2);
}

/* ---- Calls --------------------------------------------------------------- */

Test(executor_hostile, tags_that_are_no_code) {
  static const uint64_t tags[] = {0, 1, 0x123450, UINT64_MAX,
                                  UINT64_C(0x8000000000000000)};
  struct lzr_writer nothing = {0};

  start_executor();
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
    cr_expect_eq(call_tag(tags[i], &nothing).size, 0u);
  for (size_t i = 0; i < service_count; i++)
    if (strstr(services[i].name, "Instance") ||
        strstr(services[i].name, "dispatch"))
      cr_expect_eq(call_tag(services[i].address, &nothing).size, 0u);
  end_executor();
}

/* Every service with arguments that end after each possible byte, and with
   counts and addresses that are far too large. */
static void try_arguments(const char *bytes, size_t size) {
  for (size_t i = 0; i < service_count; i++) {
    struct lzr_writer writer = {0};

    if (strstr(services[i].name, "Instance") ||
        strstr(services[i].name, "dispatch") ||
        strstr(services[i].name, "run_") ||
        strcmp(services[i].name, LZR_SERVICE_EXIT) == 0)
      continue;
    lzr_pack_raw(&writer, bytes, size);
    free(call_tag(services[i].address, &writer).bytes);
  }
}

Test(executor_hostile, arguments_that_end_early) {
  static const char zeros[40];

  start_executor();
  for (size_t size = 0; size <= 8; size++)
    try_arguments(zeros, size);
  for (size_t size = 0; size < sizeof zeros; size += 7)
    try_arguments(zeros, size);
  end_executor();
}

Test(executor_hostile, arguments_of_ones) {
  char ones[80];

  memset(ones, 0xff, sizeof ones);
  start_executor();
  for (size_t size = 0; size <= sizeof ones; size += 8)
    try_arguments(ones, size);
  end_executor();
}

Test(executor_hostile, arguments_of_small_numbers) {
  char numbers[80];

  for (size_t i = 0; i < sizeof numbers; i++)
    numbers[i] = i % 8 == 0 ? 1 : 0;
  start_executor();
  for (size_t size = 0; size <= sizeof numbers; size++)
    try_arguments(numbers, size);
  end_executor();
}

Test(executor_hostile, runs_without_arguments) {
  static const char *const names[] = {
      LZR_SERVICE_RUN_MAIN,
      LZR_SERVICE_RUN_VOID,
      LZR_SERVICE_CALL,
      LZR_SERVICE_EXIT,
      "__llvm_orc_bootstrap_run_as_main_wrapper",
      "__llvm_orc_bootstrap_run_as_void_function_wrapper",
      "__llvm_orc_bootstrap_run_as_int_function_wrapper"};
  struct lzr_writer writer = {0};

  start_executor();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lzr_pack_raw(&writer, "1234567", i == 3 ? 3 : 7);
    free(call_service(names[i], &writer).bytes);
  }
  end_executor();
}
