/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>
#include <string.h>

#include "syntax.h"

void function_fini(struct function *function) {
  free(function->nodes);
  function->nodes = function->body = NULL;
}

struct function *functions_find(const struct functions *functions,
                                const char *name) {
  for (size_t i = 0; i < functions->count; i++)
    if (strcmp(functions->items[i].name, name) == 0)
      return &functions->items[i];
  return NULL;
}

static struct function *append(struct functions *functions) {
  struct function *items =
      realloc(functions->items, (functions->count + 1) * sizeof *items);
  if (!items)
    return NULL;
  functions->items = items;
  return memset(&items[functions->count++], 0, sizeof *items);
}

lzr_error *functions_put(struct functions *functions,
                         struct function *function) {
  struct function *place = functions_find(functions, function->name);
  if (!place)
    place = append(functions);
  if (!place) {
    function_fini(function);
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  }
  function_fini(place);
  *place = *function;
  return NULL;
}

void functions_fini(struct functions *functions) {
  for (size_t i = 0; i < functions->count; i++)
    function_fini(&functions->items[i]);
  free(functions->items);
}
