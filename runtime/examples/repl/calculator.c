/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "calculator.h"

#include <lazyrun/lazyrun.h>
#include <lazyrun/tpc/remote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "syntax.h"

struct calculator {
  const char *executor;
  lzr_tpc *tpc;         /* the session's */
  lzr_session *session; /* NULL: to be started */
  struct functions functions;
  const struct function *line; /* the expression that is being computed */
};

/* What a session knows of a function until it is called. */
struct definition {
  struct calculator *calculator;
  char name[MAX_NAME]; /* "" for the line's expression */
};

/* Definitions. */

/* Called on a compile thread while a line waits for the function's value. The
   newest definition of the name is the one that counts. */
static lzr_error *provide(void *data, const char *symbol,
                          lzr_lazy_request *request) {
  const struct definition *definition = data;
  struct calculator *calculator = definition->calculator;
  const struct function *function =
      *definition->name
          ? functions_find(&calculator->functions, definition->name)
          : calculator->line;
  LLVMContextRef context = LLVMContextCreate();
  struct lzr_code code = {.size = sizeof code,
                          .name = symbol,
                          .llvm_module = generate(context, function)};
  lzr_error *error = lzr_lazy_answer_code(request, &code);
  LLVMContextDispose(context);
  return error;
}

/* Defines the function's name in place of the function whose name it was. This
   generates nothing. */
static lzr_error *add(struct calculator *calculator,
                      struct function *function) {
  struct definition *definition = malloc(sizeof *definition);
  char symbol[MAX_SYMBOL];
  if (!definition)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  definition->calculator = calculator;
  memcpy(definition->name, function->name, MAX_NAME);
  name_function(function->name, symbol);
  const struct lzr_lazy_name name = {symbol, LZR_LAZY_FUNCTION, false};
  const struct lzr_lazy_definitions lazy = {.size = sizeof lazy,
                                            .name = symbol,
                                            .names = &name,
                                            .name_count = 1,
                                            .provide = provide,
                                            .data = definition,
                                            .destroy = free};
  const struct lzr_code code = {.size = sizeof code, .lazy = &lazy};
  return lzr_library_replace(lzr_session_main_library(calculator->session),
                             &code, &function->module);
}

/* If C has no such function, this says so now rather than at the first call: a
   function of doubles cannot go on without a value. */
static lzr_error *check_extern(struct calculator *calculator,
                               const char *name) {
  lzr_addr address;
  return lzr_library_lookup(lzr_session_main_library(calculator->session), name,
                            &address);
}

/* Nothing runs between lines, so the old code can go. */
static lzr_error *redefine(struct calculator *calculator,
                           struct function *function) {
  const struct function *old =
      functions_find(&calculator->functions, function->name);
  lzr_error *error = add(calculator, function);
  return error || !old ? error : lzr_module_remove(old->module);
}

/* Takes the members of function that are owned. If an executor died over it,
   the next executor gets it. */
static lzr_error *define(struct calculator *calculator,
                         struct function *function) {
  lzr_error *error =
      function->body ? NULL : check_extern(calculator, function->name);
  if (!error)
    error = redefine(calculator, function);
  if (!error || lzr_error_get_kind(error) == LZR_ERROR_CLOSED)
    return lzr_error_join(error,
                          functions_put(&calculator->functions, function));
  function_fini(function);
  return error;
}

/* Starting and stopping. */

/* double print(double): the only function that the language has from the start.
 */
static lzr_error *print(void *data, const lzr_value *arguments,
                        lzr_value *result) {
  (void)data;
  printf("%.15g\n", arguments[0].f64);
  result->f64 = arguments[0].f64;
  return NULL;
}

static lzr_error *define_print(lzr_library *library) {
  static const lzr_type number[] = {LZR_TYPE_F64};
  static const struct lzr_signature signature = {.result = LZR_TYPE_F64,
                                                 .parameters = number,
                                                 .parameter_count = 1,
                                                 .fixed_count = 1};
  return lzr_library_define_function(library, "print", &signature, print, NULL);
}

static lzr_error *create_target(const char *executor, lzr_tpc **tpc) {
  const struct lzr_remote_options options = {.size = sizeof options,
                                             .launch = executor};
  return executor ? lzr_tpc_create_remote(&options, tpc)
                  : lzr_tpc_create_self(tpc);
}

static void stop(struct calculator *calculator) {
  lzr_session_destroy(calculator->session);
  calculator->session = NULL;
}

static lzr_error *fill(struct calculator *calculator) {
  struct functions *functions = &calculator->functions;
  lzr_library *library = lzr_session_main_library(calculator->session);
  lzr_error *error = define_print(library);
  if (!error)
    error = lzr_library_search_shared_library(library, "libm.so.6");
  for (size_t i = 0; !error && i < functions->count; i++)
    error = add(calculator, &functions->items[i]);
  return error;
}

