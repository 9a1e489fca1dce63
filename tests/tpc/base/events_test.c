/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/events.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/lzr-events-XXXXXX";

static char *write_and_read(void) {
  int descriptor = mkstemp(path);
  cr_assert_geq(descriptor, 0);
  lzr_error *error = lzr_events_write(path, "version \"1\"");
  cr_assert_null(error);
  char *text = calloc(1, 1 << 20);
  cr_assert_gt(read(descriptor, text, (1 << 20) - 1), 0);
  close(descriptor);
  unlink(path);
  return text;
}

static size_t count(const char *text, const char *part) {
  size_t found = 0;
  while ((text = strstr(text, part))) {
    found++;
    text += strlen(part);
  }
  return found;
}

Test(events, nothing_is_recorded_unless_wanted) {
  cr_expect_eq(lzr_event_begin(), 0u);
  lzr_event_now(LZR_EVENT_FALLBACK, NULL, "lost");
  cr_assert_null(lzr_events_start(10));
  char *text = write_and_read();
  cr_expect_eq(count(text, "lost"), 0u);
  free(text);
}

Test(events, spans_instants_and_counters_are_written) {
  const uint64_t values[LZR_EVENT_VALUES] = {7, 2, 30, 4};
  cr_assert_null(lzr_events_start(10));
  lzr_event_record(LZR_EVENT_UNIT, 1234567, 2345675, values, "\"f\"");
  lzr_event_now(LZR_EVENT_FALLBACK, NULL, "%s%c%s", "f", 0, "a vector");
  lzr_event_now(LZR_EVENT_MEMORY, values, "memory");
  char *text = write_and_read();
  cr_expect(strstr(text, "\"version\":\"version \\u00221\\u0022\""));
  cr_expect(strstr(text, "\"complete\":true"));
  cr_expect(strstr(text, "{\"name\":\"thread_name\",\"cat\":\"__metadata\","
                         "\"ph\":\"M\""));
  cr_expect(strstr(text, "\"args\":{\"name\":\"main\"}}"));
  cr_expect(strstr(text, "{\"name\":\"\\u0022f\\u0022\",\"cat\":\"unit\","
                         "\"ph\":\"X\""));
  cr_expect(strstr(text, "\"ts\":1234.567,\"dur\":1111.108,"
                         "\"args\":{\"unit\":7,\"functions\":2}}"));
  cr_expect(strstr(text, "\"name\":\"f\",\"cat\":\"fallback\","
                         "\"ph\":\"i\""));
  cr_expect(strstr(text, "\"args\":{\"reason\":\"a vector\"}}"));
  cr_expect(strstr(text, "\"args\":{\"code\":7,\"constants\":2,\"data\":30,"
                         "\"resident_KiB\":4}}"));
  free(text);
}

Test(events, what_there_is_no_room_for_is_left_out_and_the_file_says_so) {
  cr_assert_null(lzr_events_start(10));
  for (int i = 0; i < 100; i++)
    lzr_event_now(LZR_EVENT_FALLBACK, NULL, "event %d", i);
  char *text = write_and_read();
  cr_expect_eq(count(text, "\"name\":\"event "), 9u);
  cr_expect(strstr(text, "\"complete\":false"));
  free(text);
}

Test(events, a_long_name_is_cut) {
  char name[1000];
  memset(name, 'x', sizeof name);
  name[sizeof name - 1] = '\0';
  cr_assert_null(lzr_events_start(10));
  lzr_event_now(LZR_EVENT_FALLBACK, NULL, "%s%c%s", name, 0, "no room");
  char *text = write_and_read();
  cr_expect_eq(count(text, "x"), 200u);
  cr_expect_eq(count(text, "reason"), 0u, "there is no room for a detail");
  free(text);
}

static void *record_many(void *data) {
  for (int i = 0; i < 1000; i++)
    lzr_event_now(LZR_EVENT_POST, NULL, "of %s", (const char *)data);
  return NULL;
}

Test(events, threads_record_at_once) {
  static const char *const names[] = {"one", "two", "three", "four"};
  pthread_t threads[4];
  cr_assert_null(lzr_events_start(5000));
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, record_many, (void *)names[i]);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  char *text = write_and_read();
  for (int i = 0; i < 4; i++) {
    char part[32];
    snprintf(part, sizeof part, "\"of %s\"", names[i]);
    cr_expect_eq(count(text, part), 1000u);
  }
  free(text);
}

Test(events, a_copy_begins_with_nothing) {
  cr_assert_null(lzr_events_start(10));
  lzr_event_now(LZR_EVENT_FALLBACK, NULL, "before");
  lzr_events_restart();
  lzr_event_now(LZR_EVENT_FALLBACK, NULL, "after");
  char *text = write_and_read();
  cr_expect_eq(count(text, "before"), 0u);
  cr_expect_eq(count(text, "after"), 1u);
  free(text);
}

Test(events, a_file_that_cannot_be_written_is_an_error) {
  cr_assert_null(lzr_events_start(10));
  for (int i = 0; i < 2; i++) {
    lzr_error *error =
        lzr_events_write(i ? "/dev/full" : "/nowhere/trace", "version");
    cr_assert_not_null(error);
    cr_expect(strstr(lzr_error_message(error), ": cannot write the trace: "));
    lzr_error_destroy(error);
  }
}
