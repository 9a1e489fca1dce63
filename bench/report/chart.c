/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Draws SVG charts with gnuplot: lines for a table whose rows count something,
   bars for any other; both with the quartiles. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/report/report.h"
#include "bench/report/statistics.h"

enum { MAX_NAMES = 64, LABEL_WIDTH = 16 };

/* The names of rows or columns, each once, in the order of the table's
   cells. */
struct names {
  const char *names[MAX_NAMES];
  size_t count;
};

static void add_name(struct names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->names[i], name) == 0)
      return;
  if (names->count < MAX_NAMES)
    names->names[names->count++] = name;
}

struct chart {
  const struct table *table;
  struct names rows, columns;
  const char *along; /* what all rows count, "functions"; else NULL */
  bool wide;         /* the values are too different for a linear axis */
  double low, high;  /* of the values above 0 */
};

/* Tables. */

/* Returns "functions" for "10 functions"; NULL if text begins with no
   number. */
static const char *after_number(const char *text) {
  char *end;
  strtod(text, &end);
  return end != text && *end == ' ' ? end + 1 : NULL;
}

static const char *find_along(const struct names *rows) {
  const char *along = after_number(rows->names[0]);
  for (size_t i = 1; i < rows->count && along; i++) {
    const char *other = after_number(rows->names[i]);
    if (!other || strcmp(along, other) != 0)
      along = NULL;
  }
  return rows->count > 1 ? along : NULL;
}

static double median(const struct cell *cell) {
  return statistics_quantile(cell->samples, cell->count, 0.5);
}

static void look_at(struct chart *chart, const struct table *table) {
  chart->table = table;
  for (size_t i = 0; i < table->cell_count; i++) {
    const struct cell *cell = &table->cells[i];
    double value = cell->missing ? 0 : median(cell);
    add_name(&chart->rows, cell->row);
    if (!cell->missing)
      add_name(&chart->columns, cell->column);
    if (value > 0 && (chart->low == 0 || value < chart->low))
      chart->low = value;
    if (value > chart->high)
      chart->high = value;
  }
  chart->wide = chart->high > 15 * chart->low;
  chart->along = chart->rows.count ? find_along(&chart->rows) : NULL;
}

/* gnuplot's scripts. */

/* A peer has the same colour in all charts: that of the longest beginning that
   its name has. */
static const char *colour(const char *column, size_t i) {
  static const struct {
    const char *beginning, *colour;
  } known[] = {
      {"lazyrun", "#0060c0"},
      {"lazyrun -O2", "#58a6e8"},
      {"lazyrun --eager", "#003870"},
      {"lazyrun --oop", "#58a6e8"},
      {"lazyrun: read", "#8a6d3b"},
      {"lazyrun: move", "#b8b800"},
      {"lazyrun: codegen", "#6a5acd"},
      {"lazyrun: link", "#d070a0"},
      {"lazyrun: commit", "#709070"},
      {"lazyrun, target", "#58a6e8"},
      {"llvm-jitlink", "#e87722"},
      {"llvm-jitlink -lazy", "#c8202f"},
      {"native", "#404040"},
      {"direct", "#404040"},
      {"raw", "#909090"},
      {"raw pipes", "#c8c8c8"},
      {"slot", "#909090"},
      {"glibc", "#2e9e4f"},
      {"libffi", "#9a50b0"},
      {"orc", "#e87722"},
      {"orc-lazy", "#c8202f"},
      {"mcjit", "#e0b000"},
      {"LLVM 22", "#c8202f"},
      {"LLVM 19", "#f0a0a0"},
  };
  static const char *const others[] = {"#00808a", "#8a6d3b", "#b8b800",
                                       "#6a5acd", "#d070a0", "#709070"};
  const char *found = NULL;
  size_t longest = 0;
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    size_t length = strlen(known[k].beginning);
    if (length > longest && strncmp(column, known[k].beginning, length) == 0) {
      longest = length;
      found = known[k].colour;
    }
  }
  return found ? found : others[i % (sizeof others / sizeof *others)];
}

/* Writes a string in gnuplot's syntax. If width is not 0, it breaks lines at
   blanks. */
static void put_string(FILE *out, const char *text, size_t width) {
  size_t column = 0;
  putc('"', out);
  for (; *text; text++, column++) {
    if (*text == '"' || *text == '\\')
      putc('\\', out);
    if (*text == ' ' && width && column + strcspn(text + 1, " ") >= width) {
      fputs("\\n", out);
      column = 0;
    } else {
      putc(*text, out);
    }
  }
  putc('"', out);
}

