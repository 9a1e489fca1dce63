/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parent has a thread for each source of events, so that no source delays
 * another:
 *
 *     down     controller -> child: messages, and answers to our own calls
 *     up       child -> controller: messages
 *     three    for the program's standard streams (relay_streams.c)
 *     main     waits for the child's end
 */
#include "tpc/executor/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/thread.h"
#include "tpc/executor/descriptors.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/relay_calls.h"
#include "tpc/executor/relay_failure.h"
#include "tpc/executor/relay_streams.h"
#include "tpc/executor/services.h"
#include "tpc/wire/forward.h"
#include "tpc/wire/little_endian.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

/* How long a child may go on when its controller is gone, and how long a
   controller may go on when the child is gone, in milliseconds. */
enum { GRACE = 800 };

static const uint64_t max_message = (UINT64_C(1) << 30) + (64 << 10);

/* Returns when the semaphore was posted or the time is over. */
static void wait_a_little(sem_t *semaphore) {
  struct timespec until = lzr_time_after(GRACE * LZR_MILLISECOND);

  while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) != 0 &&
         errno == EINTR)
    ;
}

/* ---- Messages ---- */

/* Only a controller of lazyrun's calls a service of lazyrun's. */
static void note_caller(struct lzr_relay *relay,
                        const struct lzr_header *header) {
  const struct lzr_service *service;

  if (header->opcode != LZR_OPCODE_CALL || atomic_load(&relay->is_ours))
    return;
  service = lzr_service_find(header->tag);
  if (!service || !lzr_service_is_ours(service))
    return;
  atomic_store(&relay->is_ours, true);
  sem_post(&relay->known_as_ours);
}

/* Waits for a message, without a time limit. */
static bool await_message(struct lzr_incoming *incoming,
                          struct lzr_message *message, lzr_error **error) {
  for (;;) {
    enum lzr_next next = lzr_incoming_take(incoming, message, error);

    if (next != LZR_NEXT_NOTHING)
      return next == LZR_NEXT_MESSAGE;
    next = lzr_incoming_wait(incoming, -1, NULL);
    if (next == LZR_NEXT_MESSAGE)
      next = lzr_incoming_fill(incoming, error);
    if (next == LZR_NEXT_END || next == LZR_NEXT_ERROR)
      return false;
  }
}

static void pass_message_down(struct lzr_relay *relay,
                              const struct lzr_message *message) {
  const struct lzr_header *header = &message->header;

  note_caller(relay, header);
  if (header->opcode == LZR_OPCODE_RESULT && lzr_relay_is_own(header->sequence))
    lzr_relay_check(relay,
                    lzr_relay_take_answer(relay, header->sequence,
                                          message->payload, message->size));
  else
    lzr_relay_check(relay, lzr_outgoing_send(&relay->to_child, header,
                                             message->payload, true));
}

/* The child notices that no more messages come, and ends; if it does not end in
   time, it is killed. */
static void end_child(struct lzr_relay *relay) {
  lzr_error_destroy(lzr_outgoing_flush(&relay->to_child, false));
  shutdown(relay->socket, SHUT_WR);
  wait_a_little(&relay->child_ended);
  lzr_relay_kill_child(relay);
}

static void *pass_down(void *data) {
  struct lzr_relay *relay = data;
  struct lzr_message message;
  lzr_error *error = NULL;

  while (await_message(&relay->from_controller, &message, &error)) {
    pass_message_down(relay, &message);
    free(message.block);
  }
  if (error) {
    lzr_executor_say_error(error);
    lzr_relay_keep_reason(relay, error);
  }
  atomic_store(&relay->gone, true);
  sem_post(&relay->let_go);
  lzr_relay_drop_streams(relay);
  end_child(relay);
  wait_a_little(&relay->never); /* the main thread sees to the rest */
  _exit(1);
}

/* The child's goodbye is not the end: its output and its status are still to
   come. */
static void keep_goodbye(struct lzr_relay *relay,
                         const struct lzr_message *message) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, message->payload, message->size);
  if (message->size > 0)
    lzr_relay_keep_reason(relay, lzr_unpack_error(&reader, "the goodbye"));
}

static void pass_message_up(struct lzr_relay *relay,
                            const struct lzr_message *message) {
  if (message->header.opcode == LZR_OPCODE_HANGUP)
    keep_goodbye(relay, message);
  else
    lzr_relay_check(relay,
                    lzr_outgoing_send(&relay->to_controller, &message->header,
                                      message->payload, true));
}

static void *pass_up(void *data) {
  struct lzr_relay *relay = data;
  struct lzr_message message;
  lzr_error *error = NULL;

  relay->from_child.expects_setup = true;
  while (await_message(&relay->from_child, &message, &error)) {
    relay->from_child.expects_setup = false;
    pass_message_up(relay, &message);
    free(message.block);
  }
  lzr_relay_check(relay, error);
  return NULL;
}

/* ---- The end ---- */

/* Not to a controller whose stream has ended: the child has ended because of
   that, and a controller that is there after all must not take it for the
   program's own end. Allocates no memory, because there may be none. */
static void send_ending(struct lzr_relay *relay, const siginfo_t *info) {
  uint8_t arguments[1 + sizeof(uint32_t)] = {info->si_code != CLD_EXITED};

  lzr_store_le(arguments + 1, sizeof(uint32_t), (uint32_t)info->si_status);
  lzr_relay_check(relay, lzr_relay_call(relay, LZR_RELAY_LAST, LZR_TAG_ENDING,
                                        arguments, sizeof arguments));
}

