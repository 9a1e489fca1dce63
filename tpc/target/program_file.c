/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/program_file.h"

#include <elf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* A multiple of every page size. */
enum { STEP = 64 << 10 };

enum {
  STRING_BYTES = 64, /* of a name, on average */
  DYNAMIC_COUNT = 6,
  HASH_COUNTS = 2 /* DT_HASH begins with two counts */
};

_Static_assert(LZR_PROGRAM_BUCKETS * sizeof(uint32_t) % STEP == 0,
               "buckets and chains, which lie in different segments, have no "
               "gap between them");

static uint64_t round_up(uint64_t size) {
  return (size + STEP - 1) / STEP * STEP;
}

/* The two counts are the last that the file has of DT_HASH: buckets are zero at
   first. */
void lzr_program_layout_init(struct lzr_program_layout *layout,
                             uint64_t window_size, uint32_t symbol_limit) {
  uint64_t buckets = 2 * STEP;

  layout->symbol_limit = symbol_limit;
  layout->string_limit = (uint64_t)STRING_BYTES * symbol_limit;
  layout->window_size = window_size;
  layout->headers = sizeof(Elf64_Ehdr);
  layout->dynamic = STEP;
  layout->hash = buckets - HASH_COUNTS * sizeof(uint32_t);
  layout->chains = buckets + LZR_PROGRAM_BUCKETS * sizeof(uint32_t);
  layout->symbols =
      round_up(layout->chains + (uint64_t)symbol_limit * sizeof(uint32_t));
  layout->strings =
      round_up(layout->symbols + (uint64_t)symbol_limit * sizeof(Elf64_Sym));
  layout->window = round_up(layout->strings + layout->string_limit);
}

static Elf64_Ehdr make_file_header(const struct lzr_program_layout *layout) {
  return (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                                  ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                      .e_type = ET_DYN,
                      .e_machine = LZR_PROGRAM_MACHINE,
                      .e_version = EV_CURRENT,
                      .e_phoff = layout->headers,
                      .e_ehsize = sizeof(Elf64_Ehdr),
                      .e_phentsize = sizeof(Elf64_Phdr),
                      .e_phnum = LZR_PROGRAM_HEADERS,
                      .e_shentsize = sizeof(Elf64_Shdr)};
}

static Elf64_Phdr make_header(uint32_t type, uint32_t flags, uint64_t start,
                              uint64_t file_size, uint64_t size) {
  return (Elf64_Phdr){.p_type = type,
                      .p_flags = flags,
                      .p_offset = file_size ? start : 0,
                      .p_vaddr = start,
                      .p_paddr = start,
                      .p_filesz = file_size,
                      .p_memsz = size,
                      .p_align = type == PT_LOAD
                                     ? (uint64_t)sysconf(_SC_PAGESIZE)
                                     : sizeof(uint64_t)};
}

/* Without PT_GNU_STACK the dynamic linker makes all stacks executable. */
static void fill_headers(const struct lzr_program_layout *layout,
                         Elf64_Phdr headers[LZR_PROGRAM_HEADERS]) {
  uint64_t head = layout->headers + LZR_PROGRAM_HEADERS * sizeof *headers;
  uint64_t section = DYNAMIC_COUNT * sizeof(Elf64_Dyn);

  headers[LZR_PROGRAM_HEAD] = make_header(PT_LOAD, PF_R, 0, head, head);
  headers[LZR_PROGRAM_DYNAMIC] =
      make_header(PT_LOAD, PF_R | PF_W, layout->dynamic, STEP,
                  layout->chains - layout->dynamic);
  headers[LZR_PROGRAM_TABLES] = make_header(PT_LOAD, 0, layout->chains, 0,
                                            layout->window - layout->chains);
  headers[LZR_PROGRAM_WINDOW] =
      make_header(PT_LOAD, 0, layout->window, 0, layout->window_size);
  headers[LZR_PROGRAM_DYNAMIC_SECTION] =
      make_header(PT_DYNAMIC, PF_R | PF_W, layout->dynamic, section, section);
  headers[LZR_PROGRAM_STACK] = make_header(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0);
  headers[LZR_PROGRAM_TLS] =
      make_header(PT_TLS, PF_R, 0, 0, LZR_PROGRAM_TLS_SIZE);
  headers[LZR_PROGRAM_TLS].p_align = LZR_PROGRAM_TLS_ALIGN;
  for (int i = LZR_PROGRAM_DATA; i < LZR_PROGRAM_HEADERS; i++)
    headers[i] = make_header(PT_NULL, 0, 0, 0, 0);
}

static bool write_at(int file, const void *bytes, size_t size,
                     uint64_t offset) {
  return pwrite(file, bytes, size, (off_t)offset) == (ssize_t)size;
}

bool lzr_program_file_write(const struct lzr_program_layout *layout, int file) {
  Elf64_Ehdr header = make_file_header(layout);
  Elf64_Phdr headers[LZR_PROGRAM_HEADERS];
  Elf64_Dyn section[DYNAMIC_COUNT] = {
      {DT_HASH, {layout->hash}},        {DT_SYMTAB, {layout->symbols}},
      {DT_STRTAB, {layout->strings}},   {DT_STRSZ, {layout->string_limit}},
      {DT_SYMENT, {sizeof(Elf64_Sym)}}, {DT_NULL, {0}}};
  uint32_t counts[HASH_COUNTS] = {LZR_PROGRAM_BUCKETS, 1};

  fill_headers(layout, headers);
  return write_at(file, &header, sizeof header, 0) &&
         write_at(file, headers, sizeof headers, layout->headers) &&
         write_at(file, section, sizeof section, layout->dynamic) &&
         write_at(file, counts, sizeof counts, layout->hash);
}

/* A number is written as "/" for 0 and "/." for 1. */
void lzr_program_file_spell(char path[LZR_PROGRAM_PATH], int file) {
  static _Atomic unsigned spelled;
  int at = snprintf(path, LZR_PROGRAM_PATH, "/proc/%d/fd", (int)getpid());

  for (unsigned bits = atomic_fetch_add(&spelled, 1); bits; bits /= 2)
    at += snprintf(path + at, (size_t)(LZR_PROGRAM_PATH - at),
                   bits % 2 ? "/." : "/");
  snprintf(path + at, (size_t)(LZR_PROGRAM_PATH - at), "/%d", file);
}
