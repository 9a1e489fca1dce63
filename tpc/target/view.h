/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The view through which code is run: a private mapping of a file that is
 * written elsewhere. It shows what is written into the file, until a debugger
 * sets a breakpoint: then the kernel gives the view a copy of that page, which
 * no longer follows the file.
 */
#ifndef LZR_TARGET_VIEW_H
#define LZR_TARGET_VIEW_H

#include <stddef.h>
#include <stdint.h>

/* Makes the view at address show the size bytes that have just been written
   into the file. A debugger's breakpoints in the same pages stay, unless the
   system lets no process write its own /proc/self/mem: then they are gone until
   the debugger sets them again, when it next resumes the program. Thread-safe.
 */
void lzr_view_update(uint8_t *address, const uint8_t *bytes, size_t size);

#endif
