/*
 * Who reads, and who serves.
 *
 * One thread at a time *watches*: it waits for bytes, and then reads. Mostly
 * that is a thread of the connection. One that has read a call which is not
 * quick leaves the watch, serves the call, and comes back. To wake another
 * thread for the watch each time would cost as much as all the rest of a short
 * call; so another *stands by*: as long as there is something going on it looks
 * every tick, and takes the watch if nobody has it. It goes to sleep when a
 * whole tick long a thread of the connection had the watch.
 *
 * A caller that may read (callers_read, or because it is itself a thread of the
 * connection) watches for itself while it waits when nobody else does, which
 * saves the step from the thread that reads to the one that waits. A thread of
 * the connection makes way when it has read an answer for a caller, and stands
 * by; it comes back when a tick has passed without such an answer, or with a
 * caller that watches in vain (it may be in a signal handler).
 *
 * A thread may *attend*: it waits for calls as a caller waits for an answer,
 * and all that is said of callers goes for it.
 *
 * The rule that keeps a connection alive: a thread of the connection watches,
 * or one stands by, or one is on its way to do so.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tpc/wire/inside.h"
#include "tpc/wire/own_thread.h"
#include "tpc/wire/signals.h"

/* In microseconds. So long may a call wait that comes while nobody watches; and
   so long does a caller watch at most. */
enum { TICK = 200 };

/* The connection whose thread this is. */
static _Thread_local const struct lzr_connection *works_for;

/* ---- Having threads -------------------------------------------------------
 */

static void *work(void *data);

/* The lock is held, here and in all that says nothing else. */
static bool add_thread(struct lzr_connection *connection) {
  unsigned count = connection->thread_count;

  if (count == LZR_CONNECTION_MAX_THREADS ||
      pthread_create(&connection->threads[count], NULL, work, connection) != 0)
    return false;
  connection->thread_count++;
  connection->idle++;
  return true;
}

/* A thread for one thing more than there are; false if there is none. */
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
  /* No more are added: that takes a call that is looked at. */
  for (unsigned i = 0; i < connection->thread_count; i++)
    pthread_join(connection->threads[i], NULL);
}

/* ---- Standing by ----------------------------------------------------------
 */

static bool watches(const struct lzr_connection *connection) {
  return connection->watcher == connection;
}

/* How things were a tick ago. */
struct seen {
  const void *watcher;
  uint64_t vacancies, caller_reads;
};

static struct seen see(const struct lzr_connection *connection) {
  return (struct seen){connection->watcher, connection->vacancies,
                       connection->caller_reads};
}

static void wait_a_tick(struct lzr_connection *connection) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_nsec += TICK * 1000L;
  if (time.tv_nsec >= 1000000000L) {
    time.tv_sec++;
    time.tv_nsec -= 1000000000L;
  }
  pthread_cond_timedwait(&connection->standby_wanted, &connection->lock, &time);
}

/* Sends what callers have left to be sent; tells whether there is something to
   be read. */
static bool look_around(struct lzr_connection *connection) {
  bool readable;

  pthread_mutex_unlock(&connection->lock);
  lzr_connection_send_answers(connection);
  readable =
      lzr_incoming_wait(&connection->incoming, 0, NULL) != LZR_NEXT_NOTHING;
  pthread_mutex_lock(&connection->lock);
  return readable;
}

/* Whether to stand by for another tick; if not, the watch may be taken. */
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
        !stays(connection, &seen, readable))
      break;
  }
  connection->has_standby = false;
}

/* ---- The watch ------------------------------------------------------------
 */

static void call_standby(struct lzr_connection *connection) {
  connection->watch_now = true;
  pthread_cond_signal(&connection->standby_wanted);
}

/* This thread, which reads, is going to serve a call. */
bool lzr_connection_vacate(struct lzr_connection *connection) {
  bool more = lzr_incoming_has_bytes(&connection->incoming);
  bool covered;

  pthread_mutex_lock(&connection->lock);
  covered = connection->has_standby || connection->standby_coming;
  if (!covered)
    covered = connection->standby_coming = summon(connection);
  if (covered) {
    connection->watcher = NULL;
    connection->vacancies++;
    if (more)
      call_standby(connection);
  }
  pthread_mutex_unlock(&connection->lock);
  return covered;
}

/* Lets callers watch, and stands by. */
static void make_way(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  connection->watcher = NULL;
  pthread_mutex_unlock(&connection->lock);
}

/* For a thread of the connection, which has signals blocked anyway. */
static bool has_ended(struct lzr_connection *connection) {
  bool ended;

  pthread_mutex_lock(&connection->lock);
  ended = connection->has_ended;
  pthread_mutex_unlock(&connection->lock);
  return ended;
}

