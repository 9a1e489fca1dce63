/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* lazyrun's command line. */
#ifndef LZR_TOOL_OPTIONS_H
#define LZR_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/tool/stats.h"

/* --dlopen, -l, --extra-archive */
enum library_kind { LIBRARY_BY_PATH, LIBRARY_BY_NAME, LIBRARY_ARCHIVE };

struct library_option {
  enum library_kind kind;
  const char *text;
};

/* Strings are borrowed from argv; arrays are allocated and live as long as the
   process. */
struct options {
  int optimization;
  int code_generator; /* enum lzr_code_generator */
  int perf;           /* enum lzr_perf */
  bool eager, check, debug_info, no_process_symbols, no_verify;
  unsigned compile_threads;
  enum stats_form stats;
  int inline_budget;  /* as in the session's options */
  const char *passes; /* or NULL */
  const char *entry, *argv0, *cpu, *dump_directory, *trace_file;
  const char *call;       /* --call, or NULL */
  const char *oop_launch; /* "" for the executor beside lazyrun */
  const char *oop_command, *oop_connect, *oop_secret_file;
  bool oop_insecure;
  unsigned oop_timeout; /* seconds; 0: none */
  char *features;
  const char **extra_modules;
  size_t extra_module_count;
  struct library_option *libraries;
  size_t library_count;
  const char **library_paths;
  size_t library_path_count;
  const char *module;
  int argc; /* the program's arguments, without its name */
  char **argv;
};

/* Fills in options. Given --help or --version, it prints and exits with status
   0; on a mistake it prints a sentence and exits with status 2. */
void options_parse(struct options *options, int argc, char **argv);

#endif
