/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tpc/base/clock.h"
#include "tpc/base/json.h"
#include "tpc/base/text.h"

static uint64_t start;

void stats_begin(void) {
  start = lzr_now();
}

/* All that there is to print. Times are in nanoseconds; without memory a list
   is empty. */
struct stats {
  struct lzr_session_statistics session;
  uint64_t wall_time, processor_time;
  uint64_t llvm; /* functions */
  struct lzr_fallback_info *fallbacks;
  struct lzr_unit_info *slowest;
  size_t fallback_count, slowest_count;
};

static uint64_t processor_time(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
    return 0;
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void collect(lzr_session *session, struct stats *stats) {
  *stats = (struct stats){.session.size = sizeof stats->session,
                          .wall_time = lzr_now() - start,
                          .processor_time = processor_time()};
  if (!session)
    return;
  lzr_session_get_statistics(session, &stats->session);
  stats->llvm =
      stats->session.functions_compiled - stats->session.functions_baseline;
  lzr_error *error = lzr_session_list_fallbacks(session, &stats->fallbacks,
                                                &stats->fallback_count);
  if (error)
    stats->fallback_count = 0;
  lzr_error_destroy(error);
  error = lzr_session_list_slowest_units(session, &stats->slowest,
                                         &stats->slowest_count);
  if (error)
    stats->slowest_count = 0;
  lzr_error_destroy(error);
}

static double ms(uint64_t nanoseconds) {
  return (double)nanoseconds / 1e6;
}

/* Text. */

static void print_fallbacks(const struct stats *stats) {
  fprintf(stderr,
          "lazyrun: %" PRIu64 " functions by the baseline generator, %" PRIu64
          " by LLVM\n",
          stats->session.functions_baseline, stats->llvm);
  for (size_t i = 0; i < stats->fallback_count; i++)
    fprintf(stderr, "lazyrun: %" PRIu64 " by LLVM: %s\n",
            stats->fallbacks[i].functions, stats->fallbacks[i].reason);
}

static void print_slowest(const struct stats *stats) {
  for (size_t i = 0; i < stats->slowest_count; i++) {
    const struct lzr_unit_info *unit = &stats->slowest[i];
    char name[sizeof unit->name * LZR_TEXT_ESCAPE];
    lzr_text_escape(unit->name, name);
    fprintf(stderr,
            "lazyrun: %s %.2f ms, unit %04" PRIu32 ", %" PRIu32
            " functions, %s\n",
            i == 0 ? "slowest:" : "        ", ms(unit->time), unit->number,
            unit->functions, name);
  }
}

static void print_text(const struct stats *stats, bool baseline) {
  const struct lzr_session_statistics *s = &stats->session;
  fprintf(stderr,
          "lazyrun: %" PRIu64 " of %" PRIu64 " functions compiled, in %" PRIu64
          " units, for %" PRIu64 " first calls\n"
          "lazyrun: %" PRIu64 " bytes of code, %" PRIu64
          " of constants, %" PRIu64 " of data\n"
          "lazyrun: open %.2f ms, read %.2f, move %.2f, codegen %.2f, link "
          "%.2f, commit %.2f\n"
          "lazyrun: %.2f ms in all, %.2f of processor time\n",
          s->functions_compiled, s->functions_defined, s->units, s->first_calls,
          s->code_bytes, s->constant_bytes, s->data_bytes, ms(s->open_time),
          ms(s->read_time), ms(s->move_time), ms(s->codegen_time),
          ms(s->link_time), ms(s->commit_time), ms(stats->wall_time),
          ms(stats->processor_time));
  if (s->passes_time)
    fprintf(stderr, "lazyrun: passes %.2f ms\n", ms(s->passes_time));
  if (baseline)
    print_fallbacks(stats);
  print_slowest(stats);
}

/* JSON. */

static void print_json_fallbacks(const struct stats *stats) {
  for (size_t i = 0; i < stats->fallback_count; i++) {
    fprintf(stderr, "%s{\"functions\":%" PRIu64 ",\"reason\":", i ? "," : "",
            stats->fallbacks[i].functions);
    lzr_json_string(stderr, stats->fallbacks[i].reason);
    fputc('}', stderr);
  }
}

static void print_json_slowest(const struct stats *stats) {
  for (size_t i = 0; i < stats->slowest_count; i++) {
    const struct lzr_unit_info *unit = &stats->slowest[i];
    fprintf(stderr,
            "%s{\"ms\":%.3f,\"unit\":%" PRIu32 ",\"functions\":%" PRIu32
            ",\"name\":",
            i ? "," : "", ms(unit->time), unit->number, unit->functions);
    lzr_json_string(stderr, unit->name);
    fputc('}', stderr);
  }
}

/* One line. */
static void print_json(const struct stats *stats) {
  const struct lzr_session_statistics *s = &stats->session;
  fprintf(stderr,
          "{\"functions\":{\"defined\":%" PRIu64 ",\"compiled\":%" PRIu64
          ",\"llvm\":%" PRIu64 ",\"baseline\":%" PRIu64 "},\"units\":%" PRIu64
          ",\"first_calls\":%" PRIu64 ",\"bytes\":{\"code\":%" PRIu64
          ",\"constants\":%" PRIu64 ",\"data\":%" PRIu64 "},",
          s->functions_defined, s->functions_compiled, stats->llvm,
          s->functions_baseline, s->units, s->first_calls, s->code_bytes,
          s->constant_bytes, s->data_bytes);
  fprintf(stderr,
          "\"ms\":{\"wall\":%.3f,\"processor\":%.3f,\"open\":%.3f,\"read\":"
          "%.3f,\"move\":%.3f,\"passes\":%.3f,\"codegen\":%.3f,\"link\":%.3f,"
          "\"commit\":%.3f},\"fallbacks\":[",
          ms(stats->wall_time), ms(stats->processor_time), ms(s->open_time),
          ms(s->read_time), ms(s->move_time), ms(s->passes_time),
          ms(s->codegen_time), ms(s->link_time), ms(s->commit_time));
  print_json_fallbacks(stats);
  fputs("],\"slowest\":[", stderr);
  print_json_slowest(stats);
  fputs("]}\n", stderr);
}

void stats_print(lzr_session *session, enum stats_form form, bool baseline) {
  struct stats stats;
  collect(session, &stats);
  if (form == STATS_JSON)
    print_json(&stats);
  else
    print_text(&stats, baseline);
  free(stats.fallbacks);
  free(stats.slowest);
}
