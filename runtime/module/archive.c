/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The members of an archive. Each has a header of 60 bytes of text and then, at
 * an even offset, its bytes; those of a thin archive are in a file of their own
 * and have none here. Three kinds of members are no files:
 *
 *   "/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64"  the index
 *   "//"      GNU's long names, one behind the other, each ending with "/\n"
 *
 * A name is "name/" (GNU), "name" and spaces (BSD), "/123" (a long one at that
 * offset), "#1/20" (BSD: the first 20 bytes behind the header), or, in thin
 * archives, "/123:456": the member whose header is at 456 of the archive named
 * at 123.
 */
#include "runtime/module/archive.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/module/archive_private.h"
#include "tpc/base/memory.h"

enum {
  MAGIC = 8,
  HEADER = 60,
  NAME = 16,
  SIZE_AT = 48,
  SIZE = 10,
  END_AT = 58
};

/* Headers. */

struct header {
  uint64_t at;
  char name[NAME + 1]; /* without the spaces behind it */
  uint64_t size;
};

static lzr_error *malformed(uint64_t at, const char *what) {
  return lzr_error_create(LZR_ERROR_FORMAT, "the member at %#llx %s",
                          (unsigned long long)at, what);
}

/* Reads digits, followed by spaces only or by the end; returns false if there
   is anything else. */
static bool read_number(const char *text, size_t length, uint64_t *number) {
  size_t i = 0;
  for (*number = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
    if (*number > UINT64_MAX / 10 - 9)
      return false;
    *number = *number * 10 + (uint64_t)(text[i] - '0');
  }
  bool has_digits = i > 0;
  while (i < length && text[i] == ' ')
    i++;
  return has_digits && i == length;
}

static lzr_error *read_header(const struct lzr_archive *archive, uint64_t at,
                              struct header *header) {
  if (at > archive->size || archive->size - at < HEADER)
    return malformed(at, "has no whole header");
  const char *text = (const char *)archive->bytes + at;
  if (memcmp(text + END_AT, "`\n", 2) != 0)
    return malformed(at, "has no header");
  header->at = at;
  memcpy(header->name, text, NAME);
  size_t length = NAME;
  while (length > 0 && header->name[length - 1] == ' ')
    length--;
  header->name[length] = 0;
  return read_number(text + SIZE_AT, SIZE, &header->size)
             ? NULL
             : malformed(at, "has no number as its size");
}

/* What a member is. */

static bool is_named(const struct header *header, const char *name) {
  return strcmp(header->name, name) == 0;
}

static enum lzr_archive_index bsd_index(const char *name) {
  if (strcmp(name, "__.SYMDEF") == 0 || strcmp(name, "__.SYMDEF SORTED") == 0)
    return LZR_INDEX_BSD;
  if (strcmp(name, "__.SYMDEF_64") == 0 ||
      strcmp(name, "__.SYMDEF_64 SORTED") == 0)
    return LZR_INDEX_BSD_64;
  return LZR_INDEX_NONE;
}

static bool is_special(const struct header *header) {
  return is_named(header, "/") || is_named(header, "//") ||
         is_named(header, "/SYM64/") || bsd_index(header->name);
}

/* Windows' archives have a second index, which is of another kind. */
static void take_index(struct lzr_archive *archive, enum lzr_archive_index kind,
                       const uint8_t *bytes, size_t size) {
  if (archive->index_kind != LZR_INDEX_NONE)
    return;
  archive->index_kind = (uint8_t)kind;
  archive->index = bytes;
  archive->index_size = size;
}

static void take_special(struct lzr_archive *archive,
                         const struct header *header, const uint8_t *bytes) {
  size_t size = (size_t)header->size;
  if (is_named(header, "//")) {
    archive->long_names = bytes;
    archive->long_names_size = size;
  } else if (is_named(header, "/")) {
    take_index(archive, LZR_INDEX_GNU, bytes, size);
  } else if (is_named(header, "/SYM64/")) {
    take_index(archive, LZR_INDEX_GNU_64, bytes, size);
  } else {
    take_index(archive, bsd_index(header->name), bytes, size);
  }
}

