/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The baseline generator: machine code of functions in the compact IR, in a
 * fraction of the time that LLVM takes, as part of an object in the linker's
 * terms. README.md follows a function through it.
 *
 *   lzr_baseline_begin     begins a unit
 *   lzr_baseline_ir        the IR of its next function, for a reader to fill in
 *   lzr_baseline_generate  makes the code, or says why it does not
 *   lzr_baseline_add_to    adds all functions of the unit to an object
 *
 * A generator belongs to one thread at a time.
 */
#ifndef LZR_BASELINE_H
#define LZR_BASELINE_H

#include "runtime/baseline/ir.h"
#include "runtime/link/link.h"

typedef struct lzr_baseline lzr_baseline;

/* Whether there is a generator for the architecture. */
bool lzr_baseline_knows(const struct lzr_arch *arch);

/* *baseline is owned (lzr_baseline_destroy()). Fails with UNSUPPORTED for an
   architecture without a generator. */
lzr_error *lzr_baseline_create(const struct lzr_arch *arch,
                               lzr_baseline **baseline);
/* Accepts NULL. */
void lzr_baseline_destroy(lzr_baseline *baseline);

void lzr_baseline_begin(lzr_baseline *baseline);

/* Empty; borrowed until the next call of this function or of begin. */
lzr_error *lzr_baseline_ir(lzr_baseline *baseline, struct lzr_ir **ir);

/* *refusal is NULL if the function has become part of the unit; otherwise it
   says why it has not, and is borrowed as the IR is. */
lzr_error *lzr_baseline_generate(lzr_baseline *baseline, const char **refusal);

/* Adds the unit's functions to an object, which is empty or has been read; the
   names of their symbols are borrowed for as long as the object lives. Names
   that the object mentions and the unit defines are defined by it then. */
lzr_error *lzr_baseline_add_to(const lzr_baseline *baseline,
                               lzr_object *object);

#endif
