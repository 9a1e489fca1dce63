/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of the linker: a target that only records what is committed to it,
 * and a resolver that answers from a table. The target's functions are defined
 * here, so that a test can put the memory anywhere, for any architecture.
 */
#ifndef LZR_TESTS_LINK_FIXTURE_H
#define LZR_TESTS_LINK_FIXTURE_H

#include <criterion/criterion.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/link/link.h"
#include "tests/link_objects.h"
#include "tests/resolve_image.h"

/* The target. */

#define WINDOW (1 << 24) /* bytes of each protection, at most */

struct lzr_tpc {
  lzr_addr base[LZR_PROT_COUNT]; /* where the next allocation goes */
  struct lzr_layout layout;      /* of the last one */
  uint8_t *memory[LZR_PROT_COUNT];
  struct lzr_action actions[16];
  size_t action_count;
  size_t store_count;
  size_t reserved;     /* allocations not released */
  lzr_addr written_at; /* the last write that was no commit's */
  uint8_t written[64];
  size_t written_size;
  bool refuses_commits;
  bool has_large; /* as in the facts */
};

static inline struct lzr_tpc target_at(lzr_addr code, lzr_addr constants,
                                       lzr_addr data) {
  return (struct lzr_tpc){.base = {code, constants, data}};
}

static inline struct lzr_tpc ordinary_target(void) {
  return target_at(0x700000000000, 0x700010000000, 0x700020000000);
}

/* One with memory for large and far data. */
static inline struct lzr_tpc roomy_target(void) {
  struct lzr_tpc target = ordinary_target();
  target.has_large = true;
  target.base[LZR_PROT_LARGE] = 0x6fff90000000;
  target.base[LZR_PROT_FAR] = 0x600000000000;
  return target;
}

lzr_error *lzr_tpc_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                           lzr_allocation **allocation) {
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    if (layout->size[i] > WINDOW)
      return lzr_error_create(LZR_ERROR_LIMIT, "the window is full");
  *allocation = calloc(1, sizeof **allocation);
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    if (!layout->size[i])
      continue;
    cr_assert(layout->align[i] <= 1 << 20);
    (*allocation)->address[i] = tpc->base[i];
    (*allocation)->size[i] = layout->size[i];
  }
  tpc->layout = *layout;
  tpc->reserved++;
  return NULL;
}

/* The local bytes of a committed address, or NULL. */
static inline uint8_t *at(struct lzr_tpc *tpc, lzr_addr address) {
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    if (tpc->memory[i] && address >= tpc->base[i] &&
        address - tpc->base[i] < tpc->layout.size[i])
      return tpc->memory[i] + (address - tpc->base[i]);
  return NULL;
}

lzr_error *lzr_tpc_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                         size_t size) {
  cr_assert(size <= sizeof tpc->written);
  tpc->written_at = address;
  tpc->written_size = size;
  memcpy(tpc->written, bytes, size);
  return NULL;
}

lzr_error *lzr_tpc_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                          const struct lzr_commit *commit) {
  if (tpc->refuses_commits)
    return lzr_error_create(LZR_ERROR_TARGET, "refused");
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    free(tpc->memory[i]);
    tpc->memory[i] = malloc(allocation->size[i] ? allocation->size[i] : 1);
    memset(tpc->memory[i], 0xee, allocation->size[i]);
  }
  for (size_t i = 0; i < commit->segment_count; i++) {
    const struct lzr_segment *segment = &commit->segments[i];
    uint8_t *bytes = at(tpc, segment->address);
    cr_assert(bytes);
    if (segment->byte_count)
      memcpy(bytes, segment->bytes, segment->byte_count);
    memset(bytes + segment->byte_count, 0, segment->zero_count);
  }
  for (size_t i = 0; i < commit->action_count && i < 16; i++)
    tpc->actions[i] = commit->actions[i];
  tpc->action_count = commit->action_count;
  tpc->store_count = commit->store_count;
  return NULL;
}

#define TLS_GET_ADDR 0x7200000000

const struct lzr_target_facts *lzr_tpc_facts(const lzr_tpc *tpc) {
  static const struct lzr_target_facts facts[] = {
      {.tls_get_addr = TLS_GET_ADDR},
      {.tls_get_addr = TLS_GET_ADDR, .has_large = true}};
  return &facts[tpc->has_large];
}

void lzr_tpc_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  if (!allocation)
    return;
  tpc->reserved--;
  free(allocation);
}

static inline void free_target(struct lzr_tpc *tpc) {
  cr_expect_eq(tpc->reserved, 0, "%zu allocations leak", tpc->reserved);
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    free(tpc->memory[i]);
}

