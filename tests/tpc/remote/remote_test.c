/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the controller's end withstands: executors in this process break the
   protocol's rules, one after the other. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fake_executor.h"
#include "tests/tpc_support.h"
#include "tpc/remote.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

TestSuite(remote_setup, .timeout = 30);
TestSuite(remote_answers, .timeout = 30);
TestSuite(remote_calls, .timeout = 30);
TestSuite(remote_ending, .timeout = 30);
TestSuite(remote_options, .timeout = 30);

/* ---- The other side ------------------------------------------------------ */

static int sides[2]; /* the controller's, the executor's */
static pthread_t fake_thread;

/* A test's executor, which ends with its socket closed. */
static void *run_fake(void *data) {
  void (*behave)(void) = (void (*)(void))(uintptr_t)data;

  behave();
  close(sides[1]);
  return NULL;
}

static lzr_error *meet_within(void (*behave)(void), int timeout) {
  char address[32];
  struct lzr_remote_options options = {
      .size = sizeof options, .connect = address, .timeout = timeout};

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sides), 0);
  cr_assert_eq(
      pthread_create(&fake_thread, NULL, run_fake, (void *)(uintptr_t)behave),
      0);
  snprintf(address, sizeof address, "fd=%d", sides[0]);
  return lzr_tpc_create_remote(&options, &tpc);
}

static lzr_error *meet(void (*behave)(void)) {
  return meet_within(behave, 10000);
}

static void part(void) {
  lzr_tpc_close(tpc);
  pthread_join(fake_thread, NULL);
}

static struct fake_setup said;

static void say_setup(void) {
  struct lzr_writer writer = {0};

  fake_pack_setup(&writer, &said);
  fake_send_packed(sides[1], FAKE_SETUP, 0, 0, &writer);
}

/* Until the controller has said goodbye. */
static void drain(void) {
  struct fake_message message;

  while (fake_receive(sides[1], &message))
    free(message.payload);
}

static void say_setup_and_listen(void) {
  say_setup();
  drain();
}

/* ---- Setup --------------------------------------------------------------- */

static void refuse_setup(const char *words) {
  lzr_error *error = meet(say_setup_and_listen);

  cr_assert_not_null(error, "there should be an error about '%s'", words);
  cr_expect_not_null(strstr(lzr_error_message(error), words), "'%s' lacks '%s'",
                     lzr_error_message(error), words);
  lzr_error_destroy(error);
  pthread_join(fake_thread, NULL);
}

#define TestSetup(name, change, words)                                         \
  Test(remote_setup, name) {                                                   \
    said = fake_good_setup;                                                    \
    change;                                                                    \
    refuse_setup(words);                                                       \
  }

Test(remote_setup, is_read_when_it_is_right) {
  const struct lzr_target_facts *facts;

  said = fake_good_setup;
  expect_fine(meet(say_setup_and_listen));
  facts = lzr_tpc_facts(tpc);
  cr_expect_str_eq(facts->triple, "x86_64-pc-linux-gnu");
  cr_expect_str_eq(facts->cpu, "x86-64");
  cr_expect_str_eq(facts->features, "+sse2");
  cr_expect_eq(facts->page_size, 4096);
  cr_expect_eq(facts->tls_get_addr, 0x5000);
  cr_expect_eq(facts->return_zero, 0x6000);
  cr_expect_eq(facts->save_area.form, LZR_SAVE_LEAST);
  cr_expect_eq(facts->save_area.size, 512);
  cr_expect_eq(facts->dispatch_function, 0);
  cr_expect_str_eq(lzr_remote_peer(tpc), "lazyrun-executor");
  part();
}

Test(remote_setup, knows_whether_there_is_room_for_large_data) {
  said = fake_good_setup;
  expect_fine(meet(say_setup_and_listen));
  cr_expect(lzr_tpc_facts(tpc)->has_large);
  part();
  said.window[7] = said.window[9] = 0;
  expect_fine(meet(say_setup_and_listen));
  cr_expect_not(lzr_tpc_facts(tpc)->has_large);
  part();
}

Test(remote_setup, refuses_large_data_that_is_not_below_the_code) {
  said = fake_good_setup;
  said.window[6] -= 4096;
  refuse_setup("below the code");
}

/* Who writes a resolver checks it: see indirection_test.c. */
Test(remote_setup, may_name_a_save_form_of_the_architectures_own) {
  said = fake_good_setup;
  said.save_form = 9;
  expect_fine(meet(say_setup_and_listen));
  cr_expect_eq(lzr_tpc_facts(tpc)->save_area.form, 9);
  part();
}

