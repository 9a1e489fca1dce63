/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/wire_support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tpc/wire/address.h"

TestSuite(wire_address, .timeout = 120);

/* ---- The grammar ----------------------------------------------------------
 */

static struct lzr_address parse(const char *text) {
  struct lzr_address address;

  expect_fine(lzr_address_parse(text, &address));
  cr_expect_str_eq(address.text, text);
  return address;
}

Test(wire_address, knows_descriptors) {
  static const struct {
    const char *text;
    int in, out;
  } cases[] = {{"filedescs=3,6", 3, 6},
               {"filedescs=0,2147483647", 0, INT_MAX},
               {"fd=7", 7, 7},
               {"socket:adopt=12", 12, 12}};

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct lzr_address address = parse(cases[i].text);

    cr_expect_eq(address.kind, LZR_ADDRESS_DESCRIPTORS);
    cr_expect(address.in == cases[i].in && address.out == cases[i].out);
    cr_expect(lzr_address_is_local(&address));
    lzr_address_fini(&address);
  }
}

Test(wire_address, knows_stdio_and_unix_sockets) {
  struct lzr_address address = parse("stdio");

  cr_expect_eq(address.kind, LZR_ADDRESS_STDIO);
  lzr_address_fini(&address);
  address = parse("unix:listen=/tmp/a:b,c=d");
  cr_expect(address.kind == LZR_ADDRESS_UNIX && address.listens);
  cr_expect_str_eq(address.path, "/tmp/a:b,c=d");
  lzr_address_fini(&address);
  address = parse("unix:connect=x");
  cr_expect(address.kind == LZR_ADDRESS_UNIX && !address.listens);
  lzr_address_fini(&address);
}

Test(wire_address, knows_hosts_and_ports) {
  static const struct {
    const char *text, *host, *port;
    bool listens, is_local;
  } cases[] = {
      {"tcp:connect=127.0.0.1:80", "127.0.0.1", "80", false, true},
      {"tcp:connect=10.1.2.3:65535", "10.1.2.3", "65535", false, false},
      {"tcp:listen=[::1]:0", "::1", "0", true, true},
      {"tcp:listen=[::]:99", "::", "99", true, false},
      {"tcp:listen=0.0.0.0:1", "0.0.0.0", "1", true, false},
      {"tcp:listen=:1234", "", "1234", true, true},
      {"listen=127.9.9.9:20000", "127.9.9.9", "20000", true, true},
      {"tcp:connect=[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", "1", false,
       true},
      {"tcp:connect=[::ffff:8.8.8.8]:1", "::ffff:8.8.8.8", "1", false, false}};

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct lzr_address address = parse(cases[i].text);

    cr_expect_eq(address.kind, LZR_ADDRESS_TCP);
    cr_expect_str_eq(address.host, cases[i].host);
    cr_expect_str_eq(address.port, cases[i].port);
    cr_expect_eq(address.listens, cases[i].listens);
    cr_expect_eq(lzr_address_is_local(&address), cases[i].is_local, "%s",
                 cases[i].text);
    lzr_address_fini(&address);
  }
}

Test(wire_address, refuses_what_is_none_of_them) {
  static const char *const refused[] = {
      "",
      "fd",
      "fd=",
      "fd=-1",
      "fd=+1",
      "fd= 1",
      "fd=1x",
      "fd=0x1",
      "fd=2147483648",
      "fd=99999999999999999999",
      "filedescs=1",
      "filedescs=1,",
      "filedescs=,1",
      "filedescs=1,2,3",
      "filedescs=1;2",
      "socket:adopt=",
      "stdio ",
      "stdio=1",
      "Stdio",
      "unix:listen=",
      "unix:bind=x",
      "tcp:connect=",
      "tcp:connect=host",
      "tcp:connect=host:",
      "tcp:connect=host:http",
      "tcp:connect=host:65536",
      "tcp:connect=host:-1",
      "tcp:connect=host:0",
      "tcp:connect=::1:80",
      "tcp:connect=[::1:80",
      "tcp:connect=[]:80",
      "tcp:listen=a:b:80",
      "udp:connect=host:80",
      " fd=1",
  };

  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    struct lzr_address address;
    char quoted[100];

    snprintf(quoted, sizeof quoted, "'%s': ", refused[i]);
    expect_error(lzr_address_parse(refused[i], &address), LZR_ERROR_ARGUMENT,
                 quoted);
    lzr_address_fini(&address); /* is allowed */
  }
}

