/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/report/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels. */
static const double width = 1200, margin = 150, right = 20, row = 18, gap = 14,
                    top = 70, memory_height = 90;

/* What is narrower is not drawn if it would lie on what has been drawn. */
static const double least_width = 0.5;

/* A letter's, nearly. */
static const double letter = 6.5;

static const struct {
  const char *category, *color;
} colors[] = {{"first call", "#f4a261"},
              {"unit", "#8ab6d6"},
              {"phase", "#cfe3f1"},
              {"open", "#b7d7a8"},
              {"message", "#d5a6d5"}};
enum { COLORS = sizeof colors / sizeof colors[0] };

static double scale(const struct trace *trace) { /* pixels a microsecond */
  return (width - margin - right) / (trace->end > 0 ? trace->end : 1);
}

static const char *color_of(const struct span *span) {
  for (int i = 0; i < COLORS; i++)
    if (strcmp(colors[i].category, span->category) == 0)
      return colors[i].color;
  return "#dddddd";
}

static void write_text(FILE *file, const char *text, size_t most) {
  for (size_t i = 0; text[i] && i < most; i++)
    switch (text[i]) {
    case '<':
      fputs("&lt;", file);
      break;
    case '>':
      fputs("&gt;", file);
      break;
    case '&':
      fputs("&amp;", file);
      break;
    default:
      /* XML has no control characters */
      fputc((unsigned char)text[i] < 0x20 ? '?' : text[i], file);
    }
}

/* The longest start of text that fits, without half a character at its end. */
static size_t fit(const char *text, double pixels) {
  size_t length = (size_t)(pixels / letter);
  if (length >= strlen(text))
    return strlen(text);
  while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
    length--;
  return length;
}

static void draw_span(FILE *file, const struct span *span, double x, double y,
                      double wide) {
  fprintf(file, "<g><title>%s: ", span->category); /* shown by browsers */
  write_text(file, span->name, strlen(span->name));
  fprintf(file, ", %.3f ms</title>", (span->end - span->begin) / 1000);
  fprintf(file,
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
          "fill=\"%s\"/>",
          x, y, wide, row - 2, color_of(span));
  if (wide > 4 * letter) {
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\">", x + 2, y + row - 6);
    write_text(file, span->name, fit(span->name, wide - 4));
    fputs("</text>", file);
  }
  fputs("</g>\n", file);
}

static void draw_thread(FILE *file, const struct trace *trace, size_t number,
                        double y) {
  const struct thread *thread = &trace->threads[number];
  double *drawn = calloc(thread->depth + 1, sizeof *drawn); /* until this x */
  fprintf(file, "<text x=\"8\" y=\"%.1f\">", y + row - 6);
  if (thread->name)
    write_text(file, thread->name, fit(thread->name, margin - 16));
  else
    fprintf(file, "thread %" JSON_INTEGER_FORMAT, thread->number);
  fputs("</text>\n", file);
  for (size_t i = 0; drawn && i < trace->span_count; i++) {
    const struct span *span = &trace->spans[i];
    double x = margin + span->begin * scale(trace);
    double wide = (span->end - span->begin) * scale(trace);
    if (span->thread != number ||
        (wide < least_width && x < drawn[span->depth]))
      continue;
    wide = fmax(wide, least_width);
    draw_span(file, span, x, y + (double)span->depth * row, wide);
    drawn[span->depth] = x + wide;
  }
  free(drawn);
}

/* A step of 1, 2 or 5 times a power of ten, of which about ten fit. */
static double find_step(double length) {
  double step = pow(10, floor(log10(length / 10)));
  if (length / step > 50)
    return step * 5;
  return length / step > 20 ? step * 2 : step;
}

static void draw_axis(FILE *file, const struct trace *trace, double bottom) {
  double step = find_step(trace->end > 0 ? trace->end : 1);
  for (double at = 0; at <= trace->end; at += step) {
    double x = margin + at * scale(trace);
    fprintf(file,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
            "stroke=\"#eeeeee\"/><text x=\"%.1f\" y=\"%.1f\" "
            "text-anchor=\"middle\">%g ms</text>\n",
            x, top - 8, x, bottom, x, top - 12, at / 1000);
  }
}

static double total(const struct memory *memory) {
  return memory->code + memory->constants + memory->data;
}

static void draw_memory(FILE *file, const struct trace *trace, double y) {
  const struct memory *last = &trace->memory[trace->memory_count - 1];
  double most = fmax(total(last), 1), before = y + memory_height;
  fprintf(file,
          "<text x=\"8\" y=\"%.1f\">code and data</text>"
          "<text x=\"8\" y=\"%.1f\">%.0f KiB</text>\n"
          "<polyline fill=\"none\" stroke=\"#2a6f97\" points=\"%.1f,%.1f",
          y + 12, y + 26, total(last) / 1024, margin, before);
  for (size_t i = 0; i < trace->memory_count; i++) {
    double x = margin + fmax(trace->memory[i].time, 0) * scale(trace);
    double now =
        y + memory_height * (1 - fmin(total(&trace->memory[i]) / most, 1));
    fprintf(file, " %.1f,%.1f %.1f,%.1f", x, before, x, now);
    before = now;
  }
  fprintf(file, " %.1f,%.1f\"/>\n", width - right, before);
}

static void draw_legend(FILE *file, const struct trace *trace) {
  size_t calls = 0, units = 0;
  double x = margin;
  for (size_t i = 0; i < trace->span_count; i++) {
    calls += strcmp(trace->spans[i].category, "first call") == 0;
    units += strcmp(trace->spans[i].category, "unit") == 0;
  }
  fprintf(file,
          "<text x=\"8\" y=\"20\">%.2f ms: %zu first calls, %zu units</text>\n",
          trace->end / 1000, calls, units);
  for (int i = 0; i < COLORS; i++, x += 100)
    fprintf(file,
            "<rect x=\"%.1f\" y=\"30\" width=\"12\" height=\"12\" "
            "fill=\"%s\"/><text x=\"%.1f\" y=\"40\">%s</text>\n",
            x, colors[i].color, x + 16, colors[i].category);
}

void draw(const struct trace *trace, FILE *file) {
  double y = top, bottom = top;
  for (size_t i = 0; i < trace->thread_count; i++)
    if (trace->threads[i].depth > 0)
      bottom += (double)trace->threads[i].depth * row + gap;
  double height = bottom + (trace->memory_count ? memory_height + 20 : 0);
  fprintf(file,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
          "height=\"%.0f\" font-family=\"monospace\" font-size=\"11\">\n"
          "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
          width, height);
  draw_axis(file, trace, bottom);
  draw_legend(file, trace);
  for (size_t i = 0; i < trace->thread_count; i++) {
    if (trace->threads[i].depth == 0)
      continue;
    draw_thread(file, trace, i, y);
    y += (double)trace->threads[i].depth * row + gap;
  }
  if (trace->memory_count)
    draw_memory(file, trace, y);
  fputs("</svg>\n", file);
}