/* Names. */

struct name {
  const char *text; /* not terminated */
  size_t length;
  uint64_t origin;
};

static lzr_error *check_name(const struct header *header,
                             const struct name *name) {
  if (name->length == 0)
    return malformed(header->at, "has no name");
  if (memchr(name->text, 0, name->length))
    return malformed(header->at, "has a zero byte in its name");
  if (name->length > LZR_ARCHIVE_MAX_NAME)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "the member at %#llx has a name of %zu bytes; the "
                            "limit is %d",
                            (unsigned long long)header->at, name->length,
                            LZR_ARCHIVE_MAX_NAME);
  return NULL;
}

/* "/123" and "/123:456". */
static lzr_error *find_long_name(const struct lzr_archive *archive,
                                 const struct header *header,
                                 struct name *name) {
  const char *colon = strchr(header->name, ':');
  const char *digits = header->name + 1;
  size_t length = colon ? (size_t)(colon - digits) : strlen(digits);
  uint64_t offset;
  if (!read_number(digits, length, &offset) ||
      (colon && !read_number(colon + 1, strlen(colon + 1), &name->origin)))
    return malformed(header->at, "has a name that is no number");
  if (!archive->long_names || offset >= archive->long_names_size)
    return malformed(header->at, "has a name outside the table of names");
  name->text = (const char *)archive->long_names + offset;
  size_t left = archive->long_names_size - (size_t)offset;
  const char *end = memchr(name->text, '\n', left);
  name->length = end ? (size_t)(end - name->text) : left;
  if (name->length > 0 && name->text[name->length - 1] == '/')
    name->length--;
  return NULL;
}

/* "#1/20"; the bytes that follow are then without the name. */
static lzr_error *take_leading_name(struct header *header,
                                    const uint8_t **bytes, struct name *name) {
  uint64_t length;
  if (!read_number(header->name + 3, strlen(header->name + 3), &length) ||
      length > header->size)
    return malformed(header->at, "has a name longer than itself");
  name->text = (const char *)*bytes;
  name->length = strnlen(name->text, (size_t)length);
  *bytes += length;
  header->size -= length;
  return NULL;
}

static lzr_error *find_name(const struct lzr_archive *archive,
                            struct header *header, const uint8_t **bytes,
                            struct name *name) {
  *name = (struct name){header->name, strlen(header->name), 0};
  lzr_error *error = NULL;
  if (header->name[0] == '/')
    error = find_long_name(archive, header, name);
  else if (strncmp(header->name, "#1/", 3) == 0 && *bytes)
    error = take_leading_name(header, bytes, name);
  else if (name->length > 0 && name->text[name->length - 1] == '/')
    name->length--;
  return error ? error : check_name(header, name);
}

/* Members. */

static char *print(struct lzr_archive *archive, const char *format,
                   const char *first, int length, const char *second) {
  int size = snprintf(NULL, 0, format, first, length, second);
  char *text =
      size < 0 ? NULL : lzr_arena_alloc(&archive->arena, (size_t)size + 1, 1);
  if (text)
    sprintf(text, format, first, length, second);
  return text;
}

/* A relative path is relative to the archive. */
static char *make_path(struct lzr_archive *archive, const struct name *name) {
  const char *slash = strrchr(archive->name, '/');
  char *folder = NULL;
  if (slash && name->text[0] != '/')
    folder = strndup(archive->name, (size_t)(slash + 1 - archive->name));
  char *path =
      print(archive, "%s%.*s", folder ? folder : "", (int)name->length, //
            name->text);
  free(folder);
  return path;
}

