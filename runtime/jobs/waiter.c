/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/jobs/waiter.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "tpc/base/clock.h"
#include "tpc/base/cpu.h"

enum state {
  AWAKE, /* looks at the state */
  ASLEEP,
  AT_END, /* the job is done */
};

/* How many nanoseconds the waiting thread stays awake after an alert. Linking
   takes some tens of thousands, unless the unit is large. */
enum { AWAKE_TIME = 200000 };

/* How often the waiting thread looks before it lets others have the processor,
   and how long it rests in between: the thread that works may be on the other
   half of the same core. */
enum { LOOKS = 32, RESTS = 16 };

void lzr_waiter_init(struct lzr_waiter *waiter) {
  sem_init(&waiter->woken, 0, 0);
  atomic_init(&waiter->state, AWAKE);
  waiter->error = NULL;
  waiter->next = NULL;
}

void lzr_waiter_fini(struct lzr_waiter *waiter) {
  sem_destroy(&waiter->woken);
}

static void rest(void) {
  for (int i = 0; i < RESTS; i++)
    lzr_cpu_relax();
}

static void stay_awake(struct lzr_waiter *waiter) {
  uint64_t start = lzr_now();
  for (int looks = 0;
       atomic_load(&waiter->state) != AT_END && lzr_now() - start < AWAKE_TIME;
       looks++) {
    rest();
    if (looks % LOOKS == LOOKS - 1)
      sched_yield();
  }
}

/* The thread that ends the job wakes only waiters that sleep. A waiter that is
   awake may be gone before it could be woken. */
static bool fall_asleep(struct lzr_waiter *waiter) {
  int awake = AWAKE;
  return atomic_compare_exchange_strong(&waiter->state, &awake, ASLEEP);
}

void lzr_waiter_wait(struct lzr_waiter *waiter) {
  while (fall_asleep(waiter)) {
    while (sem_wait(&waiter->woken) != 0 && errno == EINTR)
      ;
    stay_awake(waiter);
  }
}

void lzr_waiter_alert(struct lzr_waiter *waiter) {
  int asleep = ASLEEP;
  if (atomic_compare_exchange_strong(&waiter->state, &asleep, AWAKE))
    sem_post(&waiter->woken);
}

void lzr_waiter_release(struct lzr_waiter *waiter) {
  if (atomic_exchange(&waiter->state, AT_END) == ASLEEP)
    sem_post(&waiter->woken);
}
