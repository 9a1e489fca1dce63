/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Turns lines of records into the JSON that results.c checks. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/records.h"

enum { MAX_WORDS = 5 };

/* A line, split into words. */
struct line {
  const char *path;
  size_t number;
  char *words[MAX_WORDS]; /* the last may have more tabs in it */
  int count;
};

static lzr_error *complain(const struct line *line, const char *what) {
  return lzr_error_create(LZR_ERROR_FORMAT, "%s:%zu: %s", line->path,
                          line->number, what);
}

static void split(struct line *line, char *text) {
  text[strcspn(text, "\n")] = '\0';
  line->count = 0;
  while (text && line->count < MAX_WORDS) {
    line->words[line->count++] = text;
    text = line->count < MAX_WORDS ? strchr(text, '\t') : NULL;
    if (text)
      *text++ = '\0';
  }
}

/* Finds the object in an array that has these values; NULL if there is none. */
static json_t *find(json_t *array, const char *key, const char *value,
                    const char *other_key, const char *other_value) {
  size_t i;
  json_t *element;
  json_array_foreach(array, i, element) {
    const char *found = json_string_value(json_object_get(element, key));
    const char *other =
        other_key ? json_string_value(json_object_get(element, other_key))
                  : NULL;
    if (strcmp(found, value) == 0 &&
        (!other_key || strcmp(other, other_value) == 0))
      return element;
  }
  return NULL;
}

static lzr_error *add_fact(json_t *root, struct line *line) {
  if (line->count != 3)
    return complain(line, "a fact has a key and a text");
  json_object_set_new(json_object_get(root, "facts"), line->words[1],
                      json_string(line->words[2]));
  return NULL;
}

static lzr_error *add_table(json_t *root, struct line *line) {
  if (line->count != 5)
    return complain(line, "a table has a name, a unit, a base and a title");
  json_t *tables = json_object_get(root, "tables");
  if (find(tables, "name", line->words[1], NULL, NULL))
    return NULL; /* every run of a program declares its tables */
  json_array_append_new(
      tables, json_pack("{ss ss ss ss s[]}", "name", line->words[1], "unit",
                        line->words[2], "base", line->words[3], "title",
                        line->words[4], "cells"));
  return NULL;
}

/* Finds or makes the cell of a line that names a table, a row and a column. */
static lzr_error *find_cell(json_t *root, struct line *line, json_t **cell) {
  if (line->count != 5)
    return complain(line, "it has a table, a row, a column and a text");
  json_t *table =
      find(json_object_get(root, "tables"), "name", line->words[1], NULL, NULL);
  if (!table)
    return complain(line, "the table has not been declared");
  json_t *cells = json_object_get(table, "cells");
  *cell = find(cells, "row", line->words[2], "column", line->words[3]);
  if (*cell)
    return NULL;
  *cell = json_pack("{ss ss}", "row", line->words[2], "column", line->words[3]);
  json_array_append_new(cells, *cell);
  return NULL;
}

static lzr_error *add_samples(json_t *root, struct line *line) {
  json_t *cell;
  lzr_error *error = find_cell(root, line, &cell);
  if (error)
    return error;
  json_t *samples = json_object_get(cell, "samples");
  if (!samples) {
    samples = json_array();
    json_object_set_new(cell, "samples", samples);
  }
  char *state, *word = strtok_r(line->words[4], "\t", &state);
  if (!word)
    return complain(line, "there is no sample");
  for (; word; word = strtok_r(NULL, "\t", &state)) {
    char *end;
    double value = strtod(word, &end);
    if (end == word || *end || !isfinite(value))
      return complain(line, "a sample is a number");
    json_array_append_new(samples, json_real(value));
  }
  return NULL;
}

static lzr_error *add_missing(json_t *root, struct line *line) {
  json_t *cell;
  lzr_error *error = find_cell(root, line, &cell);
  if (!error)
    json_object_set_new(cell, "missing", json_string(line->words[4]));
  return error;
}

static lzr_error *add_line(json_t *root, struct line *line) {
  static const struct {
    const char *word;
    lzr_error *(*add)(json_t *root, struct line *line);
  } kinds[] = {{"fact", add_fact},
               {"table", add_table},
               {"sample", add_samples},
               {"missing", add_missing}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(line->words[0], kinds[i].word) == 0)
      return kinds[i].add(root, line);
  return complain(line, "it begins with none of fact, table, sample, missing");
}

lzr_error *records_read(const char *path, json_t **root) {
  struct line line = {.path = path};
  lzr_error *error = NULL;
  char *text = NULL;
  size_t size = 0;
  FILE *file = fopen(path, "r");
  if (!file)
    return lzr_error_create(LZR_ERROR_FILE, "%s: %s", path, strerror(errno));
  *root =
      json_pack("{ss s{} s[]}", "format", RESULTS_FORMAT, "facts", "tables");
  while (!error && getline(&text, &size, file) > 0) {
    line.number++;
    split(&line, text);
    error = add_line(*root, &line);
  }
  free(text);
  fclose(file);
  return error;
}
