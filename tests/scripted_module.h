/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Modules of a kind of their own, for tests of the code above
 * runtime/module/module.h. A test lists a module's definitions. clang compiles
 * its groups from C, with VERSION as the request says it and G<n> defined for
 * each group n to be built. The module counts what it is asked.
 */
#ifndef LZR_TESTS_SCRIPTED_MODULE_H
#define LZR_TESTS_SCRIPTED_MODULE_H

#include "runtime/build/add.h"
#include "runtime/session/session.h"
#include "tests/failing_tpc.h"
#include "tests/object_world.h"
#include "tests/runtime_support.h"

struct scripted {
  lzr_module module; /* the first member */
  const char *source;
  const char *const *imports; /* up to a NULL */
  const char *adding; /* a function that adds to section "tab", or NULL */
  const struct lzr_arch *arch;
  uint32_t *start, *members;
  uint8_t *objects[64]; /* owned; what builds returned */
  /* What it was asked. */
  unsigned builds, lists, addings;
  uint32_t last_version;
  unsigned not_prevailing; /* definitions of the built groups */
  unsigned *closed;        /* where closing is counted, or NULL */
};

static inline void scripted_ask(struct scripted *scripted,
                                const struct lzr_build_request *request) {
  for (size_t i = 0; i < request->group_count; i++) {
    uint32_t group = request->groups[i];
    for (uint32_t k = scripted->start[group]; k < scripted->start[group + 1];
         k++)
      if (request->prevails &&
          !request->prevails->prevails(
              request->prevails->data,
              &scripted->module.definitions[scripted->members[k]]))
        scripted->not_prevailing++;
  }
}

static inline lzr_error *scripted_build(lzr_module *module, unsigned thread,
                                        const struct lzr_build_request *request,
                                        struct lzr_built *built) {
  struct scripted *scripted = (struct scripted *)module;
  char command[512];
  size_t size;
  (void)thread;
  scripted_ask(scripted, request);
  int length =
      snprintf(command, sizeof command,
               LZR_LLVM_BIN "/clang -O1 -fPIC -DVERSION=%u", request->version);
  for (size_t i = 0; i < request->group_count; i++)
    length += snprintf(command + length, sizeof command - (size_t)length,
                       " -DG%u", request->groups[i]);
  const char *object = compile_text(command, "c", scripted->source);
  uint8_t *bytes = read_file(object, &size);
  cr_assert_lt(scripted->builds, 64);
  scripted->objects[scripted->builds++] = bytes;
  scripted->last_version = request->version;
  return lzr_object_parse(scripted->arch, request->unit_name, bytes, size,
                          &built->object);
}

static inline lzr_error *scripted_list_imports(lzr_module *module,
                                               unsigned thread,
                                               struct lzr_import **imports,
                                               size_t *count) {
  struct scripted *scripted = (struct scripted *)module;
  (void)thread;
  scripted->lists++;
  *count = 0;
  *imports = calloc(16, sizeof **imports);
  for (; scripted->imports && scripted->imports[*count]; (*count)++)
    (*imports)[*count].name = scripted->imports[*count];
  return NULL;
}

static inline lzr_error *scripted_find_adding(lzr_module *module,
                                              unsigned thread,
                                              const char *section,
                                              const char **function) {
  struct scripted *scripted = (struct scripted *)module;
  (void)thread;
  scripted->addings++;
  *function = strcmp(section, "tab") == 0 ? scripted->adding : NULL;
  return NULL;
}

static inline void scripted_close(lzr_module *module) {
  struct scripted *scripted = (struct scripted *)module;
  if (scripted->closed)
    ++*scripted->closed;
  for (unsigned i = 0; i < scripted->builds; i++)
    free(scripted->objects[i]);
  free(scripted->start);
  free(scripted->members);
  free(scripted);
}

static const struct lzr_module_kind scripted_kind = {
    .name = "scripted",
    .build = scripted_build,
    .list_imports = scripted_list_imports,
    .find_adding = scripted_find_adding,
    .close = scripted_close};

/* Makes a module of that name with these definitions, whose groups have
   consecutive numbers. The arguments must last as long as the session. */
static inline struct scripted *
make_scripted(const char *name, const struct lzr_definition *definitions,
              size_t count, const char *source) {
  struct scripted *scripted = calloc(1, sizeof *scripted);
  uint32_t groups = 1, filled = 0;
  for (size_t i = 0; i < count; i++)
    if (definitions[i].group >= groups)
      groups = definitions[i].group + 1;
  scripted->start = calloc(groups + 1, sizeof *scripted->start);
  scripted->members = calloc(count + 1, sizeof *scripted->members);
  for (uint32_t group = 0; group < groups; group++) {
    scripted->start[group] = filled;
    for (size_t i = 0; i < count; i++)
      if (definitions[i].group == group)
        scripted->members[filled++] = (uint32_t)i;
  }
  scripted->start[groups] = filled;
  scripted->source = source;
  scripted->module = (lzr_module){.kind = &scripted_kind,
                                  .name = name,
                                  .definitions = definitions,
                                  .definition_count = count,
                                  .group_count = groups,
                                  .group_start = scripted->start,
                                  .group_members = scripted->members};
  return scripted;
}

static inline lzr_error *try_scripted(lzr_library *library,
                                      struct scripted *scripted) {
  lzr_session *session = library->session;
  scripted->arch = session->arch;
  return lzr_build_add(&session->builder, library, &scripted->module, false);
}

static inline void add_scripted(lzr_library *library,
                                struct scripted *scripted) {
  succeed(try_scripted(library, scripted));
}

#define FUNCTION(function_name, bound, group_number)                           \
  {.name = function_name,                                                      \
   .kind = LZR_DEFINITION_FUNCTION,                                            \
   .binding = LZR_BINDING_##bound,                                             \
   .group = group_number}
#define DATA(data_name, bound)                                                 \
  {.name = data_name,                                                          \
   .kind = LZR_DEFINITION_DATA,                                                \
   .binding = LZR_BINDING_##bound}

/* The input of a module that has been added. */
static inline struct lzr_input *input_of(lzr_session *session,
                                         const lzr_module *module) {
  for (size_t i = 0; i < session->symbols.input_count; i++)
    if (session->symbols.inputs[i]->module == module)
      return session->symbols.inputs[i];
  cr_assert_fail("%s was not added", module->name);
  return NULL;
}

/* ---- On a compile thread ------------------------------------------------- */

struct errand {
  struct lzr_job job; /* the first member */
  lzr_error *(*run)(struct lzr_builder *builder, unsigned thread, void *data);
  void *data;
};

static inline void run_errand(void *owner, unsigned thread,
                              struct lzr_job *job) {
  struct errand *errand = (struct errand *)job;
  job->error = errand->run(owner, thread, errand->data);
}

static inline lzr_error *on_compile_thread(
    lzr_session *session,
    lzr_error *(*run)(struct lzr_builder *builder, unsigned thread, void *data),
    void *data) {
  struct errand errand = {.job = {.run = run_errand}, .run = run, .data = data};
  lzr_error *error = lzr_workers_demand(&session->builder.workers, &errand.job);
  lzr_error_destroy(errand.job.error);
  return error;
}

/* A session whose TPC counts what is asked of it. */
static inline lzr_session *open_counting(lzr_tpc **counting) {
  lzr_tpc *self;
  lzr_session *session;
  must(lzr_tpc_create_self(&self));
  must(lzr_failing_tpc_create(self, counting));
  must(lzr_session_create(*counting, NULL, &session));
  lzr_failing_tpc_arm(*counting, 0);
  return session;
}

#endif
