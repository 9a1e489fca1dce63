/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/forks.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/remote/ending.h"
#include "tpc/remote/remote.h"
#include "tpc/wire/channel.h"
#include "tpc/wire/forward.h"
#include "tpc/wire/header.h"
#include "tpc/wire/renewal.h"
#include "tpc/wire/result.h"

/* A call of the owner's that runs the program. */
struct asked {
  struct lzr_forks *forks;
  uint64_t sequence;
  bool has_answer; /* under the forks' lock, as the rest */
  uint8_t *bytes;  /* owned */
  size_t size;
};

static lzr_error *system_error(const char *what) {
  return lzr_error_create(LZR_ERROR_LIMIT, "%s: %s", what, strerror(errno));
}

/* ---- Making ---- */

void lzr_forks_init(struct lzr_forks *forks) {
  *forks = (struct lzr_forks){.channel = -1, .wake = -1};
  pthread_mutex_init(&forks->lock, NULL);
  pthread_cond_init(&forks->changed, NULL);
}

static void set_attending(struct lzr_forks *forks, bool attending, bool over) {
  pthread_mutex_lock(&forks->lock);
  forks->attending = attending;
  forks->over |= over;
  pthread_cond_broadcast(&forks->changed);
  pthread_mutex_unlock(&forks->lock);
}

void lzr_forks_stop(struct lzr_forks *forks) {
  set_attending(forks, false, true);
}

static void close_one(int descriptor) {
  if (descriptor >= 0)
    close(descriptor);
}

static void drop_born(struct lzr_forks *forks) {
  for (size_t i = 0; i < forks->born_count; i++) {
    close(forks->born[i].stream);
    close(forks->born[i].channel);
  }
  forks->born_count = 0;
}

void lzr_forks_fini(struct lzr_forks *forks) {
  drop_born(forks);
  close_one(forks->channel);
  close_one(forks->wake);
  free(forks->born);
  free(forks->copies);
  pthread_cond_destroy(&forks->changed);
  pthread_mutex_destroy(&forks->lock);
}

void lzr_remote_on_fork(lzr_tpc *tpc, void (*pause)(void *data),
                        void (*resume)(void *data), void *data) {
  struct lzr_forks *forks = &lzr_remote_of(tpc)->forks;

  forks->pause = pause;
  forks->resume = resume;
  forks->session = data;
}

