/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A recursive descent parser, with a function for each kind of expression.
   After an error it goes on at the end of the line, where nothing can go wrong;
   what it has built by then is not used. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "syntax.h"

enum token { TOKEN_END, TOKEN_NUMBER, TOKEN_NAME, TOKEN_SIGN };

struct parser {
  const char *next; /* behind the token */
  enum token token;
  char text[MAX_NAME];
  double number;
  const struct functions *known;
  struct function *function; /* what is being parsed */
  char parameters[MAX_PARAMETERS][MAX_NAME];
  size_t node_count;
  lzr_error *error; /* the first one */
};

#define FAIL(parser, ...)                                                      \
  fail(parser, lzr_error_create(LZR_ERROR_FORMAT, __VA_ARGS__))

/* Takes error. */
static void fail(struct parser *parser, lzr_error *error) {
  if (parser->error)
    lzr_error_destroy(error);
  else
    parser->error = error;
  parser->next = "";
  parser->token = TOKEN_END;
  strcpy(parser->text, "the end");
}

/* Tokens. */

static bool is_name_character(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

/* length is below MAX_NAME. */
static void take(struct parser *parser, enum token token, size_t length) {
  parser->token = token;
  memcpy(parser->text, parser->next, length);
  parser->text[length] = 0;
  parser->next += length;
}

static void take_number(struct parser *parser) {
  char *end;
  parser->number = strtod(parser->next, &end);
  parser->token = TOKEN_NUMBER;
  strcpy(parser->text, "a number");
  parser->next = end;
}

static void take_name(struct parser *parser) {
  size_t length = 0;
  while (is_name_character(parser->next[length]))
    length++;
  if (length < MAX_NAME)
    take(parser, TOKEN_NAME, length);
  else
    FAIL(parser, "a name is longer than %d characters", MAX_NAME - 1);
}

static void take_sign(struct parser *parser) {
  const char *next = parser->next;
  bool with_equals = strchr("<>=!", next[0]) && next[1] == '=';
  if (strchr("+-*/<>(),", next[0]) || with_equals)
    take(parser, TOKEN_SIGN, with_equals ? 2 : 1);
  else if (isprint((unsigned char)next[0]))
    FAIL(parser, "'%c' has no meaning here", next[0]);
  else
    FAIL(parser, "a byte of value %d has no meaning here",
         (unsigned char)next[0]);
}

static void advance(struct parser *parser) {
  while (isspace((unsigned char)*parser->next))
    parser->next++;
  const char *next = parser->next;
  if (!*next || *next == '#') {
    parser->token = TOKEN_END;
    strcpy(parser->text, "the end");
  } else if (isdigit((unsigned char)*next) ||
             (*next == '.' && isdigit((unsigned char)next[1])))
    take_number(parser);
  else if (is_name_character(*next))
    take_name(parser);
  else
    take_sign(parser);
}

/* Whether the token is this one. It never is for a number, or at the end. */
static bool at(const struct parser *parser, const char *text) {
  return strcmp(parser->text, text) == 0;
}

static bool accept(struct parser *parser, const char *text) {
  if (!at(parser, text))
    return false;
  advance(parser);
  return true;
}

static void expect(struct parser *parser, const char *text) {
  if (!accept(parser, text))
    FAIL(parser, "'%s' is missing before %s", text, parser->text);
}

static bool is_keyword(const char *text) {
  static const char *const words[] = {"def", "extern", "if", "then", "else"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i], text) == 0)
      return true;
  return false;
}

static void expect_name(struct parser *parser, char name[MAX_NAME]) {
  if (parser->token != TOKEN_NAME || is_keyword(parser->text))
    FAIL(parser, "a name is missing before %s", parser->text);
  memcpy(name, parser->text, MAX_NAME);
  advance(parser);
}

/* Expressions. */

static struct node *parse_expression(struct parser *parser);

/* The array is large enough: every node is at least one character of the line,
   and one more element is left for a node that an error ends. */
static struct node *add_node(struct parser *parser, enum node_kind kind) {
  struct node *node = &parser->function->nodes[parser->node_count];
  if (!parser->error)
    parser->node_count++;
  memset(node, 0, sizeof *node);
  node->kind = kind;
  return node;
}

static void add_child(struct node *node, struct node *child) {
  node->children[node->child_count++] = child;
}

static struct node *parse_number(struct parser *parser) {
  struct node *node = add_node(parser, NODE_NUMBER);
  node->number = parser->number;
  advance(parser);
  return node;
}

static void parse_arguments(struct parser *parser, struct node *call) {
  if (accept(parser, ")"))
    return;
  do {
    struct node *argument = parse_expression(parser);
    if (call->child_count == MAX_PARAMETERS)
      FAIL(parser, "'%s' gets more than %d values", call->name, MAX_PARAMETERS);
    else
      add_child(call, argument);
  } while (accept(parser, ","));
  expect(parser, ")");
}

static const char *plural(unsigned count) {
  return count == 1 ? "" : "s";
}

/* A definition may call itself. */
static void check_call(struct parser *parser, const struct node *call) {
  const struct function *function = parser->function;
  if (strcmp(call->name, function->name) != 0)
    function = functions_find(parser->known, call->name);
  if (!function)
    FAIL(parser, "nobody has defined '%s'", call->name);
  else if (function->parameter_count != call->child_count)
    FAIL(parser, "'%s' takes %u value%s, not %u", call->name,
         function->parameter_count, plural(function->parameter_count),
         call->child_count);
}

static struct node *parse_call(struct parser *parser,
                               const char name[MAX_NAME]) {
  struct node *call = add_node(parser, NODE_CALL);
  memcpy(call->name, name, MAX_NAME);
  parse_arguments(parser, call);
  check_call(parser, call);
  return call;
}

