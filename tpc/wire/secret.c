/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Both sides send a greeting and a challenge of random bytes. The side that
 * connected proves first that it knows the secret, so that a stranger who
 * connects gets no proof on which to try secrets offline; then the listener
 * does.
 *
 *     greeting 8, challenge 32    in both directions
 *     proof 32                    from who connected
 *     proof 32                    from who listened
 *
 * A proof is an HMAC with the secret as its key, over the prover's label, the
 * listener's challenge and the connector's challenge.
 */
#include "tpc/wire/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/memory.h"
#include "tpc/wire/sha256.h"

enum { CHALLENGE_SIZE = 32, GREETING_SIZE = 8 };

static const char greeting[GREETING_SIZE] = {'l', 'z', 'r', 's',
                                             'e', 'c', 'r', '2'};

struct hello {
  char greeting[GREETING_SIZE];
  uint8_t challenge[CHALLENGE_SIZE];
};

struct exchange {
  int in, out;
  uint64_t deadline; /* a time of lzr_now() */
  const char *secret;
  size_t size;
};

/* ---- Reading it from a file ---- */

static lzr_error *check_file(int file, const char *path) {
  struct stat status;

  if (fstat(file, &status) != 0)
    return lzr_error_create(LZR_ERROR_FILE, "cannot look at '%s': %s", path,
                            strerror(errno));
  if (status.st_mode & (S_IRWXG | S_IRWXO))
    return lzr_error_create(LZR_ERROR_FILE,
                            "'%s' holds a secret, but others than its owner "
                            "may use it (mode %03o; 600 would do)",
                            path, (unsigned)status.st_mode & 0777);
  return NULL;
}

static ssize_t read_all(int file, char *bytes, size_t size) {
  size_t total = 0;

  while (total < size) {
    ssize_t got = read(file, bytes + total, size - total);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    total += (size_t)got;
  }
  return (ssize_t)total;
}

static size_t without_line_end(const char *bytes, size_t size) {
  if (size > 0 && bytes[size - 1] == '\n')
    size--;
  if (size > 0 && bytes[size - 1] == '\r')
    size--;
  return size;
}

static lzr_error *check_size(size_t size, const char *where) {
  if (size >= LZR_SECRET_MIN && size <= LZR_SECRET_MAX)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "%s is %s%d bytes; a secret has %d to %d", where,
                          size > LZR_SECRET_MAX ? "more than " : "",
                          size > LZR_SECRET_MAX ? LZR_SECRET_MAX : (int)size,
                          LZR_SECRET_MIN, LZR_SECRET_MAX);
}

lzr_error *lzr_secret_check(size_t size) {
  return check_size(size, "the secret");
}

static lzr_error *read_secret(int file, const char *path, char *bytes,
                              size_t capacity, size_t *size) {
  lzr_error *error = check_file(file, path);
  ssize_t got;

  if (error)
    return error;
  got = read_all(file, bytes, capacity);
  if (got < 0)
    return lzr_error_create(LZR_ERROR_FILE, "cannot read '%s': %s", path,
                            strerror(errno));
  *size = without_line_end(bytes, (size_t)got);
  return lzr_error_wrap(check_size(*size, "what it holds"), "'%s'", path);
}

lzr_error *lzr_secret_read(const char *path, char **secret, size_t *size) {
  enum { CAPACITY = LZR_SECRET_MAX + 3 }; /* a line end, and one too many */
  int file = open(path, O_RDONLY | O_CLOEXEC);
  char *bytes;
  lzr_error *error;

  if (file < 0)
    return lzr_error_create(LZR_ERROR_FILE, "cannot open '%s': %s", path,
                            strerror(errno));
  bytes = malloc(CAPACITY);
  error = bytes ? read_secret(file, path, bytes, CAPACITY, size)
                : lzr_out_of_memory();
  close(file);
  if (error && bytes)
    explicit_bzero(bytes, CAPACITY);
  if (error)
    free(bytes);
  else
    *secret = bytes;
  return error;
}

/* ---- Bytes, in time ---- */

/* Waits until descriptor is ready for events; returns false, with *error, if it
   is not ready in time. */
static bool await(const struct exchange *exchange, int descriptor, short events,
                  lzr_error **error) {
  struct pollfd polled = {descriptor, events, 0};
  int ready;

  do
    ready = poll(&polled, 1, lzr_milliseconds_until(exchange->deadline));
  while (ready < 0 && errno == EINTR);
  if (ready > 0)
    return true;
  *error = lzr_error_create(LZR_ERROR_TARGET,
                            "the peer did not prove within %d ms that it knows "
                            "the secret",
                            LZR_SECRET_TIMEOUT);
  return false;
}

static lzr_error *refuse_closed(void) {
  return lzr_error_create(LZR_ERROR_TARGET,
                          "the peer closed the connection instead of proving "
                          "that it knows the secret; it may know another one");
}

