/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lazyrun.h"
#include "runtime/tool/output.h"
#include "runtime/tool/words.h"
#include "tpc/base/say.h"

static const char help[] =
    "usage: lazyrun [options] module.bc [arguments of the program]\n"
    "\n"
    "Runs an LLVM bitcode (or .ll) program, or an object file; each function "
    "is\n"
    "compiled, or linked, when it is first called. \"-\" is standard input. "
    "Long\n"
    "options may have one dash.\n"
    "\n"
    "  -O0 -O1 -O2 -O3         optimization of code generation (default -O0)\n"
    "  --codegen=GENERATOR     llvm (default); baseline: faster, at -O0, for "
    "what it\n"
    "                          can compile; auto: baseline where it can be "
    "used\n"
    "  --passes=PASSES         run LLVM's passes on what is compiled: "
    "'default<O2>',\n"
    "                          or any others as opt -passes takes them\n"
    "  --inline-budget=N       show them N instructions of other functions of "
    "the\n"
    "                          program, to inline (default 1000); 0: none\n"
    "  --entry-function=NAME   call NAME in place of main\n"
    "  --extra-module=FILE     add FILE to the program (may be repeated)\n"
    "  --extra-object=FILE     the same\n"
    "  --extra-archive=FILE    add those members of FILE that are needed\n"
    "  --dlopen=LIB, -LDIR     load a shared library, from DIR first, and "
    "search "
    "it\n"
    "  -lNAME                  the same for libNAME.so; in DIR also libNAME.a, "
    "as\n"
    "                          --extra-archive; -l:NAME for a file of that "
    "name\n"
    "  --no-process-syms       do not search lazyrun's own process\n"
    "  --mcpu=CPU              generate code for CPU (default: the "
    "target's)\n"
    "  --mattr=+a,-b           with or without these CPU features\n"
    "  --compile-threads=N     1 to 64 threads that compile (default 1)\n"
    "  --eager                 compile everything before the program starts\n"
    "  --check                 compile everything, report what cannot be "
    "linked,\n"
    "                          and do not run it\n"
    "  --disable-verify        do not check that what is read makes sense\n"
    "  --debug-info            keep it, and show it to debuggers\n"
    "  --perf=FORMAT           tell Linux's perf of compiled functions: "
    "jitdump "
    "(write\n"
    "                          jit-PID.dump) or map (/tmp/perf-PID.map)\n"
    "  --fake-argv0=NAME       the program's argv[0] (default: the module's "
    "name)\n"
    "  --stats[=json]          at exit, say on stderr what was compiled\n"
    "  --trace-file=FILE       write at exit what happened when, for Perfetto "
    "or\n"
    "                          lazyrun-report\n"
    "  --dump=DIR              write each unit's IR, object and assembly to "
    "DIR\n"
    "  --call='i32 f(i32 2)'   call a function in place of main and print its "
    "result\n"
    "  --help, --version\n"
    "\n"
    "In another process, an executor:\n"
    "  --oop-launch[=COMMAND]  started by COMMAND (default: lazyrun-executor, "
    "beside\n"
    "                          lazyrun), to which filedescs=IN,OUT is "
    "appended\n"
    "  --oop-command=COMMAND   whose standard input and output are the "
    "connection\n"
    "                          ('ssh board lazyrun-executor stdio')\n"
    "  --oop-connect=SPEC      that listens: unix:connect=PATH, "
    "tcp:connect=HOST:PORT\n"
    "  --oop-secret-file=FILE  what a TCP executor wants to know (default: "
    "the\n"
    "                          environment's LAZYRUN_SECRET)\n"
    "  --oop-insecure          no secret\n"
    "  --oop-timeout=SECONDS   an executor that does not answer for so long "
    "is\n"
    "                          given up (default: never)\n"
    "\n"
    "Environment: LZR_TRACE=lazy,compile,link,commit (or all) says on stderr "
    "what\n"
    "happens. The exit status is the program's; 1 if it could not be run, 2 "
    "for a\n"
    "mistake on the command line, 128 and the signal's number after a crash.";

enum option_code {
  OPTION_CODEGEN = 256,
  OPTION_PASSES,
  OPTION_INLINE_BUDGET,
  OPTION_ENTRY,
  OPTION_EXTRA_MODULE,
  OPTION_EXTRA_ARCHIVE,
  OPTION_DLOPEN,
  OPTION_NO_PROCESS_SYMS,
  OPTION_DISABLE_VERIFY,
  OPTION_MCPU,
  OPTION_MATTR,
  OPTION_COMPILE_THREADS,
  OPTION_EAGER,
  OPTION_CHECK,
  OPTION_DEBUG_INFO,
  OPTION_PERF,
  OPTION_FAKE_ARGV0,
  OPTION_STATS,
  OPTION_TRACE_FILE,
  OPTION_DUMP,
  OPTION_CALL,
  OPTION_OOP_LAUNCH,
  OPTION_OOP_COMMAND,
  OPTION_OOP_CONNECT,
  OPTION_OOP_SECRET_FILE,
  OPTION_OOP_INSECURE,
  OPTION_OOP_TIMEOUT,
  OPTION_HELP,
  OPTION_VERSION
};

