/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Archives ("ar") of object files and bitcode, and the list of their members.
 * Long names and indexes may be written in GNU's way or in BSD's, which LLVM
 * and Apple use. Thin archives, which have only the names of their members'
 * files, can be read too.
 *
 * Nothing in an archive is trusted: sizes, offsets and names are checked, and
 * the error says what is wrong with which file or member, "lib.a(member.o)".
 *
 * An archive belongs to one thread at a time.
 */
#ifndef LZR_ARCHIVE_H
#define LZR_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stubs/arch.h"
#include "tpc/error.h"

/* Limits; what exceeds one is refused with LZR_ERROR_LIMIT. */
#define LZR_ARCHIVE_MAX_MEMBERS (1 << 20)
#define LZR_ARCHIVE_MAX_NAME 4096 /* bytes of a member's name */
#define LZR_ARCHIVE_MAX_DEPTH 8   /* of thin archives within thin archives */

typedef struct lzr_archive lzr_archive;

/* What an archive needs from its user. The functions are called on the thread
   that uses the archive. */
struct lzr_archive_options {
  const struct lzr_arch *arch; /* of members that are objects */

  /* Reads a file that a thin archive names; *bytes is owned (free()). If this
     is NULL, the archive reads the file with the C library. */
  lzr_error *(*read_file)(void *data, const char *path, uint8_t **bytes,
                          size_t *size);

  /* Calls add(adder, NAME) for each global name that bitcode defines, and
     returns add's error. If this is NULL, members that are bitcode are found
     only if the archive's own index lists their names. */
  lzr_error *(*list_bitcode)(void *data, const char *name, const uint8_t *bytes,
                             size_t size,
                             lzr_error *(*add)(void *adder, const char *name),
                             void *adder);
  void *data; /* passed to both functions */
};

/* Opens an archive. Takes bytes, which are from malloc, also when it fails.
   name is the archive's path, which messages have, and beside which the files
   of a thin archive lie; it is copied, as options are. *archive is owned
   (lzr_archive_close()). Fails with FORMAT or LIMIT. */
lzr_error *lzr_archive_open(const char *name, uint8_t *bytes, size_t size,
                            const struct lzr_archive_options *options,
                            lzr_archive **archive);
/* Accepts NULL. */
void lzr_archive_close(lzr_archive *archive);

/* The number of members. They are numbered from 0 in the archive's order; the
   index, and other members that are no files, do not count. */
size_t lzr_archive_member_count(const lzr_archive *archive);

/* "lib.a(member.o)"; borrowed from the archive. */
const char *lzr_archive_member_name(const lzr_archive *archive, size_t member);

/* Reads a member. *bytes is owned (free()); it is a copy that
   lzr_object_module_open() can take. */
lzr_error *lzr_archive_read_member(lzr_archive *archive, size_t member,
                                   uint8_t **bytes, size_t *size);

#endif
