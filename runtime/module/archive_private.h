/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An archive as its two source files share it: archive.c reads the members,
 * archive_index.c finds out what they define.
 */
#ifndef LZR_ARCHIVE_PRIVATE_H
#define LZR_ARCHIVE_PRIVATE_H

#include "runtime/link/arena.h"
#include "runtime/module/archive.h"
#include "runtime/support/map.h"

struct lzr_archive_member {
  const char *name;     /* "lib.a(member.o)"; in the arena */
  const char *path;     /* of a thin archive's member: its file; else NULL */
  const uint8_t *bytes; /* borrowed from the archive; NULL for a thin one's */
  size_t size;
  uint64_t header; /* where its header is in the archive */
  uint64_t origin; /* of a member of an archive that a thin archive names: where
                      its header is in that; else 0 */
  bool is_indexed; /* the archive's index mentions it */
};

/* How an archive's own index is written. */
enum lzr_archive_index {
  LZR_INDEX_NONE,
  LZR_INDEX_GNU,    /* "/": 32-bit numbers, the highest byte first */
  LZR_INDEX_GNU_64, /* "/SYM64/" */
  LZR_INDEX_BSD,    /* "__.SYMDEF": pairs of numbers, the lowest byte first */
  LZR_INDEX_BSD_64  /* "__.SYMDEF_64" */
};

struct lzr_archive {
  struct lzr_arena arena; /* owned */
  const char *name;
  uint8_t *bytes; /* owned */
  size_t size;
  bool is_thin;
  unsigned depth; /* of archives in thin archives */
  struct lzr_archive_options options;

  struct lzr_archive_member *members; /* owned; by header */
  size_t member_count;

  const uint8_t *long_names; /* "//"; borrowed from bytes, or NULL */
  size_t long_names_size;
  uint8_t index_kind; /* enum lzr_archive_index */
  const uint8_t *index;
  size_t index_size;

  bool has_names;       /* names is filled in */
  struct lzr_map names; /* from names to struct lzr_archive_member */
};

#endif
