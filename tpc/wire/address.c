/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/memory.h"
#include "tpc/wire/admission.h"

/* The only loopback name whose meaning does not depend on a file or a
   server. */
#define LOOPBACK "127.0.0.1"

enum { BACKLOG = 16 }; /* connections that may wait in the listen queue */

/* Keepalive: the seconds of silence after which the system asks a TCP peer
   whether it is there, the seconds between two such questions, and how many may
   go unanswered. */
enum { KEEP_IDLE = 30, KEEP_INTERVAL = 10, KEEP_COUNT = 6 };

enum { PATH_MAX_LENGTH = sizeof((struct sockaddr_un *)NULL)->sun_path - 1 };

/* ---- The grammar ---- */

static lzr_error *refuse(const char *text, const char *why) {
  return lzr_error_create(LZR_ERROR_ARGUMENT, "'%s': %s", text, why);
}

/* Reads a number that consists of digits only and is at most most. It ends at
   end, or with the string if end is NULL. */
static bool parse_number(const char *text, const char *end, int most,
                         int *number) {
  long value = 0;

  if (!end)
    end = text + strlen(text);
  if (text == end)
    return false;
  for (; text < end; text++) {
    if (*text < '0' || *text > '9')
      return false;
    value = 10 * value + (*text - '0');
    if (value > most)
      return false;
  }
  *number = (int)value;
  return true;
}

static lzr_error *parse_two(const char *rest, struct lzr_address *address) {
  const char *comma = strchr(rest, ',');

  if (comma && parse_number(rest, comma, INT_MAX, &address->in) &&
      parse_number(comma + 1, NULL, INT_MAX, &address->out))
    return NULL;
  return refuse(address->text, "two numbers of descriptors are wanted, IN,OUT");
}

static lzr_error *parse_one(const char *rest, struct lzr_address *address) {
  if (!parse_number(rest, NULL, INT_MAX, &address->in))
    return refuse(address->text, "the number of a descriptor is wanted");
  address->out = address->in;
  return NULL;
}

static lzr_error *copy_part(char **copy, const char *start, size_t size) {
  *copy = strndup(start, size);
  return *copy ? NULL : lzr_out_of_memory();
}

static lzr_error *parse_path(const char *rest, struct lzr_address *address) {
  size_t size = strlen(rest);

  if (size == 0)
    return refuse(address->text, "the path of a socket is wanted");
  if (size > PATH_MAX_LENGTH)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s': the path has %zu bytes; a socket's may have "
                            "%d",
                            address->text, size, PATH_MAX_LENGTH);
  return copy_part(&address->path, rest, size);
}

/* Copies HOST without its brackets; returns false if the brackets do not
   match. */
static bool find_host(const char **host, size_t *size) {
  if (**host != '[')
    return !memchr(*host, ':', *size);
  if (*size < 3 || (*host)[*size - 1] != ']')
    return false;
  ++*host;
  *size -= 2;
  return true;
}

static lzr_error *parse_host(const char *rest, struct lzr_address *address) {
  const char *colon = strrchr(rest, ':'), *host = rest;
  size_t size = colon ? (size_t)(colon - rest) : 0;
  lzr_error *error;
  int port;

  if (!colon || !parse_number(colon + 1, NULL, 65535, &port))
    return refuse(address->text, "HOST:PORT is wanted, with a port of 0 to "
                                 "65535");
  if (!find_host(&host, &size))
    return refuse(address->text, "an IPv6 address goes into brackets");
  if (port == 0 && !address->listens)
    return refuse(address->text, "there is nothing to connect to at port 0");
  error = copy_part(&address->host, host, size);
  return error ? error
               : copy_part(&address->port, colon + 1, strlen(colon + 1));
}

static lzr_error *parse_nothing(const char *rest, struct lzr_address *address) {
  return *rest ? refuse(address->text, "nothing is wanted behind 'stdio'")
               : NULL;
}

struct form {
  const char *prefix;
  enum lzr_address_kind kind;
  bool listens;
  lzr_error *(*parse)(const char *rest, struct lzr_address *address);
};

static const struct form forms[] = {
    {"filedescs=", LZR_ADDRESS_DESCRIPTORS, false, parse_two},
    {"fd=", LZR_ADDRESS_DESCRIPTORS, false, parse_one},
    {"socket:adopt=", LZR_ADDRESS_DESCRIPTORS, false, parse_one},
    {"stdio", LZR_ADDRESS_STDIO, false, parse_nothing},
    {"unix:listen=", LZR_ADDRESS_UNIX, true, parse_path},
    {"unix:connect=", LZR_ADDRESS_UNIX, false, parse_path},
    {"tcp:listen=", LZR_ADDRESS_TCP, true, parse_host},
    {"tcp:connect=", LZR_ADDRESS_TCP, false, parse_host},
    {"listen=", LZR_ADDRESS_TCP, true, parse_host},
};