static lzr_error *add_member(struct lzr_archive *archive,
                             const struct header *header,
                             const struct name *name, const uint8_t *bytes) {
  struct lzr_archive_member *member = &archive->members[archive->member_count];
  *member = (struct lzr_archive_member){
      .name = print(archive, "%s(%.*s)", archive->name, (int)name->length,
                    name->text),
      .bytes = bytes,
      .size = (size_t)header->size,
      .header = header->at,
      .origin = name->origin,
  };
  if (archive->is_thin)
    member->path = make_path(archive, name);
  if (!member->name || (archive->is_thin && !member->path))
    return lzr_out_of_memory();
  archive->member_count++;
  return NULL;
}

static lzr_error *take_member(struct lzr_archive *archive,
                              struct header *header, const uint8_t *bytes) {
  struct name name;
  lzr_error *error = find_name(archive, header, &bytes, &name);
  if (error)
    return error;
  if (name.length < NAME * 2) { /* an index may have a leading name */
    char copy[NAME * 2];
    memcpy(copy, name.text, name.length);
    copy[name.length] = 0;
    if (bsd_index(copy) && bytes) {
      take_index(archive, bsd_index(copy), bytes, (size_t)header->size);
      return NULL;
    }
  }
  if (archive->member_count == LZR_ARCHIVE_MAX_MEMBERS)
    return lzr_error_create(LZR_ERROR_LIMIT, "more than %d members",
                            LZR_ARCHIVE_MAX_MEMBERS);
  return add_member(archive, header, &name, bytes);
}

/* Reads one member and moves *at to the next one. */
static lzr_error *read_member(struct lzr_archive *archive, uint64_t *at) {
  struct header header;
  lzr_error *error = read_header(archive, *at, &header);
  if (error)
    return error;
  uint64_t start = *at + HEADER;
  bool has_bytes = !archive->is_thin || is_special(&header);
  if (has_bytes && header.size > archive->size - start)
    return malformed(*at, "reaches past the end of the file");
  const uint8_t *bytes = has_bytes ? archive->bytes + start : NULL;
  *at = has_bytes ? start + header.size + header.size % 2 : start;
  if (is_special(&header))
    take_special(archive, &header, bytes);
  else
    error = take_member(archive, &header, bytes);
  return error;
}

static lzr_error *read_members(struct lzr_archive *archive) {
  size_t room = archive->size / HEADER + 1;
  if (room > LZR_ARCHIVE_MAX_MEMBERS)
    room = LZR_ARCHIVE_MAX_MEMBERS;
  archive->members = calloc(room, sizeof *archive->members);
  if (!archive->members)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  for (uint64_t at = MAGIC; at < archive->size && !error;)
    error = read_member(archive, &at);
  return error;
}

/* Opening. */

static lzr_error *read_archive(struct lzr_archive *archive, const char *name) {
  archive->name = print(archive, "%s%.*s", name, 0, "");
  if (!archive->name)
    return lzr_out_of_memory();
  bool is_archive = archive->size >= MAGIC;
  archive->is_thin =
      is_archive && memcmp(archive->bytes, "!<thin>\n", MAGIC) == 0;
  is_archive = is_archive && (archive->is_thin ||
                              memcmp(archive->bytes, "!<arch>\n", MAGIC) == 0);
  if (!is_archive)
    return lzr_error_create(LZR_ERROR_FORMAT, "%s: not an archive", name);
  return lzr_error_wrap(read_members(archive), "%s", name);
}

static lzr_error *open_at_depth(const char *name, uint8_t *bytes, size_t size,
                                const struct lzr_archive_options *options,
                                unsigned depth, lzr_archive **result) {
  *result = NULL;
  struct lzr_archive *archive = calloc(1, sizeof *archive);
  if (!archive) {
    free(bytes);
    return lzr_out_of_memory();
  }
  archive->bytes = bytes;
  archive->size = size;
  archive->options = *options;
  archive->depth = depth;
  lzr_error *error = read_archive(archive, name);
  if (error)
    lzr_archive_close(archive);
  else
    *result = archive;
  return error;
}

lzr_error *lzr_archive_open(const char *name, uint8_t *bytes, size_t size,
                            const struct lzr_archive_options *options,
                            lzr_archive **archive) {
  return open_at_depth(name, bytes, size, options, 0, archive);
}

