/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which threads read, and which serve calls.
 *
 * One thread at a time *watches*: it waits for bytes, and then reads. The
 * watcher is mostly a thread of the connection. When it has read a call that is
 * not quick, it leaves the watch, serves the call, and comes back. To wake
 * another thread for the watch each time would cost as much as all the rest of
 * a short call; so another *stands by*: as long as there is traffic, the
 * standby looks every tick, and takes the watch if no thread has it. It goes to
 * sleep when a thread of the connection has had the watch for a whole tick.
 *
 * A caller that may read (callers_read, or because it is itself a thread of the
 * connection) watches for itself while it waits, if no other thread does. That
 * saves a change of threads, from the one that reads to the one that waits. A
 * thread of the connection makes way when it has read an answer for a caller,
 * and stands by; it comes back when a tick has passed without such an answer,
 * or when a caller has watched in vain (that caller may be in a signal
 * handler).
 *
 * A thread may *attend*: it waits for calls as a caller waits for an answer,
 * and all that is said of callers holds for it.
 *
 * The rule that keeps a connection alive: a thread of the connection watches,
 * or one stands by, or one is about to do so. Where the system gives no more
 * threads, the last one serves what it has read. Before it does so it nudges
 * the callers, who may sleep because it has watched until now. A caller that
 * waits for an answer then watches for itself, a tick at a time, and asks for a
 * thread again.
 *
 * The number of threads is limited. Calls beyond the limit wait in a queue,
 * while the watcher keeps watching.
 */
#include <errno.h>
#include <stdlib.h>

#include "tpc/base/clock.h"
#include "tpc/base/events.h"
#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"

/* A tick, in microseconds: the longest time for which a call may wait that
   arrives while no thread watches, and for which a caller watches at a time. */
enum { TICK = 200 };

/* The connection that owns this thread. */
static _Thread_local const struct lzr_connection *works_for;

/* ---- Making threads ---- */

static void *work(void *data);

/* The lock is held, in this function and in all that do not say otherwise. */
static bool add_thread(struct lzr_connection *connection) {
  unsigned count = connection->thread_count;

  if (count == LZR_CONNECTION_MAX_THREADS ||
      pthread_create(&connection->threads[count], NULL, work, connection) != 0)
    return false;
  connection->thread_count++;
  connection->idle++;
  return true;
}

/* Makes sure of a thread for one more task; returns false if there is none
   now. */
static bool summon(struct lzr_connection *connection) {
  unsigned wanted = connection->given_count + connection->standby_coming;

  if (wanted >= connection->idle && !add_thread(connection))
    return false;
  pthread_cond_signal(&connection->something_to_do);
  return true;
}

void lzr_connection_wake_threads(struct lzr_connection *connection) {
  pthread_cond_broadcast(&connection->something_to_do);
  pthread_cond_broadcast(&connection->standby_wanted);
}

lzr_error *lzr_connection_start_threads(struct lzr_connection *connection) {
  bool started;

  pthread_mutex_lock(&connection->lock);
  connection->watch_now = true;
  started = add_thread(connection);
  pthread_mutex_unlock(&connection->lock);
  return started ? NULL
                 : lzr_error_create(LZR_ERROR_LIMIT,
                                    "no thread for a connection to %s",
                                    connection->peer);
}

void lzr_connection_join_threads(struct lzr_connection *connection) {
  /* No thread is added meanwhile: only a thread that looks at a call adds
     one. */
  for (unsigned i = 0; i < connection->thread_count; i++)
    pthread_join(connection->threads[i], NULL);
}

/* ---- Standing by ---- */

static bool watches(const struct lzr_connection *connection) {
  return connection->watcher == connection;
}

/* The state of the connection one tick ago. */
struct seen {
  const void *watcher;
  uint64_t vacancies, caller_reads;
};

static struct seen see(const struct lzr_connection *connection) {
  return (struct seen){connection->watcher, connection->vacancies,
                       connection->caller_reads};
}

