/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Connections that go on in a child, whose both ends are in one process. */
#include "tests/wire_support.h"

#include <sys/wait.h>

#include "tpc/wire/renewal.h"

enum { CONTROLLER, EXECUTOR };

enum tag { TAG_ECHO, TAG_HOLD };

static lzr_connection *ends[2];
static struct lzr_call *kept;
static sem_t held, answered;
static uint8_t answer_byte;

static void serve(void *data, struct lzr_call *call) {
  (void)data;
  if (call->tag == TAG_HOLD) {
    kept = call;
    sem_post(&held);
    return;
  }
  lzr_call_answer(call, call->bytes, call->size);
}

static void start(void) {
  struct lzr_connection_options options = {.serve = serve};
  struct stream stream = open_stream(true);
  uint8_t *setup;
  size_t size;

  sem_init(&held, 0, 0);
  sem_init(&answered, 0, 0);
  for (int i = 0; i < 2; i++)
    expect_fine(
        lzr_connection_create(stream.in[i], stream.out[i], &options, &ends[i]));
  expect_fine(lzr_connection_start(ends[EXECUTOR], "", 0));
  expect_fine(lzr_connection_meet(ends[CONTROLLER], 5000, &setup, &size));
  free(setup);
}

TestSuite(wire_renewal, .init = start, .timeout = 60);

static void note_answer(void *data, const uint8_t *bytes, size_t size) {
  (void)data;
  answer_byte = size == 1 ? *bytes : 0;
  sem_post(&answered);
}

static bool echoes(int end, uint8_t byte) {
  uint8_t *answer = NULL;
  size_t size = 0;
  lzr_error *error =
      lzr_connection_call(ends[end], TAG_ECHO, &byte, 1, &answer, &size);
  bool echoed = !error && size == 1 && *answer == byte;

  lzr_error_destroy(error);
  free(answer);
  return echoed;
}

static pid_t fork_held(void) {
  pid_t child;

  for (int i = 0; i < 2; i++)
    lzr_connection_hold(ends[i]);
  child = fork();
  if (child != 0)
    for (int i = 0; i < 2; i++)
      lzr_connection_let_go(ends[i]);
  return child;
}

static void renew(void) {
  int pair[2];

  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
    _exit(90);
  for (int i = 0; i < 2; i++)
    lzr_connection_renew(ends[i], pair[i], pair[i]);
}

static void resume(void) {
  for (int i = 0; i < 2; i++)
    if (lzr_connection_resume(ends[i]))
      _exit(91);
}

static void expect_status(pid_t child, int expected) {
  int status = -1;

  cr_assert_eq(waitpid(child, &status, 0), child);
  cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == expected, "%#x",
            status);
}

Test(wire_renewal, lets_parent_and_child_call_in_both_directions) {
  cr_assert(echoes(CONTROLLER, 1) && echoes(EXECUTOR, 2));
  pid_t child = fork_held();
  if (child == 0) {
    renew();
    resume();
    for (uint8_t i = 0; i < 50; i++)
      if (!echoes(CONTROLLER, i) || !echoes(EXECUTOR, i))
        _exit(i + 1);
    _exit(0);
  }
  for (uint8_t i = 0; i < 50; i++)
    cr_expect(echoes(CONTROLLER, i) && echoes(EXECUTOR, i));
  expect_status(child, 0);
}

/* A call that was made before the fork is answered twice: in the parent, and in
   the child. */
Test(wire_renewal, answers_an_open_call_in_both) {
  uint64_t sequence;

  expect_fine(lzr_connection_ask(ends[CONTROLLER], TAG_HOLD, "", 0, note_answer,
                                 NULL, &sequence));
  expect_fine(lzr_connection_flush(ends[CONTROLLER]));
  expect_posted(&held, "the call");
  pid_t child = fork_held();
  if (child == 0) {
    renew();
    if (lzr_connection_expect(ends[CONTROLLER], sequence, note_answer, NULL))
      _exit(92);
    resume();
    lzr_call_answer(kept, "c", 1);
    if (!echoes(CONTROLLER, 3)) /* comes behind the answer */
      _exit(93);
    sem_wait(&answered);
    _exit(answer_byte);
  }
  lzr_call_answer(kept, "p", 1);
  expect_posted(&answered, "the answer");
  cr_expect_eq(answer_byte, 'p');
  expect_status(child, 'c');
}

/* What has been posted and not sent is for the parent's peer. */
Test(wire_renewal, drops_what_was_kept) {
  uint64_t sequence;

  expect_fine(lzr_connection_ask(ends[CONTROLLER], TAG_HOLD, "", 0, note_answer,
                                 NULL, &sequence));
  pid_t child = fork_held();
  if (child == 0) {
    renew();
    resume();
    _exit(echoes(CONTROLLER, 4) && sem_trywait(&held) != 0 ? 0 : 1);
  }
  expect_status(child, 0);
}

Test(wire_renewal, closes_the_childs_copies) {
  pid_t child = fork_held();

  if (child == 0) {
    renew();
    pause();
  }
  usleep(20000);
  lzr_connection_destroy(ends[EXECUTOR]);
  for (int i = 0; i < 1000 && !lzr_connection_has_ended(ends[CONTROLLER]); i++)
    usleep(1000);
  cr_expect(lzr_connection_has_ended(ends[CONTROLLER]));
  kill(child, SIGKILL);
}