static const struct form *find_form(const char *text) {
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strncmp(text, forms[i].prefix, strlen(forms[i].prefix)) == 0)
      return &forms[i];
  return NULL;
}

lzr_error *lzr_address_parse(const char *text, struct lzr_address *address) {
  const struct form *form = find_form(text);
  lzr_error *error;

  *address = (struct lzr_address){.in = -1, .out = -1};
  if (!form)
    return refuse(text, "not filedescs=IN,OUT, fd=N, stdio, unix:listen=PATH, "
                        "unix:connect=PATH, tcp:listen=HOST:PORT or "
                        "tcp:connect=HOST:PORT");
  address->kind = form->kind;
  address->listens = form->listens;
  error = copy_part(&address->text, text, strlen(text));
  if (!error)
    error = form->parse(text + strlen(form->prefix), address);
  if (error)
    lzr_address_fini(address);
  return error;
}

void lzr_address_fini(struct lzr_address *address) {
  free(address->path);
  free(address->host);
  free(address->port);
  free(address->text);
  *address = (struct lzr_address){.in = -1, .out = -1};
}

/* ---- Hosts ---- */

/* The caller ends *found with freeaddrinfo(). Returns a code of
   getaddrinfo(). */
static int resolve(const struct lzr_address *address, struct addrinfo **found) {
  struct addrinfo hints = {.ai_family = AF_UNSPEC,
                           .ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_NUMERICSERV};
  const char *host = *address->host ? address->host : LOOPBACK;

  return getaddrinfo(host, address->port, &hints, found);
}

static bool is_loopback(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)address;

    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  if (address->sa_family == AF_INET6) {
    const struct in6_addr *v6 =
        &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

    return IN6_IS_ADDR_LOOPBACK(v6) ||
           (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
  }
  return false;
}

bool lzr_address_is_local(const struct lzr_address *address) {
  struct addrinfo *found;
  bool local = true;

  if (address->kind != LZR_ADDRESS_TCP)
    return true;
  if (resolve(address, &found) != 0)
    return false;
  for (struct addrinfo *at = found; at; at = at->ai_next)
    local = local && is_loopback(at->ai_addr);
  freeaddrinfo(found);
  return local;
}

/* ---- Sockets ---- */

static lzr_error *fail(const struct lzr_address *address, const char *what,
                       int failure) {
  return lzr_error_create(LZR_ERROR_TARGET, "cannot %s '%s': %s", what,
                          address->text, strerror(failure));
}

static lzr_error *fail_to_open(const struct lzr_address *address, int timeout,
                               int failure) {
  const char *what = address->listens ? "listen at" : "connect to";

  if (failure != ETIMEDOUT)
    return fail(address, what, failure);
  return lzr_error_create(LZR_ERROR_TARGET, "%s '%s' within %g s",
                          address->listens ? "nobody connected to"
                                           : "nobody answered at",
                          address->text, timeout / 1000.0);
}

/* Waits until descriptor is ready; returns false, with errno ETIMEDOUT, if it
   is not ready in time. */
static bool await(int descriptor, short events, int timeout) {
  struct pollfd polled = {descriptor, events, 0};
  uint64_t deadline = lzr_now() + (uint64_t)timeout * LZR_MILLISECOND;
  int ready;

  do
    ready = poll(&polled, 1, lzr_milliseconds_until(deadline));
  while (ready < 0 && errno == EINTR);
  if (ready == 0)
    errno = ETIMEDOUT;
  return ready > 0;
}

static int accept_one(int listener, int timeout) {
  int peer;

  do
    peer = await(listener, POLLIN, timeout)
               ? accept4(listener, NULL, NULL, SOCK_CLOEXEC)
               : -1;
  while (peer < 0 && (errno == EINTR || errno == ECONNABORTED));
  return peer;
}

/* A TCP connect() that a signal interrupts continues in the background. */
static int finish_connect(int made, int timeout) {
  socklen_t size = sizeof errno;

  if (!await(made, POLLOUT, timeout) ||
      getsockopt(made, SOL_SOCKET, SO_ERROR, &errno, &size) != 0 || errno != 0)
    return -1;
  return 0;
}

/* Linux limits a connect() by the time limit for a send. */
static void limit_connect(int made, int timeout) {
  struct timeval most = {timeout / 1000, timeout % 1000 * 1000};

  setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
}