static struct timespec in_a_tick(void) {
  return lzr_time_after(TICK * LZR_MICROSECOND);
}

static void wait_a_tick(struct lzr_connection *connection) {
  struct timespec time = in_a_tick();

  pthread_cond_timedwait(&connection->standby_wanted, &connection->lock, &time);
}

/* Sends what callers have posted; returns whether there is something to
   read. */
static bool look_around(struct lzr_connection *connection) {
  bool readable;

  pthread_mutex_unlock(&connection->lock);
  lzr_connection_send_answers(connection);
  readable =
      lzr_incoming_wait(&connection->incoming, 0, NULL) != LZR_NEXT_NOTHING;
  pthread_mutex_lock(&connection->lock);
  return readable;
}

/* Whether to stand by for another tick; if not, this thread may take the
   watch. */
static bool stays(struct lzr_connection *connection, const struct seen *seen,
                  bool readable) {
  bool called = connection->caller_reads != seen->caller_reads;

  if (watches(connection))
    return connection->vacancies != seen->vacancies;
  if (connection->watcher ? called || connection->watcher != seen->watcher
                          : called && !readable)
    return true;
  connection->watcher = NULL;
  connection->watch_now = true;
  return false;
}

/* Calls wait for a thread, and the system gives none. The thread that checks
   this serves one of them, even if no thread watches meanwhile; callers that
   wait for answers then watch for themselves. */
static bool lacks_threads(struct lzr_connection *connection) {
  return connection->given_count > connection->idle &&
         connection->thread_count < LZR_CONNECTION_MAX_THREADS &&
         !add_thread(connection);
}

static void stand_by(struct lzr_connection *connection) {
  connection->has_standby = true;
  for (;;) {
    struct seen seen = see(connection);
    bool readable;

    if (!connection->watch_now && !connection->has_ended)
      wait_a_tick(connection);
    if (connection->watch_now || connection->has_ended)
      break;
    readable = look_around(connection);
    if (connection->watch_now || connection->has_ended ||
        lacks_threads(connection) || !stays(connection, &seen, readable))
      break;
  }
  connection->has_standby = false;
}

/* ---- The watch ---- */

static void call_standby(struct lzr_connection *connection) {
  connection->watch_now = true;
  pthread_cond_signal(&connection->standby_wanted);
}

/* Whether a thread stands by, or is about to. */
static bool is_covered(struct lzr_connection *connection) {
  if (!connection->has_standby && !connection->standby_coming)
    connection->standby_coming = summon(connection);
  return connection->has_standby || connection->standby_coming;
}

/* Prepares this thread, which reads, to serve a call. */
bool lzr_connection_vacate(struct lzr_connection *connection) {
  bool more = lzr_incoming_has_bytes(&connection->incoming);
  bool covered, leaves;

  pthread_mutex_lock(&connection->lock);
  covered = is_covered(connection);
  leaves = covered || connection->thread_count < LZR_CONNECTION_MAX_THREADS;
  if (leaves) {
    connection->watcher = NULL;
    connection->vacancies++;
    connection->left_bytes = !covered && more;
    if (covered && more)
      call_standby(connection);
  }
  pthread_mutex_unlock(&connection->lock);
  return leaves;
}

/* Leaves the watch to callers, and stands by. */
static void make_way(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  connection->watcher = NULL;
  pthread_mutex_unlock(&connection->lock);
}

/* For a thread of the connection, whose signals are always blocked. */
static bool has_ended(struct lzr_connection *connection) {
  bool ended;

  pthread_mutex_lock(&connection->lock);
  ended = connection->has_ended;
  pthread_mutex_unlock(&connection->lock);
  return ended;
}

static struct lzr_call *take_given(struct lzr_connection *connection) {
  struct lzr_given *given = connection->first_given;

  connection->first_given = given->next;
  connection->given_count--;
  return &given->call;
}

/* A caller may have read a call while this thread took the watch from it, and
   found no thread for it. From now on nobody else reads, so this thread would
   wait while that call does. */
