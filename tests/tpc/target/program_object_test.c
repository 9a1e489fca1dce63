/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names and data of a program, as the dynamic linker shows them. */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"
#include "tpc/base/cpu.h"
#include "tpc/target/program_object.h"

TestSuite(program_object, .init = open_tpc, .fini = close_tpc);

static lzr_error *show(const char *name, lzr_addr address, bool is_function) {
  struct lzr_shown_name shown = {name, address, 8, is_function};

  return lzr_tpc_show(tpc, &shown, 1);
}

/* Data of the program that holds value. */
static uint64_t *make_data(uint64_t value) {
  lzr_allocation *allocation = reserve(0, 0, sizeof value);
  struct lzr_segment segment = {.address = allocation->address[LZR_PROT_DATA],
                                .bytes = &value,
                                .byte_count = sizeof value};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};

  expect_fine(lzr_tpc_commit(tpc, allocation, &commit));
  return (uint64_t *)(uintptr_t)allocation->address[LZR_PROT_DATA];
}

Test(program_object, a_name_that_is_shown_is_found) {
  uint64_t *data = make_data(7);

  cr_expect_null(dlsym(RTLD_DEFAULT, "shown_to_the_test"));
  expect_fine(show("shown_to_the_test", (uintptr_t)data, false));
  cr_expect_eq(dlsym(RTLD_DEFAULT, "shown_to_the_test"), data);
  cr_expect_eq(dlsym(dlopen(NULL, RTLD_NOW), "shown_to_the_test"), data);
}

Test(program_object, a_name_may_be_of_an_address_anywhere) {
  expect_fine(show("shown_open_tpc", (uintptr_t)open_tpc, true));
  cr_expect_eq(dlsym(RTLD_DEFAULT, "shown_open_tpc"), (void *)open_tpc);
}

Test(program_object, the_newest_of_two_names_counts) {
  uint64_t *first = make_data(1), *second = make_data(2);

  expect_fine(show("shown_twice", (uintptr_t)first, false));
  expect_fine(show("shown_twice", (uintptr_t)second, false));
  cr_expect_eq(dlsym(RTLD_DEFAULT, "shown_twice"), second);
}

Test(program_object, dladdr_finds_it) {
  uint64_t *data = make_data(7);
  Dl_info info;

  expect_fine(show("shown_data", (uintptr_t)data, false));
  cr_assert(dladdr(data, &info));
  cr_expect_str_eq(info.dli_sname, "shown_data");
  cr_expect_eq(info.dli_saddr, data);
  cr_assert(dladdr((char *)data + 7, &info));
  cr_expect_str_eq(info.dli_sname, "shown_data");
  cr_assert(dladdr((char *)data + 8, &info));
  cr_expect_null(info.dli_sname);
}

Test(program_object, many_names_are_found) {
  enum { COUNT = 50000 };
  static struct lzr_shown_name names[COUNT];
  static char texts[COUNT][16];

  for (size_t i = 0; i < COUNT; i++) {
    snprintf(texts[i], sizeof texts[i], "many_%zu", i);
    names[i] = (struct lzr_shown_name){texts[i], 0x10000 + i, 1, true};
  }
  expect_fine(lzr_tpc_show(tpc, names, COUNT));
  for (size_t i = 0; i < COUNT; i += 7)
    cr_assert_eq(dlsym(RTLD_DEFAULT, texts[i]), (void *)(0x10000 + i), "%s",
                 texts[i]);
  cr_expect_null(dlsym(RTLD_DEFAULT, "many_50000"));
}

Test(program_object, an_old_name_of_the_process_keeps_its_meaning) {
  void *puts_before = dlsym(RTLD_DEFAULT, "puts");

  expect_fine(show("puts", 0x10000, true));
  cr_expect_eq(dlsym(RTLD_DEFAULT, "puts"), puts_before);
}

Test(program_object, only_shown_names_are_the_program_s) {
  uint64_t *data = make_data(7);

  cr_expect_null(lzr_program_find("shown_and_found"));
  expect_fine(show("shown_and_found", (uintptr_t)data, false));
  cr_expect_eq(lzr_program_find("shown_and_found"), data);
  cr_expect_null(lzr_program_find("puts"));
  expect_fine(show("puts", (uintptr_t)data, true));
  cr_expect_eq(lzr_program_find("puts"), data);
}

Test(program_object, a_name_without_address_is_refused) {
  expect_error(show("nothing", 0, false), LZR_ERROR_ARGUMENT, "address");
  expect_error(show(NULL, 1, false), LZR_ERROR_ARGUMENT, "name");
}