static int connect_to(int made, const struct sockaddr *name, socklen_t size,
                      int timeout) {
  bool is_unix = name->sa_family == AF_UNIX;
  int result;

  limit_connect(made, timeout);
  do
    result = connect(made, name, size);
  while (result != 0 && errno == EINTR && is_unix);
  if (result != 0 && errno == EINTR)
    result = finish_connect(made, timeout);
  if (result != 0 && errno == (is_unix ? EAGAIN : EINPROGRESS))
    errno = ETIMEDOUT;
  if (result == 0)
    limit_connect(made, 0);
  return result;
}

static int listen_at(int made, const struct sockaddr *name, socklen_t size) {
  int on = 1;

  if (name->sa_family != AF_UNIX)
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  /* Linux gives the file the mode that the socket has. */
  else if (fchmod(made, S_IRUSR | S_IWUSR) != 0)
    return -1;
  return bind(made, name, size) == 0 ? listen(made, BACKLOG) : -1;
}

/* Makes a socket for name that listens or connects as address->listens says.
   Returns -1 and errno on failure. */
static int make_socket(const struct lzr_address *address,
                       const struct sockaddr *name, socklen_t size,
                       int timeout) {
  int made = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int result, failure;

  if (made < 0)
    return -1;
  result = address->listens ? listen_at(made, name, size)
                            : connect_to(made, name, size, timeout);
  if (result == 0)
    return made;
  failure = errno;
  close(made);
  errno = failure;
  return -1;
}

typedef void (*listening_callback)(void *data, const char *text);

/* ---- Unix ---- */

static lzr_error *serve_unix(const struct lzr_address *address, int timeout,
                             int listener, listening_callback listening,
                             void *data, int *peer) {
  char text[PATH_MAX_LENGTH + sizeof "unix:connect="];
  int failure;

  snprintf(text, sizeof text, "unix:connect=%s", address->path);
  if (listening)
    listening(data, text);
  *peer = accept_one(listener, timeout);
  failure = errno;
  unlink(address->path);
  close(listener);
  return *peer >= 0 ? NULL : fail_to_open(address, timeout, failure);
}

/* Removes a socket's file if the process that listened there is gone. Returns
   false, with errno EADDRINUSE, if the file is anything else. A socket of
   another type cannot connect, but its attempt tells whether somebody
   listens. */
static bool remove_stale(const struct sockaddr_un *name) {
  int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct stat status;
  bool stale =
      made >= 0 && lstat(name->sun_path, &status) == 0 &&
      S_ISSOCK(status.st_mode) &&
      connect(made, (const struct sockaddr *)name, sizeof *name) != 0 &&
      errno == ECONNREFUSED;

  if (made >= 0)
    close(made);
  if (stale && unlink(name->sun_path) == 0)
    return true;
  errno = EADDRINUSE;
  return false;
}

static lzr_error *open_unix(const struct lzr_address *address, int timeout,
                            listening_callback listening, void *data,
                            int *peer) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int made;

  strcpy(name.sun_path, address->path);
  made = make_socket(address, (struct sockaddr *)&name, sizeof name, timeout);
  if (made < 0 && address->listens && errno == EADDRINUSE &&
      remove_stale(&name))
    made = make_socket(address, (struct sockaddr *)&name, sizeof name, timeout);
  if (made < 0 && address->listens && errno == EADDRINUSE)
    return lzr_error_create(LZR_ERROR_TARGET,
                            "cannot listen at '%s': there is a file of that "
                            "name, and it is no socket, or somebody listens "
                            "there",
                            address->text);
  if (made < 0)
    return fail_to_open(address, timeout, errno);
  if (address->listens)
    return serve_unix(address, timeout, made, listening, data, peer);
  *peer = made;
  return NULL;
}

/* ---- TCP ---- */

/* Returns "tcp:connect=HOST:PORT" with the listener's port; the caller frees
   it. */
static char *tcp_text(const struct lzr_address *address, int listener) {
  struct sockaddr_storage name = {0};
  socklen_t size = sizeof name;
  const char *host = *address->host ? address->host : LOOPBACK;
  bool is_v6 = strchr(host, ':') != NULL;
  char *text;
  in_port_t port;

  if (getsockname(listener, (struct sockaddr *)&name, &size) != 0)
    return NULL;
  port = name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                    : ((struct sockaddr_in *)&name)->sin_port;
  if (asprintf(&text, "tcp:connect=%s%s%s:%u", is_v6 ? "[" : "", host,
               is_v6 ? "]" : "", (unsigned)ntohs(port)) < 0)
    return NULL;
  return text;
}

