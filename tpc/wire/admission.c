/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/thread.h"

/* A stranger, while a thread of its own listens to it. */
struct stranger {
  struct door *door;
  pthread_t thread;
  int socket;
  enum { FREE, TALKS, HAS_PROVED, HAS_FAILED } state; /* under lock */
  lzr_error *error;                                   /* owned; why not */
};

struct door {
  const struct lzr_admission *admission;
  int listener;
  int changed; /* an eventfd: readable when a stranger's state has changed */
  pthread_mutex_t lock;
  struct stranger strangers[LZR_ADMISSION_MOST];
  lzr_error *last; /* owned; what was wrong with the last stranger, or NULL */
};

static void note(struct door *door) {
  uint64_t one = 1;

  while (write(door->changed, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

static void *listen_to(void *data) {
  struct stranger *stranger = data;
  struct door *door = stranger->door;
  const struct lzr_admission *admission = door->admission;
  lzr_error *error =
      lzr_secret_exchange(stranger->socket, stranger->socket, admission->secret,
                          admission->size, admission->side);

  pthread_mutex_lock(&door->lock);
  stranger->error = error;
  stranger->state = error ? HAS_FAILED : HAS_PROVED;
  pthread_mutex_unlock(&door->lock);
  note(door);
  return NULL;
}

static struct stranger *find_free(struct door *door) {
  for (int i = 0; i < LZR_ADMISSION_MOST; i++)
    if (door->strangers[i].state == FREE)
      return &door->strangers[i];
  return NULL;
}

/* Without a thread of its own, the stranger is heard at once, and others
   wait. */
static void let_speak(struct door *door, struct stranger *stranger,
                      int socket) {
  sigset_t saved;
  int failure;

  *stranger = (struct stranger){.door = door, .socket = socket, .state = TALKS};
  lzr_signals_block(&saved); /* they are for the thread that waits */
  failure = pthread_create(&stranger->thread, NULL, listen_to, stranger);
  lzr_signals_restore(&saved);
  if (failure == 0)
    return;
  stranger->thread = pthread_self();
  listen_to(stranger);
}

static void accept_one(struct door *door) {
  struct stranger *stranger = find_free(door);
  int socket = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC);

  if (socket >= 0 && stranger)
    let_speak(door, stranger, socket);
  else if (socket >= 0)
    close(socket);
}

static void end_thread(struct stranger *stranger) {
  if (!pthread_equal(stranger->thread, pthread_self()))
    pthread_join(stranger->thread, NULL);
}

static void dismiss(struct door *door, struct stranger *stranger) {
  end_thread(stranger);
  close(stranger->socket);
  if (stranger->error) {
    lzr_error_destroy(door->last);
    door->last = stranger->error;
  }
  *stranger = (struct stranger){0};
}

/* Removes strangers that have failed. Returns the socket of one that has proved
   that it knows the secret, or -1. */
static int look_at_all(struct door *door) {
  int peer = -1;

  for (int i = 0; i < LZR_ADMISSION_MOST; i++) {
    struct stranger *stranger = &door->strangers[i];
    int state;

    pthread_mutex_lock(&door->lock);
    state = stranger->state;
    pthread_mutex_unlock(&door->lock);
    if (state == HAS_PROVED && peer < 0) {
      end_thread(stranger);
      peer = stranger->socket;
      *stranger = (struct stranger){0};
    } else if (state == HAS_PROVED || state == HAS_FAILED) {
      dismiss(door, stranger);
    }
  }
  return peer;
}

/* Returns the peer's socket, or -1 when the time is over. */
static int await_peer(struct door *door, int timeout) {
  uint64_t deadline = lzr_now() + (uint64_t)timeout * LZR_MILLISECOND;
  int peer = -1;

  while (peer < 0) {
    int left = lzr_milliseconds_until(deadline);
    struct pollfd polled[] = {{door->changed, POLLIN, 0},
                              {door->listener, POLLIN, 0}};
    uint64_t count;

    if (left == 0 || (poll(polled, 2, left) < 0 && errno != EINTR))
      break;
    if (polled[1].revents)
      accept_one(door);
    if (polled[0].revents &&
        read(door->changed, &count, sizeof count) == sizeof count)
      peer = look_at_all(door);
  }
  return peer;
}

/* Cuts off the strangers that are still being heard. */
static void close_door(struct door *door) {
  for (int i = 0; i < LZR_ADMISSION_MOST; i++)
    if (door->strangers[i].state != FREE) {
      shutdown(door->strangers[i].socket, SHUT_RDWR);
      dismiss(door, &door->strangers[i]);
    }
  close(door->changed);
  pthread_mutex_destroy(&door->lock);
}

lzr_error *lzr_admit(int listener, int timeout,
                     const struct lzr_admission *admission, int *peer,
                     bool *nobody) {
  struct door door = {.admission = admission, .listener = listener};
  lzr_error *error = lzr_secret_check(admission->size);

  *nobody = false;
  if (error)
    return error;
  door.changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (door.changed < 0)
    return lzr_error_create(LZR_ERROR_LIMIT, "no event descriptor: %s",
                            strerror(errno));
  pthread_mutex_init(&door.lock, NULL);
  fcntl(listener, F_SETFL, O_NONBLOCK); /* the stranger may have left already */
  *peer = await_peer(&door, timeout);
  close_door(&door);
  *nobody = *peer < 0 && !door.last;
  if (*peer >= 0)
    lzr_error_destroy(door.last);
  else if (!door.last)
    door.last = lzr_error_create(LZR_ERROR_TARGET, "nobody came");
  return *peer >= 0 ? NULL : door.last;
}
