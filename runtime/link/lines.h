/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The line table of an object (DWARF 5, 6.2; .debug_line), as profilers want
 * it: which line of which file an offset in a section of code comes from.
 */
#ifndef LZR_LINK_LINES_H
#define LZR_LINK_LINES_H

#include "runtime/link/object.h"

struct lzr_line {
  uint32_t section; /* of code */
  uint32_t line;
  uint64_t offset;              /* in the section */
  const char *directory, *file; /* borrowed from the object; directory is ""
                                   where it is not known */
};

/* Lists all of an object's lines by section and offset. *lines is in the
   object's arena. What is not understood (another version of DWARF, a damaged
   table) is left out, as are lines that belong to no source. Returns false when
   memory is out. */
bool lzr_object_list_lines(struct lzr_object *object, struct lzr_line **lines,
                           size_t *count);

#endif