TestSetup(refuses_an_empty_one, said.shorter = 1 << 20, "triple cannot be read")
    TestSetup(refuses_an_unprintable_triple, said.triple = "x86_64\033[2J",
              "triple is longer than 255 bytes "
              "or not printable") static const char *long_triple(void) {
  static char triple[300];

  memset(triple, 'x', sizeof triple - 1);
  return triple;
}

TestSetup(
    refuses_an_overlong_triple, said.triple = long_triple(),
    "triple is longer than 255 bytes") TestSetup(refuses_a_page_size_that_is_no_power_of_two,
                                                 said.page_size = 12288,
                                                 "pages are 12288 bytes")
    TestSetup(
        refuses_pages_that_are_too_small, said.page_size = 2048,
        "pages are 2048 bytes") TestSetup(refuses_pages_that_are_too_large,
                                          said.page_size = 1 << 30,
                                          "not a power of two from 4096")
        TestSetup(
            refuses_pages_of_nothing, said.page_size = 0,
            "pages are 0 bytes") TestSetup(refuses_another_version,
                                           said.version = 1,
                                           "speaks version 1 of lazyrun's "
                                           "protocol, this is version "
                                           "3") TestSetup(refuses_small_pointers,
                                                          said.pointer_size = 4,
                                                          "pointers are 4 "
                                                          "bytes")
            TestSetup(refuses_a_save_size_above_all, said.save_size = 0x100040,
                      "save area") TestSetup(refuses_an_odd_save_size,
                                             said.save_size = 100,
                                             "register save area")
                TestSetup(
                    refuses_a_huge_save_size, said.save_size = 1 << 24,
                    "register save area") TestSetup(refuses_an_unprintable_cpu,
                                                    said.cpu = "\a",
                                                    "CPU is longer")
                    TestSetup(
                        refuses_a_window_without_code, said.window[1] = 0,
                        "whole pages") TestSetup(refuses_a_window_off_pages,
                                                 said.window[2] += 8,
                                                 "whole pages")
                        TestSetup(
                            refuses_a_window_at_zero, said.window[0] = 0,
                            "whole pages") TestSetup(refuses_a_window_that_wraps_around,
                                                     said.window[4] =
                                                         UINT64_MAX - 4095;
                                                     said.window[5] = 1 << 20,
                                                     "whole pages")
                            TestSetup(
                                refuses_a_window_of_overlapping_parts,
                                said.window[2] = said.window[0] + 4096,
                                "overlap") TestSetup(refuses_a_window_beyond_2_gib,
                                                     said.window[4] =
                                                         0x200000000,
                                                     "larger than 2 GiB")
                                TestSetup(
                                    refuses_a_longer_entry,
                                    said.entry_longer = 1,
                                    "longer") TestSetup(refuses_two_entries,
                                                        said.twice_lazyrun =
                                                            true,
                                                        "twice")
                                    TestSetup(refuses_more_than_it_knows,
                                              said.longer = 1,
                                              "more than should be")
                                        TestSetup(
                                            refuses_one_that_is_cut_off,
                                            said.shorter = 1,
                                            "cut off") TestSetup(refuses_one_that_is_cut_off_in_the_map,
                                                                 said.shorter =
                                                                     500,
                                                                 "cut off")
                                            TestSetup(
                                                refuses_a_service_twice,
                                                said.twice = LZR_SERVICE_READ,
                                                "names its service "
                                                "'lazyrun_read' twice")
                                                TestSetup(
                                                    names_a_service_that_is_missing,
                                                    said.leave_out =
                                                        "lazyrun_commit",
                                                    "lacks services: "
                                                    "lazyrun_commit")
                                                    TestSetup(
                                                        names_all_services_that_are_missing,
                                                        said.leave_out =
                                                            "lazyrun_r",
                                                        "lazyrun_release, "
                                                        "lazyrun_read, "
                                                        "lazyrun_run_main, "
                                                        "lazyrun_run_void")
                                                        TestSetup(
                                                            names_a_service_of_llvm_that_is_missing,
                                                            said =
                                                                fake_llvm_setup;
                                                            said.leave_out =
                                                                "initializ"
                                                                "e",
                                                            "lacks "
                                                            "services: "
                                                            "__llvm_orc_"
                                                            "SimpleExecutor"
                                                            "MemoryManager_"
                                                            "initialize_"
                                                            "wrapper")

                                                            static void refuse_hello(
                                                                void (*behave)(
                                                                    void),
                                                                const char
                                                                    *words) {
  lzr_error *error = meet_within(behave, 200);

  cr_assert_not_null(error, "there should be an error about '%s'", words);
  cr_expect_not_null(strstr(lzr_error_message(error), words), "'%s' lacks '%s'",
                     lzr_error_message(error), words);
  lzr_error_destroy(error);
  pthread_join(fake_thread, NULL);
}

