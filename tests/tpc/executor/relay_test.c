/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An executor that is not a child with descriptors of its own: over standard
   input and output, Unix sockets and TCP. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "tests/executor_support.h"
#include "tpc/wire/secret.h"

TestSuite(executor_relay, .timeout = 60);

static const char secret[] = "correct horse battery staple";

/* ---- What the executor says here ----------------------------------------- */

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  char output[3][1 << 16]; /* by descriptor */
  size_t length[3];
  const char *input; /* what is left of it */
  bool ended;
  bool signalled;
  uint32_t status;
} heard = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .changed = PTHREAD_COND_INITIALIZER,
           .input = ""};

static void take_output(struct lzr_reader *reader) {
  uint8_t descriptor = lzr_unpack_u8(reader);
  size_t size;
  const uint8_t *bytes = lzr_unpack_bytes(reader, &size);

  if (reader->failed || descriptor < 1 || descriptor > 2 ||
      size > sizeof heard.output[0] - heard.length[descriptor])
    return;
  memcpy(heard.output[descriptor] + heard.length[descriptor], bytes, size);
  heard.length[descriptor] += size;
}

/* Three bytes at a time. */
static void give_input(struct lzr_writer *writer) {
  size_t size = strlen(heard.input);

  if (size > 3)
    size = 3;
  lzr_pack_bytes(writer, heard.input, size);
  heard.input += size;
}

/* Microseconds that showing some output takes. */
static unsigned slowness;

static void listen_to(struct lzr_call *call) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;

  lzr_reader_init(&reader, call->bytes, call->size);
  pthread_mutex_lock(&heard.lock);
  cr_expect(call->sequence >> 63, "its own calls have the top bit");
  if (call->tag == LZR_TAG_OUTPUT)
    take_output(&reader);
  if (call->tag == LZR_TAG_INPUT)
    give_input(&writer);
  if (call->tag == LZR_TAG_ENDING) {
    heard.signalled = lzr_unpack_bool(&reader);
    heard.status = lzr_unpack_u32(&reader);
    heard.ended = true;
  }
  pthread_cond_broadcast(&heard.changed);
  pthread_mutex_unlock(&heard.lock);
  if (call->tag == LZR_TAG_OUTPUT)
    usleep(slowness);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

static void expect_ending(bool signalled, uint32_t status) {
  struct timespec until;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 5;
  pthread_mutex_lock(&heard.lock);
  while (!heard.ended &&
         pthread_cond_timedwait(&heard.changed, &heard.lock, &until) == 0)
    ;
  cr_assert(heard.ended);
  cr_expect_eq(heard.signalled, signalled);
  cr_expect_eq(heard.status, status);
  pthread_mutex_unlock(&heard.lock);
}

/* ---- Standard input and output ------------------------------------------- */

static void start_over_stdio(void) {
  const char *words[] = {LZR_EXECUTOR, "stdio", NULL};
  int in[2], out[2];

  cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
  cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
  spawn(words, (int[]){in[0], out[1], -1}, -1);
  close(in[0]);
  close(out[1]);
  answer_call = listen_to;
  meet_executor(out[0], in[1]);
}

/* A word of text in the executor's memory. */
static uint64_t put_text(const char *text, uint64_t offset) {
  uint64_t address = said.start[LZR_PROT_DATA] + offset;

  expect_success(commit_part(LZR_PROT_DATA, address, text, strlen(text) + 1));
  return address;
}

Test(executor_relay, carries_output_in_order_and_complete) {
  char expected[1 << 16];
  size_t length = 0;

  start_over_stdio();
  uint64_t format = put_text("line %ld\n", 0);
  for (uint64_t i = 0; i < 200; i++) {
    call_libc("printf", 2, format, i);
    length += (size_t)sprintf(expected + length, "line %lu\n", i);
  }
  call_libc("dprintf", 3, 2, put_text("an error %ld\n", 64), 5);
  expect_closed(try_libc("exit", 6)); /* flushes */
  expect_ending(false, 6);
  cr_expect_eq(heard.length[1], length);
  cr_expect_arr_eq(heard.output[1], expected, length);
  cr_expect_str_eq(heard.output[2], "an error 5\n");
  expect_exit(6, 5);
  lzr_connection_destroy(connection);
}