void lzr_archive_close(lzr_archive *archive) {
  if (!archive)
    return;
  lzr_map_fini(&archive->names);
  lzr_arena_fini(&archive->arena);
  free(archive->members);
  free(archive->bytes);
  free(archive);
}

/* Looking at members. */

size_t lzr_archive_member_count(const lzr_archive *archive) {
  return archive->member_count;
}

const char *lzr_archive_member_name(const lzr_archive *archive, size_t member) {
  assert(member < archive->member_count);
  return archive->members[member].name;
}

static lzr_error *read_by_library(const char *path, uint8_t **bytes,
                                  size_t *size) {
  FILE *file = fopen(path, "rb");
  long length = -1;
  if (file && fseek(file, 0, SEEK_END) == 0)
    length = ftell(file);
  *bytes = length < 0 ? NULL : malloc((size_t)length + 1);
  *size = length < 0 ? 0 : (size_t)length;
  bool read = *bytes && fseek(file, 0, SEEK_SET) == 0 &&
              fread(*bytes, 1, *size, file) == *size;
  if (file)
    fclose(file);
  if (read)
    return NULL;
  free(*bytes);
  *bytes = NULL;
  return lzr_error_create(LZR_ERROR_FILE, "cannot read %s", path);
}

static lzr_error *read_file(const struct lzr_archive *archive, const char *path,
                            uint8_t **bytes, size_t *size) {
  return archive->options.read_file
             ? archive->options.read_file(archive->options.data, path, bytes,
                                          size)
             : read_by_library(path, bytes, size);
}

static lzr_error *copy_bytes(const uint8_t *from, size_t size, uint8_t **bytes,
                             size_t *bytes_size) {
  *bytes = malloc(size ? size : 1);
  if (!*bytes)
    return lzr_out_of_memory();
  memcpy(*bytes, from, size);
  *bytes_size = size;
  return NULL;
}

static lzr_error *read_at(lzr_archive *archive, uint64_t header,
                          uint8_t **bytes, size_t *size) {
  for (size_t i = 0; i < archive->member_count; i++)
    if (archive->members[i].header == header)
      return lzr_archive_read_member(archive, i, bytes, size);
  return lzr_error_create(LZR_ERROR_FORMAT, "%s has no member at %#llx",
                          archive->name, (unsigned long long)header);
}

/* Reads a member of another archive. Takes file. */
static lzr_error *read_nested(const struct lzr_archive *archive,
                              const struct lzr_archive_member *member,
                              uint8_t *file, size_t file_size, uint8_t **bytes,
                              size_t *size) {
  if (archive->depth == LZR_ARCHIVE_MAX_DEPTH) {
    free(file);
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "archives in more than %d archives",
                            LZR_ARCHIVE_MAX_DEPTH);
  }
  lzr_archive *inner;
  lzr_error *error =
      open_at_depth(member->path, file, file_size, &archive->options,
                    archive->depth + 1, &inner);
  if (!error)
    error = read_at(inner, member->origin, bytes, size);
  lzr_archive_close(inner);
  return error;
}

static lzr_error *read_thin(const struct lzr_archive *archive,
                            const struct lzr_archive_member *member,
                            uint8_t **bytes, size_t *size) {
  uint8_t *file;
  size_t file_size;
  lzr_error *error = read_file(archive, member->path, &file, &file_size);
  if (error)
    return error;
  if (member->origin)
    return read_nested(archive, member, file, file_size, bytes, size);
  *bytes = file;
  *size = file_size;
  return NULL;
}

lzr_error *lzr_archive_read_member(lzr_archive *archive, size_t member,
                                   uint8_t **bytes, size_t *size) {
  assert(member < archive->member_count);
  const struct lzr_archive_member *found = &archive->members[member];
  *bytes = NULL;
  *size = 0;
  lzr_error *error = found->bytes
                         ? copy_bytes(found->bytes, found->size, bytes, size)
                         : read_thin(archive, found, bytes, size);
  return lzr_error_wrap(error, "%s", found->name);
}