static void say_nothing(void) {
}

static void say_goodbye(void) {
  fake_send(sides[1], FAKE_HANGUP, 0, 0, "\0", 1);
}

static void say_a_result(void) {
  fake_send(sides[1], FAKE_RESULT, 0, 0, NULL, 0);
}

static void say_a_huge_size(void) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, UINT64_C(1) << 60);
  for (int i = 0; i < 3; i++)
    lzr_pack_u64(&writer, 0);
  cr_assert_eq(write(sides[1], writer.bytes, writer.size), 32);
  lzr_writer_fini(&writer);
  drain();
}

static void say_half_a_header(void) {
  cr_assert_eq(write(sides[1], "0123456789", 10), 10);
}

static void say_two_setups(void) {
  say_setup();
  say_setup();
  drain();
}

Test(remote_setup, refuses_an_executor_that_closes_at_once) {
  refuse_hello(say_nothing, "closed");
}
Test(remote_setup, refuses_an_executor_that_is_silent) {
  refuse_hello(drain, "200 ms");
}
Test(remote_setup, refuses_a_goodbye_first) {
  refuse_hello(say_goodbye, "");
}
Test(remote_setup, refuses_an_answer_first) {
  refuse_hello(say_a_result, "");
}
Test(remote_setup, refuses_a_huge_one) {
  refuse_hello(say_a_huge_size, "");
}
Test(remote_setup, refuses_half_a_header) {
  refuse_hello(say_half_a_header, "");
}

static void expect_closed(const char *words) {
  struct lzr_name name = {.name = "f"};

  for (int i = 0; i < 2000 && lzr_tpc_ending(tpc)->kind == LZR_ENDING_RUNNING;
       i++)
    usleep(1000);
  expect_error(lzr_tpc_lookup(tpc, 0, &name, 1), LZR_ERROR_CLOSED, words);
}

Test(remote_setup, ends_with_a_second_one) {
  lzr_error *error;

  said = fake_good_setup;
  error = meet(say_two_setups);
  if (error) { /* it came before the first had been read */
    lzr_error_destroy(error);
    pthread_join(fake_thread, NULL);
    return;
  }
  expect_closed("");
  part();
}

/* ---- Answers ------------------------------------------------------------- */

/* The executor's answers to all calls, in their order; the last one is
   repeated. */
static struct lzr_writer answers[4];
static size_t answer_count;

static void answer_all(void) {
  struct fake_message message;

  say_setup();
  for (size_t i = 0; fake_receive(sides[1], &message); i++) {
    size_t chosen = i < answer_count ? i : answer_count - 1;

    free(message.payload);
    if (message.opcode != FAKE_CALL)
      break;
    fake_send(sides[1], FAKE_RESULT, message.sequence, 0, answers[chosen].bytes,
              answers[chosen].size);
  }
}

/* Begins with an executor that answers an Expected, whose value the test packs
   behind. */
static struct lzr_writer *expected(void) {
  struct lzr_writer *answer = &answers[answer_count++];

  lzr_pack_expected(answer);
  return answer;
}

static void part_with_answers(void) {
  part();
  for (size_t i = 0; i < answer_count; i++)
    lzr_writer_fini(&answers[i]);
}

static void meet_answering(void) {
  said = fake_good_setup;
  expect_fine(meet(answer_all));
}

static lzr_error *look_up_two(void) {
  struct lzr_name names[] = {{.name = "f"}, {.name = "g"}};

  return lzr_tpc_lookup(tpc, 0, names, 2);
}

Test(remote_answers, of_a_lookup_must_be_as_many_as_were_asked) {
  struct lzr_writer *answer = expected();

  lzr_pack_u64(answer, 1);
  for (int i = 0; i < 3; i++)
    lzr_pack_u64(answer, 1);
  meet_answering();
  expect_error(look_up_two(), LZR_ERROR_FORMAT,
               "2 names is answered with 1 addresses");
  part_with_answers();
}

Test(remote_answers, of_a_lookup_must_be_complete) {
  struct lzr_writer *answer = expected();

  lzr_pack_u64(answer, 2);
  for (int i = 0; i < 5; i++)
    lzr_pack_u64(answer, 1);
  meet_answering();
  expect_error(look_up_two(), LZR_ERROR_FORMAT, "cannot be read");
  part_with_answers();
}