static struct lzr_call *leave_for_given(struct lzr_connection *connection) {
  bool more = lzr_incoming_has_bytes(&connection->incoming);
  struct lzr_call *call = NULL;

  pthread_mutex_lock(&connection->lock);
  if (lacks_threads(connection)) {
    call = take_given(connection);
    connection->watcher = NULL;
    connection->vacancies++;
    connection->left_bytes = more;
  }
  pthread_mutex_unlock(&connection->lock);
  return call;
}

/* Waits until there is a call to serve, or until this thread should do
   something else. */
static struct lzr_call *watch(struct lzr_connection *connection) {
  bool served_caller = false, readable = false;
  struct lzr_call *call;

  while (!has_ended(connection)) {
    pthread_mutex_lock(&connection->reading);
    call = lzr_connection_read(connection, readable, NULL, &served_caller);
    pthread_mutex_unlock(&connection->reading);
    if (call)
      return call;
    if (served_caller) {
      make_way(connection);
      return NULL;
    }
    call = leave_for_given(connection);
    if (call)
      return call;
    lzr_incoming_wait(&connection->incoming, -1, NULL);
    readable = true;
  }
  return NULL;
}

/* ---- What a thread of the connection does ---- */

bool lzr_connection_give(struct lzr_connection *connection,
                         struct lzr_given *given) {
  bool taken;

  pthread_mutex_lock(&connection->lock);
  taken = connection->given_count < LZR_CONNECTION_MAX_QUEUED;
  if (taken) {
    summon(connection); /* if there is none it waits for one */
    if (connection->given_count++ == 0)
      connection->first_given = given;
    else
      connection->last_given->next = given;
    connection->last_given = given;
  }
  pthread_mutex_unlock(&connection->lock);
  return taken;
}

/* A thread that has just served a call returns to the watch; standby_coming
   tells whether another is about to stand by. A thread that comes from
   elsewhere may be that other one. */
static bool take_watch(struct lzr_connection *connection, bool comes_back) {
  if (connection->watcher || !(connection->watch_now || comes_back))
    return false;
  connection->watcher = connection;
  connection->watch_now = false;
  if (!comes_back)
    connection->standby_coming = false;
  return true;
}

static void be_idle(struct lzr_connection *connection) {
  connection->idle++;
  pthread_cond_wait(&connection->something_to_do, &connection->lock);
  connection->idle--;
}

enum duty { DUTY_WATCH, DUTY_SERVE, DUTY_END };

static enum duty find_duty(struct lzr_connection *connection, bool comes_back,
                           struct lzr_call **call) {
  while (!connection->has_ended) {
    if (lacks_threads(connection)) {
      *call = take_given(connection);
      return DUTY_SERVE;
    }
    if (take_watch(connection, comes_back))
      return DUTY_WATCH;
    if (!connection->has_standby &&
        (connection->standby_coming || !watches(connection))) {
      connection->standby_coming = false;
      stand_by(connection);
    } else if (connection->given_count > 0) {
      *call = take_given(connection);
      return DUTY_SERVE;
    } else {
      be_idle(connection);
    }
    comes_back = false;
  }
  return DUTY_END;
}

/* Called before a thread serves a call. An idle thread that was to stand by may
   have found another call to serve. */
static void prepare_to_serve(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  connection->standby_coming &= connection->idle > 0;
  if (!watches(connection) && !connection->has_standby &&
      !connection->standby_coming) {
    lzr_waiting_nudge_all(&connection->waiting);
    lzr_waiting_nudge(&connection->attendant);
  }
  pthread_mutex_unlock(&connection->lock);
}

static void serve(struct lzr_connection *connection, struct lzr_call *call) {
  sigset_t own;

  prepare_to_serve(connection);
  if (connection->options.keep_signals)
    pthread_sigmask(SIG_SETMASK, &connection->served_signals, &own);
  connection->options.serve(connection->options.data, call);
  if (connection->options.keep_signals)
    pthread_sigmask(SIG_SETMASK, &own, NULL);
}

