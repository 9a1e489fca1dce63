/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A small controller for tests of the executor: starts the executor that was
 * built, reads its Setup message, and calls its services by name. Functions of
 * libc stand for the program: they are looked up there and called by their
 * types.
 */
#ifndef LZR_TESTS_EXECUTOR_SUPPORT_H
#define LZR_TESTS_EXECUTOR_SUPPORT_H

#ifndef LZR_TESTS_HAVE_ASSERTS
#include <criterion/criterion.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tpc/tpc.h"
#include "tpc/wire/connection.h"
#include "tpc/wire/header.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/result.h"
#include "tpc/wire/services.h"

enum { MEET_TIMEOUT = 10000, MAX_WORDS = 8, MAX_SERVICES = 100 };

/* The process. */

static pid_t executor;

/* False if a child of the executor ends in order: LeakSanitizer takes memory
   that only the stacks of its parent's threads point to for leaked there. */
static bool seeks_leaks = true;

#define NO_HANDLERS                                                            \
  "handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:"             \
  "handle_abort=0:handle_sigtrap=0"

/* Starts the executor with the words of a NULL-terminated list. Each of streams
   that is not -1 becomes one of its standard streams; keep is inherited. */
static inline void spawn(const char *const *words, const int streams[3],
                         int keep) {
  executor = fork();
  cr_assert(executor >= 0);
  if (executor > 0)
    return;
  for (int i = 0; i < 3; i++)
    if (streams && streams[i] >= 0)
      dup2(streams[i], i);
  if (keep >= 0)
    fcntl(keep, F_SETFD, 0);
  /* The executor itself reports crashes, in every build. */
  setenv("ASAN_OPTIONS",
         seeks_leaks ? NO_HANDLERS : NO_HANDLERS ":detect_leaks=0", 1);
  execv(LZR_EXECUTOR, (char *const *)(uintptr_t)words);
  _exit(127);
}

static inline double seconds(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Returns the executor's status as waitpid reports it. After limit seconds,
   kills it and fails. */
static inline int wait_for_executor(double limit) {
  double start = seconds();
  int status = -1;

  while (waitpid(executor, &status, WNOHANG) == 0) {
    if (seconds() - start > limit) {
      kill(executor, SIGKILL);
      waitpid(executor, &status, 0);
      cr_assert_fail("the executor is still there after %g s", limit);
    }
    usleep(2000);
  }
  executor = 0;
  return status;
}

static inline void expect_exit(int status, double limit) {
  int how = wait_for_executor(limit);

  cr_expect(WIFEXITED(how) && WEXITSTATUS(how) == status,
            "the executor ended with 0x%x, not by exit(%d)", (unsigned)how,
            status);
}

/* The executor's own report. */

static struct {
  char *name;
  uint64_t address;
} services[MAX_SERVICES];
static size_t service_count;

static struct {
  char *triple;
  uint64_t page_size;
  uint64_t tls_get_addr, return_zero;
  uint64_t start[LZR_PROT_COUNT], size[LZR_PROT_COUNT];
} said;

static inline void read_facts(const uint8_t *bytes, size_t size) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, bytes, size);
  cr_assert_eq(lzr_unpack_u32(&reader), (uint32_t)LZR_SETUP_VERSION);
  free(lzr_unpack_string(&reader));
  free(lzr_unpack_string(&reader));
  cr_assert_eq(lzr_unpack_u32(&reader), sizeof(void *));
  lzr_unpack_bool(&reader);
  for (int i = 0; i < 3; i++)
    lzr_unpack_u32(&reader);
  said.tls_get_addr = lzr_unpack_u64(&reader);
  said.return_zero = lzr_unpack_u64(&reader);
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    said.start[prot] = lzr_unpack_u64(&reader);
    said.size[prot] = lzr_unpack_u64(&reader);
  }
  cr_assert(!reader.failed && reader.at == reader.end);
}

static inline void read_setup(const uint8_t *setup, size_t size) {
  struct lzr_reader reader;
  size_t facts_size;
  char *key;

  free(said.triple); /* of an earlier executor */
  for (size_t i = 0; i < service_count; i++)
    free(services[i].name);
  lzr_reader_init(&reader, setup, size);
  said.triple = lzr_unpack_string(&reader);
  said.page_size = lzr_unpack_u64(&reader);
  cr_assert_eq(lzr_unpack_count(&reader, 16), 1u);
  key = lzr_unpack_string(&reader);
  cr_assert_str_eq(key, LZR_SETUP_KEY);
  free(key);
  const uint8_t *facts = lzr_unpack_bytes(&reader, &facts_size);
  read_facts(facts, facts_size);
  service_count = lzr_unpack_count(&reader, 16);
  cr_assert_leq(service_count, (size_t)MAX_SERVICES);
  for (size_t i = 0; i < service_count; i++) {
    services[i].name = lzr_unpack_string(&reader);
    services[i].address = lzr_unpack_u64(&reader);
  }
  cr_assert(!reader.failed && reader.at == reader.end);
}

