/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of the linker with RISC-V objects, which clang makes: from text to
 * memory, and decoding what is there.
 */
#ifndef LZR_TESTS_LINK_RISCV64_H
#define LZR_TESTS_LINK_RISCV64_H

#include <stdbool.h>
#include <unistd.h>

#include "tests/link_fixture.h"
#include "tests/riscv64_arch.h"

#define CODE 0x700000000000 /* of the ordinary target */
#define CONSTANTS 0x700010000000

/* Objects. */

static inline bool has_clang(void) {
  return system(LZR_LLVM_BIN "/clang --print-targets | grep -qw riscv64") == 0;
}

/* Criterion does not print what it skips; ctest looks for this line. */
static inline void needs_clang(void) {
  if (has_clang())
    return;
  fputs("SKIPPED: no clang for RISC-V in " LZR_LLVM_BIN "\n", stderr);
  cr_skip_test("no clang for RISC-V");
}

static inline struct file read_file(const char *path) {
  FILE *stream = fopen(path, "rb");
  cr_assert(stream);
  fseek(stream, 0, SEEK_END);
  struct file file = {.size = (size_t)ftell(stream)};
  rewind(stream);
  file.bytes = malloc(file.size);
  cr_assert_eq(fread(file.bytes, 1, file.size, stream), file.size);
  fclose(stream);
  return file;
}

static inline struct file clang(const char *options, const char *text) {
  char path[] = "/tmp/lazyrun-riscv64-XXXXXX", command[400];
  close(mkstemp(path));
  snprintf(command, sizeof command,
           LZR_LLVM_BIN "/clang --target=riscv64-linux-gnu %s -c -o %s -",
           options, path);
  FILE *compiler = popen(command, "w");
  cr_assert(compiler);
  fputs(text, compiler);
  cr_assert_eq(pclose(compiler), 0, "%s", command);
  struct file file = read_file(path);
  unlink(path);
  return file;
}

#define ASSEMBLY "-x assembler -mno-relax"
#define RELAXED_ASSEMBLY "-x assembler -mrelax"

/* What was linked: the file, with the sections' addresses filled in. */
struct linked {
  struct lzr_tpc tpc;
  struct book book;
  lzr_image *image;
  const uint8_t *file;
};

static inline const uint8_t *find_debug_object(struct lzr_tpc *tpc) {
  for (size_t i = 0; i < tpc->action_count; i++)
    if (tpc->actions[i].kind == LZR_ACTION_DEBUG_OBJECT)
      return at(tpc, tpc->actions[i].address);
  return NULL;
}

static inline lzr_error *link_bytes(struct linked *linked,
                                    const struct file *file) {
  lzr_object *object = NULL;
  linked->image = NULL;
  lzr_error *error =
      lzr_object_parse(&riscv64_arch, "test", file->bytes, file->size, &object);
  if (error)
    return error;
  lzr_object_keep_debug(object);
  error = link_object(&linked->tpc, object, &linked->book, &linked->image);
  linked->file = error ? NULL : find_debug_object(&linked->tpc);
  return error;
}

static inline lzr_error *try_text(struct linked *linked, const char *options,
                                  const char *text) {
  struct file file = clang(options, text);
  lzr_error *error = link_bytes(linked, &file);
  free(file.bytes);
  return error;
}

/* s is undefined in most texts, and at this address. */
static inline struct linked with_s(lzr_addr s) {
  return (struct linked){
      .tpc = ordinary_target(),
      .book = {.answers = {{.name = "s", .address = s, .body = s}}}};
}

/* The image keeps the address of what it is linked in. */
static inline void must_link_text(struct linked *linked, const char *options,
                                  const char *text, lzr_addr s) {
  *linked = with_s(s);
  lzr_error *error = try_text(linked, options, text);
  cr_assert(!error, "%s", lzr_error_message(error));
}

static inline void unlink_all(struct linked *linked) {
  lzr_image_release(linked->image);
  free_target(&linked->tpc);
}

static inline void refuses_text(const char *options, const char *text,
                                lzr_addr s, lzr_error_kind kind,
                                const char *part) {
  struct linked linked = with_s(s);
  expect_error(try_text(&linked, options, text), kind, part);
  free_target(&linked.tpc);
}

/* Decoding, as the instruction set's manual has it (RISC-V unprivileged ISA,
   chapters "RV32I" and "C"). */

static inline int64_t sign_extend(uint64_t value, unsigned bits) {
  uint64_t sign = UINT64_C(1) << (bits - 1);
  return (int64_t)((value & (2 * sign - 1)) ^ sign) - (int64_t)sign;
}

static inline uint64_t bits(uint64_t word, unsigned high, unsigned low) {
  return word >> low & ((UINT64_C(1) << (high - low + 1)) - 1);
}

enum opcode {
  LOAD = 0x03,
  ADDI = 0x13,
  AUIPC = 0x17,
  STORE = 0x23,
  LUI = 0x37,
  JALR = 0x67,
  JAL = 0x6f,
};

static inline int64_t high_part(uint32_t word) {
  cr_assert((word & 0x7f) == AUIPC || (word & 0x7f) == LUI, "%#x", word);
  return sign_extend(word & 0xfffff000, 32);
}

static inline int64_t low_part(uint32_t word) {
  uint32_t opcode = word & 0x7f;
  if (opcode == STORE)
    return sign_extend(bits(word, 31, 25) << 5 | bits(word, 11, 7), 12);
  cr_assert(opcode == LOAD || opcode == ADDI || opcode == JALR, "%#x", word);
  return sign_extend(bits(word, 31, 20), 12);
}

static inline int64_t branch_offset(uint32_t w) {
  return sign_extend(bits(w, 31, 31) << 12 | bits(w, 7, 7) << 11 |
                         bits(w, 30, 25) << 5 | bits(w, 11, 8) << 1,
                     13);
}

static inline int64_t jump_offset(uint32_t w) {
  return sign_extend(bits(w, 31, 31) << 20 | bits(w, 19, 12) << 12 |
                         bits(w, 20, 20) << 11 | bits(w, 30, 21) << 1,
                     21);
}

static inline int64_t short_branch_offset(uint32_t w) {
  return sign_extend(bits(w, 12, 12) << 8 | bits(w, 6, 5) << 6 |
                         bits(w, 2, 2) << 5 | bits(w, 11, 10) << 3 |
                         bits(w, 4, 3) << 1,
                     9);
}

static inline int64_t short_jump_offset(uint32_t w) {
  return sign_extend(bits(w, 12, 12) << 11 | bits(w, 8, 8) << 10 |
                         bits(w, 10, 9) << 8 | bits(w, 6, 6) << 7 |
                         bits(w, 7, 7) << 6 | bits(w, 2, 2) << 5 |
                         bits(w, 11, 11) << 4 | bits(w, 5, 3) << 1,
                     12);
}

static inline uint32_t word_at(struct linked *linked, lzr_addr address) {
  return (uint32_t)load(&linked->tpc, address, 4);
}

/* The address that two instructions put together. */
static inline lzr_addr reached(struct linked *linked, lzr_addr high,
                               lzr_addr low) {
  return high + (uint64_t)high_part(word_at(linked, high)) +
         (uint64_t)low_part(word_at(linked, low));
}

static inline lzr_addr called(struct linked *linked, lzr_addr address) {
  return reached(linked, address, address + 4);
}

#endif