static void wake(const struct lzr_forks *forks) {
  uint64_t one = 1;

  while (write(forks->wake, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

/* ---- This process's own fork ---- */

/* The remote whose owner is about to fork. */
static struct lzr_remote *copied;

/* These handlers run inside those of sessions, which are registered later: a
   thread that has a session's lock may be about to post something. */
static void before_fork(void) {
  if (copied)
    lzr_connection_hold(copied->connection);
}

static void after_fork_in_parent(void) {
  if (copied)
    lzr_connection_let_go(copied->connection);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int registered;

static void register_handlers(void) {
  registered = pthread_atfork(before_fork, after_fork_in_parent, NULL);
}

lzr_error *lzr_forks_follow(struct lzr_remote *remote, int channel,
                            void (*on_fork)(void *data), void *data) {
  struct lzr_forks *forks = &remote->forks;

  forks->channel = channel;
  pthread_once(&once, register_handlers);
  if (registered != 0)
    return lzr_out_of_memory();
  forks->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (forks->wake < 0)
    return system_error("no event descriptor");
  forks->owner = pthread_self();
  forks->on_fork = on_fork;
  forks->on_fork_data = data;
  forks->follows = true;
  return NULL;
}

/* ---- The frost ---- */

/* Reads the sockets that belong to the child that is about to be. */
static lzr_error *receive(const struct lzr_forks *forks,
                          struct lzr_born *born) {
  int received[2];
  lzr_error *error = lzr_channel_receive(forks->channel, received, 2);

  if (!error)
    *born = (struct lzr_born){received[0], received[1]};
  return error;
}

/* Waits until the owner waits for the program. Returns false if the connection
   ends first. */
static bool begin_frost(struct lzr_forks *forks, bool *was_frozen) {
  bool attending;

  pthread_mutex_lock(&forks->lock);
  while (!forks->attending && !forks->over)
    pthread_cond_wait(&forks->changed, &forks->lock);
  attending = forks->attending;
  *was_frozen = forks->frozen;
  if (attending) {
    forks->announced++;
    forks->frozen = true;
  }
  pthread_mutex_unlock(&forks->lock);
  return attending;
}

static lzr_error *add_born(struct lzr_forks *forks,
                           const struct lzr_born *born) {
  struct lzr_born *grown;

  pthread_mutex_lock(&forks->lock);
  grown = lzr_array_grow(forks->born, forks->born_count, sizeof *grown);
  if (grown) {
    forks->born = grown;
    grown[forks->born_count++] = *born;
  } else {
    forks->announced--;
  }
  pthread_mutex_unlock(&forks->lock);
  return grown ? NULL : lzr_out_of_memory();
}

static lzr_error *expect_child(struct lzr_forks *forks,
                               const struct lzr_born *born) {
  bool was_frozen;
  lzr_error *error;

  if (!begin_frost(forks, &was_frozen))
    return lzr_error_create(LZR_ERROR_CLOSED, "the program has ended");
  if (!was_frozen && forks->pause)
    forks->pause(forks->session);
  error = add_born(forks, born);
  wake(forks);
  return error;
}

/* The answer sends everything that has been posted, so that the child has
   it. */
void lzr_forks_serve(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_forks *forks = &remote->forks;
  struct lzr_writer answer = {0};
  struct lzr_born born = {-1, -1};
  lzr_error *error;

  if (!forks->follows)
    error = lzr_error_create(LZR_ERROR_UNSUPPORTED, "forks are not followed");
  else
    error = receive(forks, &born);
  if (!error)
    error = expect_child(forks, &born);
  if (error) {
    close_one(born.stream);
    close_one(born.channel);
  }
  lzr_pack_error(&answer, error);
  lzr_call_answer(call, answer.bytes, answer.failed ? 0 : answer.size);
  lzr_writer_fini(&answer);
}

/* First calls that are under way cannot go on while the session is frozen. */
void lzr_forks_serve_done(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_forks *forks = &remote->forks;

  pthread_mutex_lock(&forks->lock);
  if (forks->announced > 0)
    forks->announced--;
  if (atomic_load(&remote->first_calls) > 0)
    forks->is_wanted = true;
  pthread_mutex_unlock(&forks->lock);
  if (forks->follows)
    wake(forks);
  lzr_call_answer(call, NULL, 0);
}

/* A copy's executor does not answer before it has woken up. Without a thread,
   it goes unwatched. */
static void begin_heartbeat(struct lzr_remote *remote) {
  if (atomic_exchange(&remote->forks.has_quiet_heart, false))
    lzr_error_destroy(lzr_heartbeat_start(remote, remote->heartbeat.timeout,
                                          remote->heartbeat.ask));
}

void lzr_forks_thaw(struct lzr_remote *remote) {
  struct lzr_forks *forks = &remote->forks;

  if (!forks->follows)
    return;
  begin_heartbeat(remote);
  pthread_mutex_lock(&forks->lock);
  if (forks->frozen) {
    forks->is_wanted = true;
    wake(forks);
  }
  while (forks->frozen)
    pthread_cond_wait(&forks->changed, &forks->lock);
  pthread_mutex_unlock(&forks->lock);
}

/* On the owner's thread, when no child is without a controller. */
static void end_frost(struct lzr_forks *forks) {
  bool was_frozen;

  pthread_mutex_lock(&forks->lock);
  was_frozen = forks->frozen;
  forks->frozen = forks->is_wanted = false;
  pthread_mutex_unlock(&forks->lock);
  if (was_frozen && forks->resume)
    forks->resume(forks->session);
  pthread_mutex_lock(&forks->lock);
  pthread_cond_broadcast(&forks->changed);
  pthread_mutex_unlock(&forks->lock);
}

/* ---- The copy ---- */

static void answered(void *data, const uint8_t *bytes, size_t size);

static lzr_error *replace_event(int *descriptor, int flags) {
  close(*descriptor);
  *descriptor = eventfd(0, EFD_CLOEXEC | flags);
  return *descriptor >= 0 ? NULL : system_error("no event descriptor");
}

/* Nothing of this is shared with the original. */
static lzr_error *separate(struct lzr_remote *remote, int channel) {
  struct lzr_forks *forks = &remote->forks;
  lzr_error *error = replace_event(&remote->stop, 0);

  if (!error)
    error = replace_event(&forks->wake, EFD_NONBLOCK);
  drop_born(forks);
  close(forks->channel);
  forks->channel = channel;
  pthread_mutex_init(&forks->lock, NULL);
  pthread_cond_init(&forks->changed, NULL);
  forks->announced = 0;
  forks->frozen = forks->is_wanted = forks->over = false;
  forks->copy_count = 0;
  forks->is_copy = true;
  pthread_mutex_init(&remote->callees_lock, NULL);
  pthread_mutex_init(&remote->claims.lock, NULL);
  lzr_posted_init(&remote->posted);
  lzr_news_renew(&remote->news);
  atomic_store(&remote->first_calls, 0);
  atomic_store(&forks->has_quiet_heart, remote->heartbeat.started);
  remote->heartbeat.started = false;
  remote->has_child = false;
  lzr_forward_signals(0);
  return error;
}

/* In the copy: becomes the controller of the program's child. The copy has
   nobody whom it could tell of a failure: its end tells the child. */
static void become_copy(struct lzr_remote *remote, const struct lzr_born *born,
                        struct asked *asked) {
  struct lzr_forks *forks = &remote->forks;
  lzr_error *error;

  lzr_connection_renew(remote->connection, born->stream, born->stream);
  error = separate(remote, born->channel);
  if (forks->on_fork)
    forks->on_fork(forks->on_fork_data);
  *asked = (struct asked){.forks = forks, .sequence = asked->sequence};
  if (!error)
    error = lzr_connection_expect(remote->connection, asked->sequence, answered,
                                  asked);
  if (!error)
    error = lzr_connection_resume(remote->connection);
  if (error)
    _exit(1);
}

/* ---- What the owner does ---- */

/* Zombies, of which there are at most those that have ended since the last
   fork. */
static void reap(struct lzr_forks *forks) {
  size_t kept = 0;

  for (size_t i = 0; i < forks->copy_count; i++)
    if (waitpid(forks->copies[i], NULL, WNOHANG) == 0)
      forks->copies[kept++] = forks->copies[i];
  forks->copy_count = kept;
}

static void note_copy(struct lzr_forks *forks, pid_t id) {
  pid_t *grown =
      lzr_array_grow(forks->copies, forks->copy_count, sizeof *grown);

  if (!grown)
    return; /* it stays a zombie */
  forks->copies = grown;
  grown[forks->copy_count++] = id;
}

static void take_out(struct lzr_forks *forks, size_t index) {
  pthread_mutex_lock(&forks->lock);
  forks->born[index] = forks->born[--forks->born_count];
  pthread_mutex_unlock(&forks->lock);
}

/* Tells the child why nobody will serve it. */
static void refuse(const struct lzr_born *born, int failure) {
  struct lzr_writer writer = {0};
  uint8_t bytes[LZR_HEADER_SIZE] = {0};
  struct lzr_header header = {.opcode = LZR_OPCODE_HANGUP};

  lzr_pack_raw(&writer, bytes, sizeof bytes);
  lzr_pack_error(&writer, lzr_error_create(LZR_ERROR_LIMIT,
                                           "lazyrun could not fork for it: %s",
                                           strerror(failure)));
  if (!writer.failed) {
    header.size = writer.size;
    lzr_header_pack(&header, writer.bytes);
    send(born->stream, writer.bytes, writer.size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  lzr_writer_fini(&writer);
}

/* Forks for one child. Returns true in the copy. */
static bool copy_for(struct lzr_remote *remote, size_t index,
                     struct asked *asked) {
  struct lzr_forks *forks = &remote->forks;
  struct lzr_born born = forks->born[index];
  pid_t id;

  take_out(forks, index);
  reap(forks);
  copied = remote;
  id = fork();
  if (id < 0)
    refuse(&born, errno);
  copied = NULL;
  if (id == 0) {
    become_copy(remote, &born, asked);
    return true;
  }
  if (id > 0)
    note_copy(forks, id);
  close(born.stream);
  close(born.channel);
  return false;
}

enum life {
  GONE,  /* it has ended or is another program, and has sent nothing */
  QUIET, /* it has sent nothing */
  SPEAKS
};

static enum life look_at(const struct lzr_born *born) {
  uint8_t byte;
  ssize_t size;

  do
    size = recv(born->stream, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  while (size < 0 && errno == EINTR);
  if (size > 0)
    return SPEAKS;
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? QUIET : GONE;
}

/* Forks for all children that speak, or, if also_quiet, that live. Returns true
   in a copy. */
static bool serve_born(struct lzr_remote *remote, bool also_quiet,
                       struct asked *asked) {
  struct lzr_forks *forks = &remote->forks;

  for (size_t i = forks->born_count; i-- > 0;) {
    enum life life = look_at(&forks->born[i]);

    if (life == GONE) {
      close(forks->born[i].stream);
      close(forks->born[i].channel);
      take_out(forks, i);
    } else if ((life == SPEAKS || also_quiet) && copy_for(remote, i, asked)) {
      return true;
    }
  }
  return false;
}

/* A list of what to wait for; owned. NULL without memory. No child is looked at
   while a fork is announced. */
static struct pollfd *list_news(struct lzr_remote *remote, size_t *count) {
  struct lzr_forks *forks = &remote->forks;
  struct pollfd *list;

  pthread_mutex_lock(&forks->lock);
  *count = (forks->announced > 0 ? 0 : forks->born_count) + 2;
  list = calloc(*count, sizeof *list);
  for (size_t i = 2; list && i < *count; i++)
    list[i].fd = forks->born[i - 2].stream;
  pthread_mutex_unlock(&forks->lock);
  return list;
}

/* Waits until there is something to do. Returns whether the connection has
   ended. */
static bool wait_for_news(struct lzr_remote *remote) {
  struct pollfd own[2], *list;
  size_t count;
  uint64_t unused;
  bool ended;

  list = list_news(remote, &count);
  if (!list) {
    list = own; /* children wait until the parent needs something */
    count = 2;
  }
  list[0].fd = remote->stop;
  list[1].fd = remote->forks.wake;
  for (size_t i = 0; i < count; i++)
    list[i].events = POLLIN;
  while (poll(list, count, -1) < 0 && errno == EINTR)
    ;
  ended = list[0].revents != 0;
  while (read(remote->forks.wake, &unused, sizeof unused) < 0 && errno == EINTR)
    ;
  if (list != own)
    free(list);
  return ended;
}

struct situation {
  bool announced, wanted, answered;
};

/* Unless a fork is announced, none can be until the owner attends again. */
static struct situation look(struct lzr_forks *forks,
                             const struct asked *asked) {
  struct situation state;

  pthread_mutex_lock(&forks->lock);
  state = (struct situation){forks->announced > 0, forks->is_wanted,
                             asked->has_answer};
  if (!state.announced)
    forks->attending = false;
  pthread_mutex_unlock(&forks->lock);
  return state;
}

/* Waits for the answer or the end. May return in a copy as well. */
static void attend(struct lzr_remote *remote, struct asked *asked) {
  struct lzr_forks *forks = &remote->forks;
  bool ended = false;

  for (;;) {
    struct situation state = look(forks, asked);
    bool goes_on = state.wanted || state.answered || ended;

    if (!state.announced || ended) {
      if (serve_born(remote, goes_on, asked)) {
        ended = false;
        continue;
      }
      if (goes_on || forks->born_count == 0)
        end_frost(forks);
      if (state.answered || ended)
        return;
    }
    set_attending(forks, true, false);
    ended = wait_for_news(remote);
  }
}

static void answered(void *data, const uint8_t *bytes, size_t size) {
  struct asked *asked = data;
  uint8_t *copy = size ? malloc(size) : NULL;

  pthread_mutex_lock(&asked->forks->lock);
  if (copy)
    memcpy(copy, bytes, size);
  asked->bytes = copy;
  asked->size = copy ? size : 0;
  asked->has_answer = true;
  pthread_mutex_unlock(&asked->forks->lock);
  wake(asked->forks);
}

static lzr_error *explain_end(struct lzr_remote *remote) {
  const lzr_error *reason = lzr_connection_reason(remote->connection);

  return lzr_error_create(
      LZR_ERROR_CLOSED, "the connection to the executor has ended%s%s",
      reason ? ": " : "", reason ? lzr_error_message(reason) : "");
}

bool lzr_forks_attends(const struct lzr_remote *remote, lzr_addr service) {
  const struct lzr_forks *forks = &remote->forks;

  if (!forks->follows || !pthread_equal(forks->owner, pthread_self()))
    return false;
  for (size_t i = 0; i < LZR_FORKS_SERVICES; i++)
    if (forks->services[i] == service)
      return true;
  return false;
}

/* In a copy, the second half of this runs too. */
lzr_error *lzr_forks_call(struct lzr_remote *remote, uint64_t tag,
                          const void *bytes, size_t size, uint8_t **answer,
                          size_t *answer_size) {
  struct lzr_forks *forks = &remote->forks;
  struct asked asked = {.forks = forks};
  lzr_error *error = lzr_connection_ask(remote->connection, tag, bytes, size,
                                        answered, &asked, &asked.sequence);

  if (error && !lzr_connection_has_ended(remote->connection))
    return error;
  if (!error)
    error = lzr_connection_flush(remote->connection);
  lzr_error_destroy(error); /* the connection ends, or has ended */
  attend(remote, &asked);
  set_attending(forks, false, !asked.has_answer);
  *answer = asked.bytes;
  *answer_size = asked.size;
  return asked.has_answer ? NULL : explain_end(remote);
}
