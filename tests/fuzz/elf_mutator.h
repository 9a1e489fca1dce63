/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Changes object files as a linker sees them: a field of a section header, of a
 * symbol or of a relocation, instead of any byte. Where the input is no object
 * file, and for a third of all changes, libFuzzer changes bytes.
 */
#ifndef LZR_TESTS_FUZZ_ELF_MUTATOR_H
#define LZR_TESTS_FUZZ_ELF_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* As LLVMFuzzerCustomMutator. */
size_t mutate_elf(uint8_t *bytes, size_t size, size_t max, unsigned seed);

#endif
