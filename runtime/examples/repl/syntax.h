/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The calculator's language. A line is one of
 *
 *     def NAME(PARAMETERS) EXPRESSION       names, separated by blanks
 *     extern NAME(PARAMETERS)               a C function of doubles
 *     EXPRESSION                            computed at once
 *
 * and what follows a # is a comment. Every value is a double. An expression
 * consists of numbers, parameters, calls f(x, y), parentheses, + - * /, at most
 * one of < <= > >= == != (1 for true, 0 for false), and
 *
 *     if EXPRESSION then EXPRESSION else EXPRESSION
 *
 * A function must be known where it is called. Since a later definition takes
 * over for all callers, two functions that call each other are written so:
 *
 *     def odd(n) 0
 *     def even(n) if n == 0 then 1 else odd(n - 1)
 *     def odd(n) if n == 0 then 0 else even(n - 1)
 */
#ifndef REPL_SYNTAX_H
#define REPL_SYNTAX_H

#include <lazyrun/lazyrun.h>
#include <stdbool.h>

enum {
  MAX_NAME = 32, /* bytes, with the zero at the end */
  MAX_PARAMETERS = 8,
  MAX_LINE = 1000 /* bytes; bounds how deep an expression can be nested */
};

enum node_kind {
  NODE_NUMBER,
  NODE_PARAMETER,
  NODE_CALL,
  NODE_IF,      /* condition, then, else */
  NODE_OPERATOR /* with one operand or two */
};

struct node {
  enum node_kind kind;
  double number;
  unsigned parameter;  /* which, from 0 */
  char name[MAX_NAME]; /* the name of the function that is called, or "<=" */
  struct node *children[MAX_PARAMETERS];
  unsigned child_count;
};

/* An expression is a function without parameters. */
struct function {
  char name[MAX_NAME];
  unsigned line;
  unsigned parameter_count;
  struct node *body;         /* NULL for C's function of that name */
  struct node *nodes;        /* owned; all of the body */
  lzr_module_handle *module; /* its definition in the session; borrowed */
};

void function_fini(struct function *function);

struct functions {
  struct function *items; /* owned */
  size_t count;
};

/* NULL if there is none. */
struct function *functions_find(const struct functions *functions,
                                const char *name);

/* Takes the members of function that are owned; replaces a function of the same
   name. */
lzr_error *functions_put(struct functions *functions,
                         struct function *function);
void functions_fini(struct functions *functions);

enum statement_kind {
  STATEMENT_NONE,
  STATEMENT_FUNCTION,
  STATEMENT_EXPRESSION
};

struct statement {
  enum statement_kind kind;
  struct function function; /* if kind is not NONE; the caller must end it, or
                               pass it on */
};

/* A function that is called must be one of known, with that many values. An
   error is a sentence of kind FORMAT; then there is nothing to end. */
lzr_error *parse(const char *text, unsigned line, const struct functions *known,
                 struct statement *statement);

#endif