static inline uint64_t service(const char *name) {
  for (size_t i = 0; i < service_count; i++)
    if (strcmp(services[i].name, name) == 0)
      return services[i].address;
  cr_assert_fail("the executor has no '%s'", name);
  return 0;
}

/* The connection. */

static lzr_connection *connection;

/* The function by which a test answers the executor's calls; to be set before
   the test calls anything. */
static void (*answer_call)(struct lzr_call *call);

static inline void serve_executor(void *data, struct lzr_call *call) {
  (void)data;
  if (answer_call)
    answer_call(call);
  else
    lzr_call_answer(call, NULL, 0);
}

/* As lazyrun does: output and the news of the end in the order of arrival. */
static inline bool comes_in_order(void *data, uint64_t tag) {
  (void)data;
  return tag == LZR_TAG_OUTPUT || tag == LZR_TAG_CRASH || tag == LZR_TAG_ENDING;
}

static inline void nothing_ended(void *data, const lzr_error *reason) {
  (void)data;
  (void)reason;
}

static inline void meet_executor(int in, int out) {
  struct lzr_connection_options options = {.peer = "the executor",
                                           .serve = serve_executor,
                                           .is_quick = comes_in_order,
                                           .ended = nothing_ended};
  uint8_t *setup = NULL;
  size_t size = 0;
  lzr_error *error = lzr_connection_create(in, out, &options, &connection);

  if (!error)
    error = lzr_connection_meet(connection, MEET_TIMEOUT, &setup, &size);
  cr_assert_null(error, "%s", lzr_error_message(error));
  read_setup(setup, size);
  free(setup);
}

/* Starts a child at the other end of a socket, and returns the socket. */
static inline int spawn_at_socket(void) {
  char word[32];
  const char *words[] = {LZR_EXECUTOR, word, NULL};
  int sockets[2];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  snprintf(word, sizeof word, "fd=%d", sockets[1]);
  spawn(words, NULL, sockets[1]);
  close(sockets[1]);
  return sockets[0];
}

static inline void start_executor(void) {
  int socket = spawn_at_socket();

  meet_executor(socket, socket);
}

/* Says goodbye to an executor at rest: it ends in order. */
static inline void end_executor(void) {
  if (!connection)
    return; /* it has ended */
  lzr_connection_destroy(connection);
  connection = NULL;
  if (executor)
    expect_exit(0, 5);
}

/* Calls. */

/* An answer, and a reader over it. */
struct answer {
  uint8_t *bytes;
  size_t size;
  struct lzr_reader reader;
};

/* Takes the writer's bytes. */
static inline struct answer call_tag(uint64_t tag, struct lzr_writer *writer) {
  struct answer answer = {0};
  lzr_error *error =
      lzr_connection_call(connection, tag, writer->bytes, writer->size,
                          &answer.bytes, &answer.size);

  cr_assert_null(error, "%s", lzr_error_message(error));
  lzr_writer_fini(writer);
  lzr_reader_init(&answer.reader, answer.bytes, answer.size);
  return answer;
}

static inline struct answer call_service(const char *name,
                                         struct lzr_writer *writer) {
  return call_tag(service(name), writer);
}

/* The answer of a type without a value. */
static inline void expect_success(struct answer answer) {
  lzr_error *error = lzr_unpack_error(&answer.reader, "a test");

  cr_expect_null(error, "%s", lzr_error_message(error));
  lzr_error_destroy(error);
  free(answer.bytes);
}

/* Of an Expected<u64>. */
static inline uint64_t expect_value(struct answer answer) {
  lzr_error *error = lzr_unpack_expected(&answer.reader, "a test");
  uint64_t value;

  cr_assert_null(error, "%s", lzr_error_message(error));
  value = lzr_unpack_u64(&answer.reader);
  cr_expect(!answer.reader.failed);
  free(answer.bytes);
  return value;
}

static inline void expect_words(lzr_error *error, const char *words) {
  cr_assert_not_null(error, "there should be an error about '%s'", words);
  cr_expect(strstr(lzr_error_message(error), words), "'%s' lacks '%s'",
            lzr_error_message(error), words);
  lzr_error_destroy(error);
}

static inline void expect_failure(struct answer answer, const char *words) {
  expect_words(lzr_unpack_error(&answer.reader, "a test"), words);
  free(answer.bytes);
}

static inline void expect_unexpected(struct answer answer, const char *words) {
  expect_words(lzr_unpack_expected(&answer.reader, "a test"), words);
  free(answer.bytes);
}

/* Expects the executor to end because a posted service failed. */
static inline void expect_end(struct answer answer, const char *words) {
  expect_failure(answer, words);
  while (!lzr_connection_has_ended(connection))
    usleep(1000);
  cr_assert_not_null(lzr_connection_reason(connection));
  cr_expect(strstr(lzr_error_message(lzr_connection_reason(connection)), words),
            "'%s'", lzr_error_message(lzr_connection_reason(connection)));
  expect_exit(1, 5);
  lzr_connection_destroy(connection);
  connection = NULL;
}

