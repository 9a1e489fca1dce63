/* Making and ending a remote target: reach an executor, meet it, and hand over
   to the kind that it is. */
#include "tpc/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tpc/remote/remote.h"
#include "tpc/wire/address.h"
#include "tpc/wire/secret.h"

/* In milliseconds. */
enum { DEFAULT_TIMEOUT = 10000, CHILD_TIMEOUT = 1000 };

static lzr_error *out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
}

/* ---- Reaching ------------------------------------------------------------ */

static lzr_error *start(struct lzr_remote *remote, const char *command,
                        enum lzr_child_kind kind, int *in, int *out) {
  lzr_error *error = lzr_child_start(command, kind, &remote->child, in, out);

  remote->has_child = !error;
  remote->shares_cpu = kind == LZR_CHILD_FILEDESCS;
  remote->carries_stdio = kind == LZR_CHILD_STDIO;
  return error;
}

/* What the peer must know; *owned is where it is if it came from a file. */
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

static void close_both(int in, int out) {
  close(in);
  if (out != in)
    close(out);
}

/* Nothing is looked at before the peer has shown that it knows the secret. */
static lzr_error *open_secretly(const struct lzr_remote_options *options,
                                const struct lzr_address *address, int *in,
                                int *out) {
  const char *secret;
  char *owned;
  size_t size;
  lzr_error *error = find_secret(options, &secret, &size, &owned);

  if (!error)
    error = lzr_address_open(address, options->timeout, NULL, NULL, in, out);
  if (!error) {
    error = lzr_secret_exchange(*in, *out, secret, size, address->listens);
    if (error)
      close_both(*in, *out);
  }
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
    return start(remote, options->launch, LZR_CHILD_FILEDESCS, in, out);
  if (options->command)
    return start(remote, options->command, LZR_CHILD_STDIO, in, out);
  return connect_to(options, in, out);
}

/* ---- Meeting ------------------------------------------------------------- */

/* If the connection ended or nothing came, what the child did is what the user
   can do something about. Takes error. */
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

static lzr_error *meet(struct lzr_remote *remote,
                       const struct lzr_remote_options *options) {
  const char *command = options->launch ? options->launch : options->command;
  int timeout = options->timeout ? options->timeout : DEFAULT_TIMEOUT;
  uint8_t *setup = NULL;
  size_t size = 0;
  lzr_error *error =
      lzr_connection_meet(remote->connection, timeout, &setup, &size);

  if (error)
    return command ? blame_child(remote, command, error)
                   : lzr_error_wrap(error, "'%s'", options->connect);
  error = lzr_setup_read(setup, size, &remote->setup);
  free(setup);
  if (!error)
    error = become(remote);
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
      .callers_read = true, /* quick services take no lock that callers have */
  };
  int in, out;
  lzr_error *error = reach(remote, options, &in, &out);

  if (!error)
    error = lzr_connection_create(in, out, &connection, &remote->connection);
  return error ? error : meet(remote, options);
}

/* ---- Operations of both kinds -------------------------------------------- */

const struct lzr_target_facts *lzr_remote_facts(const lzr_tpc *tpc) {
  return &lzr_remote_of(tpc)->setup.facts;
}

const char *lzr_remote_peer(const lzr_tpc *tpc) {
  return lzr_remote_of(tpc)->peer;
}

/* The connection first: its end is what a child waits for. */
void lzr_remote_close(lzr_tpc *tpc) {
  struct lzr_remote *remote = lzr_remote_of(tpc);

  if (remote->connection)
    lzr_connection_end(remote->connection, NULL);
  lzr_connection_destroy(remote->connection);
  if (remote->has_child)
    lzr_child_end(&remote->child, CHILD_TIMEOUT);
  lzr_remote_fini_stock(remote);
  if (remote->has_claims)
    lzr_claims_fini(&remote->claims);
  lzr_remote_free_callees(remote);
  lzr_setup_fini(&remote->setup);
  lzr_news_fini(&remote->news);
  pthread_mutex_destroy(&remote->callees_lock);
  close(remote->stop);
  free(remote);
}

/* ---- Making one ---------------------------------------------------------- */

static lzr_error *check_options(const struct lzr_remote_options *options,
                                lzr_tpc **tpc) {
  if (!options || !tpc)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a remote target needs options and a place to be "
                            "put");
  if (options->size != sizeof *options)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "the options of a remote target are %zu bytes, not "
                            "%zu",
                            options->size, sizeof *options);
  if (!options->launch + !options->command + !options->connect != 2)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "a remote target is launched, or is a command, or "
                            "is connected to: one of them");
  if (options->timeout < 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "a timeout of %d milliseconds",
                            options->timeout);
  return NULL;
}

static lzr_error *create(struct lzr_remote **remote) {
  struct lzr_remote *made = calloc(1, sizeof *made);

  if (!made)
    return out_of_memory();
  made->stop = eventfd(0, EFD_CLOEXEC);
  if (made->stop < 0) {
    free(made);
    return lzr_error_create(LZR_ERROR_FILE, "no event descriptor: %s",
                            strerror(errno));
  }
  lzr_news_init(&made->news);
  pthread_mutex_init(&made->callees_lock, NULL);
  *remote = made;
  return NULL;
}

lzr_error *lzr_tpc_create_remote(const struct lzr_remote_options *options,
                                 lzr_tpc **tpc) {
  struct lzr_remote *remote = NULL;
  lzr_error *error = check_options(options, tpc);

  if (!error)
    error = create(&remote);
  if (error)
    return error;
  error = connect_and_meet(remote, options);
  if (error)
    lzr_remote_close(&remote->tpc);
  else
    *tpc = &remote->tpc;
  return error;
}