Test(remote_answers, of_a_lookup_must_not_be_endless) {
  lzr_pack_u64(expected(), UINT64_MAX);
  meet_answering();
  expect_error(look_up_two(), LZR_ERROR_FORMAT, "cannot be read");
  part_with_answers();
}

Test(remote_answers, without_a_byte_are_failures) {
  lzr_addr context;

  answer_count = 1;
  meet_answering();
  expect_error(look_up_two(), LZR_ERROR_TARGET, "the reason was not sent");
  expect_error(lzr_tpc_run_void(tpc, 0x1000), LZR_ERROR_TARGET, "not sent");
  expect_error(
      lzr_tpc_add_handler(tpc, (lzr_handler)(uintptr_t)1, NULL, &context),
      LZR_ERROR_TARGET, "not sent");
  part_with_answers();
}

Test(remote_answers, are_passed_on_as_sentences_without_control_characters) {
  lzr_library_handle handle;

  answer_count = 1;
  lzr_pack_u8(&answers[0], 0); /* lzr_error_create() would escape it here */
  lzr_pack_string(&answers[0], "no\033[31m library");
  meet_answering();
  expect_error(lzr_tpc_open_library(tpc, "l", &handle), LZR_ERROR_TARGET,
               "no\\x1b[31m library");
  part_with_answers();
}

Test(remote_answers, must_not_be_longer_than_they_should) {
  struct lzr_writer *answer = expected();
  lzr_library_handle handle;

  lzr_pack_u64(answer, 1);
  lzr_pack_u8(answer, 0);
  meet_answering();
  expect_error(lzr_tpc_open_library(tpc, "l", &handle), LZR_ERROR_FORMAT,
               "longer");
  part_with_answers();
}

Test(remote_answers, of_a_read_must_have_its_size) {
  char bytes[8] = "before";

  lzr_pack_string(expected(), "123456789");
  meet_answering();
  expect_error(lzr_tpc_read(tpc, 0x1000, bytes, 8), LZR_ERROR_FORMAT,
               "a read of 8 bytes is answered with 9");
  cr_expect_str_eq(bytes, "before");
  part_with_answers();
}

Test(remote_answers, with_a_flag_that_is_none_are_refused) {
  answer_count = 1;
  lzr_pack_u8(&answers[0], 2);
  meet_answering();
  expect_error(look_up_two(), LZR_ERROR_FORMAT, "cannot be read");
  part_with_answers();
}

/* A commit is posted: it fails when its answer comes, with the lookup. */
static void commit_and_look_up(const char *words) {
  lzr_allocation *unit = reserve(16, 0, 0);
  lzr_error *error;

  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_CODE], "1", 1, 0));
  error = look_up_two();
  if (error)
    lzr_error_destroy(error);
  expect_closed(words);
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_LOST);
  lzr_tpc_release(tpc, unit);
}

Test(remote_answers, to_a_commit_that_are_errors_end_the_connection) {
  answer_count = 1;
  lzr_pack_error(&answers[0],
                 lzr_error_create(LZR_ERROR_TARGET, "these are taken"));
  meet_answering();
  commit_and_look_up("a commit in the executor: these are taken");
  part_with_answers();
}

Test(remote_answers, to_a_commit_that_make_no_sense_end_the_connection) {
  answer_count = 1;
  lzr_pack_u8(&answers[0], 17);
  meet_answering();
  commit_and_look_up("a commit: the answer cannot be read");
  part_with_answers();
}

static void answer_another_call(void) {
  struct fake_message message;

  say_setup();
  if (!fake_receive(sides[1], &message))
    return;
  free(message.payload);
  fake_send(sides[1], FAKE_RESULT, message.sequence + 100, 0, NULL, 0);
  drain();
}

static void answer_half(void) {
  struct fake_message message;
  struct lzr_writer writer = {0};

  say_setup();
  if (!fake_receive(sides[1], &message))
    return;
  free(message.payload);
  lzr_pack_u64(&writer, 100);
  lzr_pack_u64(&writer, FAKE_RESULT);
  lzr_pack_u64(&writer, message.sequence);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  cr_assert_eq(write(sides[1], writer.bytes, writer.size), 40);
  lzr_writer_fini(&writer);
}

static void answer_never(void) {
  struct fake_message message;

  say_setup();
  if (fake_receive(sides[1], &message))
    free(message.payload);
}

static void expect_end_while_waiting(void (*behave)(void), const char *words) {
  said = fake_good_setup;
  expect_fine(meet(behave));
  expect_error(look_up_two(), LZR_ERROR_CLOSED, words);
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_LOST);
  expect_closed(words);
  part();
}