/* The program: functions of libc. */

static inline uint64_t find_function(const char *name) {
  struct lzr_writer writer = {0};
  struct answer answer;
  lzr_error *error;
  uint64_t address;

  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 1);
  lzr_pack_string(&writer, name);
  lzr_pack_bool(&writer, true);
  lzr_pack_bool(&writer, false);
  answer = call_service(LZR_SERVICE_LOOKUP, &writer);
  error = lzr_unpack_expected(&answer.reader, "a look-up");
  cr_assert_null(error, "%s", lzr_error_message(error));
  cr_assert_eq(lzr_unpack_u64(&answer.reader), 1u);
  address = lzr_unpack_u64(&answer.reader);
  free(answer.bytes);
  return address;
}

/* A typed call of a function that takes count 64-bit integers. */
static inline struct lzr_writer pack_typed_call(uint64_t function,
                                                lzr_type result, size_t count,
                                                const uint64_t *values) {
  uint8_t types[8];
  struct lzr_writer writer = {0};

  memset(types, LZR_TYPE_I64, sizeof types);
  lzr_pack_u64(&writer, function);
  lzr_pack_u8(&writer, (uint8_t)result);
  lzr_pack_bytes(&writer, types, count);
  lzr_pack_u64(&writer, count);
  lzr_pack_u64(&writer, count);
  for (size_t i = 0; i < count; i++)
    lzr_pack_u64(&writer, values[i]);
  return writer;
}

static inline int64_t call_address(uint64_t function, size_t count,
                                   const uint64_t *values) {
  struct lzr_writer writer =
      pack_typed_call(function, LZR_TYPE_I32, count, values);

  return (int64_t)expect_value(call_service(LZR_SERVICE_CALL, &writer));
}

/* int name(count integers) */
static inline int64_t call_libc(const char *name, size_t count, ...) {
  uint64_t values[8];
  va_list arguments;

  va_start(arguments, count);
  for (size_t i = 0; i < count; i++)
    values[i] = va_arg(arguments, uint64_t);
  va_end(arguments);
  return call_address(find_function(name), count, values);
}

/* The same where there may be no answer: the error, NULL if there is one. */
static inline lzr_error *try_libc(const char *name, uint64_t argument) {
  struct lzr_writer writer =
      pack_typed_call(find_function(name), LZR_TYPE_I32, 1, &argument);
  uint8_t *answer = NULL;
  size_t size;
  lzr_error *error =
      lzr_connection_call(connection, service(LZR_SERVICE_CALL), writer.bytes,
                          writer.size, &answer, &size);

  lzr_writer_fini(&writer);
  free(answer);
  return error;
}

static inline void expect_closed(lzr_error *error) {
  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_CLOSED, "%s",
               lzr_error_message(error));
  lzr_error_destroy(error);
}

/* Makes a C function in the executor that calls tag here. It is void or int, as
   result says, and has count integers as parameters. */
static inline uint64_t add_function(uint64_t tag, lzr_type result,
                                    size_t count) {
  struct lzr_writer writer = {0};
  uint8_t types[8];

  memset(types, LZR_TYPE_I64, sizeof types);
  lzr_pack_u64(&writer, tag);
  lzr_pack_u8(&writer, (uint8_t)result);
  lzr_pack_bytes(&writer, types, count);
  return expect_value(call_service(LZR_SERVICE_ADD_FUNCTION, &writer));
}

/* Memory. */

/* Begins a commit of one part, size bytes at address, that writes nothing
   yet. */
static inline void pack_commit_head(struct lzr_writer *writer, lzr_prot prot,
                                    uint64_t address, uint64_t size) {
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    lzr_pack_u64(writer, i == (int)prot ? address : 0);
    lzr_pack_u64(writer, i == (int)prot ? size : 0);
  }
}

static inline struct answer commit_part(lzr_prot prot, uint64_t address,
                                        const void *bytes, size_t size) {
  struct lzr_writer writer = {0};

  pack_commit_head(&writer, prot, address, size);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  lzr_pack_bytes(&writer, bytes, size);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  lzr_pack_u64(&writer, 0);
  return call_service(LZR_SERVICE_COMMIT, &writer);
}

static inline struct answer release_address(uint64_t address) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, address);
  return call_service(LZR_SERVICE_RELEASE, &writer);
}

static inline void expect_memory(uint64_t address, const void *bytes,
                                 size_t size) {
  struct lzr_writer writer = {0};
  struct answer answer;
  const uint8_t *read;
  lzr_error *error;
  size_t count;

  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, size);
  answer = call_service(LZR_SERVICE_READ, &writer);
  error = lzr_unpack_expected(&answer.reader, "a read");
  cr_assert_null(error, "%s", lzr_error_message(error));
  read = lzr_unpack_bytes(&answer.reader, &count);
  cr_assert_eq(count, size);
  cr_expect_arr_eq(read, bytes, size);
  free(answer.bytes);
}

#endif
