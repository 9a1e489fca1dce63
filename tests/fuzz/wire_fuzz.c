/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One end of a connection, as a controller or as an executor, at whose other
 * end a peer sends anything. What must never happen, beside crashes: that the
 * end is not told, or told twice, or that a call is still waiting after it.
 *
 * The first byte chooses the end and its options; the rest is what the peer
 * sends, in pieces.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tpc/wire/connection.h"

enum { CONTROLLER = 1, SMALL_MESSAGES = 2, CALLERS_READ = 4 };
enum { SMALL = 1 << 12, MEET_TIMEOUT = 500, PATIENCE = 10000 };

/* The peer. */

struct peer {
  struct fuzz_input input;
  int socket;
};

/* Sends without reading what comes back would fill the socket. */
static void drop_received(int socket, int flags) {
  char junk[4096];
  while (recv(socket, junk, sizeof junk, flags) > 0)
    ;
}

static void *send_all(void *data) {
  struct peer *peer = data;
  while (peer->input.at < peer->input.end) {
    size_t size = 1 + *peer->input.at % 64;
    const uint8_t *piece = fuzz_bytes(&peer->input, &size);
    if (send(peer->socket, piece, size, MSG_NOSIGNAL) <= 0)
      break;
    drop_received(peer->socket, MSG_DONTWAIT);
  }
  shutdown(peer->socket, SHUT_WR);
  struct pollfd closed = {.fd = peer->socket, .events = POLLIN};
  if (poll(&closed, 1, PATIENCE) <= 0)
    fuzz_fail("the connection does not end");
  drop_received(peer->socket, 0);
  close(peer->socket);
  return NULL;
}

/* This end. */

static bool is_quick(void *data, uint64_t tag) {
  (void)data;
  return tag & 1;
}

static void serve(void *data, struct lzr_call *call) {
  (void)data;
  free(fuzz_copy(call->bytes, call->size)); /* reads them */
  if (call->tag & 4 && !is_quick(NULL, call->tag)) {
    uint8_t *answer = NULL;
    size_t size;
    fuzz_end_error(
        lzr_connection_call(call->connection, 9, "x", 1, &answer, &size));
    free(answer);
  }
  if (call->tag & 8)
    lzr_call_drop(call);
  else
    lzr_call_answer(call, call->bytes, call->size);
}

static void answered(void *data, const uint8_t *answer, size_t size) {
  (void)data;
  free(fuzz_copy(answer, size));
}

static void ended(void *data, const lzr_error *reason) {
  unsigned *count = data;
  (void)reason;
  __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

static lzr_error *begin(lzr_connection *connection, bool is_controller) {
  uint8_t *setup = NULL;
  size_t size;
  lzr_error *error =
      is_controller
          ? lzr_connection_meet(connection, MEET_TIMEOUT, &setup, &size)
          : lzr_connection_start(connection, "setup", 5);
  free(setup);
  return error;
}

static void converse(lzr_connection *connection) {
  uint8_t *answer = NULL;
  size_t size;
  fuzz_end_error(
      lzr_connection_post(connection, 5, "yy", 2, answered, connection));
  fuzz_end_error(lzr_connection_call(connection, 7, "zzz", 3, &answer, &size));
  free(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  int sockets[2];
  unsigned ended_count = 0;
  pthread_t thread;
  if (size < 2)
    return 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
    abort();
  struct lzr_connection_options options = {
      .max_message = bytes[0] & SMALL_MESSAGES ? SMALL : 0,
      .peer = "the peer",
      .callers_read = bytes[0] & CALLERS_READ,
      .data = &ended_count,
      .is_quick = is_quick,
      .serve = serve,
      .ended = ended};
  struct peer peer = {{bytes + 1, bytes + size}, sockets[1]};
  lzr_connection *connection;
  lzr_error *error =
      lzr_connection_create(sockets[0], sockets[0], &options, &connection);
  if (error || pthread_create(&thread, NULL, send_all, &peer))
    abort();
  error = begin(connection, bytes[0] & CONTROLLER);
  bool has_begun = !error;
  if (has_begun)
    converse(connection);
  fuzz_end_error(error);
  lzr_connection_destroy(connection);
  pthread_join(thread, NULL);
  if (has_begun && ended_count != 1)
    fuzz_fail("the end is not told once");
  return 0;
}