/* size bytes at address, little-endian. */
static inline uint64_t load(struct lzr_tpc *tpc, lzr_addr address,
                            unsigned size) {
  const uint8_t *bytes = at(tpc, address);
  cr_assert(bytes, "nothing at %#llx", (unsigned long long)address);
  uint64_t value = 0;
  for (unsigned i = size; i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

/* Names. */

/* Answers the names it lists; remembers what it was asked. The list ends with
   a NULL name. */
struct book {
  struct lzr_query answers[16];
  struct lzr_query asked[64];
  char names[64][48]; /* of those, cut */
  size_t asked_count;
  lzr_addr tls_descriptor;
};

static inline const struct lzr_query *
find_query(const struct lzr_query *list, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (list[i].name && strcmp(list[i].name, name) == 0)
      return &list[i];
  return NULL;
}

/* The object's names do not outlive its commit. */
static inline void remember(struct book *book, const struct lzr_query *query) {
  size_t i = book->asked_count++;
  snprintf(book->names[i], sizeof book->names[i], "%s", query->name);
  book->asked[i] = *query;
  book->asked[i].name = book->names[i];
}

static inline lzr_error *answer_from_book(void *data, struct lzr_query *queries,
                                          size_t count) {
  struct book *book = data;
  book->asked_count = 0;
  for (size_t i = 0; i < count; i++) {
    struct lzr_query *query = &queries[i];
    if (book->asked_count < 64)
      remember(book, query);
    const struct lzr_query *answer = find_query(book->answers, 16, query->name);
    if (!answer)
      continue;
    query->address = answer->address;
    query->slot = answer->slot;
    query->body = answer->body;
    query->tls_module = answer->tls_module;
    query->tls_offset = answer->tls_offset;
    query->found = true;
  }
  return NULL;
}

static inline const struct lzr_query *asked(const struct book *book,
                                            const char *name) {
  return find_query(book->asked, book->asked_count, name);
}

/* From text to memory. */

static inline const struct lzr_arch *arch_of(const char *triple) {
  const struct lzr_arch *arch = lzr_arch_for_triple(triple);
  cr_assert(arch);
  return arch;
}

/* Takes object. */
static inline lzr_error *link_object(struct lzr_tpc *tpc, lzr_object *object,
                                     struct book *book, lzr_image **image) {
  lzr_error *error = lzr_image_place(tpc, object, image);
  struct name_resolver resolver = {answer_from_book, book,
                                   book->tls_descriptor};
  if (!error)
    error = resolve_image(*image, &resolver);
  if (!error)
    error = lzr_image_commit(*image, NULL, 0);
  if (error) {
    lzr_image_release(*image);
    *image = NULL;
  }
  return error;
}

static inline lzr_error *link_file(struct lzr_tpc *tpc, const char *triple,
                                   const struct file *file, struct book *book,
                                   lzr_image **image) {
  *image = NULL;
  lzr_object *object = NULL;
  lzr_error *error = lzr_object_parse(arch_of(triple), "test", file->bytes,
                                      file->size, &object);
  return error ? error : link_object(tpc, object, book, image);
}

static inline lzr_error *try_link(struct lzr_tpc *tpc, const char *triple,
                                  const char *text, struct book *book,
                                  lzr_image **image) {
  struct book empty = {0};
  struct file file = assemble(triple, text);
  lzr_error *error = link_file(tpc, triple, &file, book ? book : &empty, image);
  free(file.bytes);
  return error;
}

static inline lzr_image *must_link(struct lzr_tpc *tpc, const char *triple,
                                   const char *text, struct book *book) {
  lzr_image *image;
  lzr_error *error = try_link(tpc, triple, text, book, &image);
  cr_assert(!error, "%s", lzr_error_message(error));
  return image;
}

static inline void expect_error(lzr_error *error, lzr_error_kind kind,
                                const char *part) {
  cr_assert(error, "no error; expected \"%s\"", part);
  cr_expect_eq(lzr_error_get_kind(error), kind, "%s: %s",
               lzr_error_kind_name(lzr_error_get_kind(error)),
               lzr_error_message(error));
  cr_expect(strstr(lzr_error_message(error), part), "\"%s\" lacks \"%s\"",
            lzr_error_message(error), part);
  lzr_error_destroy(error);
}

static inline void refuses(const char *triple, const char *text,
                           struct book *book, lzr_error_kind kind,
                           const char *part) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image;
  expect_error(try_link(&tpc, triple, text, book, &image), kind, part);
  free_target(&tpc);
}

static inline struct lzr_image_symbol symbol(const lzr_image *image,
                                             const char *name) {
  struct lzr_image_symbol found = {0};
  cr_assert(lzr_image_find_symbol(image, name, &found), "no symbol '%s'", name);
  return found;
}

static inline lzr_addr address_of(const lzr_image *image, const char *name) {
  return symbol(image, name).address;
}

#endif
