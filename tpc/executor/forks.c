/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/forks.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/base/thread.h"
#include "tpc/executor/controller.h"
#include "tpc/executor/descriptors.h"
#include "tpc/executor/dormant.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/guard.h"
#include "tpc/executor/last_thread.h"
#include "tpc/executor/program.h"
#include "tpc/wire/channel.h"
#include "tpc/wire/renewal.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

/* Under the lock of dormant.h, which is held from before a fork until after
   it. */
static sigset_t signals;                      /* the forking thread's mask */
static int stream_end = -1, channel_end = -1; /* the child's */

/* ---- Before a fork ---- */

static void close_both(const int ends[2]) {
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0)
      close(ends[i]);
}

/* Opens the two pairs: [0] is the child's end, out of the program's way, [1]
   the controller's. */
static lzr_error *open_pairs(int streams[2], int channels[2]) {
  lzr_error *error = lzr_channel_open(channels);

  if (!error && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) < 0)
    error = lzr_error_create(LZR_ERROR_FILE, "no pair of sockets: %s",
                             strerror(errno));
  for (int i = 0; i < 2 && !error; i++) {
    int *end = i == 0 ? streams : channels;
    int moved = lzr_descriptor_move_up(*end);

    if (moved < 0)
      error = lzr_error_create(LZR_ERROR_FILE, "no descriptor: %s",
                               strerror(errno));
    else
      *end = moved;
  }
  return error;
}

/* Waits until the controller holds still. */
static lzr_error *call_controller(void) {
  struct lzr_reader reader;
  uint8_t *answer = NULL;
  size_t size = 0;
  lzr_error *error = lzr_controller_call(LZR_TAG_FORK, NULL, 0, &answer, &size);

  if (error)
    return error;
  lzr_reader_init(&reader, answer, size);
  error = lzr_unpack_error(&reader, "a fork");
  free(answer);
  return error;
}

static lzr_error *announce(void) {
  int streams[2] = {-1, -1}, channels[2] = {-1, -1};
  lzr_error *error = open_pairs(streams, channels);

  if (!error)
    error = lzr_channel_send(lzr_dormant_channel(),
                             (int[]){streams[1], channels[1]}, 2);
  if (!error)
    error = call_controller();
  if (error) {
    close_both(streams);
    close_both(channels);
    return error;
  }
  close(streams[1]);
  close(channels[1]);
  stream_end = streams[0];
  channel_end = channels[0];
  return NULL;
}

/* A child of a thread of the connection would have nobody who serves it. */
static bool may_follow(void) {
  return lzr_dormant_channel() >= 0 && !lzr_is_forked_child() &&
         lzr_program_runs_here() &&
         !lzr_connection_has_ended(lzr_executor.connection);
}

/* Runs before the handler that takes the target's lock (tpc/target/fork.c),
   which the controller may need for an answer. What is allocated here does not
   come from the program's own malloc. */
static void before_fork(void) {
  int errno_before = errno;
  bool was_own = lzr_own_thread;
  sigset_t all, before;
  lzr_error *error = NULL;
  bool follows = may_follow() && lzr_dormant_wake();

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  lzr_dormant_lock();
  signals = before;
  lzr_own_thread = true;
  stream_end = channel_end = -1;
  if (follows)
    error = announce();
  lzr_forked_note_reason(error);
  if (stream_end >= 0)
    lzr_connection_hold(lzr_executor.connection);
  lzr_own_thread = was_own;
  errno = errno_before;
}

/* ---- After it ---- */

static void release(void) {
  sigset_t before = signals;

  lzr_dormant_unlock();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end_announcement(void) {
  lzr_error *error;

  lzr_connection_let_go(lzr_executor.connection);
  close(stream_end);
  close(channel_end);
  error = lzr_connection_post(lzr_executor.connection, LZR_TAG_FORKED, NULL, 0,
                              NULL, NULL);
  if (!error)
    error = lzr_connection_push(lzr_executor.connection);
  lzr_error_destroy(error); /* then the connection ends */
}

static void after_fork_in_parent(void) {
  int errno_before = errno;
  bool was_own = lzr_own_thread;

  lzr_own_thread = true;
  if (stream_end >= 0)
    end_announcement();
  lzr_own_thread = was_own;
  errno = errno_before;
  release();
}

static void go_on(void) {
  lzr_connection_renew(lzr_executor.connection, stream_end, stream_end);
  lzr_dormant_begin(channel_end);
  lzr_program_go_on();
  lzr_guard_start();
}

static void after_fork_in_child(void) {
  int errno_before = errno;

  if (stream_end >= 0)
    go_on();
  else
    lzr_connection_forget(lzr_executor.connection);
  lzr_forked_note_child(stream_end >= 0);
  errno = errno_before;
  release();
}

bool lzr_forks_watch(int number) {
  lzr_dormant_init(number, lzr_program_watch_end);
  return pthread_atfork(before_fork, after_fork_in_parent,
                        after_fork_in_child) == 0;
}
