/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/link/object.h"

/* The object itself is the first allocation of its own arena. */
struct lzr_object *lzr_object_create(const struct lzr_arch *arch,
                                     const char *name) {
  struct lzr_arena arena = {.first = 8192}; /* enough for one function */
  size_t name_size = strlen(name) + 1;
  struct lzr_object *object = lzr_arena_alloc(&arena, 1, sizeof *object);
  char *copy = object ? lzr_arena_alloc(&arena, 1, name_size) : NULL;
  if (!copy) {
    lzr_arena_fini(&arena);
    return NULL;
  }
  memcpy(copy, name, name_size);
  object->arch = arch;
  object->name = copy;
  object->arena = arena;
  return object;
}

void lzr_object_destroy(lzr_object *object) {
  if (!object)
    return;
  struct lzr_arena arena = object->arena;
  lzr_arena_fini(&arena);
}

void lzr_object_keep_debug(lzr_object *object) {
  object->keeps_debug = object->bytes != NULL;
}

void lzr_object_keep_names(lzr_object *object) {
  object->keeps_names = true;
}

void lzr_object_profile(lzr_object *object, lzr_action_kind kind) {
  object->profile = kind;
}

bool lzr_object_symbol_is_tls(const struct lzr_object *object,
                              const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  return symbol->type == STT_TLS || (section && section->flags & SHF_TLS);
}

bool lzr_object_symbol_is_preemptible(const struct lzr_object *object,
                                      const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  return symbol->binding == STB_WEAK || symbol->binding == STB_GNU_UNIQUE ||
         symbol->place == LZR_PLACE_COMMON ||
         (symbol->binding == STB_GLOBAL && section && section->comdat);
}

const char *
lzr_object_symbol_display_name(const struct lzr_object *object,
                               const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  return symbol->type == STT_SECTION && section ? section->name : symbol->name;
}