Test(remote_answers, to_calls_that_were_not_made_end_the_connection) {
  expect_end_while_waiting(answer_another_call, "which nobody waits for");
}
Test(remote_answers, that_break_off_end_the_connection) {
  expect_end_while_waiting(answer_half, "");
}
Test(remote_answers, that_never_come_end_with_the_connection) {
  expect_end_while_waiting(answer_never, "");
}

/* A controller that follows no forks says so. */
static void fork_anyway(void) {
  struct fake_message message;
  struct lzr_reader reader;
  lzr_error *error;

  say_setup();
  fake_send(sides[1], FAKE_CALL, 0, LZR_TAG_FORKED, NULL, 0);
  fake_send(sides[1], FAKE_CALL, 1, LZR_TAG_FORK, NULL, 0);
  for (uint64_t seen = 0; seen < 2; free(message.payload)) {
    cr_assert(fake_receive(sides[1], &message));
    if (message.opcode != FAKE_RESULT)
      continue;
    seen++;
    if (message.sequence != 1)
      continue;
    lzr_reader_init(&reader, message.payload, message.payload_size);
    error = lzr_unpack_error(&reader, "a fork");
    expect_error(error, LZR_ERROR_TARGET, "forks are not followed");
  }
}

Test(remote_answers, to_forks_that_are_not_followed_are_errors) {
  said = fake_good_setup;
  expect_fine(meet(fork_anyway));
  pthread_join(fake_thread, NULL);
  lzr_tpc_close(tpc);
}

/* ---- Of LLVM's executors ------------------------------------------------- */

static void meet_llvm(void) {
  said = fake_llvm_setup;
  expect_error(meet(answer_all), LZR_ERROR_FORMAT, "");
}

Test(remote_answers, with_an_impossible_reservation_are_refused) {
  lzr_pack_u64(expected(), 0x99); /* the handle of the process */
  lzr_pack_u64(expected(), 0x1001);
  said = fake_llvm_setup;
  expect_error(meet(answer_all), LZR_ERROR_FORMAT, "bytes at 0x1001");
  pthread_join(fake_thread, NULL);
}

Test(remote_answers, with_a_handle_that_is_cut_off_are_refused) {
  lzr_pack_u8(expected(), 1);
  meet_llvm();
  pthread_join(fake_thread, NULL);
}

Test(remote_answers, of_llvm_with_another_key_are_refused) {
  struct lzr_writer *names;
  lzr_allocation *unit;

  lzr_pack_u64(expected(), 0x99);
  lzr_pack_u64(expected(), 0x10000000);
  names = expected();
  lzr_pack_u64(names, 2);
  lzr_pack_bool(names, false);
  lzr_pack_bool(names, false);
  lzr_pack_u64(expected(), 0x20000000);
  said = fake_llvm_setup;
  expect_fine(meet(answer_all));
  cr_expect_eq(lzr_tpc_facts(tpc)->return_zero, 0);
  unit = reserve(16, 0, 0);
  expect_error(commit_bytes(unit, unit->address[LZR_PROT_CODE], "1", 1, 0),
               LZR_ERROR_FORMAT, "is answered with 0x20000000");
  part_with_answers();
}

/* ---- Calls of the controller --------------------------------------------- */

static uint64_t called_tag;
static struct lzr_writer called_arguments;
static struct fake_message called_answer;

/* Adds whatever is wanted, then calls called_tag. */
static void add_and_call(void) {
  struct fake_message message;
  struct lzr_writer answer = {0};

  say_setup();
  while (fake_receive(sides[1], &message)) {
    if (message.opcode == FAKE_RESULT) {
      called_answer = message;
      break;
    }
    free(message.payload);
    lzr_pack_expected(&answer);
    lzr_pack_u64(&answer, 0x7777);
    fake_send_packed(sides[1], FAKE_RESULT, message.sequence, 0, &answer);
    fake_send_packed(sides[1], FAKE_CALL, 0, called_tag, &called_arguments);
  }
}

static uint64_t increment(void *data, uint64_t index) {
  (void)data;
  return index + 1;
}

static lzr_error *add_or_fail(void *data, const lzr_value *arguments,
                              lzr_value *result) {
  (void)data;
  if (arguments[0].i < 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "a negative number");
  result->f64 = (double)arguments[0].i + arguments[1].f32;
  return NULL;
}

static void add_handler_and_end(void) {
  lzr_addr context;

  said = fake_good_setup;
  expect_fine(meet(add_and_call));
  expect_fine(lzr_tpc_add_handler(tpc, increment, NULL, &context));
  cr_expect_eq(context, 0x7777);
  pthread_join(fake_thread, NULL);
  lzr_tpc_close(tpc);
}

