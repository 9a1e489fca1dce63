#include "runtime/waiter.h"

#include <errno.h>
#include <stdbool.h>

#include "runtime/session.h"

/* How long a thread that has been alerted stays awake; then it was too early.
   Nanoseconds. */
enum { AWAKE = 60000 };

enum state {
  ASLEEP,
  ALERT,  /* awake: looks at the state */
  WEARY,  /* asleep again */
  AT_END, /* the job is done */
};

void lzr_waiter_init(struct lzr_waiter *waiter) {
  sem_init(&waiter->woken, 0, 0);
  atomic_init(&waiter->state, ASLEEP);
  waiter->error = NULL;
  waiter->next = NULL;
}

void lzr_waiter_fini(struct lzr_waiter *waiter) {
  sem_destroy(&waiter->woken);
}

static void sleep_until_woken(struct lzr_waiter *waiter) {
  while (sem_wait(&waiter->woken) != 0 && errno == EINTR)
    ;
}

/* Whoever ends the job wakes those that sleep, and only those: one that is
   awake may be gone before it could be woken. */
static bool may_sleep_again(struct lzr_waiter *waiter) {
  int alert = ALERT;
  return atomic_compare_exchange_strong(&waiter->state, &alert, WEARY);
}

void lzr_waiter_wait(struct lzr_waiter *waiter) {
  sleep_until_woken(waiter);
  uint64_t start = lzr_now();
  while (atomic_load(&waiter->state) == ALERT && lzr_now() - start < AWAKE)
    ;
  if (may_sleep_again(waiter))
    sleep_until_woken(waiter);
}

void lzr_waiter_alert(struct lzr_waiter *waiter) {
  int asleep = ASLEEP;
  if (atomic_compare_exchange_strong(&waiter->state, &asleep, ALERT))
    sem_post(&waiter->woken);
}

void lzr_waiter_release(struct lzr_waiter *waiter) {
  if (atomic_exchange(&waiter->state, AT_END) != ALERT)
    sem_post(&waiter->woken);
}
