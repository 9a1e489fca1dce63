/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A pocket calculator with more functions than anyone needs at once:
 *
 *     demo '2 * (3 + 4)' 'gcd(84, 36) ^ 2'
 *     demo --as=lisp '1 + 2 * x' x=5
 *
 * Every notation and every mathematical function is a C function of its own.
 * Run lazily, only those that an expression uses are compiled.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Expressions. */

enum kind { NUMBER, VARIABLE, BINARY, NEGATION, CALL };

struct node {
  enum kind kind;
  double number;
  char name[16]; /* the name of a variable or function; the sign of a binary
                    operator */
  struct node *left, *right;
};

static struct node nodes[1000];
static size_t node_count;
static jmp_buf failure;

static void fail(const char *what, const char *where) {
  fprintf(stderr, "%s at '%s'\n", what, where);
  longjmp(failure, 1);
}

static struct node *make(enum kind kind, const char *name, size_t size,
                         struct node *left, struct node *right) {
  if (node_count == sizeof nodes / sizeof *nodes)
    fail("too long", name);
  if (size >= sizeof nodes->name)
    fail("too long a name", name);
  struct node *node = &nodes[node_count++];
  *node = (struct node){.kind = kind, .left = left, .right = right};
  memcpy(node->name, name, size);
  return node;
}

/* Mathematics. */

static double absolute(double x) {
  return x < 0 ? -x : x;
}

static double power(double base, double exponent) {
  double result = 1;
  for (long i = (long)absolute(exponent); i > 0; i--)
    result *= base;
  return exponent < 0 ? 1 / result : result;
}

static double square_root(double x, double unused) {
  (void)unused;
  double guess = x > 1 ? x : 1;
  for (int i = 0; i < 100; i++)
    guess = (guess + x / guess) / 2;
  return guess;
}

static double exponential(double x, double unused) {
  (void)unused;
  double term = 1, sum = 1;
  for (int i = 1; i < 200; i++)
    sum += term *= x / i;
  return sum;
}

static double logarithm(double x, double unused) {
  double guess = 0;
  for (int i = 0; i < 100; i++)
    guess +=
        2 * (x - exponential(guess, unused)) / (x + exponential(guess, unused));
  return guess;
}

static double sine(double x, double unused) {
  (void)unused;
  double term = x, sum = x;
  for (int i = 1; i < 100; i++)
    sum += term *= -x * x / ((2 * i) * (2 * i + 1));
  return sum;
}

static double cosine(double x, double unused) {
  (void)unused;
  double term = 1, sum = 1;
  for (int i = 1; i < 100; i++)
    sum += term *= -x * x / ((2 * i - 1) * (2 * i));
  return sum;
}

static double tangent(double x, double unused) {
  return sine(x, unused) / cosine(x, unused);
}

