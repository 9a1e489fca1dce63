/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whatever takes text or one message at a time: the command lines of both
 * programs, --call, addresses, an executor's Setup and the errors in answers.
 * The first byte chooses which.
 */
#include <setjmp.h>

#include "runtime/tool/call.h"
#include "runtime/tool/options.h"
#include "tests/fuzz/fuzz.h"
#include "tpc/executor/options.h"
#include "tpc/remote/meet.h"
#include "tpc/wire/address.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/result.h"

enum { MOST_WORDS = 32, MOST_PARAMETERS = 64 };

/* Messages. */

static void try_setup(const uint8_t *bytes, size_t size) {
  static const char *const names[] = {"lazyrun_commit", "lazyrun_call", "none"};
  lzr_addr addresses[3];
  uint8_t *copy = fuzz_copy(bytes, size);
  struct lzr_setup setup;
  lzr_error *error = lzr_setup_read(copy, size, &setup);
  free(copy);
  if (!error) {
    if (strlen(setup.triple) > 255 || strlen(setup.cpu) > 255)
      fuzz_fail("a name of more than 255 bytes");
    fuzz_end_error(lzr_setup_require(&setup, names, 3, addresses));
  }
  fuzz_end_error(error);
  lzr_setup_fini(&setup);
}

static void try_answer(const uint8_t *bytes, size_t size) {
  uint8_t *copy = fuzz_copy(bytes, size);
  struct lzr_reader reader;
  lzr_reader_init(&reader, copy, size);
  fuzz_end_error(lzr_unpack_error(&reader, "a service"));
  lzr_reader_init(&reader, copy, size);
  fuzz_end_error(lzr_unpack_expected(&reader, "a service"));
  free(lzr_unpack_string(&reader));
  size_t count = lzr_unpack_count(&reader, 3);
  if (count > size)
    fuzz_fail("a sequence is longer than its message");
  lzr_unpack_bytes(&reader, &count);
  fuzz_end_error(lzr_unpack_end(&reader, "a service"));
  free(copy);
}

/* Text. */

static void try_address(const uint8_t *bytes, size_t size) {
  char *text = fuzz_copy_text(bytes, size);
  struct lzr_address address;
  lzr_error *error = lzr_address_parse(text, &address);
  if (!error)
    lzr_address_fini(&address);
  fuzz_end_error(error);
  free(text);
}

static void try_call(const uint8_t *bytes, size_t size) {
  char *text = fuzz_copy_text(bytes, size);
  struct call call;
  lzr_error *error = call_parse(text, &call);
  if (!error) {
    if (call.signature.parameter_count > MOST_PARAMETERS ||
        call.signature.fixed_count > call.signature.parameter_count)
      fuzz_fail("a call has more parameters than it may");
    call_fini(&call);
  }
  fuzz_end_error(error);
  free(text);
}

/* Command lines. */

/* Where the tool's exit() comes instead (CMakeLists.txt). */
static jmp_buf at_exit;
_Noreturn void fuzz_exit(int status);

_Noreturn void fuzz_exit(int status) {
  if (status != 0 && status != 2)
    fuzz_fail("a command line is refused with another status");
  longjmp(at_exit, 1);
}

/* The words of a line, one behind each line feed. */
static int split(char *line, char **words) {
  int count = 1;
  words[0] = (char *)"lazyrun";
  for (char *rest = line, *word;
       count < MOST_WORDS && (word = strsep(&rest, "\n"));)
    words[count++] = word;
  words[count] = NULL;
  return count;
}

/* The tool keeps these as long as it runs. */
static void free_options(struct options *options) {
  free(options->features);
  free(options->extra_modules);
  free(options->libraries);
  free(options->library_paths);
}

static void try_tool(const uint8_t *bytes, size_t size) {
  static struct options options;
  char *line = fuzz_copy_text(bytes, size), *words[MOST_WORDS + 1];
  int count = split(line, words);
  memset(&options, 0, sizeof options);
  if (!setjmp(at_exit)) {
    options_parse(&options, count, words);
    if (!options.module || !options.argv0 || options.optimization < 0 ||
        options.optimization > 3)
      fuzz_fail("a command line is taken that says nothing");
  }
  free_options(&options);
  free(line);
}

static void try_executor(const uint8_t *bytes, size_t size) {
  char *line = fuzz_copy_text(bytes, size), *words[MOST_WORDS + 1];
  int count = split(line, words);
  struct lzr_executor_options options;
  if (lzr_executor_options_parse(count, words, &options) == LZR_OPTIONS_FINE)
    lzr_executor_options_fini(&options);
  free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static void (*const tries[])(const uint8_t *bytes, size_t size) = {
      try_setup, try_answer, try_address, try_call, try_tool, try_executor};
  if (size > 0)
    tries[bytes[0] % (sizeof tries / sizeof *tries)](bytes + 1, size - 1);
  return 0;
}
