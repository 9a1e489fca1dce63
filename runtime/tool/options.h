/* lazyrun's command line. */
#ifndef LZR_TOOL_OPTIONS_H
#define LZR_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum library_kind { LIBRARY_BY_PATH, LIBRARY_BY_NAME }; /* --dlopen, -l */

struct library_option {
  enum library_kind kind;
  const char *text;
};

/* Strings are argv's; arrays are malloc'ed and live as long as the process. */
struct options {
  int optimization;
  bool eager, check, stats, debug_info, no_process_symbols;
  unsigned compile_threads;
  const char *entry, *argv0, *cpu, *dump_directory;
  const char *call;       /* --call, or NULL */
  const char *oop_launch; /* "" for the executor beside lazyrun */
  const char *oop_command, *oop_connect, *oop_secret_file;
  bool oop_insecure;
  char *features;
  const char **extra_modules;
  size_t extra_module_count;
  struct library_option *libraries;
  size_t library_count;
  const char **library_paths;
  size_t library_path_count;
  const char *module;
  int argc; /* the program's arguments, its name aside */
  char **argv;
};

/* Fills in options; on --help and --version prints and exits 0; on a mistake
   prints a sentence and exits 2. */
void options_parse(struct options *options, int argc, char **argv);

#endif
