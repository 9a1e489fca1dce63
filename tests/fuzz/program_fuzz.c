/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Programs that the input chooses, and that can do no harm: functions of two
 * numbers, with arithmetic, conditions and calls of later functions. Each is
 * compiled when it is first called, here, and must return what this file
 * computes.
 *
 * session_fuzz runs nothing, because the code of a module that is any bytes may
 * do anything: it may end the process rightly, and delete files. A child with
 * limits would prevent the harm, but no crash in it would mean anything.
 *
 * The first byte chooses options of the session, the next the functions'
 * count.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "runtime/lazyrun.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/llvm_crash.h"

enum { OPTIMIZED = 1, BASELINE = 2, TWO_THREADS = 4, AT_ONCE = 8 };
enum { MOST_FUNCTIONS = 8, STEPS = 12, MOST_CALLS = 2000 };
enum { TEXT_SIZE = 1 << 16 };

enum operation {
  ADD,
  SUB,
  MUL,
  AND,
  OR,
  XOR,
  SHL, /* by a constant */
  LSHR,
  ASHR,
  LESS, /* as a number */
  NARROW,
  CALL,      /* of a later function */
  CALL_IF,   /* if the first number is odd */
  OPERATIONS /* how many */
};

struct step {
  enum operation operation;
  unsigned a, b;    /* earlier values: 0 and 1 are the parameters */
  unsigned operand; /* a number of bits, or a function */
};

static struct {
  struct step steps[MOST_FUNCTIONS][STEPS];
  unsigned count;
} program;

static unsigned calls; /* that have been computed */

/* Choosing. */

static void choose_step(struct fuzz_input *input, unsigned function,
                        unsigned number) {
  struct step *step = &program.steps[function][number];
  step->operation = fuzz_byte(input) % OPERATIONS;
  step->a = fuzz_byte(input) % (number + 2);
  step->b = fuzz_byte(input) % (number + 2);
  step->operand = fuzz_byte(input) % 64;
  if (step->operation < CALL)
    return;
  if (function + 1 == program.count)
    step->operation = XOR;
  else
    step->operand =
        function + 1 + step->operand % (program.count - function - 1);
}

static void choose(struct fuzz_input *input) {
  program.count = 1 + fuzz_byte(input) % MOST_FUNCTIONS;
  for (unsigned i = 0; i < program.count; i++)
    for (unsigned j = 0; j < STEPS; j++)
      choose_step(input, i, j);
}

/* Computing. */

static uint64_t compute(unsigned function, uint64_t a, uint64_t b);

static uint64_t compute_step(const struct step *step, uint64_t a, uint64_t b) {
  switch (step->operation) {
  case ADD:
    return a + b;
  case SUB:
    return a - b;
  case MUL:
    return a * b;
  case AND:
    return a & b;
  case OR:
    return a | b;
  case SHL:
    return a << step->operand;
  case LSHR:
    return a >> step->operand;
  case ASHR:
    return (uint64_t)((int64_t)a >> step->operand);
  case LESS:
    return (int64_t)a < (int64_t)b;
  case NARROW:
    return (uint64_t)(int64_t)(int16_t)(uint16_t)a;
  case CALL:
    return compute(step->operand, a, b);
  case CALL_IF:
    return a & 1 ? compute(step->operand, a, b) : b;
  default:
    return a ^ b;
  }
}

static uint64_t compute(unsigned function, uint64_t a, uint64_t b) {
  uint64_t values[STEPS + 2] = {a, b};
  if (++calls > MOST_CALLS)
    return 0; /* the program is not run */
  for (unsigned i = 0; i < STEPS; i++) {
    const struct step *step = &program.steps[function][i];
    values[i + 2] = compute_step(step, values[step->a], values[step->b]);
  }
  return values[STEPS + 1];
}

/* Writing. */

static char text[TEXT_SIZE];
static size_t text_size;

__attribute__((format(printf, 1, 2))) static void write_text(const char *format,
                                                             ...) {
  va_list arguments;
  va_start(arguments, format);
  text_size += (size_t)vsnprintf(text + text_size, TEXT_SIZE - text_size,
                                 format, arguments);
  va_end(arguments);
  if (text_size >= TEXT_SIZE)
    fuzz_fail("the program is longer than it can be");
}

static void write_call(const struct step *step) {
  write_text("call i64 @f%u(i64 %%v%u, i64 %%v%u)\n", step->operand, step->a,
             step->b);
}

