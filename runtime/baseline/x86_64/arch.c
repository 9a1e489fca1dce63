/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/arch.h"

#include <elf.h>

#include "runtime/baseline/generator/generate.h"
#include "runtime/baseline/x86_64/unwind.h"

static void *create(void) {
  return lzr_gen_create();
}

static void destroy(void *generator) {
  lzr_gen_destroy(generator);
}

static void generate(void *generator, struct lzr_ir *ir,
                     struct lzr_machine_code *code,
                     struct lzr_code_function *function) {
  lzr_gen_generate(generator, ir, code, function);
}

const struct lzr_baseline_arch lzr_baseline_x86_64 = {
    .elf_machine = EM_X86_64,
    .create = create,
    .destroy = destroy,
    .generate = generate,
    .write_cie = lzr_x64_write_cie,
    .write_fde = lzr_x64_write_fde,
    .distance_reloc = R_X86_64_PC32,
    .address_reloc = R_X86_64_64,
};
