/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A controller whose executor is hostile: the controller does a fixed sequence
 * of operations, and the input says what comes back: a Setup that may be
 * damaged, answers of every form, and messages that nobody asked for.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fake_executor.h"
#include "tests/fuzz/fuzz.h"
#include "tpc/remote.h"
#include "tpc/tpc.h"
#include "tpc/wire/services.h"

enum { PATIENCE = 200, TIMEOUT = 3000 }; /* milliseconds */

/* The executor. */

struct executor {
  struct fuzz_input input;
  int socket;
};

static void damage(struct fuzz_input *input, struct lzr_writer *writer) {
  for (unsigned times = fuzz_byte(input) % 4; times > 0; times--) {
    size_t at = fuzz_number(input, 2);
    uint8_t bits = fuzz_byte(input);
    if (at < writer->size)
      writer->bytes[at] ^= bits;
  }
}

static void send_setup(struct executor *executor) {
  struct fuzz_input *input = &executor->input;
  uint8_t form = fuzz_byte(input);
  struct fake_setup setup = form & 1 ? fake_llvm_setup : fake_good_setup;
  struct lzr_writer writer = {0};
  if (form & 2) {
    setup.page_size = UINT64_C(1) << fuzz_byte(input) % 24;
    setup.save_form = fuzz_byte(input);
    setup.save_size = (uint32_t)fuzz_number(input, 2);
    setup.window[fuzz_byte(input) % 6] = fuzz_number(input, 8);
  }
  if (form & 4)
    setup.leave_out = fuzz_byte(input) & 1 ? "initialize" : "mem_read";
  fake_pack_setup(&writer, &setup);
  if (form & 8)
    damage(input, &writer);
  fake_send_packed(executor->socket, FAKE_SETUP, 0, 0, &writer);
}

/* A call, an answer or anything else that the controller does not expect. */
static void send_unasked(struct executor *executor, uint8_t what) {
  static const uint64_t tags[] = {
      LZR_TAG_OUTPUT,         LZR_TAG_INPUT,          LZR_TAG_CRASH,
      LZR_TAG_ENDING,         LZR_TAG_FIRST_FREE,     LZR_TAG_FIRST_FREE + 1,
      LZR_TAG_FIRST_FREE + 2, LZR_TAG_FIRST_FREE + 3,
  };
  struct fuzz_input *input = &executor->input;
  uint64_t opcode = what & 8    ? FAKE_CALL
                    : what & 16 ? FAKE_RESULT
                                : fuzz_byte(input);
  uint64_t sequence = fuzz_byte(input);
  uint64_t tag = opcode != FAKE_CALL ? 0
                 : what & 32         ? fuzz_number(input, 8)
                                     : tags[what & 7];
  size_t size = fuzz_byte(input);
  const uint8_t *payload = fuzz_bytes(input, &size);
  fake_send(executor->socket, opcode, sequence, tag, payload, size);
}

static void pack_answer(struct fuzz_input *input, uint8_t form,
                        struct lzr_writer *writer) {
  size_t size;
  switch (form) {
  case 0: /* an Error: none; or the start of an Expected's sentence */
    lzr_pack_u8(writer, 0);
    break;
  case 1: /* an Expected<u64> */
    lzr_pack_u8(writer, 1);
    lzr_pack_u64(writer, fuzz_number(input, 8));
    break;
  case 2: /* nothing: a failure without a sentence */
    break;
  case 3: /* an Error's sentence, with control characters */
    lzr_pack_u8(writer, 1);
    lzr_pack_string(writer, "a\033[31m\n");
    break;
  case 4: /* an Expected of a sequence that promises more than there is */
    lzr_pack_u8(writer, 1);
    lzr_pack_u64(writer, fuzz_number(input, 2));
    for (unsigned words = fuzz_byte(input) % 16; words > 0; words--)
      lzr_pack_u64(writer, fuzz_number(input, 4));
    break;
  case 5: /* an Expected<u32>: main's status */
    lzr_pack_u8(writer, 1);
    lzr_pack_u32(writer, (uint32_t)fuzz_number(input, 4));
    break;
  default:
    size = fuzz_byte(input);
    const uint8_t *bytes = fuzz_bytes(input, &size);
    lzr_pack_raw(writer, bytes, size);
  }
}

/* Waits for a call and answers it. False when none comes. */
static bool answer_call(struct executor *executor, uint8_t what) {
  struct pollfd ready = {.fd = executor->socket, .events = POLLIN};
  struct lzr_writer writer = {0};
  struct fake_message message;
  if (poll(&ready, 1, PATIENCE) <= 0 ||
      !fake_receive(executor->socket, &message))
    return false;
  free(message.payload);
  if (message.opcode == FAKE_HANGUP)
    return false;
  if (message.opcode != FAKE_CALL)
    return true;
  pack_answer(&executor->input, what & 7, &writer);
  fake_send_packed(executor->socket, FAKE_RESULT,
                   what & 64 ? fuzz_byte(&executor->input) : message.sequence,
                   0, &writer);
  return true;
}