/* Refuses a peer that does not prove that it knows the secret. */
static lzr_error *admit(const struct lzr_address *address, int timeout,
                        int listener, const struct lzr_admission *admission,
                        int *peer) {
  bool nobody;
  lzr_error *error = lzr_admit(listener, timeout, admission, peer, &nobody);

  close(listener);
  if (!nobody)
    return lzr_error_wrap(error, "'%s': nobody was let in within %g s",
                          address->text, timeout / 1000.0);
  lzr_error_destroy(error);
  return fail_to_open(address, timeout, ETIMEDOUT);
}

static lzr_error *serve_tcp(const struct lzr_address *address, int timeout,
                            int listener, listening_callback listening,
                            void *data, const struct lzr_admission *admission,
                            int *peer) {
  char *text = tcp_text(address, listener);
  int failure;

  if (listening && text)
    listening(data, text);
  free(text);
  if (admission)
    return admit(address, timeout, listener, admission, peer);
  *peer = accept_one(listener, timeout);
  failure = errno;
  close(listener);
  return *peer >= 0 ? NULL : fail_to_open(address, timeout, failure);
}

static void tune_tcp(int peer) {
  static const struct {
    int level, name, value;
  } options[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                 {SOL_SOCKET, SO_KEEPALIVE, 1},
                 {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE},
                 {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL},
                 {IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT}};

  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    setsockopt(peer, options[i].level, options[i].name, &options[i].value,
               sizeof options[i].value);
}

/* The side that connected proves its knowledge first. */
static lzr_error *prove(int peer, const struct lzr_admission *admission) {
  lzr_error *error = lzr_secret_exchange(peer, peer, admission->secret,
                                         admission->size, admission->side);

  if (error)
    close(peer);
  return error;
}

static lzr_error *open_tcp(const struct lzr_address *address, int timeout,
                           listening_callback listening, void *data,
                           const struct lzr_admission *admission, int *peer) {
  struct addrinfo *found;
  int made = -1, code = resolve(address, &found);
  lzr_error *error;

  if (code != 0)
    return lzr_error_create(LZR_ERROR_TARGET, "'%s': %s", address->text,
                            gai_strerror(code));
  for (struct addrinfo *at = found; at && made < 0; at = at->ai_next)
    made = make_socket(address, at->ai_addr, at->ai_addrlen, timeout);
  freeaddrinfo(found);
  if (made < 0)
    return fail_to_open(address, timeout, errno);
  *peer = made;
  if (address->listens)
    error = serve_tcp(address, timeout, made, listening, data, admission, peer);
  else
    error = admission ? prove(made, admission) : NULL;
  if (!error)
    tune_tcp(*peer);
  return error;
}

/* ---- Descriptors that are open already ---- */

static lzr_error *adopt(const struct lzr_address *address, int descriptor) {
  int flags = fcntl(descriptor, F_GETFD);

  if (flags < 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s': descriptor %d is not open", address->text,
                            descriptor);
  fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
  return NULL;
}

static lzr_error *open_descriptors(const struct lzr_address *address, int *in,
                                   int *out) {
  lzr_error *error = adopt(address, address->in);

  if (!error)
    error = adopt(address, address->out);
  if (!error) {
    *in = address->in;
    *out = address->out;
  }
  return error;
}

static lzr_error *open_stdio(const struct lzr_address *address, int *in,
                             int *out) {
  int first = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int second = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int failure = errno;

  if (first >= 0 && second >= 0) {
    *in = first;
    *out = second;
    return NULL;
  }
  if (first >= 0)
    close(first);
  if (second >= 0)
    close(second);
  return fail(address, "use", failure);
}

lzr_error *lzr_address_open(const struct lzr_address *address, int timeout,
                            void (*listening)(void *data, const char *text),
                            void *data, int *in, int *out) {
  return lzr_address_open_secretly(address, timeout, listening, data, NULL, in,
                                   out);
}

lzr_error *
lzr_address_open_secretly(const struct lzr_address *address, int timeout,
                          void (*listening)(void *data, const char *text),
                          void *data, const struct lzr_admission *admission,
                          int *in, int *out) {
  lzr_error *error;

  if (timeout == 0)
    timeout = address->listens ? LZR_ADDRESS_LISTEN_TIMEOUT
                               : LZR_ADDRESS_CONNECT_TIMEOUT;
  switch (address->kind) {
  case LZR_ADDRESS_DESCRIPTORS:
    return open_descriptors(address, in, out);
  case LZR_ADDRESS_STDIO:
    return open_stdio(address, in, out);
  case LZR_ADDRESS_UNIX:
    error = open_unix(address, timeout, listening, data, in);
    break;
  default:
    error = open_tcp(address, timeout, listening, data, admission, in);
    break;
  }
  *out = *in;
  return error;
}