/* Exactly one thread calls the callback ended: the first to notice the end. It
   does so only after the goodbye is sent, because the process may end in the
   callback. */
static void tell_end(struct lzr_connection *connection) {
  const struct lzr_connection_options *options = &connection->options;
  bool has_told;

  pthread_mutex_lock(&connection->lock);
  while (!connection->has_stopped)
    pthread_cond_wait(&connection->something_to_do, &connection->lock);
  has_told = connection->has_told;
  connection->has_told = true;
  pthread_mutex_unlock(&connection->lock);
  if (!has_told && options->ended)
    options->ended(options->data, lzr_connection_reason(connection));
}

/* Makes libc give this thread a part of its heap. If the program limits its
   memory (setrlimit) before the thread first allocates, libc finds nothing for
   it, even where other parts have room. */
static void prepare_to_allocate(void) {
  void *volatile block = malloc(1);

  free(block);
}

static void *work(void *data) {
  struct lzr_connection *connection = data;
  bool comes_back = false;
  enum duty duty;

  works_for = connection;
  lzr_own_thread = true;
  prepare_to_allocate();
  lzr_event_now(LZR_EVENT_THREAD, NULL, "thread_name%cconnection", 0);
  pthread_mutex_lock(&connection->lock);
  connection->idle--; /* was new */
  for (;;) {
    struct lzr_call *call = NULL;

    duty = find_duty(connection, comes_back, &call);
    pthread_mutex_unlock(&connection->lock);
    if (duty == DUTY_END)
      break;
    if (duty == DUTY_WATCH)
      call = watch(connection);
    if (call)
      serve(connection, call);
    comes_back = call != NULL;
    pthread_mutex_lock(&connection->lock);
  }
  tell_end(connection);
  return NULL;
}

/* ---- Callers ---- */

/* A thread that waits for an answer has been woken, for it or by a nudge. Of
   two posts it does not matter which is which. */
static bool is_nudged(struct lzr_connection *connection,
                      struct lzr_pending *waiter) {
  bool nudged;

  pthread_mutex_lock(&connection->lock);
  nudged = waiter->is_nudged;
  waiter->is_nudged = false;
  pthread_mutex_unlock(&connection->lock);
  return nudged;
}

bool lzr_connection_is_done(struct lzr_connection *connection,
                            struct lzr_pending *waiter) {
  while (sem_trywait(&waiter->done) == 0)
    if (!is_nudged(connection, waiter))
      return true;
  return false;
}

/* Sets *has_bytes if the last watcher left bytes that nobody has looked at. */
static bool caller_takes_watch(struct lzr_connection *connection,
                               const struct lzr_pending *waiter,
                               bool *has_bytes) {
  bool taken;

  pthread_mutex_lock(&connection->lock);
  taken = !connection->watcher && !connection->watch_now;
  if (taken) {
    connection->watcher = waiter;
    *has_bytes = connection->left_bytes;
    connection->left_bytes = false;
  }
  pthread_mutex_unlock(&connection->lock);
  return taken;
}

/* the standby may have taken the watch meanwhile */
static void caller_leaves_watch(struct lzr_connection *connection,
                                const struct lzr_pending *waiter,
                                bool has_answer) {
  pthread_mutex_lock(&connection->lock);
  connection->caller_reads += has_answer;
  if (connection->watcher == waiter) {
    connection->watcher = NULL;
    if (!has_answer && is_covered(connection))
      call_standby(connection);
  }
  pthread_mutex_unlock(&connection->lock);
}

/* Whether a signal is blocked now that was not blocked when the connection was
   made: that is so while the signal's handler runs. */
static bool may_be_handler(const struct lzr_connection *connection,
                           const sigset_t *signals) {
  sigset_t both;

  sigandset(&both, signals, &connection->open_signals);
  return !sigisemptyset(&both);
}