/* Until there is a call to be served, or this thread should do something else.
 */
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
    lzr_incoming_wait(&connection->incoming, -1, NULL);
    readable = true;
  }
  return NULL;
}

/* ---- What a thread of the connection does ---------------------------------
 */

/* For a call that a caller has read. */
bool lzr_connection_give(struct lzr_connection *connection,
                         struct lzr_given *given) {
  bool taken;

  pthread_mutex_lock(&connection->lock);
  taken = summon(connection);
  if (taken) {
    if (connection->given_count++ == 0)
      connection->first_given = given;
    else
      connection->last_given->next = given;
    connection->last_given = given;
  }
  pthread_mutex_unlock(&connection->lock);
  return taken;
}

static struct lzr_call *take_given(struct lzr_connection *connection) {
  struct lzr_given *given = connection->first_given;

  connection->first_given = given->next;
  connection->given_count--;
  return &given->call;
}

/* Who has just served comes back to the watch; another is on its way to stand
   by if standby_coming says so. Who comes from elsewhere may be that other. */
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

static void serve(struct lzr_connection *connection, struct lzr_call *call) {
  sigset_t own;

  if (connection->options.keep_signals)
    pthread_sigmask(SIG_SETMASK, &connection->served_signals, &own);
  connection->options.serve(connection->options.data, call);
  if (connection->options.keep_signals)
    pthread_sigmask(SIG_SETMASK, &own, NULL);
}

/* One thread of all tells, whichever is the first to notice. */
static void tell_end(struct lzr_connection *connection) {
  const struct lzr_connection_options *options = &connection->options;
  bool has_told;

  pthread_mutex_lock(&connection->lock);
  has_told = connection->has_told;
  connection->has_told = true;
  pthread_mutex_unlock(&connection->lock);
  if (!has_told && options->ended)
    options->ended(options->data, lzr_connection_reason(connection));
}

static void *work(void *data) {
  struct lzr_connection *connection = data;
  bool comes_back = false;
  enum duty duty;

  works_for = connection;
  lzr_own_thread = true;
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

/* ---- Callers --------------------------------------------------------------
 */

static bool caller_takes_watch(struct lzr_connection *connection,
                               const struct lzr_waiter *waiter) {
  bool taken;

  pthread_mutex_lock(&connection->lock);
  taken = !connection->watcher && !connection->watch_now;
  if (taken)
    connection->watcher = waiter;
  pthread_mutex_unlock(&connection->lock);
  return taken;
}

/* The standby may have taken it away meanwhile. */
static void caller_leaves_watch(struct lzr_connection *connection,
                                const struct lzr_waiter *waiter,
                                bool has_answer) {
  pthread_mutex_lock(&connection->lock);
  connection->caller_reads += has_answer;
  if (connection->watcher == waiter) {
    connection->watcher = NULL;
    if (!has_answer)
      call_standby(connection);
  }
  pthread_mutex_unlock(&connection->lock);
}

/* Whether a signal is blocked that was not where the connection was made: it is
   while its handler runs. */
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

/* Waits for bytes and reads them, as long as some come; handlers of signals run
   while it waits. Whether the answer was among them. */
static bool caller_watches(struct lzr_connection *connection,
                           struct lzr_waiter *waiter, const sigset_t *signals) {
  enum lzr_next next;
  bool has_answer = false, unused = false;

  if (!caller_takes_watch(connection, waiter))
    return false;
  do {
    next = lzr_incoming_wait(&connection->incoming, TICK, signals);
    if (next == LZR_NEXT_MESSAGE) {
      pthread_mutex_lock(&connection->reading);
      lzr_connection_read(connection, true, waiter, &unused);
      pthread_mutex_unlock(&connection->reading);
    }
    has_answer = sem_trywait(&waiter->done) == 0;
  } while (!has_answer && next == LZR_NEXT_MESSAGE);
  caller_leaves_watch(connection, waiter, has_answer);
  return has_answer;
}

/* Between a call that is served and the next tick. */
static void have_it_watched(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  if (!connection->watcher)
    call_standby(connection);
  pthread_mutex_unlock(&connection->lock);
}

void lzr_connection_await(struct lzr_connection *connection,
                          struct lzr_waiter *waiter, const sigset_t *signals) {
  sigset_t own;

  if (waiter->may_read && caller_watches(connection, waiter, signals))
    return;
  have_it_watched(connection);
  pthread_sigmask(SIG_SETMASK, signals, &own);
  while (sem_wait(&waiter->done) != 0)
    ; /* a handler ran: EINTR */
  pthread_sigmask(SIG_SETMASK, &own, NULL);
}
