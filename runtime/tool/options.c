#include "runtime/tool/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lazyrun.h"

static const char help[] =
    "usage: lazyrun [options] module.bc [arguments of the program]\n"
    "\n"
    "Runs an LLVM bitcode (or .ll) program; each function is compiled when it "
    "is\n"
    "first called. \"-\" is standard input. Long options may have one dash.\n"
    "\n"
    "  -O0 -O1 -O2 -O3         optimization of code generation (default -O0)\n"
    "  --entry-function=NAME   call NAME in place of main\n"
    "  --extra-module=FILE     add FILE to the program (may be repeated)\n"
    "  --dlopen=LIB            load a shared library and search it\n"
    "  -lNAME, -LDIR           the same for libNAME.so, in DIR first\n"
    "  --no-process-syms       do not search lazyrun's own process\n"
    "  --mcpu=CPU              generate code for CPU (default: the "
    "target's)\n"
    "  --mattr=+a,-b           with or without these CPU features\n"
    "  --compile-threads=N     1 to 64 threads that compile (default 1)\n"
    "  --eager                 compile everything before the program starts\n"
    "  --check                 compile everything, report what cannot be "
    "linked,\n"
    "                          and do not run it\n"
    "  --debug-info            keep it, and show it to debuggers\n"
    "  --fake-argv0=NAME       the program's argv[0] (default: the module's "
    "name)\n"
    "  --stats                 at exit, say on stderr what was compiled\n"
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
    "\n"
    "Environment: LZR_TRACE=lazy,compile,link,commit (or all) says on stderr "
    "what\n"
    "happens. The exit status is the program's; 1 if it could not be run, 2 "
    "for a\n"
    "mistake on the command line, 128 and the signal's number after a crash.\n";

enum option_code {
  OPTION_ENTRY = 256,
  OPTION_EXTRA_MODULE,
  OPTION_DLOPEN,
  OPTION_NO_PROCESS_SYMS,
  OPTION_MCPU,
  OPTION_MATTR,
  OPTION_COMPILE_THREADS,
  OPTION_EAGER,
  OPTION_CHECK,
  OPTION_DEBUG_INFO,
  OPTION_FAKE_ARGV0,
  OPTION_STATS,
  OPTION_DUMP,
  OPTION_CALL,
  OPTION_OOP_LAUNCH,
  OPTION_OOP_COMMAND,
  OPTION_OOP_CONNECT,
  OPTION_OOP_SECRET_FILE,
  OPTION_OOP_INSECURE,
  OPTION_HELP,
  OPTION_VERSION
};

static const struct option long_options[] = {
    {"entry-function", required_argument, NULL, OPTION_ENTRY},
    {"extra-module", required_argument, NULL, OPTION_EXTRA_MODULE},
    {"dlopen", required_argument, NULL, OPTION_DLOPEN},
    {"no-process-syms", no_argument, NULL, OPTION_NO_PROCESS_SYMS},
    {"mcpu", required_argument, NULL, OPTION_MCPU},
    {"mattr", required_argument, NULL, OPTION_MATTR},
    {"compile-threads", required_argument, NULL, OPTION_COMPILE_THREADS},
    {"eager", no_argument, NULL, OPTION_EAGER},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"debug-info", no_argument, NULL, OPTION_DEBUG_INFO},
    {"fake-argv0", required_argument, NULL, OPTION_FAKE_ARGV0},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"dump", required_argument, NULL, OPTION_DUMP},
    {"call", required_argument, NULL, OPTION_CALL},
    {"oop-launch", optional_argument, NULL, OPTION_OOP_LAUNCH},
    {"oop-command", required_argument, NULL, OPTION_OOP_COMMAND},
    {"oop-connect", required_argument, NULL, OPTION_OOP_CONNECT},
    {"oop-secret-file", required_argument, NULL, OPTION_OOP_SECRET_FILE},
    {"oop-insecure", no_argument, NULL, OPTION_OOP_INSECURE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0}};

static _Noreturn void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("lazyrun: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs("; try lazyrun --help\n", stderr);
  va_end(arguments);
  exit(2);
}

static void *append(void *array, size_t count, size_t size) {
  void *grown = reallocarray(array, count + 1, size);
  if (!grown)
    refuse("out of memory");
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
    refuse("out of memory");
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

static void take_option(struct options *options, int code, const char *word) {
  switch (code) {
  case 'O':
    options->optimization = (int)parse_number("-O", optarg, 0, 3);
    break;
  case 'l':
    append_library(options, LIBRARY_BY_NAME, optarg);
    break;
  case 'L':
    append_string(&options->library_paths, &options->library_path_count,
                  optarg);
    break;
  case OPTION_ENTRY:
    options->entry = optarg;
    break;
  case OPTION_EXTRA_MODULE:
    append_string(&options->extra_modules, &options->extra_module_count,
                  optarg);
    break;
  case OPTION_DLOPEN:
    append_library(options, LIBRARY_BY_PATH, optarg);
    break;
  case OPTION_NO_PROCESS_SYMS:
    options->no_process_symbols = true;
    break;
  case OPTION_MCPU:
    options->cpu = optarg;
    break;
  case OPTION_MATTR:
    append_features(options, optarg);
    break;
  case OPTION_COMPILE_THREADS:
    options->compile_threads = parse_number("--compile-threads", optarg, 1, 64);
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
  case OPTION_FAKE_ARGV0:
    options->argv0 = optarg;
    break;
  case OPTION_STATS:
    options->stats = true;
    break;
  case OPTION_DUMP:
    options->dump_directory = optarg;
    break;
  case OPTION_CALL:
    options->call = optarg;
    break;
  case OPTION_OOP_LAUNCH:
    options->oop_launch = optarg ? optarg : "";
    break;
  case OPTION_OOP_COMMAND:
    options->oop_command = optarg;
    break;
  case OPTION_OOP_CONNECT:
    options->oop_connect = optarg;
    break;
  case OPTION_OOP_SECRET_FILE:
    options->oop_secret_file = optarg;
    break;
  case OPTION_OOP_INSECURE:
    options->oop_insecure = true;
    break;
  case OPTION_HELP:
    fputs(help, stdout);
    exit(0);
  case OPTION_VERSION:
    puts(lzr_version());
    exit(0);
  case ':':
    refuse("option %s needs a value", word);
  default:
    refuse("unknown option %s", word);
  }
}

void options_parse(struct options *options, int argc, char **argv) {
  *options = (struct options){.entry = "main"};
  opterr = 0;
  int code, at = 1;
  /* "+": what follows the module is the program's. */
  while ((code = getopt_long_only(argc, argv, "+:O:l:L:", long_options,
                                  NULL)) != -1) {
    take_option(options, code, argv[at]);
    at = optind;
  }
  if (optind >= argc)
    refuse("no module to run");
  options->module = argv[optind];
  options->argc = argc - optind - 1;
  options->argv = argv + optind + 1;
  if (!!options->oop_launch + !!options->oop_command + !!options->oop_connect >
      1)
    refuse("only one of --oop-launch, --oop-command and --oop-connect");
  if (!options->argv0)
    options->argv0 = options->module;
}
