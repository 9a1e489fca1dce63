/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/wire_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tpc/wire/address.h"
#include "tpc/wire/admission.h"
#include "tpc/wire/secret.h"
#include "tpc/wire/sha256.h"

TestSuite(wire_secret, .timeout = 120);

/* ---- The hash
   ------------------------------------------------------------- */

static void expect_digest(const uint8_t digest[LZR_SHA256_SIZE],
                          const char *expected) {
  char text[2 * LZR_SHA256_SIZE + 1];

  for (int i = 0; i < LZR_SHA256_SIZE; i++)
    sprintf(text + 2 * i, "%02x", digest[i]);
  cr_expect_str_eq(text, expected);
}

static void expect_hash(const char *bytes, size_t count, size_t times,
                        const char *expected) {
  uint8_t digest[LZR_SHA256_SIZE];
  struct lzr_sha256 hash;

  lzr_sha256_init(&hash);
  for (size_t i = 0; i < times; i++)
    lzr_sha256_add(&hash, bytes, count);
  lzr_sha256_finish(&hash, digest);
  expect_digest(digest, expected);
}

/* NIST's examples for FIPS 180. */
Test(wire_secret, sha256_is_that_of_fips_180) {
  static const char two_blocks[] =
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

  expect_hash(
      "abc", 3, 1,
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect_hash(
      two_blocks, 56, 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  expect_hash(
      "", 0, 1,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect_hash(
      "aaaaaaaaaa", 10, 100000,
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void expect_hmac(const void *key, size_t key_size, const void *bytes,
                        size_t size, const char *expected) {
  uint8_t digest[LZR_SHA256_SIZE];
  struct lzr_hmac hmac;

  lzr_hmac_init(&hmac, key, key_size);
  lzr_hmac_add(&hmac, bytes, size / 2);
  lzr_hmac_add(&hmac, (const char *)bytes + size / 2, size - size / 2);
  lzr_hmac_finish(&hmac, digest);
  expect_digest(digest, expected);
}

static const char larger_key[] =
    "Test Using Larger Than Block-Size Key - Hash Key First";
static const char larger_both[] =
    "This is a test using a larger than block-size key and a larger than "
    "block-size data. The key needs to be hashed before being used by the HMAC "
    "algorithm.";

/* RFC 4231, 4.2 to 4.8 but for the truncated one. */
Test(wire_secret, hmac_is_that_of_rfc_4231) {
  uint8_t key[131], data[50];

  memset(key, 0x0b, 20);
  expect_hmac(
      key, 20, "Hi There", 8,
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  expect_hmac(
      "Jefe", 4, "what do ya want for nothing?", 28,
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, 131);
  memset(data, 0xdd, 50);
  expect_hmac(
      key, 20, data, 50,
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  expect_hmac(
      key, 131, larger_key, sizeof larger_key - 1,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  expect_hmac(
      key, 131, larger_both, sizeof larger_both - 1,
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
  for (int i = 0; i < 25; i++)
    key[i] = (uint8_t)(i + 1);
  memset(data, 0xcd, 50);
  expect_hmac(
      key, 25, data, 50,
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

/* ---- The exchange
   --------------------------------------------------------- */

static const char secret[] = "a secret of enough bytes";

struct side {
  pthread_t thread;
  int socket;
  const char *secret;
  unsigned side;
  lzr_error *error;
};

static void *exchange(void *data) {
  struct side *side = data;

  side->error = lzr_secret_exchange(side->socket, side->socket, side->secret,
                                    strlen(side->secret), side->side);
  if (side->error)
    shutdown(side->socket, SHUT_RDWR);
  return NULL;
}

static void exchange_secrets(struct side sides[2], const char *listeners,
                             const char *others) {
  int sockets[2];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  for (int i = 0; i < 2; i++) {
    sides[i] = (struct side){
        .socket = sockets[i],
        .secret = i ? others : listeners,
        .side = i == 0 ? LZR_SIDE_LISTENS | LZR_SIDE_EXECUTOR : 0};
    pthread_create(&sides[i].thread, NULL, exchange, &sides[i]);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(sides[i].thread, NULL);
}

Test(wire_secret, lets_who_knows_it_pass_and_takes_no_byte_more) {
  struct side sides[2];
  char bytes[5] = "";

  exchange_secrets(sides, secret, secret);
  for (int i = 0; i < 2; i++) {
    expect_fine(sides[i].error);
    raw_write(sides[i].socket, "Setup", 5);
  }
  for (int i = 0; i < 2; i++) {
    cr_expect(raw_read(sides[i].socket, bytes, 5));
    cr_expect_arr_eq(bytes, "Setup", 5);
  }
}

Test(wire_secret, refuses_another_secret) {
  struct side sides[2];

  exchange_secrets(sides, secret, "a secret of enough bytez");
  expect_error(sides[0].error, LZR_ERROR_TARGET, "knows another secret");
  expect_error(sides[1].error, LZR_ERROR_TARGET, "it may know another one");
}

Test(wire_secret, has_16_to_4096_bytes) {
  char *long_one = calloc(1, 4098);

  memset(long_one, 'x', 4097);
  expect_error(lzr_secret_exchange(-1, -1, "fifteen bytes..", 15, true),
               LZR_ERROR_ARGUMENT,
               "the secret is 15 bytes; a secret has 16 to 4096");
  expect_error(lzr_secret_exchange(-1, -1, long_one, 4097, false),
               LZR_ERROR_ARGUMENT, "more than 4096 bytes");
  free(long_one);
}

/* A raw peer: sends some bytes, and reports how much of an answer it gets. */
static lzr_error *say(const void *bytes, size_t size, bool is_listener,
                      size_t *answer) {
  int sockets[2];
  uint8_t got[500];
  struct side side = {.secret = secret,
                      .side = is_listener ? LZR_SIDE_LISTENS : 0};

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  side.socket = sockets[0];
  raw_write(sockets[1], bytes, size);
  exchange(&side);
  *answer = (size_t)recv(sockets[1], got, sizeof got, 0);
  close(sockets[0]);
  close(sockets[1]);
  return side.error;
}

enum { HELLO = 40, PROOF = 32 };

Test(wire_secret, a_silent_peer_has_five_seconds) {
  time_t start = time(NULL);
  size_t answer;

  expect_error(say("", 0, true, &answer), LZR_ERROR_TARGET, "within 5000 ms");
  cr_expect_eq(answer, HELLO, "no proof for who has given none");
  cr_expect_geq(time(NULL) - start, 4);
  cr_expect_leq(time(NULL) - start, 8);
}

Test(wire_secret, a_peer_that_speaks_something_else_is_told_so_at_once) {
  time_t start = time(NULL);
  size_t answer;

  expect_error(say("\x25\0\0\0\0\0\0\0", 8, false, &answer), LZR_ERROR_TARGET,
               "it is not lazyrun, or needs none");
  cr_expect_eq(answer, HELLO);
  cr_expect_leq(time(NULL) - start, 2);
}

/* What an eavesdropper has seen of a peer that did know the secret. */
static void record(uint8_t seen[HELLO + PROOF]) {
  struct side sides[2];
  int first[2], second[2];
  uint8_t hello[HELLO], proof[PROOF];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, first), 0);
  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);
  sides[0] = (struct side){.socket = first[0],
                           .secret = secret,
                           .side = LZR_SIDE_LISTENS | LZR_SIDE_EXECUTOR};
  sides[1] = (struct side){.socket = second[0], .secret = secret};
  for (int i = 0; i < 2; i++)
    pthread_create(&sides[i].thread, NULL, exchange, &sides[i]);
  cr_assert(raw_read(first[1], hello, HELLO));
  raw_write(second[1], hello, HELLO);
  cr_assert(raw_read(second[1], seen, HELLO + PROOF));
  raw_write(first[1], seen, HELLO + PROOF);
  cr_assert(raw_read(first[1], proof, PROOF));
  raw_write(second[1], proof, PROOF);
  for (int i = 0; i < 2; i++) {
    pthread_join(sides[i].thread, NULL);
    expect_fine(sides[i].error);
  }
}

Test(wire_secret, what_was_overheard_is_of_no_use) {
  uint8_t seen[HELLO + PROOF];
  size_t answer;

  record(seen);
  expect_error(say(seen, sizeof seen, true, &answer), LZR_ERROR_TARGET,
               "knows another secret");
  cr_expect_eq(answer, HELLO);
}

/* The same bytes back: the listener's proof is not the other's. */
static void *echo(void *data) {
  int socket = *(int *)data;
  uint8_t bytes[HELLO + PROOF];

  if (raw_read(socket, bytes, HELLO))
    raw_write(socket, bytes, HELLO);
  if (raw_read(socket, bytes, PROOF))
    raw_write(socket, bytes, PROOF);
  return NULL;
}

Test(wire_secret, what_is_sent_back_is_of_no_use) {
  int sockets[2];
  struct side side = {.secret = secret};
  pthread_t thread;

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  side.socket = sockets[0];
  pthread_create(&thread, NULL, echo, &sockets[1]);
  exchange(&side);
  pthread_join(thread, NULL);
  expect_error(side.error, LZR_ERROR_TARGET, "knows another secret");
}

/* ---- The file
   ------------------------------------------------------------- */

static lzr_error *read_file(const char *content, size_t size, mode_t mode,
                            char **read, size_t *read_size) {
  char path[] = "/tmp/lzr-secret-XXXXXX";
  int file = mkstemp(path);
  lzr_error *error;

  raw_write(file, content, size);
  fchmod(file, mode);
  close(file);
  error = lzr_secret_read(path, read, read_size);
  unlink(path);
  return error;
}

static void expect_read(const char *content, size_t size) {
  char *read;
  size_t read_size;

  expect_fine(read_file(content, strlen(content), 0600, &read, &read_size));
  cr_expect_eq(read_size, size);
  cr_expect_arr_eq(read, content, size);
  free(read);
}

Test(wire_secret, is_read_from_a_file_without_its_line_end) {
  expect_read("sixteen bytes...", 16);
  expect_read("sixteen bytes...\n", 16);
  expect_read("sixteen bytes...\r\n", 16);
  expect_read("sixteen bytes...\n\n", 17);
}

Test(wire_secret, of_a_file_that_others_may_read_is_none) {
  char *read;
  size_t size;

  expect_error(read_file("sixteen bytes...", 16, 0640, &read, &size),
               LZR_ERROR_FILE, "(mode 640; 600 would do)");
  expect_error(read_file("sixteen bytes...", 16, 0602, &read, &size),
               LZR_ERROR_FILE, "mode 602");
}

Test(wire_secret, of_a_file_has_its_limits) {
  char *read, *content = calloc(1, 5000);
  size_t size;

  memset(content, 'x', 5000);
  expect_error(read_file("fifteen bytes..\n", 16, 0600, &read, &size),
               LZR_ERROR_ARGUMENT, "what it holds is 15 bytes");
  expect_error(read_file(content, 5000, 0600, &read, &size), LZR_ERROR_ARGUMENT,
               "more than 4096 bytes");
  expect_fine(read_file(content, 4096, 0600, &read, &size));
  free(read);
  free(content);
  expect_error(lzr_secret_read("/nonexistent", &read, &size), LZR_ERROR_FILE,
               "cannot open '/nonexistent'");
}

/* ---- Roles, and strangers ------------------------------------------------ */

static void exchange_as(unsigned one, unsigned other, const char *words) {
  struct side sides[2] = {{.secret = secret, .side = one},
                          {.secret = secret, .side = other}};
  int sockets[2];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  for (int i = 0; i < 2; i++) {
    sides[i].socket = sockets[i];
    pthread_create(&sides[i].thread, NULL, exchange, &sides[i]);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(sides[i].thread, NULL);
  for (int i = 0; i < 2; i++) {
    if (words)
      cr_assert_not_null(sides[i].error);
    else
      cr_assert_null(sides[i].error);
    lzr_error_destroy(sides[i].error);
    close(sockets[i]);
  }
}

Test(wire_secret, the_proof_binds_who_is_what) {
  exchange_as(LZR_SIDE_EXECUTOR | LZR_SIDE_LISTENS, 0, NULL);
  exchange_as(LZR_SIDE_LISTENS, LZR_SIDE_EXECUTOR, NULL);
  exchange_as(LZR_SIDE_LISTENS, 0, "same side");
  exchange_as(LZR_SIDE_EXECUTOR | LZR_SIDE_LISTENS, LZR_SIDE_EXECUTOR,
              "same side");
}

static void note_address(void *data, const char *text) {
  snprintf(data, 100, "%s", text);
}

struct admitting {
  struct lzr_address address;
  char text[100];
  int in, out;
  lzr_error *error;
};

static void *let_in(void *data) {
  struct admitting *admitting = data;
  const struct lzr_admission admission = {secret, strlen(secret),
                                          LZR_SIDE_LISTENS | LZR_SIDE_EXECUTOR};

  admitting->error = lzr_address_open_secretly(
      &admitting->address, 10000, note_address, admitting->text, &admission,
      &admitting->in, &admitting->out);
  return NULL;
}

static int connect_to(const char *text, const struct lzr_admission *admission) {
  struct lzr_address address;
  int in, out;

  expect_fine(lzr_address_parse(text, &address));
  lzr_error *error = lzr_address_open_secretly(&address, 5000, NULL, NULL,
                                               admission, &in, &out);
  lzr_address_fini(&address);
  lzr_error_destroy(error);
  return error ? -1 : in;
}

/* More strangers than are listened to at a time say nothing; one says something
   wrong. */
Test(wire_secret, strangers_do_not_keep_the_right_one_out) {
  const struct lzr_admission wrong = {"another of enough bytes", 23, 0};
  const struct lzr_admission right = {secret, strlen(secret), 0};
  struct admitting admitting = {.in = -1};
  int silent[10], peer;
  pthread_t thread;

  expect_fine(lzr_address_parse("tcp:listen=127.0.0.1:0", &admitting.address));
  pthread_create(&thread, NULL, let_in, &admitting);
  while (!*(volatile char *)admitting.text)
    usleep(1000);
  usleep(10000);
  for (int i = 0; i < 10; i++)
    silent[i] = connect_to(admitting.text, NULL);
  cr_expect_eq(connect_to(admitting.text, &wrong), -1);
  close(connect_to(admitting.text, NULL));
  peer = connect_to(admitting.text, &right);
  cr_expect_geq(peer, 0);
  pthread_join(thread, NULL);
  expect_fine(admitting.error);
  for (int i = 0; i < 10; i++)
    close(silent[i]);
  close(peer);
  close(admitting.in);
  lzr_address_fini(&admitting.address);
}
