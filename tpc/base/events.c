/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tpc/base/json.h"

/* Fills four cache lines. */
struct event {
  uint64_t begin, end;
  uint64_t values[LZR_EVENT_VALUES];
  int32_t thread;
  uint8_t kind;
  bool has_values;
  _Atomic bool recorded;
  char name[201];
};

bool lzr_events_wanted;

static struct event *events; /* zero where nothing is recorded */
static uint32_t most_events;
static _Atomic uint32_t event_count; /* may be above most_events */
static uint32_t first_event;         /* those before it are another process's */

lzr_error *lzr_events_start(uint32_t most) {
  void *memory = mmap(NULL, most * sizeof *events, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return lzr_error_create(LZR_ERROR_MEMORY, "no memory for a trace: %s",
                            strerror(errno));
  events = memory;
  most_events = most;
  lzr_events_wanted = true;
  lzr_event_now(LZR_EVENT_THREAD, NULL, "thread_name%cmain", 0);
  return NULL;
}

void lzr_events_restart(void) {
  first_event = atomic_load(&event_count);
}

void lzr_event_record(enum lzr_event_kind kind, uint64_t begin, uint64_t end,
                      const uint64_t *values, const char *format, ...) {
  uint32_t number = atomic_fetch_add(&event_count, 1);
  if (number >= most_events) {
    atomic_fetch_sub(&event_count, 1); /* so that it never wraps around */
    return;
  }
  struct event *event = &events[number];
  event->begin = begin;
  event->end = end;
  event->has_values = values != NULL;
  if (values)
    memcpy(event->values, values, sizeof event->values);
  event->thread = (int32_t)syscall(SYS_gettid);
  event->kind = (uint8_t)kind;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(event->name, sizeof event->name, format, arguments);
  va_end(arguments);
  atomic_store(&event->recorded, true);
}

/* Writing. */

/* How viewers are told of events of each kind: "X" is a span, "i" an instant,
   "C" a counter, "M" what something is called. */
static const struct event_form {
  const char *category, *phase;
  const char *detail;                   /* what the detail is called, or NULL */
  const char *values[LZR_EVENT_VALUES]; /* what they are called */
} event_forms[] = {
    [LZR_EVENT_OPEN] = {"open", "X", NULL, {NULL}},
    [LZR_EVENT_FIRST_CALL] = {"first call", "X", "caller", {NULL}},
    [LZR_EVENT_UNIT] = {"unit", "X", NULL, {"unit", "functions"}},
    [LZR_EVENT_PHASE] = {"phase", "X", NULL, {"unit"}},
    [LZR_EVENT_CALL] = {"message", "X", NULL, {"sent", "received"}},
    [LZR_EVENT_POST] = {"message", "i", NULL, {"sent"}},
    [LZR_EVENT_FALLBACK] = {"fallback", "i", "reason", {NULL}},
    [LZR_EVENT_MEMORY] = {"memory",
                          "C",
                          NULL,
                          {"code", "constants", "data", "resident_KiB"}},
    [LZR_EVENT_THREAD] = {"__metadata", "M", "name", {NULL}},
};

/* The members of an event behind its name, in parts of known size. printf()
   would take longer than everything else. */
struct members {
  char text[512];
  size_t length;
};

static void put(struct members *members, const char *text) {
  size_t length = strlen(text);
  memcpy(members->text + members->length, text, length);
  members->length += length;
}

static void put_number(struct members *members, uint64_t number) {
  char digits[24], *at = &digits[sizeof digits - 1];
  *at = '\0';
  do
    *--at = (char)('0' + number % 10);
  while (number /= 10);
  put(members, at);
}

/* In microseconds, with three digits behind the point. */
static void put_time(struct members *members, uint64_t nanoseconds) {
  uint64_t rest = nanoseconds % 1000;
  put_number(members, nanoseconds / 1000);
  put(members, rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
  put_number(members, rest);
}

static void put_values(struct members *members, const struct event *event) {
  const char *const *names = event_forms[event->kind].values;
  for (int i = 0; i < LZR_EVENT_VALUES && names[i]; i++) {
    put(members, i ? ",\"" : "\"");
    put(members, names[i]);
    put(members, "\":");
    put_number(members, event->values[i]);
  }
}

static void put_members(struct members *members, const struct event *event,
                        pid_t process) {
  const struct event_form *form = &event_forms[event->kind];
  put(members, ",\"cat\":\"");
  put(members, form->category);
  put(members, "\",\"ph\":\"");
  put(members, form->phase);
  put(members, "\",\"pid\":");
  put_number(members, (uint64_t)process);
  put(members, ",\"tid\":");
  put_number(members, (uint64_t)event->thread);
  put(members, ",\"ts\":");
  put_time(members, event->begin);
  if (*form->phase == 'X') {
    put(members, ",\"dur\":");
    put_time(members, event->end - event->begin);
  }
  if (*form->phase == 'i')
    put(members, ",\"s\":\"t\"");
  put(members, ",\"args\":{");
  if (event->has_values)
    put_values(members, event);
}

/* "" if there is none, or no room for it. */
static const char *detail_of(const struct event *event) {
  size_t length = strlen(event->name);
  return &event->name[length + (length < sizeof event->name - 1)];
}

static void write_event(FILE *file, const struct event *event, pid_t process) {
  struct members members = {.length = 0};
  const char *detail = event_forms[event->kind].detail,
             *text = detail_of(event);
  put_members(&members, event, process);
  fputs("{\"name\":", file);
  lzr_json_string(file, event->name);
  fwrite(members.text, 1, members.length, file);
  if (detail && *text) {
    fprintf(file, "\"%s\":", detail);
    lzr_json_string(file, text);
  }
  fputs("}}", file);
}

static void write_all(FILE *file, const char *version) {
  uint32_t count = atomic_load(&event_count);
  const char *separator = "\n";
  pid_t process = getpid();
  fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"version\":", file);
  lzr_json_string(file, version);
  fprintf(file, ",\"complete\":%s},\"traceEvents\":[",
          count < most_events ? "true" : "false");
  for (uint32_t i = first_event; i < count; i++) {
    if (!atomic_load(&events[i].recorded))
      continue; /* another thread is at it */
    fputs(separator, file);
    write_event(file, &events[i], process);
    separator = ",\n";
  }
  fputs("\n]}\n", file);
}

lzr_error *lzr_events_write(const char *path, const char *version) {
  FILE *file = fopen(path, "we");
  if (file) {
    __fsetlocking(file, FSETLOCKING_BYCALLER); /* it is only ours */
    write_all(file, version);
    bool failed = ferror(file);
    if (fclose(file) == 0 && !failed)
      return NULL;
  }
  return lzr_error_create(LZR_ERROR_FILE, "%s: cannot write the trace: %s",
                          path, strerror(errno));
}
