/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shows a connection: starts an executor with pipes of its own, passes messages
 * on both ways, and writes a line for each to a file.
 *
 *   wire_tap LOG EXECUTOR [WORDS] filedescs=IN,OUT
 *
 * "> call 3 lazyrun_commit 310" goes to the executor: number, what is called,
 * bytes; "< result 3 33" comes from it. The name is the Setup's, or the number.
 * As a command: lazyrun --oop-launch='wire_tap log lazyrun-executor' a.bc
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tpc/wire/pack.h"

enum { HEADER_SIZE = 32, MAX_SERVICES = 200 };

struct way {
  int from, to;
  char arrow;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all below */
static FILE *log_file;
static struct {
  char *name;
  uint64_t address;
} services[MAX_SERVICES];
static size_t service_count;

static void fail(const char *what) {
  fprintf(stderr, "wire_tap: %s: %s\n", what, strerror(errno));
  exit(1);
}

static bool write_all(int to, const uint8_t *bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t put = write(to, bytes + done, size - done);
    if (put <= 0)
      return false;
    done += (size_t)put;
  }
  return true;
}

static void read_setup(const uint8_t *bytes, size_t size) {
  struct lzr_reader reader;
  size_t skipped;
  lzr_reader_init(&reader, bytes, size);
  free(lzr_unpack_string(&reader));
  lzr_unpack_u64(&reader);
  for (size_t i = lzr_unpack_count(&reader, 16); i > 0; i--) {
    free(lzr_unpack_string(&reader));
    lzr_unpack_bytes(&reader, &skipped);
  }
  for (size_t i = lzr_unpack_count(&reader, 16); i > 0; i--) {
    char *name = lzr_unpack_string(&reader);
    uint64_t address = lzr_unpack_u64(&reader);
    if (!name || service_count == MAX_SERVICES)
      fail("the Setup");
    services[service_count].name = name;
    services[service_count++].address = address;
  }
}

static void log_call(char arrow, uint64_t sequence, uint64_t tag, size_t size) {
  for (size_t i = 0; arrow == '>' && i < service_count; i++)
    if (services[i].address == tag) {
      fprintf(log_file, "%c call %llu %s %zu\n", arrow,
              (unsigned long long)sequence, services[i].name, size);
      return;
    }
  fprintf(log_file, "%c call %llu %#llx %zu\n", arrow,
          (unsigned long long)sequence, (unsigned long long)tag, size);
}

static void log_message(char arrow, const uint8_t *bytes, size_t size) {
  struct lzr_reader reader;
  uint64_t opcode, sequence, tag;
  lzr_reader_init(&reader, bytes, size);
  lzr_unpack_u64(&reader);
  opcode = lzr_unpack_u64(&reader);
  sequence = lzr_unpack_u64(&reader);
  tag = lzr_unpack_u64(&reader);
  pthread_mutex_lock(&lock);
  if (opcode == 0)
    read_setup(bytes + HEADER_SIZE, size - HEADER_SIZE);
  if (opcode == 3)
    log_call(arrow, sequence, tag, size);
  else
    fprintf(log_file, "%c %s %llu %zu\n", arrow,
            opcode == 0   ? "setup"
            : opcode == 1 ? "hangup"
                          : "result",
            (unsigned long long)sequence, size);
  fflush(log_file);
  pthread_mutex_unlock(&lock);
}

/* Bytes that have come and not been passed on. */
struct buffer {
  uint8_t *bytes;
  size_t size, capacity;
};

static bool read_some(int from, struct buffer *buffer) {
  ssize_t got;
  if (buffer->capacity - buffer->size < 1 << 16) {
    buffer->capacity = buffer->capacity * 2 + (1 << 16);
    buffer->bytes = realloc(buffer->bytes, buffer->capacity);
    if (!buffer->bytes)
      fail("a message");
  }
  got =
      read(from, buffer->bytes + buffer->size, buffer->capacity - buffer->size);
  if (got > 0)
    buffer->size += (size_t)got;
  return got > 0;
}

/* All whole messages; the bytes they have. */
static size_t log_messages(char arrow, const struct buffer *buffer) {
  size_t done = 0;
  uint64_t size;
  while (buffer->size - done >= HEADER_SIZE) {
    memcpy(&size, buffer->bytes + done, sizeof size);
    if (size < HEADER_SIZE || size > buffer->size - done)
      break;
    log_message(arrow, buffer->bytes + done, size);
    done += size;
  }
  return done;
}

/* What came together is logged together, before any of it is passed on. */
static void *pass(void *data) {
  const struct way *way = data;
  struct buffer buffer = {0};
  while (read_some(way->from, &buffer)) {
    size_t done = log_messages(way->arrow, &buffer);
    if (!write_all(way->to, buffer.bytes, done))
      break;
    buffer.size -= done;
    memmove(buffer.bytes, buffer.bytes + done, buffer.size);
  }
  close(way->to);
  free(buffer.bytes);
  return NULL;
}

static pid_t start(char **words, const int down[2], const int up[2]) {
  static char address[40];
  pid_t child = fork();
  if (child != 0)
    return child;
  close(down[1]);
  close(up[0]);
  snprintf(address, sizeof address, "filedescs=%d,%d", down[0], up[1]);
  for (; words[1]; words++)
    ;
  *words = address; /* of this end */
  return 0;
}

int main(int argc, char **argv) {
  int in, out, down[2], up[2], status;
  pthread_t threads[2];
  if (argc < 4 || sscanf(argv[argc - 1], "filedescs=%d,%d", &in, &out) != 2) {
    fprintf(stderr, "usage: wire_tap LOG EXECUTOR [WORDS] filedescs=IN,OUT\n");
    return 2;
  }
  log_file = fopen(argv[1], "we");
  if (!log_file || pipe(down) != 0 || pipe(up) != 0)
    fail(argv[1]);
  pid_t child = start(argv + 2, down, up);
  if (child == 0) {
    close(in);
    close(out);
    execvp(argv[2], argv + 2);
    fail(argv[2]);
  }
  close(down[0]);
  close(up[1]);
  pthread_create(&threads[0], NULL, pass, &(struct way){in, down[1], '>'});
  pthread_create(&threads[1], NULL, pass, &(struct way){up[0], out, '<'});
  pthread_join(threads[1], NULL); /* the executor's end */
  if (waitpid(child, &status, 0) < 0)
    fail("the executor");
  if (WIFSIGNALED(status))
    raise(WTERMSIG(status));
  return WEXITSTATUS(status);
}
