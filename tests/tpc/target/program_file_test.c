/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/program_file.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WINDOW_SIZE = 64 << 20 };

static struct lzr_program_layout layout;
static int file;

static void write_file(void) {
  lzr_program_layout_init(&layout, WINDOW_SIZE, 1000);
  file = memfd_create("test", 0);
  cr_assert(file >= 0 && lzr_program_file_write(&layout, file));
}

static void close_file(void) {
  close(file);
}

TestSuite(program_file, .init = write_file, .fini = close_file);

static void read_at(void *bytes, size_t size, uint64_t offset) {
  cr_assert_eq(pread(file, bytes, size, (off_t)offset), (ssize_t)size);
}

Test(program_file, is_a_shared_object_of_this_machine) {
  Elf64_Ehdr header;

  read_at(&header, sizeof header, 0);
  cr_expect_eq(memcmp(header.e_ident, ELFMAG, SELFMAG), 0);
  cr_expect_eq(header.e_type, ET_DYN);
#ifdef __x86_64__
  cr_expect_eq(header.e_machine, EM_X86_64);
#else
  cr_expect_eq(header.e_machine, EM_AARCH64);
#endif
  cr_expect_eq(header.e_phnum, LZR_PROGRAM_HEADERS);
  cr_expect_eq(header.e_shnum, 0);
}

Test(program_file, parts_lie_one_behind_the_other) {
  Elf64_Phdr headers[LZR_PROGRAM_HEADERS];
  uint64_t end = 0;

  read_at(headers, sizeof headers, layout.headers);
  for (int i = LZR_PROGRAM_HEAD; i <= LZR_PROGRAM_WINDOW; i++) {
    cr_expect_eq(headers[i].p_type, PT_LOAD);
    cr_expect_geq(headers[i].p_vaddr, end);
    cr_expect_eq(headers[i].p_vaddr % headers[i].p_align, 0);
    end = headers[i].p_vaddr + headers[i].p_memsz;
  }
  cr_expect_eq(headers[LZR_PROGRAM_WINDOW].p_vaddr, layout.window);
  cr_expect_eq(headers[LZR_PROGRAM_WINDOW].p_memsz, WINDOW_SIZE);
  cr_expect_eq(headers[LZR_PROGRAM_WINDOW].p_flags, 0);
  cr_expect_eq(layout.chains, layout.hash + (2 + LZR_PROGRAM_BUCKETS) * 4);
  cr_expect_geq(layout.symbols - layout.chains, 1000 * sizeof(uint32_t));
  cr_expect_geq(layout.strings - layout.symbols, 1000 * sizeof(Elf64_Sym));
  cr_expect_geq(layout.window - layout.strings, layout.string_limit);
}

Test(program_file, asks_for_no_executable_stack) {
  Elf64_Phdr headers[LZR_PROGRAM_HEADERS];

  read_at(headers, sizeof headers, layout.headers);
  cr_expect_eq(headers[LZR_PROGRAM_STACK].p_type, PT_GNU_STACK);
  cr_expect_eq(headers[LZR_PROGRAM_STACK].p_flags, PF_R | PF_W);
}

Test(program_file, readelf_reads_it) {
  char command[256], text[8192] = "";
  size_t size;
  FILE *output;

  snprintf(command, sizeof command,
           LZR_LLVM_BIN "/llvm-readelf -h -l --dynamic-table /proc/%d/fd/%d "
                        "2>/dev/null",
           (int)getpid(), file);
  output = popen(command, "r");
  cr_assert_not_null(output);
  size = fread(text, 1, sizeof text - 1, output);
  cr_expect_eq(pclose(output), 0, "%s", text);
  cr_expect_gt(size, 0);
  cr_expect_not_null(strstr(text, "Shared object file"), "%s", text);
  cr_expect_not_null(strstr(text, "GNU_STACK"), "%s", text);
  cr_expect_not_null(strstr(text, "(HASH)"), "%s", text);
}

Test(program_file, the_dynamic_linker_loads_it_where_it_says) {
  struct link_map *map;
  char path[64];
  void *handle;

  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), file);
  handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  cr_assert_eq(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
  cr_expect_eq(*(uint32_t *)(map->l_addr + layout.hash), LZR_PROGRAM_BUCKETS);
  cr_expect_eq(memcmp((void *)map->l_addr, ELFMAG, SELFMAG), 0);
  cr_expect_eq(dlclose(handle), 0);
}
