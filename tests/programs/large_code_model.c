/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The same in the code model in which all code and data may be anywhere. */
//! arch: x86_64
//! maps: 5300
//! flags: -mcmodel=large
//! objects: -mcmodel=large -O1 -fPIC -ffunction-sections
//! no-sanitizer: it takes too long to poison
//! no-stock-executor: it has no memory for far data
#include "medium_code_model.c"
//> 242 7 5 9
//> 1
