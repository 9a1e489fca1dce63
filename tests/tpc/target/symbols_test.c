/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <dlfcn.h>
#include <stdio.h>

#include "tests/tpc_support.h"

TestSuite(tpc_names, .init = open_tpc, .fini = close_tpc);

Test(tpc_names, finds_functions_and_data_of_the_process) {
  struct lzr_name names[] = {{.name = "puts", .required = true},
                             {.name = "environ"}};

  expect_fine(lzr_tpc_lookup(tpc, 0, names, 2));
  cr_expect_eq(names[0].address, (uintptr_t)dlsym(RTLD_DEFAULT, "puts"));
  cr_expect_neq(names[1].address, 0);
}

Test(tpc_names, a_missing_weak_name_is_zero) {
  struct lzr_name names[] = {{.name = "there is none", .address = 77},
                             {.name = "puts", .required = true}};

  expect_fine(lzr_tpc_lookup(tpc, 0, names, 2));
  cr_expect_eq(names[0].address, 0);
  cr_expect_neq(names[1].address, 0);
}

Test(tpc_names, missing_required_names_are_listed) {
  struct lzr_name names[] = {{.name = "missing_a", .required = true},
                             {.name = "puts", .required = true},
                             {.name = "missing_weak"},
                             {.name = "missing_b", .required = true}};
  lzr_error *error = lzr_tpc_lookup(tpc, 0, names, 4);

  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_SYMBOL);
  cr_expect_str_eq(lzr_error_message(error),
                   "not found in the target: 'missing_a', 'missing_b'");
  lzr_error_destroy(error);
}

Test(tpc_names, a_list_that_is_too_long_says_how_long) {
  enum { COUNT = 200 };
  static char texts[COUNT][16];
  static struct lzr_name names[COUNT];
  unsigned listed = 0, more = 0;
  lzr_error *error;
  const char *tail;

  for (int i = 0; i < COUNT; i++) {
    snprintf(texts[i], sizeof texts[i], "missing_%03d", i);
    names[i] = (struct lzr_name){.name = texts[i], .required = true};
  }
  error = lzr_tpc_lookup(tpc, 0, names, COUNT);
  cr_assert_not_null(error);
  for (tail = lzr_error_message(error); (tail = strstr(tail, "'missing_"));
       tail++)
    listed++;
  tail = strstr(lzr_error_message(error), " and ");
  cr_assert_not_null(tail);
  cr_assert_eq(sscanf(tail, " and %u more", &more), 1);
  cr_expect_eq(listed + more, COUNT);
  cr_expect_gt(listed, 10);
  lzr_error_destroy(error);
}

Test(tpc_names, looks_into_an_opened_library) {
  struct lzr_name name = {.name = "cos", .required = true};
  lzr_library_handle library = 0, again = 0;

  expect_fine(lzr_tpc_open_library(tpc, "libm.so.6", &library));
  expect_fine(lzr_tpc_open_library(tpc, "libm.so.6", &again));
  cr_expect_neq(library, 0);
  cr_expect_eq(library, again);
  expect_fine(lzr_tpc_lookup(tpc, library, &name, 1));
  cr_expect_neq(name.address, 0);
}

Test(tpc_names, says_why_a_library_cannot_be_opened) {
  lzr_library_handle library;

  expect_error(lzr_tpc_open_library(tpc, "/no/such/library.so", &library),
               LZR_ERROR_FILE, "No such file");
  expect_error(lzr_tpc_open_library(tpc, "", &library), LZR_ERROR_ARGUMENT,
               "path");
}

Test(tpc_names, refuses_a_foreign_handle) {
  struct lzr_name name = {.name = "puts"};

  expect_error(lzr_tpc_lookup(tpc, 0x1234, &name, 1), LZR_ERROR_ARGUMENT,
               "0x1234 is not an opened library");
}

Test(tpc_names, refuses_a_name_that_is_missing_itself) {
  struct lzr_name name = {.name = NULL};

  expect_error(lzr_tpc_lookup(tpc, 0, &name, 1), LZR_ERROR_ARGUMENT, "name");
  expect_error(lzr_tpc_lookup(tpc, 0, NULL, 1), LZR_ERROR_ARGUMENT, "name");
}