Test(wire_address, a_path_has_at_most_107_bytes) {
  char text[200] = "unix:listen=";
  struct lzr_address address;

  memset(text + 12, 'x', 108);
  expect_error(lzr_address_parse(text, &address), LZR_ERROR_ARGUMENT,
               "108 bytes; a socket's may have 107");
  text[12 + 107] = '\0';
  address = parse(text);
  lzr_address_fini(&address);
}

/* ---- Opening --------------------------------------------------------------
 */

static lzr_error *open_text(const char *text, int *in, int *out) {
  struct lzr_address address = parse(text);
  lzr_error *error = lzr_address_open(&address, 0, NULL, NULL, in, out);

  lzr_address_fini(&address);
  return error;
}

static bool closes_on_exec(int descriptor) {
  return fcntl(descriptor, F_GETFD) & FD_CLOEXEC;
}

Test(wire_address, takes_descriptors_that_are_open) {
  int pipes[2], in, out;
  char text[40];

  cr_assert_eq(pipe(pipes), 0);
  snprintf(text, sizeof text, "filedescs=%d,%d", pipes[0], pipes[1]);
  expect_fine(open_text(text, &in, &out));
  cr_expect(in == pipes[0] && out == pipes[1]);
  cr_expect(closes_on_exec(in) && closes_on_exec(out));
  expect_error(open_text("fd=12345", &in, &out), LZR_ERROR_ARGUMENT,
               "'fd=12345': descriptor 12345 is not open");
}

Test(wire_address, leaves_standard_input_and_output_open) {
  int in, out;

  expect_fine(open_text("stdio", &in, &out));
  cr_expect(in > 2 && out > 2 && in != out);
  cr_expect(closes_on_exec(in) && closes_on_exec(out));
  cr_expect(fcntl(0, F_GETFD) >= 0 && fcntl(1, F_GETFD) >= 0);
}

struct listener {
  struct lzr_address address;
  pthread_t thread;
  sem_t listens;
  char text[200];
  lzr_error *error;
  int in, out;
};

static void note_listening(void *data, const char *text) {
  struct listener *listener = data;

  strncpy(listener->text, text, sizeof listener->text - 1);
  sem_post(&listener->listens);
}

static void *listen_once(void *data) {
  struct listener *listener = data;

  listener->error = lzr_address_open(&listener->address, 0, note_listening,
                                     listener, &listener->in, &listener->out);
  return NULL;
}

static void start_listener(struct listener *listener, const char *text) {
  memset(listener, 0, sizeof *listener);
  sem_init(&listener->listens, 0, 0);
  listener->address = parse(text);
  pthread_create(&listener->thread, NULL, listen_once, listener);
  expect_posted(&listener->listens, "it should listen");
}

/* Connects where the listener says, and sends a byte each way. */
static int meet(struct listener *listener) {
  int in, out;
  char byte = 0;

  expect_fine(open_text(listener->text, &in, &out));
  pthread_join(listener->thread, NULL);
  expect_fine(listener->error);
  cr_expect(in == out && listener->in == listener->out);
  cr_expect(closes_on_exec(in) && closes_on_exec(listener->in));
  raw_write(out, "a", 1);
  raw_write(listener->out, "b", 1);
  cr_expect(raw_read(in, &byte, 1) && byte == 'b');
  cr_expect(raw_read(listener->in, &byte, 1) && byte == 'a');
  close(listener->in);
  lzr_address_fini(&listener->address);
  return in;
}

Test(wire_address, a_unix_socket_is_its_owners_and_goes_with_the_peer) {
  struct listener listener;
  struct stat status;
  char text[100];
  int in, out;

  snprintf(text, sizeof text, "unix:listen=/tmp/lzr-address-%d", getpid());
  umask(0);
  start_listener(&listener, text);
  cr_expect_str_eq(listener.text + 13, text + 12);
  cr_assert_eq(stat(listener.address.path, &status), 0);
  cr_expect_eq(status.st_mode & 0777, 0600, "%o", status.st_mode);
  expect_error(open_text(text, &in, &out), LZR_ERROR_TARGET,
               "there is a file of that name");
  close(meet(&listener));
  cr_expect_neq(stat(text + 12, &status), 0, "its file should be gone");
  snprintf(text, sizeof text, "unix:connect=/tmp/lzr-address-%d", getpid());
  expect_error(open_text(text, &in, &out), LZR_ERROR_TARGET,
               "No such file or directory");
}