/* Most of the output is still in the pipe when the program ends. */
Test(executor_relay, carries_much_output_to_a_slow_controller) {
  enum { LINE = 100, LINES = 600 };
  char line[LINE + 1];

  slowness = 50000;
  start_over_stdio();
  memset(line, 'x', LINE);
  line[LINE - 1] = '\n';
  line[LINE] = '\0';
  uint64_t text = put_text(line, 0), write_address = find_function("write");
  for (int i = 0; i < LINES; i++)
    cr_assert_eq(call_address(write_address, 3, (uint64_t[]){1, text, LINE}),
                 LINE);
  expect_closed(try_libc("_exit", 0));
  expect_ending(false, 0);
  cr_expect_eq(heard.length[1], (size_t)LINES * LINE);
  expect_exit(0, 5);
  lzr_connection_destroy(connection);
}

Test(executor_relay, carries_input_until_its_end) {
  heard.input = "some words";
  start_over_stdio();
  uint64_t data = put_text("                ", 0);
  uint64_t function = find_function("read");
  char text[32] = "";
  int64_t size;

  while ((size = call_address(function, 3, (uint64_t[]){0, data, 16})) > 0) {
    struct lzr_writer writer = {0};
    struct answer answer;
    size_t count;

    lzr_pack_u64(&writer, data);
    lzr_pack_u64(&writer, (uint64_t)size);
    answer = call_service(LZR_SERVICE_READ, &writer);
    cr_assert_null(lzr_unpack_expected(&answer.reader, "a read"));
    const uint8_t *bytes = lzr_unpack_bytes(&answer.reader, &count);
    strncat(text, (const char *)bytes, count);
    free(answer.bytes);
  }
  cr_expect_eq(size, 0);
  cr_expect_str_eq(text, "some words");
  expect_closed(try_libc("exit", 0));
  expect_exit(0, 5);
  lzr_connection_destroy(connection);
}

Test(executor_relay, says_that_the_program_was_killed) {
  start_over_stdio();
  expect_closed(try_libc("raise", SIGKILL));
  expect_ending(true, SIGKILL);
  expect_exit(128 + SIGKILL, 5);
  lzr_connection_destroy(connection);
}

static void *call_pause(void *unused) {
  expect_closed(try_libc("pause", 0));
  return unused;
}

/* Leaves the program in pause(), or stopped, when the controller goes. */
static void leave_program(bool stopped) {
  pthread_t thread;
  pid_t program;

  start_over_stdio();
  program = (pid_t)call_libc("getpid", 0);
  cr_expect_neq(program, executor);
  pthread_create(&thread, NULL, call_pause, NULL);
  usleep(100000);
  if (stopped)
    kill(program, SIGSTOP);
  lzr_connection_end(connection, NULL);
  pthread_join(thread, NULL);
  lzr_connection_destroy(connection);
  wait_for_executor(1);
  cr_expect(kill(program, 0) != 0 && errno == ESRCH);
}

Test(executor_relay, goes_within_a_second_whatever_the_program_does) {
  leave_program(false);
}

Test(executor_relay, goes_within_a_second_although_the_program_is_stopped) {
  leave_program(true);
}

Test(executor_relay, ends_a_program_at_rest_in_order) {
  start_over_stdio();
  call_libc("printf", 1, put_text("flushed at the end", 0));
  lzr_connection_end(connection, NULL);
  expect_exit(0, 2);
  lzr_connection_destroy(connection);
}

/* ---- A controller that breaks the protocol, or whose stream breaks --------
 */