Test(program_object, several_targets_are_several_objects) {
  enum { COUNT = 3 };
  lzr_tpc *others[COUNT];

  for (uintptr_t i = 0; i < COUNT; i++) {
    char name[16];
    snprintf(name, sizeof name, "of_%d", (int)i);
    struct lzr_shown_name shown = {name, 0x10000 + i, 1, true};
    expect_fine(lzr_tpc_create_self(&others[i]));
    expect_fine(lzr_tpc_show(others[i], &shown, 1));
  }
  cr_expect_eq(dlsym(RTLD_DEFAULT, "of_0"), (void *)0x10000);
  cr_expect_eq(dlsym(RTLD_DEFAULT, "of_2"), (void *)0x10002);
  lzr_tpc_close(others[1]);
  cr_expect_null(dlsym(RTLD_DEFAULT, "of_1"));
  cr_expect_eq(dlsym(RTLD_DEFAULT, "of_2"), (void *)0x10002);
  lzr_tpc_close(others[0]);
  lzr_tpc_close(others[2]);
  cr_expect_null(dlsym(RTLD_DEFAULT, "of_2"));
}

/* A library that uses a function and a variable of the program. */
static const char *make_library(void) {
  static char path[64];
  char command[512];

  snprintf(path, sizeof path, "/tmp/lazyrun_program_object_%d.so",
           (int)getpid());
  snprintf(command, sizeof command,
           "echo 'long program_function(void); extern long program_data; "
           "extern char *program_end; char **at = &program_end; long f(void) "
           "{ return program_function() + program_data++; }' | " LZR_LLVM_BIN
           "/clang --target=%s -nostdlib -shared -fPIC -x c - -o %s",
           lzr_cpu_triple(), path);
  cr_assert_eq(system(command), 0);
  return path;
}

static long program_function(void) {
  return 1000;
}

Test(program_object, a_library_binds_to_its_names) {
  const char *path = make_library();
  uint64_t *data = make_data(7);
  void *library = dlopen(path, RTLD_NOW);
  long (*f)(void);

  cr_assert_null(library);
  cr_expect_not_null(strstr(dlerror(), "undefined symbol: program_"));
  expect_fine(show("program_function", (uintptr_t)program_function, true));
  expect_fine(show("program_data", (uintptr_t)data, false));
  expect_fine(show("program_end", (uintptr_t)(data + 1), false));
  library = dlopen(path, RTLD_NOW);
  unlink(path);
  cr_assert_not_null(library, "%s", dlerror());
  f = (long (*)(void))dlsym(library, "f");
  cr_expect_eq(f(), 1007);
  cr_expect_eq(*data, 8);
  cr_expect_eq(*(uint64_t **)dlsym(library, "at"), data + 1);
  dlclose(library);
}

/* Segments that a collector of garbage looks at. */
struct roots {
  uintptr_t address;
  bool found;
};

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  struct roots *roots = data;

  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_LOAD && header->p_flags == (PF_R | PF_W) &&
        roots->address >= start && roots->address - start < header->p_memsz)
      roots->found = true;
  }
  return 0;
}

static bool is_root(const void *address) {
  struct roots roots = {(uintptr_t)address, false};

  dl_iterate_phdr(visit, &roots);
  return roots.found;
}

Test(program_object, dl_iterate_phdr_shows_data_that_is_used) {
  uint64_t *data = make_data(7);

  cr_expect(is_root(data));
  cr_expect_not(is_root((char *)data + (64 << 20)));
  cr_expect(is_root(make_data(8)));
}

/* Nothing but the window may be left open, or be inherited. */
Test(program_object, takes_no_descriptor) {
  int next = open("/dev/null", O_RDONLY);
  lzr_tpc *other;

  close(next);
  expect_fine(lzr_tpc_create_self(&other));
  cr_expect_eq(open("/dev/null", O_RDONLY), next);
  lzr_tpc_close(other);
}

Test(program_object, a_child_of_a_fork_has_names_of_its_own) {
  pid_t child = fork();
  int status;

  if (child == 0) {
    lzr_error *error = show("of_the_child", 0x10000, true);
    _exit(!error && dlsym(RTLD_DEFAULT, "of_the_child") ? 0 : 1);
  }
  cr_assert_eq(waitpid(child, &status, 0), child);
  cr_expect_eq(status, 0);
  cr_expect_null(dlsym(RTLD_DEFAULT, "of_the_child"));
}