static void *play(void *data) {
  struct executor *executor = data;
  struct fuzz_input *input = &executor->input;
  char junk[4096];
  bool goes_on = true;
  send_setup(executor);
  while (goes_on && input->at < input->end) {
    uint8_t what = fuzz_byte(input);
    if (what & 128)
      send_unasked(executor, what);
    else
      goes_on = answer_call(executor, what);
  }
  shutdown(executor->socket, SHUT_WR);
  while (recv(executor->socket, junk, sizeof junk, 0) > 0)
    ;
  close(executor->socket);
  return NULL;
}

/* The controller. */

static uint64_t handler(void *data, uint64_t index) {
  (void)data;
  return index + 1;
}

static lzr_error *host_function(void *data, const lzr_value *arguments,
                                lzr_value *result) {
  (void)data;
  result->i = arguments[0].i;
  return arguments[0].i == 7 ? lzr_error_create(LZR_ERROR_ARGUMENT, "not seven")
                             : NULL;
}

static const lzr_type types[] = {LZR_TYPE_I32, LZR_TYPE_F64};
static const struct lzr_signature signature = {LZR_TYPE_I64, types, 2, 2};

static void use_memory(lzr_tpc *tpc) {
  struct lzr_layout layout = {.size = {64, 32, 48}, .align = {16, 16, 16}};
  lzr_allocation *allocation = NULL;
  fuzz_end_error(lzr_tpc_reserve(tpc, &layout, &allocation));
  if (allocation) {
    const lzr_addr *address = allocation->address;
    static const uint8_t code[64];
    struct lzr_segment segments[] = {{address[0], code, 64, 0},
                                     {address[1], code, 16, 16},
                                     {address[2], code, 8, 40}};
    struct lzr_pointer_store store = {address[2], 5};
    struct lzr_commit commit = {.segments = segments,
                                .segment_count = 3,
                                .stores = &store,
                                .store_count = 1};
    fuzz_end_error(lzr_tpc_commit(tpc, allocation, &commit));
  }
  lzr_tpc_release(tpc, allocation);
}

static void use_names(lzr_tpc *tpc) {
  struct lzr_name names[] = {{.name = "puts", .required = true},
                             {.name = "tls", .thread_local_storage = true}};
  lzr_library_handle library = 0;
  fuzz_end_error(lzr_tpc_open_library(tpc, "libm.so.6", &library));
  fuzz_end_error(lzr_tpc_lookup(tpc, library, names, 2));
  names[0].required = false;
  fuzz_end_error(lzr_tpc_lookup(tpc, 0, names, 1));
}

static void use_program(lzr_tpc *tpc) {
  const char *argv[] = {"x"};
  lzr_value arguments[] = {{.i = 1}, {.f64 = 2}}, result;
  int status;
  fuzz_end_error(lzr_tpc_run_main(tpc, 0x1000, 1, argv, &status));
  fuzz_end_error(lzr_tpc_call(tpc, 0x1000, &signature, arguments, &result));
  fuzz_end_error(lzr_tpc_run_void(tpc, 0x1000));
}

static void use(lzr_tpc *tpc) {
  char bytes[16] = "";
  lzr_addr made;
  fuzz_end_error(lzr_tpc_add_handler(tpc, handler, NULL, &made));
  fuzz_end_error(
      lzr_tpc_add_function(tpc, &signature, host_function, NULL, &made));
  use_memory(tpc);
  use_names(tpc);
  fuzz_end_error(lzr_tpc_read(tpc, 0x1234, bytes, 16));
  fuzz_end_error(lzr_tpc_read(tpc, 0x1234, bytes, 3));
  fuzz_end_error(lzr_tpc_write(tpc, 0x1234, bytes, 16));
  use_program(tpc);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct executor executor = {.input = {bytes, bytes + size}};
  int sockets[2];
  pthread_t thread;
  char address[32];
  lzr_tpc *tpc;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
    abort();
  executor.socket = sockets[1];
  if (pthread_create(&thread, NULL, play, &executor))
    abort();
  snprintf(address, sizeof address, "fd=%d", sockets[0]);
  struct lzr_remote_options options = {
      .size = sizeof options, .connect = address, .timeout = TIMEOUT};
  lzr_error *error = lzr_tpc_create_remote(&options, &tpc);
  if (!error) {
    use(tpc);
    lzr_tpc_close(tpc);
  }
  fuzz_end_error(error);
  pthread_join(thread, NULL);
  return 0;
}
