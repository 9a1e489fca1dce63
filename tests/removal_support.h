/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of modules that are removed and replaced: text added with a handle.
 */
#ifndef LZR_TESTS_REMOVAL_SUPPORT_H
#define LZR_TESTS_REMOVAL_SUPPORT_H

#include "tests/runtime_support.h"

static inline struct lzr_code code_of(const char *name, const char *text) {
  return (struct lzr_code){.size = sizeof(struct lzr_code),
                           .name = name,
                           .bytes = text,
                           .byte_count = strlen(text)};
}

static inline lzr_module_handle *
add_module(lzr_library *library, const char *name, const char *text) {
  struct lzr_code code = code_of(name, text);
  lzr_module_handle *module = NULL;
  succeed(lzr_library_add(library, &code, &module));
  cr_assert_not_null(module);
  return module;
}

static inline lzr_error *try_replace(lzr_library *library, const char *name,
                                     const char *text,
                                     lzr_module_handle **module) {
  struct lzr_code code = code_of(name, text);
  return lzr_library_replace(library, &code, module);
}

static inline lzr_module_handle *
replace_module(lzr_library *library, const char *name, const char *text) {
  lzr_module_handle *module = NULL;
  succeed(try_replace(library, name, text, &module));
  cr_assert_not_null(module);
  return module;
}

static inline void remove_module(lzr_module_handle *module) {
  succeed(lzr_module_remove(module));
}

/* A function of this name that returns value. */
static inline const char *constant_text(const char *name, int value) {
  static char text[2][160];
  static int next;
  char *written = text[next++ % 2];
  snprintf(written, sizeof text[0],
           "define i32 @%s(i32 %%x) {\n  ret i32 %d\n}\n", name, value);
  return written;
}

/* A function of this name that calls another one and adds 100. */
static inline const char *caller_text(const char *name, const char *callee) {
  static char text[320];
  snprintf(text, sizeof text,
           "declare i32 @%s(i32)\n"
           "define i32 @%s(i32 %%x) {\n"
           "  %%y = call i32 @%s(i32 %%x)\n"
           "  %%z = add i32 %%y, 100\n"
           "  ret i32 %%z\n"
           "}\n",
           callee, name, callee);
  return text;
}

#endif
