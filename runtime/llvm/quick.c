/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/quick.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/baseline/baseline.h"
#include "runtime/link/object.h"
#include "runtime/llvm/compiler_private.h"
#include "runtime/llvm/walk.h"
#include "runtime/support/dump.h"
#include "tpc/base/events.h"
#include "tpc/base/memory.h"

struct lzr_quick {
  lzr_compiler *compiler; /* borrowed */
  lzr_source *source;     /* borrowed */
  lzr_walk *walk;         /* owned */
  lzr_baseline *baseline; /* owned */
};

lzr_error *lzr_quick_open(lzr_compiler *compiler, lzr_source *source,
                          lzr_quick **quick) {
  lzr_quick *made = calloc(1, sizeof *made);
  if (!made)
    return lzr_out_of_memory();
  made->compiler = compiler;
  made->source = source;
  lzr_error *error = lzr_walk_open(source, &made->walk);
  if (!error)
    error = lzr_baseline_create(compiler->options.arch, &made->baseline);
  if (error) {
    lzr_quick_close(made);
    return error;
  }
  *quick = made;
  return NULL;
}

void lzr_quick_close(lzr_quick *quick) {
  if (!quick)
    return;
  lzr_walk_close(quick->walk);
  lzr_baseline_destroy(quick->baseline);
  free(quick);
}

/* *refusal says why it has not been made, or is NULL. */
static lzr_error *make(lzr_quick *quick, uint32_t group,
                       const struct lzr_build_request *request,
                       struct lzr_built *built, const char **refusal) {
  struct lzr_source_timers timers = {0, 0};
  struct lzr_ir *ir;
  lzr_error *error = lzr_baseline_ir(quick->baseline, &ir);
  if (!error)
    error = lzr_source_walk(quick->source, quick->walk, group,
                            request->prevails, &timers, ir);
  built->read_time += timers.read;
  built->move_time += timers.move;
  uint64_t start = lzr_now();
  if (!error)
    error = lzr_baseline_generate(quick->baseline, refusal);
  built->generate_time += lzr_now() - start;
  return error;
}

/* Writes the IR of one function that has been made. A dump of LLVM's part of
   the unit does not have it. */
static lzr_error *dump_ir(lzr_quick *quick,
                          const struct lzr_build_request *request,
                          uint32_t group) {
  char *text = lzr_source_print(quick->source, group);
  if (!text)
    return lzr_out_of_memory();
  lzr_error *error = lzr_dump_bytes(request->dump_directory, request->unit,
                                    lzr_source_group_name(quick->source, group),
                                    "baseline.ll", text, strlen(text));
  LLVMDisposeMessage(text);
  return error;
}

lzr_error *lzr_quick_build(lzr_quick *quick,
                           const struct lzr_build_request *request,
                           struct lzr_built *built, uint32_t *rest,
                           size_t *rest_count) {
  lzr_error *error = NULL;
  *rest_count = 0;
  lzr_baseline_begin(quick->baseline);
  for (size_t i = 0; i < request->group_count && !error; i++) {
    const char *refusal = NULL;
    error = make(quick, request->groups[i], request, built, &refusal);
    if (refusal) {
      rest[(*rest_count)++] = request->groups[i];
      lzr_event_now(LZR_EVENT_FALLBACK, NULL, "%s%c%s",
                    lzr_source_group_name(quick->source, request->groups[i]), 0,
                    refusal);
    }
    if (!error && request->groups[i])
      lzr_fallbacks_count(&quick->compiler->fallbacks, refusal);
    if (!error && !refusal && request->dump_directory)
      error = dump_ir(quick, request, request->groups[i]);
  }
  return error;
}

lzr_error *lzr_quick_finish(lzr_quick *quick,
                            const struct lzr_build_request *request,
                            struct lzr_built *built) {
  if (!built->object)
    built->object =
        lzr_object_create(quick->compiler->options.arch, request->unit_name);
  return built->object ? lzr_baseline_add_to(quick->baseline, built->object)
                       : lzr_out_of_memory();
}
