/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Creates a remote target: reaches an executor, meets it, and hands over to the
   operations for its kind. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/base/options.h"
#include "tpc/remote.h"
#include "tpc/remote/callees.h"
#include "tpc/remote/ending.h"
#include "tpc/remote/lazyrun.h"
#include "tpc/remote/remote.h"
#include "tpc/remote/stock.h"
#include "tpc/wire/address.h"
#include "tpc/wire/admission.h"
#include "tpc/wire/channel.h"
#include "tpc/wire/secret.h"

/* In milliseconds. */
enum { DEFAULT_TIMEOUT = 10000, CHILD_TIMEOUT = 1000 };

/* ---- Reaching ---- */

/* Opens a channel, unless the executor may be on another machine. */
static lzr_error *open_channel(struct lzr_remote *remote,
                               const struct lzr_remote_options *options,
                               int *theirs) {
  int ends[2];
  lzr_error *error;

  *theirs = -1;
  if (!options->on_fork || options->command)
    return NULL;
  error = lzr_channel_open(ends);
  if (error)
    return error;
  *theirs = ends[1];
  return lzr_forks_follow(remote, ends[0], options->on_fork,
                          options->on_fork_data);
}

static lzr_error *start(struct lzr_remote *remote,
                        const struct lzr_remote_options *options,
                        const char *command, enum lzr_child_kind kind, int *in,
                        int *out) {
  int channel;
  lzr_error *error = open_channel(remote, options, &channel);

  if (!error)
    error = lzr_child_start(command, kind, channel, &remote->child, in, out);
  if (channel >= 0)
    close(channel);
  remote->has_child = !error;
  remote->shares_cpu = kind != LZR_CHILD_STDIO;
  remote->carries_stdio = kind == LZR_CHILD_STDIO;
  return error;
}

/* The secret that the peer must know. If it came from a file, *owned holds
   it. */
static lzr_error *find_secret(const struct lzr_remote_options *options,
                              const char **secret, size_t *size, char **owned) {
  lzr_error *error;

  *secret = options->secret;
  *size = options->secret_size;
  *owned = NULL;
  if (options->secret)
    return NULL;
  error = lzr_secret_read(options->secret_file, owned, size);
  *secret = *owned;
  return error;
}

static lzr_error *check_address(const struct lzr_remote_options *options,
                                const struct lzr_address *address) {
  if (address->kind == LZR_ADDRESS_STDIO)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s': this process's own standard input and "
                            "output lead to no executor",
                            address->text);
  if (address->kind == LZR_ADDRESS_TCP && !options->insecure &&
      !options->secret && !options->secret_file)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s': a connection over TCP needs a secret that "
                            "both sides know",
                            address->text);
  return NULL;
}

/* Reads no message before the peer has shown that it knows the secret. */
static lzr_error *open_secretly(const struct lzr_remote_options *options,
                                const struct lzr_address *address, int *in,
                                int *out) {
  struct lzr_admission admission = {.side = address->listens ? LZR_SIDE_LISTENS
                                                             : 0};
  char *owned;
  lzr_error *error =
      find_secret(options, &admission.secret, &admission.size, &owned);

  if (!error)
    error = lzr_address_open_secretly(address, options->timeout, NULL, NULL,
                                      &admission, in, out);
  free(owned);
  return error;
}

static lzr_error *open_address(const struct lzr_remote_options *options,
                               const struct lzr_address *address, int *in,
                               int *out) {
  lzr_error *error = check_address(options, address);

  if (error)
    return error;
  if (address->kind == LZR_ADDRESS_TCP && !options->insecure)
    return open_secretly(options, address, in, out);
  return lzr_address_open(address, options->timeout, NULL, NULL, in, out);
}

static lzr_error *connect_to(const struct lzr_remote_options *options, int *in,
                             int *out) {
  struct lzr_address address;
  lzr_error *error = lzr_address_parse(options->connect, &address);

  if (error)
    return error;
  error = open_address(options, &address, in, out);
  lzr_address_fini(&address);
  return error;
}

static lzr_error *reach(struct lzr_remote *remote,
                        const struct lzr_remote_options *options, int *in,
                        int *out) {
  if (options->launch)
    return start(remote, options, options->launch, LZR_CHILD_FILEDESCS, in,
                 out);
  if (options->program)
    return start(remote, options, options->program, LZR_CHILD_PROGRAM, in, out);
  if (options->command)
    return start(remote, options, options->command, LZR_CHILD_STDIO, in, out);
  return connect_to(options, in, out);
}

/* ---- Meeting ---- */

