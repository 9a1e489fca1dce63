/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Descriptors that travel, and messages that a controller does not expect. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/wire/channel.h"

static int ends[2];

static void open_channel(void) {
  cr_assert_null(lzr_channel_open(ends));
}

TestSuite(wire_channel, .init = open_channel, .timeout = 10);

static void expect_error(lzr_error *error, const char *words) {
  cr_assert_not_null(error, "no error about '%s'", words);
  cr_expect(strstr(lzr_error_message(error), words), "%s",
            lzr_error_message(error));
  lzr_error_destroy(error);
}

/* The number of the next descriptor: it is the same if none is left open. */
static int lowest_free(void) {
  int lowest = dup(0);

  close(lowest);
  return lowest;
}

Test(wire_channel, passes_descriptors) {
  int pair[2], received[2];
  char byte = 0;

  cr_assert_eq(pipe(pair), 0);
  cr_assert_null(lzr_channel_send(ends[0], pair, 2));
  close(pair[0]);
  close(pair[1]);
  cr_assert_null(lzr_channel_receive(ends[1], received, 2));
  cr_expect_eq(write(received[1], "x", 1), 1);
  cr_expect_eq(read(received[0], &byte, 1), 1);
  cr_expect_eq(byte, 'x');
  for (int i = 0; i < 2; i++)
    cr_expect_eq(fcntl(received[i], F_GETFD), FD_CLOEXEC);
}

Test(wire_channel, waits_for_nothing) {
  int received[2];

  expect_error(lzr_channel_receive(ends[1], received, 2), "no descriptors");
}

Test(wire_channel, refuses_and_closes_another_number_of_descriptors) {
  static const int some[LZR_CHANNEL_MOST] = {0, 0, 0, 0};
  int received[2], before;

  before = lowest_free();
  for (size_t count = 1; count <= LZR_CHANNEL_MOST; count++) {
    if (count == 2)
      continue;
    cr_assert_null(lzr_channel_send(ends[0], some, count));
    expect_error(lzr_channel_receive(ends[1], received, 2), "not 2");
    cr_expect_eq(lowest_free(), before, "after %zu descriptors", count);
  }
}

/* The kernel closes those that have no room. */
Test(wire_channel, refuses_more_than_there_is_room_for) {
  static const int many[9];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof many)];
  } control = {.header = {.cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(sizeof many)}};
  struct iovec byte = {(char[]){0}, 1};
  struct msghdr message = {.msg_iov = &byte,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof control};
  int received[2], before = lowest_free();

  memcpy(CMSG_DATA(&control.header), many, sizeof many);
  cr_assert_eq(sendmsg(ends[0], &message, 0), 1);
  expect_error(lzr_channel_receive(ends[1], received, 2), "not 2");
  cr_expect_eq(lowest_free(), before);
}

Test(wire_channel, refuses_a_message_without_descriptors) {
  int received[2];

  cr_assert_eq(send(ends[0], "abc", 3, 0), 3);
  expect_error(lzr_channel_receive(ends[1], received, 2), "0 descriptors");
}

Test(wire_channel, refuses_what_is_closed) {
  int received[2];

  close(ends[0]);
  expect_error(lzr_channel_receive(ends[1], received, 2), "descriptors have");
  expect_error(lzr_channel_send(ends[1], received, 0), "cannot pass");
}