static const struct option long_options[] = {
    {"codegen", required_argument, NULL, OPTION_CODEGEN},
    {"passes", required_argument, NULL, OPTION_PASSES},
    {"inline-budget", required_argument, NULL, OPTION_INLINE_BUDGET},
    {"entry-function", required_argument, NULL, OPTION_ENTRY},
    {"extra-module", required_argument, NULL, OPTION_EXTRA_MODULE},
    {"extra-object", required_argument, NULL, OPTION_EXTRA_MODULE},
    {"extra-archive", required_argument, NULL, OPTION_EXTRA_ARCHIVE},
    {"dlopen", required_argument, NULL, OPTION_DLOPEN},
    {"disable-verify", no_argument, NULL, OPTION_DISABLE_VERIFY},
    {"no-process-syms", no_argument, NULL, OPTION_NO_PROCESS_SYMS},
    {"mcpu", required_argument, NULL, OPTION_MCPU},
    {"mattr", required_argument, NULL, OPTION_MATTR},
    {"compile-threads", required_argument, NULL, OPTION_COMPILE_THREADS},
    {"eager", no_argument, NULL, OPTION_EAGER},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"debug-info", no_argument, NULL, OPTION_DEBUG_INFO},
    {"perf", required_argument, NULL, OPTION_PERF},
    {"fake-argv0", required_argument, NULL, OPTION_FAKE_ARGV0},
    {"stats", optional_argument, NULL, OPTION_STATS},
    {"trace-file", required_argument, NULL, OPTION_TRACE_FILE},
    {"dump", required_argument, NULL, OPTION_DUMP},
    {"call", required_argument, NULL, OPTION_CALL},
    {"oop-launch", optional_argument, NULL, OPTION_OOP_LAUNCH},
    {"oop-command", required_argument, NULL, OPTION_OOP_COMMAND},
    {"oop-connect", required_argument, NULL, OPTION_OOP_CONNECT},
    {"oop-secret-file", required_argument, NULL, OPTION_OOP_SECRET_FILE},
    {"oop-insecure", no_argument, NULL, OPTION_OOP_INSECURE},
    {"oop-timeout", required_argument, NULL, OPTION_OOP_TIMEOUT},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0}};

static _Noreturn void refuse(const char *format, ...) {
  char sentence[900];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  lzr_say("lazyrun: ", "%s; try lazyrun --help", sentence);
  exit(2);
}

static _Noreturn void run_out_of_memory(void) {
  lzr_say("lazyrun: ", "out of memory");
  exit(1);
}

static _Noreturn void answer(const char *text) {
  puts(text);
  exit(output_finish(stdout, "standard output") ? 0 : 1);
}

static void *append(void *array, size_t count, size_t size) {
  void *grown = reallocarray(array, count + 1, size);
  if (!grown)
    run_out_of_memory();
  return grown;
}

static void append_string(const char ***strings, size_t *count,
                          const char *string) {
  *strings = append(*strings, *count, sizeof **strings);
  (*strings)[(*count)++] = string;
}

static void append_library(struct options *options, enum library_kind kind,
                           const char *text) {
  options->libraries = append(options->libraries, options->library_count,
                              sizeof *options->libraries);
  options->libraries[options->library_count++] =
      (struct library_option){kind, text};
}

static void append_features(struct options *options, const char *features) {
  const char *before = options->features ? options->features : "";
  char *joined;
  if (asprintf(&joined, "%s%s%s", before, *before ? "," : "", features) < 0)
    run_out_of_memory();
  free(options->features);
  options->features = joined;
}

static unsigned parse_number(const char *option, const char *text, unsigned low,
                             unsigned high) {
  char *end;
  errno = 0;
  unsigned long number = strtoul(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || number < low ||
      number > high)
    refuse("%s takes a number from %u to %u, not '%s'", option, low, high,
           text);
  return (unsigned)number;
}

/* The index of text in names; the option takes these only. */
static int parse_choice(const char *text, const char *const names[],
                        size_t count, const char *rule) {
  for (size_t i = 0; i < count; i++)
    if (names[i] && strcmp(text, names[i]) == 0)
      return (int)i;
  refuse("%s, not '%s'", rule, text);
}

