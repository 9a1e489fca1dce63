/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads functions of a source where they are: see lzr_source_walk().
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/alias.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/promote.h"
#include "runtime/llvm/read.h"
#include "runtime/llvm/source_private.h"
#include "runtime/llvm/walk.h"
#include "tpc/base/clock.h"

struct walk_job {
  lzr_source *source;
  struct lzr_walk *walk;
  LLVMValueRef function;
  struct lzr_source_timers *timers;
  struct lzr_ir *ir;
};

static lzr_error *visit(void *data) {
  struct walk_job *v = data;
  uint64_t start = lzr_now();
  bool makes_sense = lzr_read_body(&v->source->reader, v->function);
  v->timers->read += lzr_now() - start;
  if (!makes_sense)
    return lzr_read_error(v->function);
  start = lzr_now();
  lzr_promote_locals(v->function);
  lzr_error *error = lzr_walk_function(v->walk, v->function, v->ir);
  v->timers->move += lzr_now() - start;
  return error;
}

/* A function by itself that prevails, or NULL. */
static LLVMValueRef find_function(const lzr_source *source, uint32_t group,
                                  const struct lzr_prevails *prevails) {
  const struct lzr_survey *survey = &source->survey;
  if (group == 0 || group >= survey->group_count ||
      survey->group_start[group + 1] - survey->group_start[group] != 1)
    return NULL;
  uint32_t index = survey->group_members[survey->group_start[group]];
  const struct lzr_definition *definition = &survey->definitions[index];
  if (definition->kind != LZR_DEFINITION_FUNCTION ||
      !lzr_prevails_ask(prevails, definition))
    return NULL;
  return survey->origins[index].value;
}

char *lzr_source_print(const lzr_source *source, uint32_t group) {
  const struct lzr_survey *survey = &source->survey;
  uint32_t index = survey->group_members[survey->group_start[group]];
  return LLVMPrintValueToString(survey->origins[index].value);
}

lzr_error *lzr_source_walk(lzr_source *source, struct lzr_walk *walk,
                           uint32_t group, const struct lzr_prevails *prevails,
                           struct lzr_source_timers *timers,
                           struct lzr_ir *ir) {
  if (source->abandoned)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "%s: LLVM could not read it further", source->name);
  struct walk_job v = {source, walk, find_function(source, group, prevails),
                       timers, ir};
  if (!v.function) {
    lzr_ir_refuse(ir, "data, or something beside a function");
    return NULL;
  }
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_FORMAT, visit, &v,
                                   &source->abandoned);
  return lzr_error_wrap(error, "%s", source->name);
}
