/*
 * The parent has a thread for each thing it waits for, so that none waits for
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
#include <time.h>
#include <unistd.h>

#include "tpc/executor/descriptors.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/relay_inside.h"
#include "tpc/executor/services.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"
#include "tpc/wire/signals.h"

/* How long a child may go on whose controller is gone, and a controller listen
   to a child that is, in milliseconds. */
enum { GRACE = 800 };

static const uint64_t max_message = (UINT64_C(1) << 30) + (64 << 10);

/* The last of our sequence numbers. */
static const uint64_t ending_sequence = UINT64_MAX - 1;

/* The time is over, or the semaphore was posted. */
static void wait_a_little(sem_t *semaphore) {
  struct timespec until;

  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += GRACE * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) != 0 &&
         errno == EINTR)
    ;
}

/* ---- Messages ------------------------------------------------------------ */

lzr_error *lzr_relay_call(struct lzr_relay *relay, uint64_t sequence,
                          uint64_t tag, const struct lzr_writer *arguments) {
  struct lzr_header header = {.size = LZR_HEADER_SIZE + arguments->size,
                              .opcode = LZR_OPCODE_CALL,
                              .sequence = sequence,
                              .tag = tag};

  return lzr_outgoing_send(&relay->to_controller, &header, arguments->bytes,
                           true);
}

/* Who calls a service of lazyrun's is lazyrun. */
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

/* Waits for a message, for as long as it takes. */
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
    lzr_relay_take_answer(relay, header->sequence, message->payload,
                          message->size);
  else /* a child that cannot be sent to has ended, and others notice */
    lzr_error_destroy(
        lzr_outgoing_send(&relay->to_child, header, message->payload, true));
}

/* The child notices that nothing more comes and ends; if not, it is ended. */
static void end_child(struct lzr_relay *relay) {
  lzr_error_destroy(lzr_outgoing_flush(&relay->to_child, false));
  shutdown(relay->socket, SHUT_WR);
  wait_a_little(&relay->child_ended);
  pthread_mutex_lock(&relay->lock);
  if (!relay->has_ended)
    kill(relay->pid, SIGKILL);
  pthread_mutex_unlock(&relay->lock);
}

static void *pass_down(void *data) {
  struct lzr_relay *relay = data;
  struct lzr_message message;
  lzr_error *error = NULL;

  while (await_message(&relay->from_controller, &message, &error)) {
    pass_message_down(relay, &message);
    free(message.block);
  }
  if (error)
    lzr_executor_say("%s", lzr_error_message(error));
  lzr_error_destroy(error);
  atomic_store(&relay->gone, true);
  sem_post(&relay->let_go);
  lzr_relay_drop_streams(relay);
  end_child(relay);
  wait_a_little(&relay->never); /* for the main thread to see it through */
  _exit(1);
}

static void *pass_up(void *data) {
  struct lzr_relay *relay = data;
  struct lzr_message message;
  lzr_error *error = NULL;

  relay->from_child.expects_setup = true;
  while (await_message(&relay->from_child, &message, &error)) {
    relay->from_child.expects_setup = false;
    lzr_error_destroy(lzr_outgoing_send(&relay->to_controller, &message.header,
                                        message.payload, true));
    free(message.block);
  }
  lzr_error_destroy(
      error); /* in the middle of a message: how it ended, tells */
  return NULL;
}

/* ---- The end ------------------------------------------------------------- */

static void send_ending(struct lzr_relay *relay, const siginfo_t *info) {
  struct lzr_header goodbye = {.size = LZR_HEADER_SIZE + 1,
                               .opcode = LZR_OPCODE_HANGUP};
  struct lzr_writer arguments = {0};

  lzr_pack_bool(&arguments, info->si_code != CLD_EXITED);
  lzr_pack_u32(&arguments, (uint32_t)info->si_status);
  lzr_error_destroy(
      lzr_relay_call(relay, ending_sequence, LZR_TAG_ENDING, &arguments));
  lzr_writer_fini(&arguments);
  lzr_error_destroy(
      lzr_outgoing_send(&relay->to_controller, &goodbye, "", true));
}

/* A socket that is closed with something unread forgets what it has still to
   send; so the controller closes first, if it does within its time. */
static void say_goodbye(struct lzr_relay *relay) {
  lzr_outgoing_stop(&relay->to_controller, GRACE);
  if (shutdown(relay->out, SHUT_WR) == 0)
    wait_a_little(&relay->let_go);
}

/* Waits for the child, whose number stays its own. */
static void wait_for_child(struct lzr_relay *relay, siginfo_t *info) {
  while (waitid(P_PID, (id_t)relay->pid, info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR)
    ;
  pthread_mutex_lock(&relay->lock);
  relay->has_ended = true;
  pthread_mutex_unlock(&relay->lock);
  sem_post(&relay->child_ended);
  close(relay->over[1]);
}

static _Noreturn void see_it_through(struct lzr_relay *relay) {
  siginfo_t info = {0};
  sigset_t before;

  wait_for_child(relay, &info);
  lzr_signals_block(&before);
  if (relay->with_stdio)
    lzr_relay_drain_streams(relay);
  shutdown(relay->socket, SHUT_RD); /* what has come can still be read */
  pthread_join(relay->up, NULL);
  if (atomic_load(&relay->is_ours))
    send_ending(relay, &info);
  say_goodbye(relay);
  waitpid(relay->pid, NULL, 0);
  _exit(info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status);
}

/* ---- The beginning ------------------------------------------------------- */

static lzr_error *refuse(const char *what) {
  return lzr_error_create(LZR_ERROR_TARGET, "cannot %s: %s", what,
                          strerror(errno));
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
  fine = pthread_create(&relay->down, NULL, pass_down, relay) == 0 &&
         pthread_create(&relay->up, NULL, pass_up, relay) == 0 &&
         (!relay->with_stdio || lzr_relay_start_streams(relay));
  lzr_signals_restore(&before);
  return fine ? NULL : refuse("start a thread");
}

/* In the parent. */
static lzr_error *run(struct lzr_relay *relay) {
  lzr_error *error;

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