/* Which parameter has that name; parameter_count if none has. */
static unsigned find_parameter(const struct parser *parser, const char *name) {
  unsigned i = 0;
  while (i < parser->function->parameter_count &&
         strcmp(parser->parameters[i], name) != 0)
    i++;
  return i;
}

static struct node *parse_parameter(struct parser *parser, const char *name) {
  struct node *node = add_node(parser, NODE_PARAMETER);
  node->parameter = find_parameter(parser, name);
  if (node->parameter == parser->function->parameter_count)
    FAIL(parser, "'%s' is no parameter", name);
  return node;
}

static struct node *parse_if(struct parser *parser) {
  struct node *node = add_node(parser, NODE_IF);
  add_child(node, parse_expression(parser));
  expect(parser, "then");
  add_child(node, parse_expression(parser));
  expect(parser, "else");
  add_child(node, parse_expression(parser));
  return node;
}

static struct node *parse_primary(struct parser *parser) {
  char name[MAX_NAME];
  if (parser->token == TOKEN_NUMBER)
    return parse_number(parser);
  if (accept(parser, "if"))
    return parse_if(parser);
  if (accept(parser, "(")) {
    struct node *node = parse_expression(parser);
    expect(parser, ")");
    return node;
  }
  if (parser->token != TOKEN_NAME || is_keyword(parser->text))
    FAIL(parser, "a value is missing before %s", parser->text);
  expect_name(parser, name);
  if (accept(parser, "("))
    return parse_call(parser, name);
  return parse_parameter(parser, name);
}

static struct node *parse_unary(struct parser *parser) {
  if (!accept(parser, "-"))
    return parse_primary(parser);
  struct node *node = add_node(parser, NODE_OPERATOR);
  strcpy(node->name, "-");
  add_child(node, parse_unary(parser));
  return node;
}

static struct node *take_operator(struct parser *parser, struct node *left) {
  struct node *node = add_node(parser, NODE_OPERATOR);
  memcpy(node->name, parser->text, MAX_NAME);
  add_child(node, left);
  advance(parser);
  return node;
}

static struct node *parse_product(struct parser *parser) {
  struct node *node = parse_unary(parser);
  while (at(parser, "*") || at(parser, "/")) {
    node = take_operator(parser, node);
    add_child(node, parse_unary(parser));
  }
  return node;
}

static struct node *parse_sum(struct parser *parser) {
  struct node *node = parse_product(parser);
  while (at(parser, "+") || at(parser, "-")) {
    node = take_operator(parser, node);
    add_child(node, parse_product(parser));
  }
  return node;
}

static bool at_comparison(const struct parser *parser) {
  return parser->token == TOKEN_SIGN && strchr("<>=!", parser->text[0]);
}

static struct node *parse_expression(struct parser *parser) {
  struct node *node = parse_sum(parser);
  if (at_comparison(parser)) {
    node = take_operator(parser, node);
    add_child(node, parse_sum(parser));
  }
  return node;
}

/* Lines. */

static void parse_parameter_name(struct parser *parser) {
  struct function *function = parser->function;
  char name[MAX_NAME];
  expect_name(parser, name);
  if (function->parameter_count == MAX_PARAMETERS)
    FAIL(parser, "'%s' has more than %d parameters", function->name,
         MAX_PARAMETERS);
  else if (find_parameter(parser, name) < function->parameter_count)
    FAIL(parser, "'%s' has two parameters '%s'", function->name, name);
  else
    memcpy(parser->parameters[function->parameter_count++], name, MAX_NAME);
}

static void parse_parameters(struct parser *parser) {
  expect(parser, "(");
  while (!parser->error && !accept(parser, ")")) {
    parse_parameter_name(parser);
    accept(parser, ",");
  }
}

/* Callers that have been compiled pass as many values as before. */
static void check_redefinition(struct parser *parser) {
  const struct function *function = parser->function;
  const struct function *old = functions_find(parser->known, function->name);
  if (old && old->parameter_count != function->parameter_count)
    FAIL(parser, "'%s' takes %u value%s, and must go on doing so",
         function->name, old->parameter_count, plural(old->parameter_count));
}

static void parse_head(struct parser *parser) {
  expect_name(parser, parser->function->name);
  parse_parameters(parser);
  check_redefinition(parser);
}

static enum statement_kind parse_line(struct parser *parser) {
  struct function *function = parser->function;
  if (parser->token == TOKEN_END)
    return STATEMENT_NONE;
  if (accept(parser, "extern")) {
    parse_head(parser);
    return STATEMENT_FUNCTION;
  }
  bool is_definition = accept(parser, "def");
  if (is_definition)
    parse_head(parser);
  function->body = parse_expression(parser);
  return is_definition ? STATEMENT_FUNCTION : STATEMENT_EXPRESSION;
}

lzr_error *parse(const char *text, unsigned line, const struct functions *known,
                 struct statement *statement) {
  struct parser parser = {
      .next = text, .known = known, .function = &statement->function};
  size_t length = strlen(text);
  if (length > MAX_LINE)
    return lzr_error_create(LZR_ERROR_FORMAT, "it is longer than %d characters",
                            MAX_LINE);
  *statement = (struct statement){.function.line = line};
  statement->function.nodes = calloc(length + 1, sizeof(struct node));
  if (!statement->function.nodes)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  advance(&parser);
  statement->kind = parse_line(&parser);
  if (parser.token != TOKEN_END)
    FAIL(&parser, "there is %s where the line should end", parser.text);
  if (parser.error || statement->kind == STATEMENT_NONE)
    function_fini(&statement->function);
  return parser.error;
}