/* If the connection ended or no message came, adds what the child did, because
   the user can act on that. Takes error. */
static lzr_error *blame_child(struct lzr_remote *remote, const char *command,
                              lzr_error *error) {
  char what[128];

  if (lzr_error_get_kind(error) != LZR_ERROR_CLOSED ||
      !lzr_child_wait(&remote->child, CHILD_TIMEOUT))
    return lzr_error_wrap(error, "'%s'", command);
  lzr_error_destroy(error);
  lzr_child_describe(&remote->child, what, sizeof what);
  return lzr_error_create(LZR_ERROR_CLOSED, "'%s' %s before it said hello",
                          command, what);
}

static lzr_error *become(struct lzr_remote *remote) {
  return remote->setup.is_lazyrun ? lzr_remote_become_lazyrun(remote)
                                  : lzr_remote_become_stock(remote);
}

static lzr_error *limit_calls(struct lzr_remote *remote, int timeout) {
  if (!remote->setup.is_lazyrun)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "only lazyrun's own executor can be asked whether "
                            "it still answers");
  return lzr_heartbeat_start(remote, timeout, lzr_remote_ask_lazyrun);
}

/* A command may ask for a password first, or wait until a machine is free; when
   it gives up, it ends, and that is noticed. */
static int patience(const struct lzr_remote_options *options) {
  if (options->timeout)
    return options->timeout;
  return options->command ? INT_MAX : DEFAULT_TIMEOUT;
}

static lzr_error *meet(struct lzr_remote *remote,
                       const struct lzr_remote_options *options) {
  const char *command = options->launch    ? options->launch
                        : options->program ? options->program
                                           : options->command;
  uint8_t *setup = NULL;
  size_t size = 0;
  lzr_error *error =
      lzr_connection_meet(remote->connection, patience(options), &setup, &size);

  if (error)
    return command ? blame_child(remote, command, error)
                   : lzr_error_wrap(error, "'%s'", options->connect);
  error = lzr_setup_read(setup, size, &remote->setup);
  free(setup);
  if (!error)
    error = become(remote);
  if (!error && options->call_timeout)
    error = limit_calls(remote, options->call_timeout);
  return lzr_error_wrap(error, "'%s'", command ? command : options->connect);
}

static lzr_error *connect_and_meet(struct lzr_remote *remote,
                                   const struct lzr_remote_options *options) {
  struct lzr_connection_options connection = {
      .peer = "the executor",
      .data = remote,
      .is_quick = lzr_remote_is_quick,
      .serve = lzr_remote_serve,
      .ended = lzr_remote_ended,
      .callers_read = true, /* quick services take no lock that callers hold */
  };
  int in, out;
  lzr_error *error = reach(remote, options, &in, &out);

  if (!error)
    error = lzr_connection_create(in, out, &connection, &remote->connection);
  return error ? error : meet(remote, options);
}

/* ---- Making one ---- */

static lzr_error *check_options(const struct lzr_remote_options *options) {
  if (!options->launch + !options->program + !options->command +
          !options->connect !=
      3)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a remote target is launched, or is a command, or "
                            "is connected to: one of them");
  if (options->timeout < 0 || options->call_timeout < 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "a timeout of %d milliseconds",
                            options->timeout < 0 ? options->timeout
                                                 : options->call_timeout);
  return NULL;
}

static lzr_error *create(struct lzr_remote **remote) {
  struct lzr_remote *made = calloc(1, sizeof *made);

  if (!made)
    return lzr_out_of_memory();
  made->stop = eventfd(0, EFD_CLOEXEC);
  if (made->stop < 0) {
    free(made);
    return lzr_error_create(LZR_ERROR_FILE, "no event descriptor: %s",
                            strerror(errno));
  }
  lzr_news_init(&made->news);
  lzr_posted_init(&made->posted);
  lzr_forks_init(&made->forks);
  pthread_mutex_init(&made->callees_lock, NULL);
  *remote = made;
  return NULL;
}

lzr_error *lzr_tpc_create_remote(const struct lzr_remote_options *options,
                                 lzr_tpc **tpc) {
  struct lzr_remote_options known;
  struct lzr_remote *remote = NULL;
  lzr_error *error;

  if (!options || !tpc)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a remote target needs options and a place to be "
                            "put");
  error = lzr_options_take(&known, sizeof known, options, "a remote target");
  if (!error)
    error = check_options(&known);
  if (!error)
    error = create(&remote);
  if (error)
    return error;
  error = connect_and_meet(remote, &known);
  if (error)
    lzr_remote_close(&remote->tpc);
  else
    *tpc = &remote->tpc;
  return error;
}
