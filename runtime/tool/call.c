/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/call.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"

/* An i1 is passed as a byte. */
static const struct {
  const char *name;
  lzr_type type;
  int bits; /* of an integer */
} types[] = {{"void", LZR_TYPE_VOID, 0}, {"i1", LZR_TYPE_I8, 1},
             {"i8", LZR_TYPE_I8, 8},     {"i16", LZR_TYPE_I16, 16},
             {"i32", LZR_TYPE_I32, 32},  {"i64", LZR_TYPE_I64, 64},
             {"float", LZR_TYPE_F32, 0}, {"double", LZR_TYPE_F64, 0},
             {"ptr", LZR_TYPE_PTR, 0}};
enum { TYPES = sizeof types / sizeof types[0], MAX_PARAMETERS = 64 };

struct parser {
  const char *text, *at;
};

static lzr_error *refuse(const struct parser *parser, const char *what) {
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "--call='%s': %s expected where it says '%.24s'",
                          parser->text, what, parser->at);
}

static void skip_blanks(struct parser *parser) {
  while (isspace((unsigned char)*parser->at))
    parser->at++;
}

static bool accept(struct parser *parser, const char *mark) {
  skip_blanks(parser);
  size_t length = strlen(mark);
  if (strncmp(parser->at, mark, length) != 0)
    return false;
  parser->at += length;
  return true;
}

static bool is_in_word(char c) {
  return isalnum((unsigned char)c) || strchr("_.$+-", c);
}

/* The length of the type, number or function name that comes next; 0 if none
   does. */
static size_t word_length(struct parser *parser) {
  skip_blanks(parser);
  size_t length = 0;
  while (parser->at[length] && is_in_word(parser->at[length]))
    length++;
  return length;
}

static lzr_error *parse_type(struct parser *parser, size_t *type) {
  size_t length = word_length(parser);
  for (*type = 0; *type < TYPES; (*type)++)
    if (strlen(types[*type].name) == length &&
        strncmp(types[*type].name, parser->at, length) == 0) {
      parser->at += length;
      return NULL;
    }
  return refuse(parser, "void, i1, i8, i16, i32, i64, float, double or ptr");
}

/* Reads a number that fits the type as a signed or as an unsigned one. */
static bool fits(const char *text, int bits, int64_t *value) {
  char *end;
  errno = 0;
  bool negative = *text == '-';
  *value = negative ? strtoll(text, &end, 0) : (int64_t)strtoull(text, &end, 0);
  if (errno || end == text || *end)
    return false;
  if (bits == 64)
    return true;
  return negative ? *value >= -(INT64_C(1) << (bits - 1))
                  : (uint64_t)*value < UINT64_C(1) << bits;
}

/* Whether all of text is a number that is not too large for its type. */
static bool is_read(const char *text, const char *end, double value) {
  return end != text && !*end && !(errno == ERANGE && isinf(value));
}

static bool convert(size_t type, const char *text, lzr_value *value) {
  char *end;
  errno = 0;
  switch (types[type].type) {
  case LZR_TYPE_F32:
    value->f32 = strtof(text, &end);
    return is_read(text, end, (double)value->f32);
  case LZR_TYPE_F64:
    value->f64 = strtod(text, &end);
    return is_read(text, end, value->f64);
  case LZR_TYPE_PTR:
    return strcmp(text, "null") == 0 ? (value->ptr = 0, true)
                                     : fits(text, 64, &value->i);
  default:
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
      value->i = *text == 't';
      return types[type].bits == 1;
    }
    return fits(text, types[type].bits, &value->i);
  }
}

static lzr_error *parse_value(struct parser *parser, size_t type,
                              lzr_value *value) {
  size_t length = word_length(parser);
  char *word = strndup(parser->at, length);
  if (!word)
    return lzr_out_of_memory();
  bool fine = convert(type, word, value);
  free(word);
  if (!fine) {
    char what[32];
    snprintf(what, sizeof what, "a value of type %s", types[type].name);
    return refuse(parser, what);
  }
  parser->at += length;
  return NULL;
}

static lzr_error *parse_parameter(struct parser *parser, struct call *call) {
  size_t type, i = call->signature.parameter_count;
  if (i == MAX_PARAMETERS)
    return refuse(parser, "at most 64 arguments");
  lzr_error *error = parse_type(parser, &type);
  if (!error && types[type].type == LZR_TYPE_VOID)
    error = refuse(parser, "an argument that is not void");
  if (!error)
    error = parse_value(parser, type, &call->values[i]);
  if (error)
    return error;
  call->types[i] = types[type].type;
  call->signature.parameter_count++;
  return NULL;
}

static lzr_error *parse_parameters(struct parser *parser, struct call *call) {
  bool variadic = false;
  if (accept(parser, ")"))
    return NULL;
  do {
    if (!variadic && accept(parser, "...")) {
      variadic = true;
      call->signature.fixed_count = call->signature.parameter_count;
      continue;
    }
    lzr_error *error = parse_parameter(parser, call);
    if (error)
      return error;
  } while (accept(parser, ","));
  if (!variadic)
    call->signature.fixed_count = call->signature.parameter_count;
  return accept(parser, ")") ? NULL : refuse(parser, "',' or ')'");
}

static lzr_error *parse(struct parser *parser, struct call *call) {
  size_t result;
  lzr_error *error = parse_type(parser, &result);
  if (error)
    return error;
  call->signature.result = types[result].type;
  accept(parser, "@");
  size_t length = word_length(parser);
  if (length == 0)
    return refuse(parser, "a function's name");
  call->function = strndup(parser->at, length);
  if (!call->function)
    return lzr_out_of_memory();
  parser->at += length;
  if (!accept(parser, "("))
    return refuse(parser, "'('");
  error = parse_parameters(parser, call);
  skip_blanks(parser);
  if (!error && *parser->at)
    error = refuse(parser, "the end");
  return error;
}

lzr_error *call_parse(const char *text, struct call *call) {
  struct parser parser = {text, text};
  *call = (struct call){.types = calloc(MAX_PARAMETERS, sizeof(lzr_type)),
                        .values = calloc(MAX_PARAMETERS, sizeof(lzr_value))};
  call->signature.parameters = call->types;
  lzr_error *error =
      call->types && call->values ? parse(&parser, call) : lzr_out_of_memory();
  if (error)
    call_fini(call);
  return error;
}

void call_fini(struct call *call) {
  free(call->function);
  free(call->types);
  free(call->values);
}

void call_print(const struct call *call, const lzr_value *result) {
  switch (call->signature.result) {
  case LZR_TYPE_VOID:
    break;
  case LZR_TYPE_F32:
    printf("%.9g\n", (double)result->f32);
    break;
  case LZR_TYPE_F64:
    printf("%.17g\n", result->f64);
    break;
  case LZR_TYPE_PTR:
    printf("0x%" PRIx64 "\n", result->ptr);
    break;
  default:
    printf("%" PRId64 "\n", result->i);
  }
}