bool lzr_connection_may_read(const struct lzr_connection *connection,
                             const sigset_t *signals) {
  bool is_own = works_for == connection;

  if (is_own && !connection->options.keep_signals)
    return true; /* no handler runs there */
  return (is_own || connection->options.callers_read) &&
         !may_be_handler(connection, signals);
}

static bool caller_has_watch(struct lzr_connection *connection,
                             const struct lzr_pending *waiter) {
  bool has;

  pthread_mutex_lock(&connection->lock);
  has = connection->watcher == waiter;
  pthread_mutex_unlock(&connection->lock);
  return has;
}

/* Returns false if the standby has taken the watch. Then it reads, and what it
   reads it also sees served. */
static bool caller_reads(struct lzr_connection *connection,
                         struct lzr_pending *waiter, bool may_read) {
  bool unused = false, reads;

  pthread_mutex_lock(&connection->reading);
  reads = caller_has_watch(connection, waiter);
  if (reads)
    lzr_connection_read(connection, may_read, waiter, &unused);
  pthread_mutex_unlock(&connection->reading);
  return reads;
}

/* Waits for bytes and reads them, as long as some arrive. Signal handlers run
   during the wait. Returns whether the answer was among the bytes. */
static bool caller_watches(struct lzr_connection *connection,
                           struct lzr_pending *waiter,
                           const sigset_t *signals) {
  bool has_answer = false, has_bytes = false, reads = false;
  enum lzr_next next;

  if (!caller_takes_watch(connection, waiter, &has_bytes))
    return false;
  if (has_bytes)
    caller_reads(connection, waiter, false);
  do {
    next = lzr_incoming_wait(&connection->incoming, TICK, signals);
    reads = next == LZR_NEXT_MESSAGE && caller_reads(connection, waiter, true);
    has_answer = lzr_connection_is_done(connection, waiter);
  } while (!has_answer && reads);
  caller_leaves_watch(connection, waiter, has_answer);
  return has_answer;
}

/* Waits between serving a call and the next tick. Returns false if no thread of
   the connection watches or will watch, because the system gives none. */
static bool have_it_watched(struct lzr_connection *connection) {
  bool watched;

  pthread_mutex_lock(&connection->lock);
  watched =
      watches(connection) || connection->has_ended || is_covered(connection);
  if (watched && !connection->watcher)
    call_standby(connection);
  pthread_mutex_unlock(&connection->lock);
  return watched;
}

/* Waits with the signals let through that the caller lets through. Returns
   whether there is an answer. */
static bool await_for_a_tick(struct lzr_connection *connection,
                             struct lzr_pending *waiter,
                             const sigset_t *signals) {
  struct timespec until = in_a_tick();
  sigset_t own;
  bool done;

  pthread_sigmask(SIG_SETMASK, signals, &own);
  done = sem_clockwait(&waiter->done, CLOCK_MONOTONIC, &until) == 0;
  pthread_sigmask(SIG_SETMASK, &own, NULL);
  return done && !is_nudged(connection, waiter);
}

/* Does the same until there is an answer or a nudge. */
static bool await_for_ever(struct lzr_connection *connection,
                           struct lzr_pending *waiter,
                           const sigset_t *signals) {
  sigset_t own;

  pthread_sigmask(SIG_SETMASK, signals, &own);
  while (sem_wait(&waiter->done) != 0)
    ; /* a handler ran: EINTR */
  pthread_sigmask(SIG_SETMASK, &own, NULL);
  return !is_nudged(connection, waiter);
}

void lzr_connection_await(struct lzr_connection *connection,
                          struct lzr_pending *waiter, const sigset_t *signals) {
  bool may_read = waiter->may_read;

  for (;;) {
    if (may_read && caller_watches(connection, waiter, signals))
      return;
    if (have_it_watched(connection)
            ? await_for_ever(connection, waiter, signals)
            : await_for_a_tick(connection, waiter, signals))
      return;
    /* A compile thread, say, on which no handler runs. Nobody else may be there
       who can read. */
    may_read |= lzr_own_thread;
  }
}
