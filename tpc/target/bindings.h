/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The words of loaded libraries that the dynamic linker binds to names: what
 * their calls go through, and pointers in their data.
 */
#ifndef LZR_TARGET_BINDINGS_H
#define LZR_TARGET_BINDINGS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct lzr_binding {
  const char *name; /* borrowed from the library */
  uintptr_t *word;
  bool in_data;    /* the library may have changed the word since */
  bool of_own;     /* the library defines the name itself */
  bool is_lazy;    /* perhaps not bound yet */
  bool is_guarded; /* the word cannot be written */
};

/* Calls visit for each binding of a library that dl_iterate_phdr lists. */
void lzr_bindings_visit(const struct dl_phdr_info *info,
                        void (*visit)(void *data,
                                      const struct lzr_binding *binding),
                        void *data);

/* Binds to an address; does nothing where the system does not allow it. */
void lzr_binding_store(const struct lzr_binding *binding, uintptr_t value);

#endif