static void put_data(FILE *out, const struct chart *chart, size_t column) {
  fprintf(out, "$column%zu << END\n", column);
  for (size_t row = 0; row < chart->rows.count; row++) {
    const struct cell *cell = table_cell(chart->table, chart->rows.names[row],
                                         chart->columns.names[column]);
    if (!cell || cell->missing)
      continue;
    fprintf(out, "%g %.9g %.9g %.9g\n",
            chart->along ? atof(cell->row) : (double)row, median(cell),
            statistics_quantile(cell->samples, cell->count, 0.25),
            statistics_quantile(cell->samples, cell->count, 0.75));
  }
  fputs("END\n", out);
}

static void put_axes(FILE *out, const struct chart *chart) {
  fputs("set title ", out);
  put_string(out, chart->table->title, 0);
  fputs("\nset ylabel ", out);
  put_string(out, chart->table->unit, 0);
  putc('\n', out);
  if (chart->wide)
    fputs("set logscale y\n", out);
  else
    fprintf(out, "set yrange [0:%.9g]\n", chart->high * 1.2);
  if (chart->along) {
    fputs("set logscale x\nset format x '%.0f'\nset offsets graph 0.03, graph "
          "0.03, 0, 0\n"
          "set xlabel ",
          out);
    put_string(out, chart->along, 0);
    putc('\n', out);
    return;
  }
  if (chart->wide)
    fprintf(out, "set yrange [%.9g:%.9g]\n", chart->low / 2, chart->high * 3);
  fprintf(out, "set xrange [-0.5:%zu.5]\nset xtics scale 0 (",
          chart->rows.count - 1);
  for (size_t row = 0; row < chart->rows.count; row++) {
    fputs(row ? ", " : "", out);
    put_string(out, chart->rows.names[row], LABEL_WIDTH);
    fprintf(out, " %zu", row);
  }
  fputs(")\n", out);
}

static void put_plot(FILE *out, const struct chart *chart) {
  double width = 0.8 / (double)chart->columns.count;
  for (size_t i = 0; i < chart->columns.count; i++) {
    const char *name = chart->columns.names[i];
    double place = ((double)i + 0.5) * width - 0.4;
    fprintf(out, "%s$column%zu using ", i ? ", \\\n  " : "plot ", i);
    if (chart->along)
      fprintf(out, "1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.5");
    else
      fprintf(out, "($1%+.9g):2:3:4:(%.9g) with boxerrorbars lw 1", place,
              width * 0.9);
    fprintf(out, " lc rgb '%s' title ", colour(name, i));
    put_string(out, name, 0);
  }
  putc('\n', out);
}

static void put_script(FILE *out, const struct chart *chart,
                       const char *picture) {
  size_t bars = chart->rows.count * chart->columns.count;
  size_t width = 640 + (chart->along ? 0 : 12 * bars);
  fprintf(out,
          "set terminal svg size %zu,420 noenhanced font 'sans-serif,12' "
          "background '#ffffff'\nset output ",
          width);
  put_string(out, picture, 0);
  fputs("\nset key outside right top\nset grid ytics\nset border 3\n"
        "set xtics nomirror\nset ytics nomirror\nset bmargin 4\n"
        "set style fill solid 0.9 noborder\n",
        out);
  put_axes(out, chart);
  for (size_t i = 0; i < chart->columns.count; i++)
    put_data(out, chart, i);
  put_plot(out, chart);
}

/* Drawing. */

static lzr_error *run_gnuplot(const char *script) {
  pid_t child = vfork();
  int status = -1;
  if (child == 0) {
    execlp("gnuplot", "gnuplot", script, (char *)NULL);
    _exit(127);
  }
  if (child < 0 || waitpid(child, &status, 0) != child)
    return lzr_error_create(LZR_ERROR_TARGET, "gnuplot cannot be started: %s",
                            strerror(errno));
  if (status == 0)
    return NULL;
  return WIFEXITED(status) && WEXITSTATUS(status) == 127
             ? lzr_error_create(LZR_ERROR_FILE,
                                "no charts: gnuplot is not installed (apt-get "
                                "install gnuplot-nox)")
             : lzr_error_create(LZR_ERROR_TARGET, "gnuplot refused %s", script);
}

static lzr_error *draw(const struct chart *chart, const char *directory) {
  char script[4096], picture[4096];
  snprintf(script, sizeof script, "%s/%s.gnuplot", directory,
           chart->table->name);
  snprintf(picture, sizeof picture, "%s/%s.svg", directory, chart->table->name);
  FILE *out = fopen(script, "w");
  if (!out)
    return lzr_error_create(LZR_ERROR_FILE, "%s: %s", script, strerror(errno));
  put_script(out, chart, picture);
  if (fclose(out) != 0)
    return lzr_error_create(LZR_ERROR_FILE, "%s: %s", script, strerror(errno));
  return run_gnuplot(script);
}

lzr_error *draw_charts(const struct results *results, const char *directory) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < results->table_count && !error; i++) {
    struct chart chart = {0};
    look_at(&chart, &results->tables[i]);
    if (chart.high > 0)
      error = draw(&chart, directory);
  }
  return error;
}