/* Reads exactly so many bytes, and none of what follows them. */
static lzr_error *receive(const struct exchange *exchange, void *bytes,
                          size_t size) {
  lzr_error *error = NULL;
  size_t total = 0;

  while (total < size) {
    ssize_t got;

    if (!await(exchange, exchange->in, POLLIN, &error))
      return error;
    got = recv(exchange->in, (char *)bytes + total, size - total, 0);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
      return refuse_closed();
    if (got > 0)
      total += (size_t)got;
  }
  return NULL;
}

static lzr_error *transmit(const struct exchange *exchange, const void *bytes,
                           size_t size) {
  lzr_error *error = NULL;
  size_t total = 0;

  while (total < size) {
    ssize_t taken;

    if (!await(exchange, exchange->out, POLLOUT, &error))
      return error;
    taken = send(exchange->out, (const char *)bytes + total, size - total,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno != EINTR && errno != EAGAIN)
      return refuse_closed();
    if (taken > 0)
      total += (size_t)taken;
  }
  return NULL;
}

/* ---- The exchange ---- */

static lzr_error *make_hello(struct hello *hello) {
  memcpy(hello->greeting, greeting, sizeof greeting);
  while (getrandom(hello->challenge, CHALLENGE_SIZE, 0) != CHALLENGE_SIZE)
    if (errno != EINTR)
      return lzr_error_create(LZR_ERROR_TARGET, "no random numbers: %s",
                              strerror(errno));
  return NULL;
}

static lzr_error *greet(const struct exchange *exchange, struct hello *own,
                        struct hello *other) {
  lzr_error *error = make_hello(own);

  if (!error)
    error = transmit(exchange, own, sizeof *own);
  /* A peer with a wrong greeting is not read any further. */
  if (!error)
    error = receive(exchange, other->greeting, GREETING_SIZE);
  if (!error && memcmp(other->greeting, greeting, GREETING_SIZE) != 0)
    error = lzr_error_create(LZR_ERROR_TARGET,
                             "the peer does not prove that it knows the "
                             "secret: it is not lazyrun, or needs none");
  if (!error)
    error = receive(exchange, other->challenge, CHALLENGE_SIZE);
  return error;
}

static void prove(const struct exchange *exchange, unsigned side,
                  const struct hello *listener, const struct hello *other,
                  uint8_t proof[LZR_SHA256_SIZE]) {
  static const char *const labels[] = {
      [0] = "lazyrun controller connects",
      [LZR_SIDE_LISTENS] = "lazyrun controller listens",
      [LZR_SIDE_EXECUTOR] = "lazyrun executor connects",
      [LZR_SIDE_EXECUTOR | LZR_SIDE_LISTENS] = "lazyrun executor listens"};
  const char *label = labels[side];
  struct lzr_hmac hmac;

  lzr_hmac_init(&hmac, exchange->secret, exchange->size);
  lzr_hmac_add(&hmac, label, strlen(label) + 1);
  lzr_hmac_add(&hmac, listener->challenge, CHALLENGE_SIZE);
  lzr_hmac_add(&hmac, other->challenge, CHALLENGE_SIZE);
  lzr_hmac_finish(&hmac, proof);
}

/* Compares in a time that does not depend on how many bytes match. */
static bool are_equal(const uint8_t *a, const uint8_t *b, size_t size) {
  unsigned difference = 0;

  for (size_t i = 0; i < size; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

static lzr_error *verify(const struct exchange *exchange,
                         const uint8_t proof[LZR_SHA256_SIZE]) {
  uint8_t given[LZR_SHA256_SIZE];
  lzr_error *error = receive(exchange, given, sizeof given);

  if (error || are_equal(given, proof, sizeof given))
    return error;
  return lzr_error_create(LZR_ERROR_TARGET,
                          "the peer knows another secret, or is the same side "
                          "(two controllers, two executors)");
}

lzr_error *lzr_secret_exchange(int in, int out, const char *secret, size_t size,
                               unsigned side) {
  bool is_listener = side & LZR_SIDE_LISTENS;
  unsigned other_side = side ^ (LZR_SIDE_LISTENS | LZR_SIDE_EXECUTOR);
  struct exchange exchange = {
      in, out, lzr_now() + LZR_SECRET_TIMEOUT * LZR_MILLISECOND, secret, size};
  uint8_t ours[LZR_SHA256_SIZE], theirs[LZR_SHA256_SIZE];
  struct hello own, other;
  lzr_error *error = lzr_secret_check(size);

  if (!error)
    error = greet(&exchange, &own, &other);
  if (error)
    return error;
  prove(&exchange, side, is_listener ? &own : &other,
        is_listener ? &other : &own, ours);
  prove(&exchange, other_side, is_listener ? &own : &other,
        is_listener ? &other : &own, theirs);
  if (is_listener) {
    error = verify(&exchange, theirs);
    return error ? error : transmit(&exchange, ours, sizeof ours);
  }
  error = transmit(&exchange, ours, sizeof ours);
  return error ? error : verify(&exchange, theirs);
}
