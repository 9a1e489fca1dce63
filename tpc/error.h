/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The public path of tpc/base/error.h. */
#include "base/error.h"