static void send_goodbye(struct lzr_relay *relay) {
  struct lzr_header goodbye = {.size = LZR_HEADER_SIZE + 1,
                               .opcode = LZR_OPCODE_HANGUP};
  struct lzr_writer reason = {0};

  lzr_pack_error(&reason, lzr_error_copy(relay->reason));
  if (!reason.failed)
    goodbye.size = LZR_HEADER_SIZE + reason.size;
  lzr_relay_check(relay, lzr_outgoing_send(
                             &relay->to_controller, &goodbye,
                             reason.failed ? "" : (char *)reason.bytes, true));
  lzr_writer_fini(&reason);
}

/* The system discards unsent bytes when a socket is closed that has unread
   ones. So the controller should close first, and gets some time for it. */
static void say_goodbye(struct lzr_relay *relay) {
  lzr_outgoing_stop(&relay->to_controller, GRACE);
  if (shutdown(relay->out, SHUT_WR) == 0)
    wait_a_little(&relay->let_go);
}

/* Waits for the child's end without reaping it, so its process number stays its
   own. */
static void wait_for_child(struct lzr_relay *relay, siginfo_t *info) {
  while (waitid(P_PID, (id_t)relay->pid, info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR)
    ;
  pthread_mutex_lock(&relay->lock);
  lzr_forward_signals(0);
  relay->has_ended = true;
  pthread_mutex_unlock(&relay->lock);
  sem_post(&relay->child_ended);
  close(relay->over[1]);
}

/* A child that the relay itself has killed was not ended by a signal that
   anybody should hear of. */
static void judge(const struct lzr_relay *relay, siginfo_t *info) {
  if (!atomic_load(&relay->gave_up))
    return;
  info->si_code = CLD_EXITED;
  info->si_status = 1;
}

static int exit_status(const struct lzr_relay *relay, const siginfo_t *info) {
  if (info->si_code != CLD_EXITED)
    return 128 + info->si_status;
  return relay->reason && info->si_status == 0 ? 1 : info->si_status;
}

static _Noreturn void see_it_through(struct lzr_relay *relay) {
  siginfo_t info = {0};
  sigset_t before;

  wait_for_child(relay, &info);
  lzr_signals_block(&before);
  if (relay->with_stdio)
    lzr_relay_drain_streams(relay);
  shutdown(relay->socket, SHUT_RD); /* arrived messages can still be read */
  pthread_join(relay->up, NULL);
  judge(relay, &info);
  if (atomic_load(&relay->is_ours) && !atomic_load(&relay->gone))
    send_ending(relay, &info);
  if (atomic_load(&relay->is_ours) || relay->reason)
    send_goodbye(relay);
  say_goodbye(relay);
  waitpid(relay->pid, NULL, 0);
  _exit(exit_status(relay, &info));
}

/* ---- Starting ---- */

static lzr_error *refuse(const char *what) {
  return lzr_error_create(LZR_ERROR_TARGET, "cannot %s: %s", what,
                          strerror(errno));
}

/* False and errno. */
static bool start_thread(pthread_t *thread, void *(*run)(void *),
                         struct lzr_relay *relay) {
  errno = pthread_create(thread, NULL, run, relay);
  return errno == 0;
}

static void init(struct lzr_relay *relay, bool with_stdio, int in, int out) {
  *relay = (struct lzr_relay){.in = in, .out = out, .with_stdio = with_stdio};
  pthread_mutex_init(&relay->lock, NULL);
  sem_init(&relay->known_as_ours, 0, 0);
  sem_init(&relay->let_go, 0, 0);
  sem_init(&relay->child_ended, 0, 0);
  sem_init(&relay->never, 0, 0);
}

static lzr_error *start_threads(struct lzr_relay *relay) {
  sigset_t before;
  bool fine;

  lzr_signals_block(&before);
  fine = start_thread(&relay->down, pass_down, relay) &&
         start_thread(&relay->up, pass_up, relay) &&
         (!relay->with_stdio || lzr_relay_start_streams(relay));
  lzr_signals_restore(&before);
  return fine ? NULL : refuse("start a thread");
}

/* In the parent. */
static lzr_error *run(struct lzr_relay *relay) {
  lzr_error *error;

  lzr_forward_signals(relay->pid);
  signal(SIGCHLD, SIG_DFL); /* else the child's end goes unnoticed */
  if (pipe2(relay->over, O_CLOEXEC) != 0)
    return refuse("make a pipe");
  lzr_outgoing_init(&relay->to_controller, relay->out, "the controller");
  lzr_outgoing_init(&relay->to_child, relay->socket, "the program");
  error = lzr_incoming_init(&relay->from_controller, relay->in,
                            "the controller", max_message);
  if (!error)
    error = lzr_incoming_init(&relay->from_child, relay->socket, "the program",
                              max_message);
  if (!error)
    error = start_threads(relay);
  if (error)
    return error;
  see_it_through(relay);
}

/* In the child. */
static lzr_error *become_child(struct lzr_relay *relay, int socket, int *in,
                               int *out) {
  close(relay->in);
  if (relay->out != relay->in)
    close(relay->out);
  if (relay->with_stdio && !lzr_relay_take_streams(relay))
    return refuse("take over the standard streams");
  *in = *out = socket;
  return lzr_descriptors_move_up(in, out);
}

lzr_error *lzr_relay_start(bool with_stdio, int *in, int *out) {
  static struct lzr_relay relay;
  int sockets[2];

  init(&relay, with_stdio, *in, *out);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return refuse("make a socket");
  if (with_stdio && !lzr_relay_open_streams(&relay))
    return refuse("make a pipe");
  relay.socket = sockets[0];
  relay.pid = fork();
  if (relay.pid < 0)
    return refuse("fork");
  close(sockets[relay.pid ? 1 : 0]);
  if (relay.pid == 0)
    return become_child(&relay, sockets[1], in, out);
  return run(&relay);
}