static void write_call_if(unsigned number, const struct step *step) {
  write_text("  %%odd%u = trunc i64 %%v%u to i1\n"
             "  br label %%from%u\n"
             "from%u:\n"
             "  br i1 %%odd%u, label %%calls%u, label %%to%u\n"
             "calls%u:\n"
             "  %%r%u = ",
             number, step->a, number, number, number, number, number, number,
             number);
  write_call(step);
  write_text("  br label %%to%u\n"
             "to%u:\n"
             "  %%v%u = phi i64 [%%r%u, %%calls%u], [%%v%u, %%from%u]\n",
             number, number, number, number, number, step->b, number);
}

static void write_step(unsigned number, const struct step *step) {
  static const char *const names[] = {
      [ADD] = "add", [SUB] = "sub",   [MUL] = "mul",
      [AND] = "and", [OR] = "or",     [XOR] = "xor",
      [SHL] = "shl", [LSHR] = "lshr", [ASHR] = "ashr"};
  switch (step->operation) {
  case SHL:
  case LSHR:
  case ASHR:
    write_text("  %%v%u = %s i64 %%v%u, %u\n", number, names[step->operation],
               step->a, step->operand);
    return;
  case LESS:
    write_text("  %%c%u = icmp slt i64 %%v%u, %%v%u\n"
               "  %%v%u = zext i1 %%c%u to i64\n",
               number, step->a, step->b, number, number);
    return;
  case NARROW:
    write_text("  %%n%u = trunc i64 %%v%u to i16\n"
               "  %%v%u = sext i16 %%n%u to i64\n",
               number, step->a, number, number);
    return;
  case CALL:
    write_text("  %%v%u = ", number);
    write_call(step);
    return;
  case CALL_IF:
    write_call_if(number, step);
    return;
  default:
    write_text("  %%v%u = %s i64 %%v%u, %%v%u\n", number,
               names[step->operation], step->a, step->b);
  }
}

static void write_program(void) {
  text_size = 0;
  for (unsigned i = 0; i < program.count; i++) {
    write_text("define i64 @f%u(i64 %%v0, i64 %%v1) {\n", i);
    for (unsigned j = 0; j < STEPS; j++)
      write_step(j + 2, &program.steps[i][j]);
    write_text("  ret i64 %%v%d\n}\n", STEPS + 1);
  }
}

/* Running. */

static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  (void)data, (void)function;
  fuzz_fail(lzr_error_message(error));
}

static void expect_fine(lzr_error *error) {
  if (error)
    fuzz_fail(lzr_error_message(error));
}

static void run(lzr_session *session, uint64_t a, uint64_t b,
                uint64_t expected) {
  static const lzr_type types[] = {LZR_TYPE_I64, LZR_TYPE_I64};
  const struct lzr_signature signature = {LZR_TYPE_I64, types, 2, 2};
  const lzr_value arguments[] = {{.ptr = a}, {.ptr = b}};
  lzr_value result = {.ptr = 0};
  expect_fine(lzr_session_call(session, "f0", &signature, arguments, &result));
  if (result.ptr == expected)
    return;
  fprintf(stderr,
          "%s\nf0(%" PRIu64 ", %" PRIu64 ") is %" PRIu64 ", not %" PRIu64 "\n",
          text, a, b, result.ptr, expected);
  fuzz_fail("a program computes something else");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct fuzz_input input = {bytes, bytes + size};
  uint8_t form = fuzz_byte(&input);
  struct lzr_session_options options = {
      .size = sizeof options,
      .optimization = form & OPTIMIZED ? 2 : 0,
      .code_generator = form & BASELINE ? LZR_CODEGEN_AUTO : LZR_CODEGEN_LLVM,
      .compile_threads = form & TWO_THREADS ? 2 : 1,
      .on_failure = fail_first_call};
  lzr_session *session;
  uint64_t a = fuzz_number(&input, 8), b = fuzz_number(&input, 8);
  choose(&input);
  calls = 0;
  uint64_t expected = compute(0, a, b);
  if (calls > MOST_CALLS)
    return 0;
  write_program();
  watch_llvm();
  if (lzr_session_create(NULL, &options, &session))
    abort();
  lzr_library *library = lzr_session_main_library(session);
  expect_fine(lzr_library_add_bytes(library, "fuzz", text, text_size));
  if (form & AT_ONCE)
    expect_fine(lzr_library_compile(library, false));
  run(session, a, b, expected);
  lzr_session_destroy(session);
  return 0;
}
