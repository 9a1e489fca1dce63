/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Peers that break the protocol, at either end: each is refused with a sentence
   that has the numbers, and no thread waits for it any more. */
#include "tests/wire_support.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>

#include "tpc/wire/pack.h"

TestSuite(wire_hostile, .timeout = 120);

enum { MAX_MESSAGE = 4096 };

static lzr_connection *connection;
static struct ending ending;
static struct stream stream; /* the peer's end is 1 */

static void ended(void *data, const lzr_error *reason) {
  (void)data;
  note_ending(&ending, reason);
}

static void serve(void *data, struct lzr_call *call) {
  (void)data;
  lzr_call_answer(call, call->bytes, call->size);
}

static void create(bool pipes) {
  struct lzr_connection_options options = {.max_message = MAX_MESSAGE,
                                           .peer = "the peer",
                                           .serve = serve,
                                           .ended = ended};

  stream = open_stream(pipes);
  memset(&ending, 0, sizeof ending);
  sem_init(&ending.told, 0, 0);
  expect_fine(lzr_connection_create(stream.in[0], stream.out[0], &options,
                                    &connection));
}

/* A connection that has begun, at the controller's end or the executor's. */
static void begin(bool pipes, bool is_controller) {
  uint8_t *setup;
  size_t size;

  create(pipes);
  if (!is_controller) {
    expect_fine(lzr_connection_start(connection, "setup", 5));
    cr_assert_eq(raw_receive(stream.in[1], NULL, 0).opcode, LZR_OPCODE_SETUP);
    return;
  }
  raw_send(stream.out[1], LZR_OPCODE_SETUP, 0, 0, "setup", 5);
  expect_fine(lzr_connection_meet(connection, 5000, &setup, &size));
  cr_expect_eq(size, 5);
  cr_expect_arr_eq(setup, "setup", 5);
  free(setup);
}

static void finish(void) {
  lzr_connection_destroy(connection);
  cr_expect_eq(ending.count, 1, "told %d times", ending.count);
  sem_destroy(&ending.told);
}

/* What the peer does, at each end of each kind of stream, while a call
   waits. */
static void *make_call(void *data) {
  lzr_error **error = data;
  uint8_t *answer;
  size_t size;

  *error = lzr_connection_call(connection, 7, "", 0, &answer, &size);
  free(answer);
  return NULL;
}

static void refuses(void (*misbehave)(void), lzr_error_kind kind,
                    const char *words) {
  for (int i = 0; i < 4; i++) {
    lzr_error *error;
    pthread_t thread;

    begin(i & 1, i & 2);
    pthread_create(&thread, NULL, make_call, &error);
    cr_assert_eq(raw_receive(stream.in[1], NULL, 0).opcode, LZR_OPCODE_CALL);
    misbehave();
    expect_posted(&ending.told, words);
    pthread_join(thread, NULL);
    expect_error(error, LZR_ERROR_CLOSED, words);
    cr_expect(lzr_connection_has_ended(connection));
    cr_expect(strstr(ending.reason, words), "'%s' lacks '%s'", ending.reason,
              words);
    if (*words)
      cr_expect_eq(ending.kind, kind);
    else
      cr_expect_null(lzr_connection_reason(connection));
    finish();
    close_end(&stream, 1);
  }
}

static void send_short(void) {
  raw_header(stream.out[1], 31, LZR_OPCODE_CALL, 0, 0);
}

Test(wire_hostile, a_message_shorter_than_its_header) {
  refuses(send_short, LZR_ERROR_FORMAT,
          "the peer sent a message of 31 bytes, less than its header's 32");
}

static void send_long(void) {
  raw_header(stream.out[1], MAX_MESSAGE + 1, LZR_OPCODE_CALL, 0, 0);
}

Test(wire_hostile, a_message_above_the_limit) {
  refuses(send_long, LZR_ERROR_LIMIT,
          "the peer sent a message of 4097 bytes; the limit is 4096");
}

static void send_endless(void) {
  raw_header(stream.out[1], UINT64_MAX, LZR_OPCODE_RESULT, 0, 0);
}

Test(wire_hostile, a_message_of_all_bytes_there_are) {
  refuses(send_endless, LZR_ERROR_LIMIT,
          "a message of 18446744073709551615 bytes");
}

static void send_unknown(void) {
  raw_header(stream.out[1], 32, 4, 0, 0);
}

Test(wire_hostile, an_unknown_opcode) {
  refuses(send_unknown, LZR_ERROR_FORMAT, "with opcode 4; the last is 3");
}

static void send_stray_result(void) {
  raw_send(stream.out[1], LZR_OPCODE_RESULT, 1234, 0, "x", 1);
}

Test(wire_hostile, an_answer_to_no_call) {
  refuses(send_stray_result, LZR_ERROR_FORMAT,
          "answered call number 1234, which nobody waits for");
}

static void answer_twice(void) {
  raw_send(stream.out[1], LZR_OPCODE_RESULT, 1, 0, NULL, 0);
}

Test(wire_hostile, an_answer_before_its_call) {
  refuses(answer_twice, LZR_ERROR_FORMAT, "answered call number 1");
}

static void send_setup(void) {
  raw_send(stream.out[1], LZR_OPCODE_SETUP, 0, 0, "setup", 5);
}

Test(wire_hostile, a_setup_that_nobody_waits_for) {
  refuses(send_setup, LZR_ERROR_FORMAT, "sent a Setup message");
}

/* The end of what the peer sends. */
static void close_out(void) {
  if (stream.in[1] == stream.out[1])
    stream.in[1] = open("/dev/null", O_RDONLY);
  close(stream.out[1]);
  stream.out[1] = stream.in[1];
}