static int raw; /* the controller's end */

static void send_raw(uint8_t opcode, uint64_t sequence, uint64_t tag,
                     const void *payload, size_t size) {
  struct lzr_header header = {LZR_HEADER_SIZE + size, opcode, sequence, tag};
  uint8_t packed[LZR_HEADER_SIZE];

  lzr_header_pack(&header, packed);
  cr_assert_eq(send(raw, packed, sizeof packed, MSG_NOSIGNAL),
               (ssize_t)sizeof packed);
  cr_assert_eq(send(raw, payload, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Returns false at the end. *payload is owned. */
static bool receive_raw(struct lzr_header *header, uint8_t **payload,
                        size_t *size) {
  uint8_t packed[LZR_HEADER_SIZE];

  if (recv(raw, packed, sizeof packed, MSG_WAITALL) != (ssize_t)sizeof packed)
    return false;
  *header = lzr_header_unpack(packed);
  *size = (size_t)(header->size - LZR_HEADER_SIZE);
  *payload = calloc(1, *size + 1);
  cr_assert(*payload);
  cr_assert_eq(recv(raw, *payload, *size, MSG_WAITALL), (ssize_t)*size);
  return true;
}

/* Reads the Setup message, and calls a service of lazyrun's. */
static void start_raw(void) {
  const char *words[] = {LZR_EXECUTOR, "stdio", NULL};
  struct lzr_header header;
  uint8_t *payload;
  size_t size;
  int sockets[2];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  spawn(words, (int[]){sockets[1], sockets[1], -1}, -1);
  close(sockets[1]);
  raw = sockets[0];
  cr_assert(receive_raw(&header, &payload, &size));
  cr_assert_eq(header.opcode, LZR_OPCODE_SETUP);
  read_setup(payload, size);
  free(payload);
  send_raw(LZR_OPCODE_CALL, 0, service(LZR_SERVICE_READ), (uint64_t[2]){0, 0},
           16);
}

/* Reads to the end. Returns the reason in the goodbye, or "". */
static const char *hear_to_the_end(bool *told_ending) {
  static char reason[256];
  struct lzr_header header;
  uint8_t *payload;
  size_t size;

  *told_ending = false;
  while (receive_raw(&header, &payload, &size)) {
    if (header.opcode == LZR_OPCODE_CALL && header.tag == LZR_TAG_ENDING)
      *told_ending = true;
    if (header.opcode == LZR_OPCODE_HANGUP && size > 9)
      snprintf(reason, sizeof reason, "%s", (char *)payload + 9);
    free(payload);
  }
  return reason;
}

/* The relay's own calls have numbers with the top bit. */
Test(executor_relay, refuses_an_answer_that_it_does_not_wait_for) {
  bool told_ending;

  start_raw();
  send_raw(LZR_OPCODE_RESULT, UINT64_C(1) << 63 | UINT64_C(1) << 56, 0, "", 0);
  const char *reason = hear_to_the_end(&told_ending);
  cr_expect(strstr(reason, "which nobody waits for"), "'%s'", reason);
  expect_exit(1, 5);
  close(raw);
}

/* The controller must not take this for exit(0). */
Test(executor_relay, does_not_say_that_the_program_ended_when_a_stream_breaks) {
  bool told_ending;

  start_raw();
  shutdown(raw, SHUT_WR);
  cr_expect_str_eq(hear_to_the_end(&told_ending), "");
  cr_expect_not(told_ending);
  expect_exit(0, 5);
  close(raw);
}

/* A controller that calls none of lazyrun's services, as LLVM's: it would take
   a message that is no answer for an error. */
Test(executor_relay, says_nothing_of_its_own_to_others) {
  struct lzr_writer writer = {0};
  uint8_t *answer = NULL;
  size_t size;

  start_over_stdio();
  lzr_pack_u64(&writer,
               service("__llvm_orc_SimpleExecutorDylibManager_Instance"));
  lzr_pack_string(&writer, "");
  lzr_pack_u64(&writer, 0);
  uint64_t handle = expect_value(call_service(
      "__llvm_orc_SimpleExecutorDylibManager_open_wrapper", &writer));
  lzr_pack_u64(&writer, handle);
  lzr_pack_u64(&writer, 1);
  lzr_pack_string(&writer, "abort");
  lzr_pack_bool(&writer, true);
  struct answer found = call_service(
      "__llvm_orc_SimpleExecutorDylibManager_resolve_wrapper", &writer);
  cr_assert_null(lzr_unpack_expected(&found.reader, "resolve"));
  cr_assert_eq(lzr_unpack_u64(&found.reader), 1u);
  cr_assert(lzr_unpack_bool(&found.reader));
  lzr_pack_u64(&writer, lzr_unpack_u64(&found.reader));
  free(found.bytes);
  expect_closed(lzr_connection_call(
      connection, service("__llvm_orc_bootstrap_run_as_void_function_wrapper"),
      writer.bytes, writer.size, &answer, &size));
  lzr_writer_fini(&writer);
  expect_exit(128 + SIGABRT, 5);
  cr_expect(!heard.ended);
  lzr_connection_destroy(connection);
}

/* ---- Sockets
   -------------------------------------------------------------- */

/* Starts an executor that listens; the address to connect to is the last word
   of what it says. */
static void start_listening(const char *const *words, char *address,
                            size_t size) {
  int errors[2];
  char line[512] = "";
  size_t length = 0;

  cr_assert_eq(pipe2(errors, O_CLOEXEC), 0);
  spawn(words, (int[]){-1, -1, errors[1]}, -1);
  close(errors[1]);
  while (length < sizeof line - 1 && read(errors[0], line + length, 1) == 1 &&
         line[length] != '\n')
    length++;
  line[length] = '\0';
  cr_assert(strrchr(line, ' '), "'%s'", line);
  snprintf(address, size, "%s", strrchr(line, ' ') + 1);
}

static int connect_tcp(const char *address) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  cr_assert(strrchr(address, ':'), "'%s'", address);
  to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
  cr_assert_eq(connect(made, (struct sockaddr *)&to, sizeof to), 0, "%s: %s",
               address, strerror(errno));
  return made;
}

Test(executor_relay, serves_over_a_unix_socket) {
  char path[] = "/tmp/lazyrun_relay_XXXXXX", word[64], address[64];
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const char *words[] = {LZR_EXECUTOR, word, NULL};

  cr_assert_not_null(mkdtemp(path));
  snprintf(word, sizeof word, "unix:listen=%s/socket", path);
  start_listening(words, address, sizeof address);
  snprintf(to.sun_path, sizeof to.sun_path, "%s/socket", path);
  int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  cr_assert_eq(connect(made, (struct sockaddr *)&to, sizeof to), 0);
  answer_call = listen_to;
  meet_executor(made, made);
  cr_expect_neq(call_libc("getpid", 0), executor);
  expect_closed(try_libc("exit", 4));
  expect_ending(false, 4);
  expect_exit(4, 5);
  lzr_connection_destroy(connection);
  cr_expect_eq(rmdir(path), 0, "the socket's file is still there");
}

Test(executor_relay, serves_over_tcp_who_knows_the_secret) {
  const char *words[] = {LZR_EXECUTOR, "tcp:listen=127.0.0.1:0", NULL};
  char address[64];

  setenv("LAZYRUN_SECRET", secret, 1);
  start_listening(words, address, sizeof address);
  unsetenv("LAZYRUN_SECRET");
  int made = connect_tcp(address);
  cr_assert_null(
      lzr_secret_exchange(made, made, secret, strlen(secret), false));
  answer_call = listen_to;
  meet_executor(made, made);
  cr_expect_eq(call_libc("getenv", 1, put_text("LAZYRUN_SECRET", 0)), 0);
  expect_closed(try_libc("exit", 0));
  expect_ending(false, 0);
  expect_exit(0, 5);
  lzr_connection_destroy(connection);
}

Test(executor_relay, serves_nobody_else) {
  static const char other[] = "incorrect horse battery staple";
  const char *words[] = {LZR_EXECUTOR, "--wait=2", "tcp:listen=127.0.0.1:0",
                         NULL};
  char address[64];

  setenv("LAZYRUN_SECRET", secret, 1);
  start_listening(words, address, sizeof address);
  unsetenv("LAZYRUN_SECRET");
  int made = connect_tcp(address);
  lzr_error *error =
      lzr_secret_exchange(made, made, other, strlen(other), false);
  cr_expect_not_null(error);
  lzr_error_destroy(error);
  close(made);
  expect_exit(1, 6);
}

Test(executor_relay, serves_everybody_when_told_to) {
  const char *words[] = {LZR_EXECUTOR, "--insecure", "listen=localhost:0",
                         NULL};
  char address[64];

  start_listening(words, address, sizeof address);
  int made = connect_tcp(address);
  answer_call = listen_to;
  meet_executor(made, made);
  lzr_connection_end(connection, NULL);
  expect_exit(0, 3);
  lzr_connection_destroy(connection);
}

/* ---- What is wrong ------------------------------------------------------- */

static void receive(int socket, void *bytes, size_t size) {
  cr_assert_eq(recv(socket, bytes, size, MSG_WAITALL), (ssize_t)size);
}

/* The next message's opcode; its payload is text, cut. */
static uint8_t receive_message(int socket, char *text, size_t capacity) {
  uint8_t packed[LZR_HEADER_SIZE];
  struct lzr_header header;

  receive(socket, packed, sizeof packed);
  header = lzr_header_unpack(packed);
  memset(text, 0, capacity);
  for (uint64_t i = 0; i < header.size - LZR_HEADER_SIZE; i++) {
    char byte;

    receive(socket, &byte, 1);
    if (i + 1 < capacity)
      text[i] = byte ? byte : ' ';
  }
  return header.opcode;
}

/* Behind a relay as without one: a Hangup with the reason, and status 1. */
Test(executor_relay, tells_the_controller_what_was_malformed) {
  const char *words[] = {LZR_EXECUTOR, "--insecure", "listen=localhost:0",
                         NULL};
  struct lzr_header header = {LZR_HEADER_SIZE, 77, 0, 0};
  uint8_t packed[LZR_HEADER_SIZE];
  char address[64], text[256];

  start_listening(words, address, sizeof address);
  int made = connect_tcp(address);
  cr_assert_eq(receive_message(made, text, sizeof text), LZR_OPCODE_SETUP);
  lzr_header_pack(&header, packed);
  cr_assert_eq(send(made, packed, sizeof packed, MSG_NOSIGNAL),
               (ssize_t)sizeof packed);
  cr_expect_eq(receive_message(made, text, sizeof text), LZR_OPCODE_HANGUP);
  cr_expect(strstr(text, "opcode 77"), "'%s'", text);
  close(made);
  expect_exit(1, 5);
}

Test(executor_relay, passes_on_the_childs_reason) {
  struct lzr_writer writer = {0};

  start_over_stdio();
  lzr_pack_u64(&writer, 0x1000); /* nothing is committed there */
  expect_failure(call_service(LZR_SERVICE_RELEASE, &writer),
                 "no committed allocation");
  expect_ending(false, 1);
  while (!lzr_connection_has_ended(connection))
    usleep(1000);
  cr_assert_not_null(lzr_connection_reason(connection));
  cr_expect(strstr(lzr_error_message(lzr_connection_reason(connection)),
                   "no committed allocation"));
  expect_exit(1, 5);
  lzr_connection_destroy(connection);
}