static int parse_generator(const char *text) {
  static const char *const names[] = {[LZR_CODEGEN_LLVM] = "llvm",
                                      [LZR_CODEGEN_BASELINE] = "baseline",
                                      [LZR_CODEGEN_AUTO] = "auto"};
  return parse_choice(text, names, sizeof names / sizeof *names,
                      "--codegen takes llvm, baseline or auto");
}

static int parse_perf(const char *text) {
  static const char *const names[] = {[LZR_PERF_MAP] = "map",
                                      [LZR_PERF_JITDUMP] = "jitdump"};
  return parse_choice(text, names, sizeof names / sizeof *names,
                      "--perf takes jitdump or map");
}

static enum stats_form parse_stats(const char *value) {
  if (!value)
    return STATS_TEXT;
  if (strcmp(value, "json") != 0)
    refuse("--stats takes json or no value, not '%s'", value);
  return STATS_JSON;
}

static void take_option(struct options *options, int code,
                        const struct command_words *words) {
  const char *value = words->value;
  switch (code) {
  case 'O':
    options->optimization = (int)parse_number("-O", value, 0, 3);
    break;
  case 'l':
    append_library(options, LIBRARY_BY_NAME, value);
    break;
  case 'L':
    append_string(&options->library_paths, &options->library_path_count, value);
    break;
  case OPTION_CODEGEN:
    options->code_generator = parse_generator(value);
    break;
  case OPTION_PASSES:
    options->passes = value;
    break;
  case OPTION_INLINE_BUDGET:
    options->inline_budget =
        (int)parse_number("--inline-budget", value, 0, 1000000);
    if (!options->inline_budget)
      options->inline_budget = LZR_INLINE_NOTHING;
    break;
  case OPTION_ENTRY:
    options->entry = value;
    break;
  case OPTION_EXTRA_MODULE:
    append_string(&options->extra_modules, &options->extra_module_count, value);
    break;
  case OPTION_EXTRA_ARCHIVE:
    append_library(options, LIBRARY_ARCHIVE, value);
    break;
  case OPTION_DLOPEN:
    append_library(options, LIBRARY_BY_PATH, value);
    break;
  case OPTION_NO_PROCESS_SYMS:
    options->no_process_symbols = true;
    break;
  case OPTION_DISABLE_VERIFY:
    options->no_verify = true;
    break;
  case OPTION_MCPU:
    options->cpu = value;
    break;
  case OPTION_MATTR:
    append_features(options, value);
    break;
  case OPTION_COMPILE_THREADS:
    options->compile_threads = parse_number("--compile-threads", value, 1, 64);
    break;
  case OPTION_EAGER:
    options->eager = true;
    break;
  case OPTION_CHECK:
    options->check = true;
    break;
  case OPTION_DEBUG_INFO:
    options->debug_info = true;
    break;
  case OPTION_PERF:
    options->perf = parse_perf(value);
    break;
  case OPTION_FAKE_ARGV0:
    options->argv0 = value;
    break;
  case OPTION_STATS:
    options->stats = parse_stats(value);
    break;
  case OPTION_TRACE_FILE:
    options->trace_file = value;
    break;
  case OPTION_DUMP:
    options->dump_directory = value;
    break;
  case OPTION_CALL:
    options->call = value;
    break;
  case OPTION_OOP_LAUNCH:
    options->oop_launch = value ? value : "";
    break;
  case OPTION_OOP_COMMAND:
    options->oop_command = value;
    break;
  case OPTION_OOP_CONNECT:
    options->oop_connect = value;
    break;
  case OPTION_OOP_SECRET_FILE:
    options->oop_secret_file = value;
    break;
  case OPTION_OOP_INSECURE:
    options->oop_insecure = true;
    break;
  case OPTION_OOP_TIMEOUT:
    options->oop_timeout = parse_number("--oop-timeout", value, 1, 86400);
    break;
  case OPTION_HELP:
    answer(help);
  case OPTION_VERSION:
    answer(lzr_version());
  case WORDS_NO_VALUE:
    refuse("option %s needs a value", words->word);
  default:
    refuse("unknown option %s", words->word);
  }
}

void options_parse(struct options *options, int argc, char **argv) {
  *options = (struct options){.entry = "main"};
  struct command_words words = {.argc = argc, .argv = argv, .at = 1};
  int code;
  while ((code = words_next(&words, "OlL", long_options)) != WORDS_END)
    take_option(options, code, &words);
  if (words.at >= argc)
    refuse("no module to run");
  options->module = argv[words.at];
  options->argc = argc - words.at - 1;
  options->argv = argv + words.at + 1;
  if (!!options->oop_launch + !!options->oop_command + !!options->oop_connect >
      1)
    refuse("only one of --oop-launch, --oop-command and --oop-connect");
  if (!options->argv0)
    options->argv0 = options->module;
}
