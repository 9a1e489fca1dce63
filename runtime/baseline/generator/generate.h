/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Machine code for an architecture, in one pass over a function's compact IR.
 */
#ifndef LZR_BASELINE_GENERATOR_GENERATE_H
#define LZR_BASELINE_GENERATOR_GENERATE_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/ir.h"

/* What a generator keeps between functions; for one thread at a time. */
struct lzr_gen;
struct lzr_gen_target;
struct lzr_gen *lzr_gen_create(
    const struct lzr_gen_target *target); /* owned; NULL without memory */
void lzr_gen_destroy(struct lzr_gen *generator);

/*
 * Appends the code of a function to code. If the function cannot be compiled,
 * ir->refusal says why, and code is as it was; if memory is out, code or ir
 * says so.
 */
void lzr_gen_generate(struct lzr_gen *generator, struct lzr_ir *ir,
                      struct lzr_machine_code *code,
                      struct lzr_code_function *function);

#endif