static lzr_error *start(struct calculator *calculator) {
  lzr_error *error = create_target(calculator->executor, &calculator->tpc);
  if (!error) /* takes the target */
    error = lzr_session_create(calculator->tpc, NULL, &calculator->session);
  if (error)
    return error;
  error = fill(calculator);
  if (error)
    stop(calculator);
  return error;
}

lzr_error *calculator_create(const char *executor,
                             struct calculator **calculator) {
  struct calculator *new = calloc(1, sizeof *new);
  struct function print_of_c = {.name = "print", .parameter_count = 1};
  if (!new)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  new->executor = executor;
  lzr_error *error = functions_put(&new->functions, &print_of_c);
  if (!error)
    error = start(new);
  if (error)
    calculator_destroy(new);
  else
    *calculator = new;
  return error;
}

void calculator_destroy(struct calculator *calculator) {
  stop(calculator);
  functions_fini(&calculator->functions);
  free(calculator);
}

/* When an executor dies. */

/* Finds the innermost function of ours that was running: "f", for "f.def".
   Returns false if none is known, as when the executor was killed. */
static bool find_culprit(lzr_session *session, const struct lzr_ending *ending,
                         char name[MAX_SYMBOL]) {
  for (size_t i = 0; i < ending->frame_count; i++) {
    const struct lzr_frame *frame = &ending->frames[i];
    struct lzr_function_info function = {.size = sizeof function};
    if (!lzr_session_describe(session, frame->address - frame->is_return,
                              &function))
      continue;
    snprintf(name, MAX_SYMBOL, "%.*s", (int)strcspn(function.name, "."),
             function.name);
    return true;
  }
  return false;
}

static lzr_error *describe_ending(struct calculator *calculator,
                                  const struct lzr_ending *ending) {
  char culprit[MAX_SYMBOL];
  const char *cause = strsignal(ending->status);
  if (ending->kind == LZR_ENDING_EXITED)
    return lzr_error_create(
        LZR_ERROR_CLOSED, "the executor exited with status %d", ending->status);
  if (find_culprit(calculator->session, ending, culprit))
    return lzr_error_create(LZR_ERROR_CLOSED, "the executor died in %s: %s",
                            culprit, cause);
  return lzr_error_create(LZR_ERROR_CLOSED, "the executor died: %s", cause);
}

/* Takes and returns an error. If the executor died, the error says how, and the
   session ends too. */
static lzr_error *look_after(struct calculator *calculator, lzr_error *error) {
  if (!error || lzr_error_get_kind(error) != LZR_ERROR_CLOSED)
    return error;
  const struct lzr_ending *ending = lzr_tpc_ending(calculator->tpc);
  if (ending->kind == LZR_ENDING_EXITED ||
      ending->kind == LZR_ENDING_SIGNALLED) {
    lzr_error_destroy(error);
    error = describe_ending(calculator, ending);
  }
  stop(calculator);
  return error;
}

/* Lines. */

/* A first call that failed has no value, although the program went on. */
static lzr_error *call(lzr_session *session, const char *symbol,
                       double *value) {
  const struct lzr_signature signature = {.result = LZR_TYPE_F64};
  lzr_value result = {.f64 = 0};
  lzr_error *error =
      lzr_session_call(session, symbol, &signature, NULL, &result);
  lzr_error *failure = lzr_session_take_failure(session);
  *value = result.f64;
  if (!error)
    return failure;
  lzr_error_destroy(failure);
  return error;
}

/* Takes the members of function that are owned. */
static lzr_error *compute(struct calculator *calculator,
                          struct function *function, double *value) {
  char symbol[MAX_SYMBOL];
  calculator->line = function;
  name_function(function->name, symbol);
  lzr_error *error = add(calculator, function);
  if (!error) {
    error = call(calculator->session, symbol, value);
    if (!error || lzr_error_get_kind(error) != LZR_ERROR_CLOSED)
      error = lzr_error_join(error, lzr_module_remove(function->module));
  }
  calculator->line = NULL;
  function_fini(function);
  return error;
}

lzr_error *calculator_run(struct calculator *calculator, const char *text,
                          unsigned number, bool *has_value, double *value) {
  struct statement statement = {.kind = STATEMENT_NONE};
  *has_value = false;
  lzr_error *error = parse(text, number, &calculator->functions, &statement);
  if (error || statement.kind == STATEMENT_NONE)
    return error;
  if (!calculator->session)
    error = start(calculator);
  if (error) {
    function_fini(&statement.function);
    return error;
  }
  if (statement.kind == STATEMENT_FUNCTION)
    return look_after(calculator, define(calculator, &statement.function));
  error =
      look_after(calculator, compute(calculator, &statement.function, value));
  *has_value = !error;
  return error;
}
