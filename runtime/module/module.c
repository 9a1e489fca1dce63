/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/module/module.h"

#include <assert.h>

lzr_error *lzr_module_build(lzr_module *module, unsigned thread,
                            const struct lzr_build_request *request,
                            struct lzr_built *built) {
  assert(thread < LZR_MAX_THREADS && request->group_count > 0);
  *built = (struct lzr_built){0};
  return module->kind->build(module, thread, request, built);
}

lzr_error *lzr_module_list_imports(lzr_module *module, unsigned thread,
                                   struct lzr_import **imports, size_t *count) {
  return module->kind->list_imports(module, thread, imports, count);
}

lzr_error *lzr_module_follow_calls(lzr_module *module, unsigned thread,
                                   uint32_t group,
                                   const struct lzr_prevails *prevails) {
  return module->kind->follow_calls
             ? module->kind->follow_calls(module, thread, group, prevails)
             : NULL;
}

bool lzr_module_next_certain(lzr_module *module, unsigned thread,
                             uint32_t *group) {
  return module->kind->next_certain &&
         module->kind->next_certain(module, thread, group);
}

lzr_error *lzr_module_check_call(lzr_module *module, unsigned thread,
                                 const char *function,
                                 const struct lzr_signature *signature) {
  return module->kind->check_call
             ? module->kind->check_call(module, thread, function, signature)
             : NULL;
}

lzr_error *lzr_module_find_adding(lzr_module *module, unsigned thread,
                                  const char *section, const char **function) {
  *function = NULL;
  return module->kind->find_adding
             ? module->kind->find_adding(module, thread, section, function)
             : NULL;
}

bool lzr_module_is_lazy(const lzr_module *module) {
  return module->kind->provide != NULL;
}

lzr_error *lzr_module_provide(lzr_module *module, const char *name,
                              lzr_module **code, lzr_addr *addresses) {
  *code = NULL;
  return module->kind->provide(module, name, code, addresses);
}

void lzr_module_tidy(lzr_module *module, unsigned thread) {
  if (module->kind->tidy)
    module->kind->tidy(module, thread);
}

void lzr_module_drop(lzr_module *module, const uint32_t *groups, size_t count) {
  if (module->kind->drop)
    module->kind->drop(module, groups, count);
}

void lzr_module_close(lzr_module *module) {
  if (module)
    module->kind->close(module);
}

/* Functions come first among a group's members. */
const char *lzr_module_group_name(const lzr_module *module, uint32_t group) {
  if (!group || group >= module->group_count)
    return "(data)";
  return module->definitions[module->group_members[module->group_start[group]]]
      .name;
}

bool lzr_module_group_is_plain(const lzr_module *module, uint32_t group) {
  return module->group_start[group + 1] - module->group_start[group] == 1;
}