static void add_function_and_end(void) {
  static const lzr_type types[] = {LZR_TYPE_I8, LZR_TYPE_F32};
  struct lzr_signature signature = {LZR_TYPE_F64, types, 2, 2};
  lzr_addr address;

  said = fake_good_setup;
  called_tag = LZR_TAG_FIRST_FREE;
  expect_fine(meet(add_and_call));
  expect_fine(
      lzr_tpc_add_function(tpc, &signature, add_or_fail, NULL, &address));
  pthread_join(fake_thread, NULL);
  lzr_tpc_close(tpc);
}

Test(remote_calls, reach_a_handler) {
  called_tag = LZR_TAG_FIRST_FREE;
  lzr_pack_u64(&called_arguments, 41);
  add_handler_and_end();
  cr_assert_eq(called_answer.payload_size, 8);
  cr_expect_eq(called_answer.payload[0], 42);
  cr_expect_eq(called_answer.tag, 0);
}

Test(remote_calls, of_a_handler_with_too_little_are_not_made) {
  called_tag = LZR_TAG_FIRST_FREE;
  lzr_pack_u32(&called_arguments, 41);
  add_handler_and_end();
  cr_expect_eq(called_answer.payload_size, 0);
}

Test(remote_calls, of_a_handler_with_too_much_are_not_made) {
  called_tag = LZR_TAG_FIRST_FREE;
  lzr_pack_u64(&called_arguments, 41);
  lzr_pack_u64(&called_arguments, 41);
  add_handler_and_end();
  cr_expect_eq(called_answer.payload_size, 0);
}

Test(remote_calls, of_unknown_tags_are_answered_with_nothing) {
  called_tag = LZR_TAG_FIRST_FREE + 1;
  lzr_pack_u64(&called_arguments, 41);
  add_handler_and_end();
  cr_expect_eq(called_answer.payload_size, 0);
}

Test(remote_calls, of_the_tag_zero_are_answered_with_nothing) {
  called_tag = 0;
  add_handler_and_end();
  cr_expect_eq(called_answer.payload_size, 0);
}

Test(remote_calls, for_input_are_refused_unless_it_is_the_executors_own) {
  called_tag = LZR_TAG_INPUT;
  lzr_pack_u64(&called_arguments, 100);
  add_handler_and_end();
  cr_expect_eq(called_answer.payload_size, 0);
}

Test(remote_calls, for_output_are_refused_unless_it_is_the_executors_own) {
  int pipe_ends[2], saved = dup(STDOUT_FILENO);
  char byte;

  cr_assert_eq(pipe(pipe_ends), 0);
  dup2(pipe_ends[1], STDOUT_FILENO);
  called_tag = LZR_TAG_OUTPUT;
  lzr_pack_u8(&called_arguments, 1);
  lzr_pack_string(&called_arguments, "\033]0;owned\a");
  add_handler_and_end();
  dup2(saved, STDOUT_FILENO);
  close(pipe_ends[1]);
  cr_expect_eq(read(pipe_ends[0], &byte, 1), 0, "nothing is printed");
}

/* -3 as an I8, with rubbish in the upper bits. */
Test(remote_calls, reach_a_typed_function) {
  struct lzr_reader reader;
  uint64_t bits;
  double value;

  lzr_pack_u64(&called_arguments, 2);
  lzr_pack_u64(&called_arguments, UINT64_C(0xabcdef0000000005));
  lzr_pack_u64(&called_arguments, UINT64_C(0xffffffff3f000000)); /* 0.5f */
  add_function_and_end();
  lzr_reader_init(&reader, called_answer.payload, called_answer.payload_size);
  expect_fine(lzr_unpack_expected(&reader, "the function"));
  bits = lzr_unpack_u64(&reader);
  memcpy(&value, &bits, sizeof value);
  cr_expect_eq(value, 5.5);
}

static void expect_function_error(const char *words) {
  struct lzr_reader reader;

  add_function_and_end();
  lzr_reader_init(&reader, called_answer.payload, called_answer.payload_size);
  expect_error(lzr_unpack_expected(&reader, "the function"), LZR_ERROR_TARGET,
               words);
}

Test(remote_calls, of_a_function_that_fails_are_answered_with_its_sentence) {
  lzr_pack_u64(&called_arguments, 2);
  lzr_pack_u64(&called_arguments, (uint64_t)-1);
  lzr_pack_u64(&called_arguments, 0);
  expect_function_error("a negative number");
}

Test(remote_calls, of_a_function_with_too_few_values_are_not_made) {
  lzr_pack_u64(&called_arguments, 1);
  lzr_pack_u64(&called_arguments, 1);
  expect_function_error("of 2 parameters is called in another way");
}

