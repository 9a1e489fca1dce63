/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Prints reports of what the benchmarks measured, and compares two runs:
 *
 *     bench --report RECORDS [--json=FILE] [--charts=DIRECTORY]
 *     bench --compare OLD.json NEW.json [--threshold=PERCENT] [--all]
 *
 * Exit status: 1 if one of lazyrun's figures got worse, 2 if the command line
 * or a file is wrong, 3 if only the charts could not be drawn.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report.h"

enum { WORSE = 1, WRONG = 2, NO_CHARTS = 3 };

struct options {
  const char *report, *json, *charts;
  const char *old_results; /* --compare's first file; the second is a word */
  struct comparison comparison;
};

static void usage(void) {
  fprintf(stderr,
          "usage: bench --report RECORDS [--json=FILE] [--charts=DIRECTORY]\n"
          "       bench --compare OLD.json NEW.json [--threshold=PERCENT] "
          "[--all]\n");
  exit(WRONG);
}

static double read_percent(const char *text) {
  char *end;
  double percent = strtod(text, &end);
  if (end != text && !*end && percent >= 0 && percent <= 1000)
    return percent / 100;
  fprintf(stderr, "bench: --threshold=%s is no percentage\n", text);
  exit(WRONG);
}

static void parse(struct options *options, int argc, char **argv) {
  static const struct option names[] = {
      {"report", required_argument, NULL, 'r'},
      {"json", required_argument, NULL, 'j'},
      {"charts", required_argument, NULL, 'g'},
      {"compare", required_argument, NULL, 'c'},
      {"threshold", required_argument, NULL, 't'},
      {"all", no_argument, NULL, 'a'},
      {0}};
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;)
    switch (name) {
    case 'r':
      options->report = optarg;
      break;
    case 'j':
      options->json = optarg;
      break;
    case 'g':
      options->charts = optarg;
      break;
    case 'c':
      options->old_results = optarg;
      break;
    case 't':
      options->comparison.threshold = read_percent(optarg);
      break;
    case 'a':
      options->comparison.all = 1;
      break;
    default:
      usage();
    }
  int words = argc - optind;
  if (options->old_results ? options->report || words != 1
                           : !options->report || words != 0)
    usage();
}

static void stop_on(lzr_error *error, int status) {
  if (!error)
    return;
  fprintf(stderr, "bench: %s\n", lzr_error_message(error));
  exit(status);
}

static int report(const struct options *options) {
  struct results results;
  stop_on(results_read_records(options->report, &results), WRONG);
  print_results(stdout, &results);
  fflush(stdout);
  if (options->json)
    stop_on(results_write_json(&results, options->json), WRONG);
  if (options->charts)
    stop_on(draw_charts(&results, options->charts), NO_CHARTS);
  results_fini(&results);
  return 0;
}

static int compare(const struct options *options, const char *new_path) {
  struct results old_results, new_results;
  stop_on(results_read_json(options->old_results, &old_results), WRONG);
  stop_on(results_read_json(new_path, &new_results), WRONG);
  int worse = print_comparison(stdout, &old_results, &new_results,
                               &options->comparison);
  results_fini(&old_results);
  results_fini(&new_results);
  return worse ? WORSE : 0;
}

int main(int argc, char **argv) {
  struct options options = {.comparison = {.threshold = 0.03}};
  parse(&options, argc, argv);
  return options.report ? report(&options) : compare(&options, argv[optind]);
}
