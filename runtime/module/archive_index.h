/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds the member of an archive that defines a name.
 */
#ifndef LZR_MODULE_ARCHIVE_INDEX_H
#define LZR_MODULE_ARCHIVE_INDEX_H

#include "runtime/module/archive.h"

/* Finds the member that defines a name, as the archive's index says. If there
   is no index, or one that lacks the bitcode members, as GNU's ar makes it,
   the members' own symbol tables are read, once. If several members define
   the name, the first one in the index is found; if none does, *found is
   false. An index may be wrong: the caller must check that the member defines
   the name. */
lzr_error *lzr_archive_find(lzr_archive *archive, const char *name, bool *found,
                            size_t *member);

#endif