Test(remote_calls, of_a_function_with_a_wrong_count_are_not_made) {
  lzr_pack_u64(&called_arguments, 2);
  lzr_pack_u64(&called_arguments, 1);
  expect_function_error("called in another way");
}

/* ---- How it ends --------------------------------------------------------- */

static struct lzr_writer crash;
static uint8_t ending[5];

static void crash_and_end(void) {
  say_setup();
  if (crash.size)
    fake_send_packed(sides[1], FAKE_CALL, 0, LZR_TAG_CRASH, &crash);
  fake_send(sides[1], FAKE_CALL, 1, LZR_TAG_ENDING, ending, sizeof ending);
}

static const struct lzr_ending *end_by_crash(void) {
  said = fake_good_setup;
  expect_fine(meet(crash_and_end));
  expect_closed("");
  return lzr_tpc_ending(tpc);
}

static void pack_crash(uint32_t number, uint64_t frames, size_t length) {
  char *where = malloc(length + 1);

  memset(where, 'w', length);
  where[length] = '\0';
  lzr_pack_u32(&crash, number);
  lzr_pack_u64(&crash, 0xdead);
  lzr_pack_u64(&crash, frames);
  for (uint64_t i = 0; i < frames; i++) {
    lzr_pack_u64(&crash, 0x1000 + i);
    lzr_pack_bool(&crash, i > 0);
    lzr_pack_string(&crash, where);
  }
  free(where);
  ending[0] = 1;
  ending[1] = (uint8_t)number;
}

Test(remote_ending, is_what_the_executor_says) {
  ending[1] = 3;
  const struct lzr_ending *news = end_by_crash();

  cr_expect_eq(news->kind, LZR_ENDING_EXITED);
  cr_expect_eq(news->status, 3);
  part();
}

Test(remote_ending, has_the_frames_of_a_crash) {
  const struct lzr_ending *news;

  pack_crash(SIGSEGV, 3, 4);
  news = end_by_crash();
  cr_expect_eq(news->kind, LZR_ENDING_SIGNALLED);
  cr_expect_eq(news->status, SIGSEGV);
  cr_expect_eq(news->fault, 0xdead);
  cr_assert_eq(news->frame_count, 3);
  cr_expect_eq(news->frames[0].address, 0x1000);
  cr_expect_not(news->frames[0].is_return);
  cr_expect(news->frames[2].is_return);
  cr_expect_str_eq(news->frames[1].where, "wwww");
  part();
}

Test(remote_ending, keeps_a_bounded_number_of_bounded_frames) {
  const struct lzr_ending *news;

  pack_crash(SIGBUS, 1000, 2000);
  news = end_by_crash();
  cr_assert_eq(news->frame_count, 64);
  cr_expect_eq(strlen(news->frames[63].where), 512);
  part();
}

Test(remote_ending, stands_a_crash_that_is_cut_off) {
  const struct lzr_ending *news;

  pack_crash(SIGSEGV, 3, 4);
  crash.size -= 10;
  news = end_by_crash();
  cr_expect_eq(news->kind, LZR_ENDING_SIGNALLED);
  cr_expect_leq(news->frame_count, 2);
  part();
}

static uint64_t answers_to_crash;

static void crash_and_listen(void) {
  struct fake_message message;

  say_setup();
  fake_send_packed(sides[1], FAKE_CALL, UINT64_MAX, LZR_TAG_CRASH, &crash);
  fake_send(sides[1], FAKE_CALL, 1, 0, NULL, 0); /* to see what comes first */
  while (fake_receive(sides[1], &message)) {
    free(message.payload);
    answers_to_crash += message.sequence == UINT64_MAX;
    if (message.opcode == FAKE_RESULT)
      break;
  }
}

/* Its sender is about to end, and knows no answer. */
Test(remote_ending, does_not_answer_a_crash) {
  said = fake_good_setup;
  pack_crash(SIGSEGV, 1, 1);
  expect_fine(meet(crash_and_listen));
  pthread_join(fake_thread, NULL);
  cr_expect_eq(answers_to_crash, 0);
  lzr_tpc_close(tpc);
}

Test(remote_ending, is_lost_when_nobody_says) {
  said = fake_good_setup;
  expect_fine(meet(say_setup));
  expect_closed("");
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_LOST);
  part();
}

/* It says that it will exit, and stays. */
Test(remote_ending, does_not_wait_for_an_executor_that_does_not_go) {
  answer_count = 1;
  meet_answering();
  lzr_tpc_exit(tpc, 1);
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_LOST);
  part_with_answers();
}

/* ---- Options and children ------------------------------------------------ */

