/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/report/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *file; /* for messages */

__attribute__((format(printf, 1, 2))) static _Noreturn void
refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "lazyrun-report: %s: ", file);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *array = calloc(count + 1, size);
  if (!array)
    refuse("out of memory");
  return array;
}

/* Members of an event. */

static const char *get_string(const json_t *event, size_t i, const char *key) {
  const char *text = json_string_value(json_object_get(event, key));
  if (!text)
    refuse("event %zu has no \"%s\"", i, key);
  return text;
}

static double get_number(const json_t *event, size_t i, const char *key) {
  const json_t *number = json_object_get(event, key);
  double value = json_number_value(number);
  if (!json_is_number(number) || !(value >= 0 && value < 1e18))
    refuse("event %zu has no \"%s\" that makes sense", i, key);
  return value;
}

/* Threads. */

static size_t find_thread(struct trace *trace, json_int_t number) {
  size_t i = 0;
  while (i < trace->thread_count && trace->threads[i].number != number)
    i++;
  if (i == trace->thread_count)
    trace->threads[trace->thread_count++] = (struct thread){number, NULL, 0};
  return i;
}

static size_t thread_of(struct trace *trace, const json_t *event, size_t i) {
  const json_t *number = json_object_get(event, "tid");
  if (!json_is_integer(number))
    refuse("event %zu has no \"tid\"", i);
  return find_thread(trace, json_integer_value(number));
}

/* Events. */

static void take_span(struct trace *trace, const json_t *event, size_t i) {
  double begin = get_number(event, i, "ts");
  trace->spans[trace->span_count++] =
      (struct span){.name = get_string(event, i, "name"),
                    .category = get_string(event, i, "cat"),
                    .begin = begin,
                    .end = begin + get_number(event, i, "dur"),
                    .thread = thread_of(trace, event, i)};
}

static void take_memory(struct trace *trace, const json_t *event, size_t i) {
  const json_t *values = json_object_get(event, "args");
  trace->memory[trace->memory_count++] =
      (struct memory){.time = get_number(event, i, "ts"),
                      .code = get_number(values, i, "code"),
                      .constants = get_number(values, i, "constants"),
                      .data = get_number(values, i, "data")};
}

static void take_name(struct trace *trace, const json_t *event, size_t i) {
  const json_t *values = json_object_get(event, "args");
  trace->threads[thread_of(trace, event, i)].name =
      get_string(values, i, "name");
}

static void take(struct trace *trace, const json_t *event, size_t i) {
  const char *phase = get_string(event, i, "ph");
  if (strcmp(phase, "X") == 0)
    take_span(trace, event, i);
  else if (strcmp(phase, "C") == 0)
    take_memory(trace, event, i);
  else if (strcmp(phase, "M") == 0)
    take_name(trace, event, i);
}

/* Order. */

static int compare_spans(const void *left, const void *right) {
  const struct span *a = left, *b = right;
  if (a->begin != b->begin)
    return a->begin < b->begin ? -1 : 1;
  return (a->end < b->end) - (a->end > b->end);
}

static int compare_memory(const void *left, const void *right) {
  const struct memory *a = left, *b = right;
  return (a->time > b->time) - (a->time < b->time);
}

/* Times from the first event on. */
static void shift(struct trace *trace) {
  double first = trace->span_count > 0 ? trace->spans[0].begin : 0;
  for (size_t i = 0; i < trace->span_count; i++) {
    trace->spans[i].begin -= first;
    trace->spans[i].end -= first;
    if (trace->spans[i].end > trace->end)
      trace->end = trace->spans[i].end;
  }
  for (size_t i = 0; i < trace->memory_count; i++)
    trace->memory[i].time -= first;
}

/* A span lies in those of its thread that have begun and not ended. The ends of
   these are a stack for each thread. */
static void find_depths(struct trace *trace) {
  double *ends = allocate(trace->span_count, sizeof *ends);
  for (size_t thread = 0; thread < trace->thread_count; thread++) {
    size_t open = 0;
    for (size_t i = 0; i < trace->span_count; i++) {
      struct span *span = &trace->spans[i];
      if (span->thread != thread)
        continue;
      while (open > 0 && ends[open - 1] <= span->begin)
        open--;
      span->depth = open;
      ends[open++] = span->end;
      if (open > trace->threads[thread].depth)
        trace->threads[thread].depth = open;
    }
  }
  free(ends);
}

void trace_read(struct trace *trace, const char *path) {
  json_error_t problem;
  size_t i;
  json_t *event;
  file = path;
  *trace = (struct trace){.root = json_load_file(path, 0, &problem)};
  if (!trace->root)
    refuse("line %d: %s", problem.line, problem.text);
  const json_t *events = json_object_get(trace->root, "traceEvents");
  if (!json_is_array(events))
    refuse("this is no trace: it has no \"traceEvents\"");
  size_t count = json_array_size(events);
  trace->spans = allocate(count, sizeof *trace->spans);
  trace->threads = allocate(count, sizeof *trace->threads);
  trace->memory = allocate(count, sizeof *trace->memory);
  json_array_foreach(events, i, event) take(trace, event, i);
  qsort(trace->spans, trace->span_count, sizeof *trace->spans, compare_spans);
  qsort(trace->memory, trace->memory_count, sizeof *trace->memory,
        compare_memory);
  shift(trace);
  find_depths(trace);
}

void trace_fini(struct trace *trace) {
  free(trace->spans);
  free(trace->threads);
  free(trace->memory);
  json_decref(trace->root);
}