static void close_in_header(void) {
  raw_write(stream.out[1], "0123456", 7);
  close_out();
}

Test(wire_hostile, an_end_inside_a_header) {
  refuses(close_in_header, LZR_ERROR_CLOSED, "after 7 bytes of a header's 32");
}

static void close_in_payload(void) {
  raw_header(stream.out[1], 1032, LZR_OPCODE_CALL, 0, 0);
  raw_write(stream.out[1], "0123456789", 10);
  close_out();
}

Test(wire_hostile, an_end_inside_a_payload) {
  refuses(close_in_payload, LZR_ERROR_CLOSED, "after 42 bytes of 1032");
}

static void close_cleanly(void) {
  close_out();
}

Test(wire_hostile, an_end_between_messages_has_no_reason) {
  refuses(close_cleanly, LZR_ERROR_CLOSED, "");
}

static void hang_up(void) {
  raw_send(stream.out[1], LZR_OPCODE_HANGUP, 99, 98, NULL, 0);
}

static void hang_up_with_success(void) {
  raw_send(stream.out[1], LZR_OPCODE_HANGUP, 0, 0, "", 1);
}

static void hang_up_with_reason(void) {
  struct lzr_writer writer = {0};

  lzr_pack_bool(&writer, true);
  lzr_pack_string(&writer, "out of\033 cheese");
  raw_send(stream.out[1], LZR_OPCODE_HANGUP, 0, 0, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

Test(wire_hostile, a_goodbye_is_a_clean_end) {
  refuses(hang_up, LZR_ERROR_CLOSED, "");
  refuses(hang_up_with_success, LZR_ERROR_CLOSED, "");
}

Test(wire_hostile, a_goodbye_may_say_why) {
  refuses(hang_up_with_reason, LZR_ERROR_TARGET, "out of\\x1b cheese");
}

static void hang_up_with_nonsense(void) {
  raw_send(stream.out[1], LZR_OPCODE_HANGUP, 0, 0, "\xff", 1);
}

Test(wire_hostile, a_goodbye_that_cannot_be_read) {
  refuses(hang_up_with_nonsense, LZR_ERROR_FORMAT,
          "the goodbye: the answer cannot be read");
}

/* Only the low byte counts. */
Test(wire_hostile, an_opcode_with_more_than_a_byte_is_taken) {
  uint8_t answer[3];

  begin(false, true);
  raw_header(stream.out[1], 35, 0x7103, 11, 1);
  raw_write(stream.out[1], "abc", 3);
  struct lzr_header header = raw_receive(stream.in[1], answer, 3);
  cr_expect_eq(header.opcode, LZR_OPCODE_RESULT);
  cr_expect_eq(header.sequence, 11);
  cr_expect_eq(header.tag, 0);
  cr_expect_arr_eq(answer, "abc", 3);
  finish();
}

Test(wire_hostile, who_is_told_off_hears_why) {
  char text[200] = "";

  begin(false, true);
  send_short();
  struct lzr_header header = raw_receive(stream.in[1], text, sizeof text - 1);
  cr_expect_eq(header.opcode, LZR_OPCODE_HANGUP);
  cr_expect_eq(text[0], 1);
  cr_expect(strstr(text + 9, "31 bytes"));
  finish();
}

/* ---- No Setup
   ------------------------------------------------------------- */

static lzr_error *meet(int timeout) {
  uint8_t *setup;
  size_t size;
  lzr_error *error = lzr_connection_meet(connection, timeout, &setup, &size);

  if (!error)
    free(setup);
  lzr_connection_destroy(connection);
  return error;
}

Test(wire_hostile, silence_instead_of_a_setup) {
  create(false);
  expect_error(meet(50), LZR_ERROR_CLOSED, "within 50 ms");
  create(true);
  raw_write(stream.out[1], "part of a header", 16);
  expect_error(meet(50), LZR_ERROR_CLOSED, "within 50 ms");
}

Test(wire_hostile, an_end_instead_of_a_setup) {
  create(true);
  close_end(&stream, 1);
  expect_error(meet(5000), LZR_ERROR_CLOSED, "without a Setup");
}

Test(wire_hostile, something_else_instead_of_a_setup) {
  create(false);
  raw_send(stream.out[1], LZR_OPCODE_CALL, 0, 0, "x", 1);
  expect_error(meet(5000), LZR_ERROR_FORMAT, "but with opcode 3");
  cr_expect_eq(ending.count, 0);
}

Test(wire_hostile, a_setup_with_a_number) {
  create(false);
  raw_send(stream.out[1], LZR_OPCODE_SETUP, 5, 6, "x", 1);
  expect_error(meet(5000), LZR_ERROR_FORMAT,
               "sequence number 5 and tag 6, not 0 and 0");
}

/* ---- Memory
   --------------------------------------------------------------- */

/* A header may announce a gigabyte: no memory is taken until bytes come. */
Test(wire_hostile, memory_is_taken_as_bytes_arrive) {
  struct lzr_connection_options options = {.serve = serve, .ended = ended};

  memset(&ending, 0, sizeof ending);
  sem_init(&ending.told, 0, 0);
  stream = open_stream(false);
  expect_fine(lzr_connection_create(stream.in[0], stream.out[0], &options,
                                    &connection));
  expect_fine(lzr_connection_start(connection, "", 0));
  raw_receive(stream.in[1], NULL, 0);
  size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  raw_header(stream.out[1], UINT64_C(1) << 30, LZR_OPCODE_CALL, 0, 0);
  raw_write(stream.out[1], "abc", 3);
  usleep(100000);
  cr_expect_lt(mallinfo2().uordblks + mallinfo2().hblkhd - before, 1 << 20);
  finish();
}
