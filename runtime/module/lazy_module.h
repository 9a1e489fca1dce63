/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A kind of module that is names only. Nothing is built from it: when one of
 * its definitions is needed, its source is asked for the code of all of them,
 * which is a module of another kind, or for their addresses
 * (lzr_module_provide()).
 */
#ifndef LZR_LAZY_MODULE_H
#define LZR_LAZY_MODULE_H

#include "runtime/module/module.h"

/* Who knows the code. */
struct lzr_lazy_source {
  /* See lzr_module_provide(). */
  lzr_error *(*provide)(void *data, lzr_module *module, const char *name,
                        lzr_module **code, lzr_addr *addresses);
  void (*destroy)(void *data); /* NULL: nothing is to be done */
  void *data;
};

/* Makes a module of definitions of which name, kind (FUNCTION or DATA) and
   binding are set. The strings are copied. Each function has a group of its
   own. Takes source's data, also when it fails. *module is owned. */
lzr_error *lzr_lazy_module_open(const char *name,
                                const struct lzr_definition *definitions,
                                size_t count,
                                const struct lzr_lazy_source *source,
                                lzr_module **module);

/* The module's definition of that name, or NULL. */
const struct lzr_definition *lzr_lazy_module_find(const lzr_module *module,
                                                  const char *name);

#endif
