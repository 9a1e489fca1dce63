/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which definitions of a module must be compiled together.
 */
#ifndef LZR_LLVM_GROUPS_H
#define LZR_LLVM_GROUPS_H

#include "runtime/llvm/read.h"
#include "runtime/llvm/survey.h"

/* Fills in the definitions' groups and the survey's tables of groups. */
lzr_error *lzr_groups_form(LLVMModuleRef module, struct lzr_survey *survey,
                           const struct lzr_body_reader *reader);

#endif