static lzr_error *create(struct lzr_remote_options options) {
  options.size = sizeof options;
  return lzr_tpc_create_remote(&options, &tpc);
}

Test(remote_options, must_say_how_to_reach_an_executor) {
  expect_error(create((struct lzr_remote_options){0}), LZR_ERROR_ARGUMENT,
               "one of them");
  expect_error(
      create((struct lzr_remote_options){.launch = "a", .connect = "fd=1"}),
      LZR_ERROR_ARGUMENT, "one of them");
  expect_error(
      lzr_tpc_create_remote(&(struct lzr_remote_options){.size = 3}, &tpc),
      LZR_ERROR_ARGUMENT, "are 3 bytes");
  expect_error(lzr_tpc_create_remote(NULL, &tpc), LZR_ERROR_ARGUMENT,
               "needs options");
}

/* From a client compiled with another version of the header. */
Test(remote_options, may_be_smaller_or_larger_than_they_are_here) {
  struct {
    struct lzr_remote_options known;
    void *extra;
  } newer = {.known = {.size = sizeof newer}};
  struct lzr_remote_options older = {
      .size = offsetof(struct lzr_remote_options, connect), .connect = "fd=1"};

  expect_error(lzr_tpc_create_remote(&newer.known, &tpc), LZR_ERROR_ARGUMENT,
               "one of them");
  newer.extra = &newer;
  expect_error(lzr_tpc_create_remote(&newer.known, &tpc), LZR_ERROR_UNSUPPORTED,
               "known here");
  /* What lies behind an older struct is not looked at. */
  expect_error(lzr_tpc_create_remote(&older, &tpc), LZR_ERROR_ARGUMENT,
               "one of them");
}

Test(remote_options, must_name_a_secret_for_tcp) {
  expect_error(
      create((struct lzr_remote_options){.connect = "tcp:connect=127.0.0.1:1"}),
      LZR_ERROR_ARGUMENT, "needs a secret");
}

Test(remote_options, must_not_be_this_process_itself) {
  expect_error(create((struct lzr_remote_options){.connect = "stdio"}),
               LZR_ERROR_ARGUMENT, "lead to no executor");
}

Test(remote_options, name_a_command_that_is_not_there) {
  expect_error(create((struct lzr_remote_options){.launch = "./nope 2>&-"}),
               LZR_ERROR_CLOSED,
               "'./nope 2>&-' ended with status 127 before it said hello");
}

Test(remote_options, name_a_command_that_ends_at_once) {
  expect_error(create((struct lzr_remote_options){.launch = "true"}),
               LZR_ERROR_CLOSED, "'true' ended with status 0 before it said");
  expect_error(
      create((struct lzr_remote_options){.command = "sh -c 'kill $$'"}),
      LZR_ERROR_CLOSED, "was killed by signal 15");
}

static int64_t milliseconds(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

Test(remote_options, name_a_command_that_says_nothing_and_end_it) {
  int64_t start = milliseconds();

  expect_error(create((struct lzr_remote_options){.launch = "sleep 60; :",
                                                  .timeout = 100}),
               LZR_ERROR_CLOSED, "'sleep 60; :'");
  cr_expect_lt(milliseconds() - start, 5000);
  cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
}

Test(remote_options, name_a_command_that_says_something_else) {
  expect_error(create((struct lzr_remote_options){
                   .command = "sh -c 'echo this is no Setup message, is it?; "
                              "echo at all, and long enough for a header'"}),
               LZR_ERROR_LIMIT, "echo this is no Setup");
}

static int count_in_file(const char *path) {
  FILE *file = fopen(path, "r");
  int count = -1;

  cr_assert_not_null(file);
  cr_assert_eq(fscanf(file, "%d", &count), 1);
  fclose(file);
  return count;
}

/* Neither of another connection nor of its own other side. */
Test(remote_options, leak_no_descriptor_into_a_child) {
  char path[] = "/tmp/lzr-descriptors-XXXXXX", command[128];
  int before;

  close(mkstemp(path));
  snprintf(command, sizeof command, "ls /proc/self/fd | wc -l >%s", path);
  cr_assert_eq(system(command), 0);
  before = count_in_file(path);
  said = fake_good_setup;
  expect_fine(meet(say_setup_and_listen));
  snprintf(command, sizeof command, "sh -c 'ls /proc/self/fd | wc -l >%s' sh",
           path);
  lzr_error_destroy(create((struct lzr_remote_options){.launch = command}));
  /* The executor's side is the test's, which has not closed it. */
  cr_expect_eq(count_in_file(path), before + 1 + 2);
  unlink(path);
  part();
}
