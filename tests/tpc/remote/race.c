/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Many threads use one remote target, under ThreadSanitizer: an executor of
   this process answers, over a socket pair, while it calls back. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fake_executor.h"
#include "tpc/remote.h"
#include "tpc/wire/services.h"

enum { THREADS = 4, ROUNDS = 300, LOOKUP = FAKE_SERVICES + 8 };

static int sides[2];
static lzr_tpc *tpc;

static void must(bool fine) {
  if (!fine) {
    fprintf(stderr, "failed\n");
    _exit(1);
  }
}

/* ---- The executor -------------------------------------------------------- */

/* Commits and releases succeed, and all names have the same address. */
static void answer(const struct fake_message *message) {
  struct lzr_writer writer = {0};

  if (message->tag == LOOKUP) {
    lzr_pack_u8(&writer, 1);
    lzr_pack_u64(&writer, 1);
    for (int i = 0; i < 3; i++)
      lzr_pack_u64(&writer, 0x1234);
  } else if (message->tag == FAKE_SERVICES + 5) { /* add_handler */
    lzr_pack_u8(&writer, 1);
    lzr_pack_u64(&writer, 0x5678);
  } else {
    lzr_pack_u8(&writer, 0);
  }
  fake_send_packed(sides[1], FAKE_RESULT, message->sequence, 0, &writer);
}

static void *be_executor(void *unused) {
  struct lzr_writer writer = {0};
  struct fake_message message;
  uint64_t calls = 0;

  (void)unused;
  fake_pack_setup(&writer, &fake_good_setup);
  fake_send_packed(sides[1], FAKE_SETUP, 0, 0, &writer);
  while (fake_receive(sides[1], &message)) {
    if (message.opcode == FAKE_CALL) {
      answer(&message);
      lzr_pack_u64(&writer, calls);
      fake_send_packed(sides[1], FAKE_CALL, calls,
                       LZR_TAG_FIRST_FREE + calls % 3, &writer);
      calls++;
    }
    free(message.payload);
  }
  close(sides[1]);
  return NULL;
}

/* ---- The controller ------------------------------------------------------ */

static uint64_t handle(void *data, uint64_t index) {
  (void)data;
  return index + 1;
}

static void make_unit(void) {
  struct lzr_layout layout = {.size = {64, 32, 64}};
  lzr_allocation *unit;

  must(!lzr_tpc_reserve(tpc, &layout, &unit));
  struct lzr_segment segment = {unit->address[LZR_PROT_CODE], "code", 4, 0};
  struct lzr_pointer_store store = {unit->address[LZR_PROT_DATA], 1};
  struct lzr_commit commit = {&segment, 1, NULL, 0, &store, 1, NULL};
  must(!lzr_tpc_commit(tpc, unit, &commit));
  must(!lzr_tpc_store_pointers(tpc, &store, 1));
  lzr_tpc_release(tpc, unit);
}

static void *use(void *data) {
  struct lzr_name name = {.name = "f", .required = true};
  lzr_addr context;

  for (int i = 0; i < ROUNDS; i++) {
    make_unit();
    must(!lzr_tpc_lookup(tpc, 0, &name, 1));
    must(name.address == 0x1234);
    if (i % 100 == 0)
      must(!lzr_tpc_add_handler(tpc, handle, data, &context));
    must(lzr_tpc_ending(tpc)->kind == LZR_ENDING_RUNNING);
  }
  return NULL;
}

int main(void) {
  char address[32];
  struct lzr_remote_options options = {.size = sizeof options,
                                       .connect = address};
  pthread_t executor, threads[THREADS];

  must(socketpair(AF_UNIX, SOCK_STREAM, 0, sides) == 0);
  snprintf(address, sizeof address, "fd=%d", sides[0]);
  must(!pthread_create(&executor, NULL, be_executor, NULL));
  must(!lzr_tpc_create_remote(&options, &tpc));
  for (int i = 0; i < THREADS; i++)
    must(!pthread_create(&threads[i], NULL, use, NULL));
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  lzr_tpc_close(tpc);
  pthread_join(executor, NULL);
  return 0;
}
