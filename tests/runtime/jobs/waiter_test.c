/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A waiter that is alerted, or not, and released: it always comes back, and
   nobody touches it after that. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "runtime/jobs/waiter.h"

struct plan {
  bool alerted;
  useconds_t before, between; /* microseconds before the alert, and after it */
  struct lzr_waiter *waiter;
};

static void *do_the_job(void *data) {
  struct plan *plan = data;
  usleep(plan->before);
  if (plan->alerted)
    lzr_waiter_alert(plan->waiter);
  if (plan->between)
    usleep(plan->between);
  lzr_waiter_release(plan->waiter);
  return NULL;
}

static void wait_once(struct plan plan) {
  struct lzr_waiter waiter;
  lzr_waiter_init(&waiter);
  plan.waiter = &waiter;
  pthread_t thread;
  cr_assert_eq(pthread_create(&thread, NULL, do_the_job, &plan), 0);
  lzr_waiter_wait(&waiter);
  lzr_waiter_fini(&waiter);
  memset(&waiter, 0xff, sizeof waiter); /* a later touch is not harmless */
  pthread_join(thread, NULL);
}

Test(waiter, comes_back_without_an_alert) {
  wait_once((struct plan){.alerted = false, .before = 1000});
}

Test(waiter, comes_back_soon_after_an_alert) {
  for (int i = 0; i < 200; i++)
    wait_once((struct plan){.alerted = true, .before = 100});
}

Test(waiter, sleeps_again_when_it_was_alerted_too_early) {
  for (int i = 0; i < 20; i++)
    wait_once((struct plan){.alerted = true, .between = 2000});
}

/* Released about when it gets tired of being awake. */
Test(waiter, is_released_while_it_falls_asleep) {
  for (useconds_t between = 1; between < 400; between++)
    wait_once((struct plan){.alerted = true, .between = between});
}

Test(waiter, need_not_wait_for_what_is_over) {
  struct lzr_waiter waiter;
  lzr_waiter_init(&waiter);
  lzr_waiter_release(&waiter);
  lzr_waiter_wait(&waiter);
  lzr_waiter_fini(&waiter);
}

Test(waiter, is_not_alerted_while_it_is_awake) {
  struct lzr_waiter waiter;
  lzr_waiter_init(&waiter);
  lzr_waiter_alert(&waiter);
  int posts;
  sem_getvalue(&waiter.woken, &posts);
  cr_expect_eq(posts, 0);
  lzr_waiter_release(&waiter);
  lzr_waiter_wait(&waiter);
  lzr_waiter_fini(&waiter);
}