static void meet_at(const char *text, const char *expected) {
  struct listener listener;
  int on = 0, in, out;
  socklen_t size = sizeof on;

  start_listener(&listener, text);
  cr_expect_eq(strncmp(listener.text, expected, strlen(expected)), 0, "%s",
               listener.text);
  in = meet(&listener);
  getsockopt(in, IPPROTO_TCP, TCP_NODELAY, &on, &size);
  cr_expect(on);
  close(in);
  expect_error(open_text(listener.text, &in, &out), LZR_ERROR_TARGET,
               "Connection refused");
}

Test(wire_address, meets_over_tcp_at_a_port_of_the_systems_choice) {
  meet_at("tcp:listen=127.0.0.1:0", "tcp:connect=127.0.0.1:");
  meet_at("tcp:listen=:0", "tcp:connect=127.0.0.1:");
  meet_at("listen=localhost:0", "tcp:connect=localhost:");
}

static bool has_ipv6(void) {
  struct sockaddr_in6 name = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int made = socket(AF_INET6, SOCK_STREAM, 0);
  bool has =
      made >= 0 && bind(made, (struct sockaddr *)&name, sizeof name) == 0;

  if (made >= 0)
    close(made);
  return has;
}

Test(wire_address, meets_over_ipv6) {
  if (!has_ipv6())
    cr_skip_test("no IPv6 here");
  meet_at("tcp:listen=[::1]:0", "tcp:connect=[::1]:");
}

Test(wire_address, says_when_a_host_is_not_known) {
  int in, out;

  expect_error(open_text("tcp:connect=[not-an-address]:1", &in, &out),
               LZR_ERROR_TARGET, "'tcp:connect=[not-an-address]:1': ");
}

/* ---- Nobody there ---------------------------------------------------------
 */

static lzr_error *open_within(const char *text, int timeout) {
  struct lzr_address address = parse(text);
  int in, out;
  lzr_error *error = lzr_address_open(&address, timeout, NULL, NULL, &in, &out);

  lzr_address_fini(&address);
  return error;
}

Test(wire_address, says_when_nobody_has_connected) {
  struct stat status;
  char text[100], expected[200];

  snprintf(text, sizeof text, "unix:listen=/tmp/lzr-nobody-%d", getpid());
  snprintf(expected, sizeof expected, "nobody connected to '%s' within 0.2 s",
           text);
  expect_error(open_within(text, 200), LZR_ERROR_TARGET, expected);
  cr_expect_neq(stat(text + 12, &status), 0, "its file should be gone");
  expect_error(open_within("tcp:listen=:0", 200), LZR_ERROR_TARGET,
               "nobody connected to 'tcp:listen=:0' within 0.2 s");
}

/* Sockets that listen, accept nobody, and have as many waiting as they take. */
static int fill(int listener, const struct sockaddr *name, socklen_t size) {
  int queued = 0;

  cr_assert_eq(bind(listener, name, size), 0);
  cr_assert_eq(listen(listener, 0), 0);
  cr_assert_eq(getsockname(listener, (struct sockaddr *)name, &size), 0);
  for (int made; queued < 8; queued++) {
    struct pollfd polled;

    made = socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    polled = (struct pollfd){made, POLLOUT, 0};
    if (connect(made, name, size) != 0 &&
        (errno == EAGAIN || poll(&polled, 1, 100) == 0))
      break;
  }
  return queued;
}

Test(wire_address, says_when_nobody_answers) {
  struct sockaddr_un file = {.sun_family = AF_UNIX};
  struct sockaddr_in port = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
  char text[200];

  snprintf(file.sun_path, sizeof file.sun_path, "/tmp/lzr-full-%d", getpid());
  cr_assert_lt(fill(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&file,
                    sizeof file),
               8);
  snprintf(text, sizeof text, "unix:connect=%s", file.sun_path);
  expect_error(open_within(text, 200), LZR_ERROR_TARGET,
               "nobody answered at 'unix:connect=");
  unlink(file.sun_path);
  cr_assert_lt(fill(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&port,
                    sizeof port),
               8);
  snprintf(text, sizeof text, "tcp:connect=127.0.0.1:%d", ntohs(port.sin_port));
  expect_error(open_within(text, 200), LZR_ERROR_TARGET,
               "nobody answered at 'tcp:connect=");
}
