/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/executor/executor.h"
#include "tpc/wire/secret.h"

#define SECRET_VARIABLE "LAZYRUN_SECRET"

static const char help[] =
    "Usage: lazyrun-executor [options] ADDRESS\n"
    "Runs code that a controller compiles for it: lazyrun, or LLVM's\n"
    "llvm-jitlink 19 to 22. Who is let in can run anything.\n"
    "\n"
    "ADDRESS, where the controller is:\n"
    "  filedescs=IN,OUT         two open descriptors\n"
    "  fd=N                     one, used both ways\n"
    "  stdio                    standard input and output; the program's own\n"
    "                           then travel as messages\n"
    "  unix:listen=PATH         unix:connect=PATH\n"
    "  tcp:listen=HOST:PORT     tcp:connect=HOST:PORT\n"
    "  listen=HOST:PORT         as llvm-jitlink knows it\n"
    "\n"
    "  --secret-file=FILE  over TCP: what both sides must know, 16 to 4096\n"
    "                      bytes; the environment variable " SECRET_VARIABLE
    "\n"
    "                      does the same\n"
    "  --insecure          over TCP: whoever connects is let in\n"
    "  --any-address       HOST need not be this machine\n"
    "  --wait=SECONDS      how long the controller may take to connect, and "
    "then\n"
    "                      to say something: 60, and 86400 at most\n"
    "  --help\n"
    "  --version";

enum { WAIT = 60, MAX_WAIT = 86400 }; /* seconds */

/* The words of the command line, before they are checked together. */
struct words {
  const char *address;
  const char *secret_file;
  long wait;
  bool insecure;
  bool any_address;
};

static enum lzr_options_outcome wrong(const char *word, const char *why) {
  lzr_executor_say("%s%s; see lazyrun-executor --help", word, why);
  return LZR_OPTIONS_WRONG;
}

static bool starts_with(const char *word, const char *start) {
  return strncmp(word, start, strlen(start)) == 0;
}

/* The words that LLVM's tests put before the address. */
static bool is_ignored(const char *word) {
  return starts_with(word, "test-") || starts_with(word, "debug");
}

static enum lzr_options_outcome read_wait(const char *word,
                                          struct words *words) {
  const char *number = strchr(word, '=') + 1;
  char *end;

  words->wait = strtol(number, &end, 10);
  if (*number >= '0' && *number <= '9' && !*end && words->wait > 0 &&
      words->wait <= MAX_WAIT)
    return LZR_OPTIONS_FINE;
  return wrong(word, " is not a number of seconds from 1 to 86400");
}

static enum lzr_options_outcome answer(const char *text) {
  if (puts(text) != EOF && fflush(stdout) == 0)
    return LZR_OPTIONS_HELPED;
  lzr_executor_say("cannot write to standard output: %s", strerror(errno));
  return LZR_OPTIONS_REFUSED;
}

static enum lzr_options_outcome read_word(const char *word,
                                          struct words *words) {
  if (strcmp(word, "--help") == 0)
    return answer(help);
  if (strcmp(word, "--version") == 0)
    return answer("lazyrun-executor " LZR_VERSION);
  if (strcmp(word, "--insecure") == 0)
    words->insecure = true;
  else if (strcmp(word, "--any-address") == 0)
    words->any_address = true;
  else if (starts_with(word, "--secret-file="))
    words->secret_file = strchr(word, '=') + 1;
  else if (starts_with(word, "--wait="))
    return read_wait(word, words);
  else if (*word == '-')
    return wrong(word, " is not an option");
  else if (words->address)
    return wrong(word, " is a second address");
  else if (!is_ignored(word))
    words->address = word;
  return LZR_OPTIONS_FINE;
}

static enum lzr_options_outcome read_words(int argc, char **argv,
                                           struct words *words) {
  for (int i = 1; i < argc; i++) {
    enum lzr_options_outcome outcome = read_word(argv[i], words);

    if (outcome != LZR_OPTIONS_FINE)
      return outcome;
  }
  if (!words->address)
    return wrong("", "no address says where the controller is");
  if (words->insecure && words->secret_file)
    return wrong("", "--insecure and --secret-file contradict each other");
  return LZR_OPTIONS_FINE;
}

/* The program must not see the secret: it is removed from the environment, and
   its bytes from the memory that the kernel shows. *secret is owned, NULL for
   none. */
static lzr_error *take_from_environment(char **secret, size_t *size) {
  char *value = getenv(SECRET_VARIABLE);

  *secret = NULL;
  if (!value)
    return NULL;
  *size = strlen(value);
  *secret = strdup(value);
  explicit_bzero(value, *size);
  unsetenv(SECRET_VARIABLE);
  if (!*secret)
    return lzr_out_of_memory();
  if (*size >= LZR_SECRET_MIN && *size <= LZR_SECRET_MAX)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "the secret in %s has %zu bytes: %d to %d are asked "
                          "for",
                          SECRET_VARIABLE, *size, LZR_SECRET_MIN,
                          LZR_SECRET_MAX);
}

/* Checks who may connect over TCP. */
static lzr_error *check_access(const struct lzr_executor_options *options,
                               bool any_address) {
  const struct lzr_address *address = &options->address;

  if (address->kind != LZR_ADDRESS_TCP)
    return NULL;
  if (!any_address && !lzr_address_is_local(address))
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "%s is not on this machine: --any-address allows "
                            "it",
                            address->text);
  if (!options->insecure && !options->secret)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "%s is over TCP and needs a secret (--secret-file "
                            "or %s), or --insecure, which lets everybody in",
                            address->text, SECRET_VARIABLE);
  return NULL;
}

static void forget_secret(struct lzr_executor_options *options) {
  if (options->secret)
    explicit_bzero(options->secret, options->secret_size);
  free(options->secret);
  options->secret = NULL;
}

static lzr_error *apply(const struct words *words,
                        struct lzr_executor_options *options) {
  lzr_error *error =
      take_from_environment(&options->secret, &options->secret_size);

  options->insecure = words->insecure;
  options->wait = (int)words->wait * 1000;
  if (words->insecure || words->secret_file) {
    lzr_error_destroy(error);
    forget_secret(options);
    error = NULL;
  }
  if (!error && words->secret_file)
    error = lzr_secret_read(words->secret_file, &options->secret,
                            &options->secret_size);
  if (!error)
    error = lzr_address_parse(words->address, &options->address);
  return error ? error : check_access(options, words->any_address);
}

enum lzr_options_outcome
lzr_executor_options_parse(int argc, char **argv,
                           struct lzr_executor_options *options) {
  struct words words = {.wait = WAIT};
  enum lzr_options_outcome outcome = read_words(argc, argv, &words);
  lzr_error *error;

  *options = (struct lzr_executor_options){0};
  if (outcome != LZR_OPTIONS_FINE)
    return outcome;
  error = apply(&words, options);
  if (!error)
    return LZR_OPTIONS_FINE;
  lzr_executor_say_error(error);
  lzr_error_destroy(error);
  lzr_executor_options_fini(options);
  return LZR_OPTIONS_REFUSED;
}

void lzr_executor_options_fini(struct lzr_executor_options *options) {
  forget_secret(options);
  lzr_address_fini(&options->address);
}