static double greatest_divisor(double a, double b) {
  long x = (long)absolute(a), y = (long)absolute(b);
  while (y) {
    long rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}

static double least_multiple(double a, double b) {
  return a * b / greatest_divisor(a, b);
}

static double factorial(double n, double unused) {
  return n < 2 ? 1 : n * factorial(n - 1, unused);
}

static double choose(double n, double k) {
  return factorial(n, 0) / factorial(k, 0) / factorial(n - k, 0);
}

static double fibonacci(double n, double unused) {
  return n < 2 ? n : fibonacci(n - 1, unused) + fibonacci(n - 2, unused);
}

static double is_prime(double n, double unused) {
  (void)unused;
  for (long i = 2; i * i <= (long)n; i++)
    if ((long)n % i == 0)
      return 0;
  return n > 1;
}

static double nth_prime(double n, double unused) {
  long candidate = 1;
  while (n > 0)
    n -= is_prime(++candidate, unused);
  return candidate;
}

static double collatz_steps(double n, double unused) {
  (void)unused;
  long steps = 0;
  for (long x = (long)n; x > 1; steps++)
    x = x % 2 ? 3 * x + 1 : x / 2;
  return steps;
}

static double ackermann(double m, double n) {
  if (m == 0)
    return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static double digit_sum(double n, double unused) {
  (void)unused;
  long sum = 0;
  for (long x = (long)absolute(n); x; x /= 10)
    sum += x % 10;
  return sum;
}

static double reversed(double n, double unused) {
  (void)unused;
  long result = 0;
  for (long x = (long)n; x; x /= 10)
    result = result * 10 + x % 10;
  return result;
}

static double bit_count(double n, double unused) {
  (void)unused;
  long count = 0;
  for (long x = (long)n; x; x &= x - 1)
    count++;
  return count;
}

static double minimum(double a, double b) {
  return a < b ? a : b;
}

static double maximum(double a, double b) {
  return a > b ? a : b;
}

static double hypotenuse(double a, double b) {
  return square_root(a * a + b * b, 0);
}

static double absolute_value(double x, double unused) {
  (void)unused;
  return absolute(x);
}

static const struct function {
  const char *name;
  double (*apply)(double, double);
} functions[] = {
    {"abs", absolute_value}, {"ack", ackermann},         {"bits", bit_count},
    {"choose", choose},      {"collatz", collatz_steps}, {"cos", cosine},
    {"digits", digit_sum},   {"exp", exponential},       {"fact", factorial},
    {"fib", fibonacci},      {"gcd", greatest_divisor},  {"hypot", hypotenuse},
    {"isprime", is_prime},   {"lcm", least_multiple},    {"log", logarithm},
    {"max", maximum},        {"min", minimum},           {"pow", power},
    {"prime", nth_prime},    {"reverse", reversed},      {"sin", sine},
    {"sqrt", square_root},   {"tan", tangent},
};

static const struct function *find_function(const char *name) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (strcmp(functions[i].name, name) == 0)
      return &functions[i];
  fail("no such function", name);
  return NULL;
}

/* Reading. */

static const char *rest;

static char peek(void) {
  while (isspace((unsigned char)*rest))
    rest++;
  return *rest;
}

static void expect(char c) {
  if (peek() != c)
    fail(c == ')' ? "expected )" : "unexpected", rest);
  rest++;
}

static struct node *read_sum(void);

static struct node *read_number(void) {
  char *end;
  struct node *node = make(NUMBER, "", 0, NULL, NULL);
  node->number = strtod(rest, &end);
  rest = end;
  return node;
}

static struct node *read_name(void) {
  const char *start = rest;
  while (isalnum((unsigned char)*rest))
    rest++;
  size_t size = (size_t)(rest - start);
  if (peek() != '(')
    return make(VARIABLE, start, size, NULL, NULL);
  rest++;
  struct node *left = read_sum(), *right = NULL;
  if (peek() == ',') {
    rest++;
    right = read_sum();
  }
  expect(')');
  return make(CALL, start, size, left, right);
}

static struct node *read_group(void) {
  rest++;
  struct node *inner = read_sum();
  expect(')');
  return inner;
}

static struct node *read_factor(void) {
  char c = peek();
  if (isdigit((unsigned char)c) || c == '.')
    return read_number();
  if (isalpha((unsigned char)c))
    return read_name();
  if (c == '(')
    return read_group();
  expect('-');
  return make(NEGATION, "-", 1, read_factor(), NULL);
}

static struct node *read_power(void) {
  struct node *left = read_factor();
  if (peek() != '^')
    return left;
  rest++;
  return make(BINARY, "^", 1, left, read_power());
}

static struct node *read_product(void) {
  struct node *left = read_power();
  for (char c; (c = peek()) != 0 && strchr("*/%", c);) {
    rest++;
    left = make(BINARY, &c, 1, left, read_power());
  }
  return left;
}

static struct node *read_sum(void) {
  struct node *left = read_product();
  for (char c; (c = peek()) == '+' || c == '-';) {
    rest++;
    left = make(BINARY, &c, 1, left, read_product());
  }
  return left;
}

static struct node *read_expression(const char *text) {
  node_count = 0;
  rest = text;
  struct node *node = read_sum();
  if (peek())
    fail("unexpected", rest);
  return node;
}

/* Values. */

static struct {
  char name[16];
  double value;
} variables[20];
static size_t variable_count;

static void set_variable(const char *text, const char *sign) {
  size_t size = (size_t)(sign - text);
  if (variable_count == 20 || size >= sizeof variables->name)
    fail("too much", text);
  memcpy(variables[variable_count].name, text, size);
  variables[variable_count++].value = strtod(sign + 1, NULL);
}

static double get_variable(const char *name) {
  for (size_t i = variable_count; i-- > 0;)
    if (strcmp(variables[i].name, name) == 0)
      return variables[i].value;
  fail("no such variable", name);
  return 0;
}

static double remainder_of(double a, double b) {
  return a - b * (double)(long)(a / b);
}

static double combine(char sign, double a, double b) {
  switch (sign) {
  case '+':
    return a + b;
  case '-':
    return a - b;
  case '*':
    return a * b;
  case '/':
    return a / b;
  case '%':
    return remainder_of(a, b);
  default:
    return power(a, b);
  }
}

static double evaluate(const struct node *node) {
  double right = node->right ? evaluate(node->right) : 0;
  switch (node->kind) {
  case NUMBER:
    return node->number;
  case VARIABLE:
    return get_variable(node->name);
  case NEGATION:
    return -evaluate(node->left);
  case BINARY:
    return combine(node->name[0], evaluate(node->left), right);
  default:
    return find_function(node->name)->apply(evaluate(node->left), right);
  }
}

/* Notations. */

static void print_leaf(const struct node *node) {
  if (node->kind == NUMBER)
    printf("%g", node->number);
  else
    printf("%s", node->name);
}

static void print_value(const struct node *node) {
  printf("%.15g", evaluate(node));
}

static void print_lisp(const struct node *node) {
  if (!node->left) {
    print_leaf(node);
    return;
  }
  printf("(%s ", node->name);
  print_lisp(node->left);
  if (node->right) {
    putchar(' ');
    print_lisp(node->right);
  }
  putchar(')');
}

static void print_polish(const struct node *node) {
  if (!node->left) {
    print_leaf(node);
    return;
  }
  print_polish(node->left);
  if (node->right) {
    putchar(' ');
    print_polish(node->right);
  }
  printf(" %s", node->kind == NEGATION ? "neg" : node->name);
}

static void print_infix(const struct node *node) {
  if (node->kind == BINARY) {
    putchar('(');
    print_infix(node->left);
    printf(" %s ", node->name);
    print_infix(node->right);
    putchar(')');
    return;
  }
  print_leaf(node);
  if (!node->left)
    return;
  putchar('(');
  print_infix(node->left);
  if (node->right) {
    printf(", ");
    print_infix(node->right);
  }
  putchar(')');
}

static void print_tree_line(const struct node *node, int depth) {
  printf("\n%*s", 2 * depth, "");
  print_leaf(node);
  if (node->left)
    print_tree_line(node->left, depth + 1);
  if (node->right)
    print_tree_line(node->right, depth + 1);
}

static void print_tree(const struct node *node) {
  print_tree_line(node, 1);
}

static void print_edges(const struct node *node) {
  const struct node *children[] = {node->left, node->right};
  printf("  n%d [label=\"", (int)(node - nodes));
  print_leaf(node);
  printf("\"];\n");
  for (int i = 0; i < 2; i++)
    if (children[i]) {
      printf("  n%d -> n%d;\n", (int)(node - nodes),
             (int)(children[i] - nodes));
      print_edges(children[i]);
    }
}

static void print_graph(const struct node *node) {
  printf("digraph {\n");
  print_edges(node);
  putchar('}');
}

static const struct notation {
  const char *name;
  void (*print)(const struct node *);
} notations[] = {
    {"value", print_value}, {"lisp", print_lisp}, {"polish", print_polish},
    {"infix", print_infix}, {"tree", print_tree}, {"graph", print_graph},
};

static const struct notation *find_notation(const char *name) {
  for (size_t i = 0; i < sizeof notations / sizeof *notations; i++)
    if (strcmp(notations[i].name, name) == 0)
      return &notations[i];
  fail("no such notation", name);
  return NULL;
}

int main(int argc, char **argv) {
  static const struct notation *volatile notation = notations;
  if (setjmp(failure))
    return 1;
  for (int i = 1; i < argc; i++) {
    const char *sign = strchr(argv[i], '=');
    if (strncmp(argv[i], "--as=", 5) == 0)
      notation = find_notation(argv[i] + 5);
    else if (sign)
      set_variable(argv[i], sign);
    else {
      printf("%s = ", argv[i]);
      notation->print(read_expression(argv[i]));
      putchar('\n');
    }
  }
  return 0;
}
