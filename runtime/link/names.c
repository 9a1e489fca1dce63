/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lists the names that an object asks for, and settles what its symbols mean
 * once the answers are there.
 */
#include "runtime/link/image.h"

#include <stdio.h>

/* Queries. */

enum { SEEN = LZR_USE_ADDRESS | LZR_USE_GOT };

static bool must_ask(const struct lzr_object *object,
                     const struct lzr_object_symbol *symbol) {
  if (!symbol->uses)
    return false;
  if (symbol->place == LZR_PLACE_UNDEFINED)
    return true;
  if (!lzr_object_symbol_is_global(symbol) || symbol->place == LZR_PLACE_GOT)
    return false;
  if (symbol->type == STT_GNU_IFUNC ||
      lzr_object_symbol_is_preemptible(object, symbol))
    return true;
  return symbol->type == STT_FUNC && symbol->uses & SEEN;
}

void lzr_object_note_names(lzr_object *object,
                           struct lzr_name_note (*note)(void *data,
                                                        const char *name),
                           void *data) {
  for (uint32_t i = 0; i < object->symbol_count; i++) {
    struct lzr_object_symbol *symbol = &object->symbols[i];
    if (symbol->uses && symbol->place == LZR_PLACE_UNDEFINED)
      symbol->note = note(data, symbol->name);
  }
}

static struct lzr_query make_query(const struct lzr_object *object,
                                   const struct lzr_object_symbol *symbol) {
  const uint8_t calls = LZR_USE_CALL | LZR_USE_GOT_CALL;
  return (struct lzr_query){
      .name = symbol->name,
      .defined = symbol->place != LZR_PLACE_UNDEFINED,
      .weak = lzr_object_symbol_is_weak(symbol),
      .tls = lzr_object_symbol_is_tls(object, symbol),
      .called_only = symbol->note.only_called || !(symbol->uses & ~calls),
      .mentioned_by = symbol->note.mentioned_by,
  };
}

/* Answers. */

static bool is_answered(const struct lzr_query *query) {
  return query->found || query->weak || query->defined;
}

/* "no definition of 'a', 'b' and 3 more" */
static lzr_error *list_missing(const struct lzr_query *queries, size_t count) {
  char list[900] = "";
  size_t used = 0, left_out = 0;
  for (size_t i = 0; i < count; i++) {
    if (is_answered(&queries[i]))
      continue;
    int length = snprintf(list + used, sizeof list - used, "%s'%s'",
                          used ? ", " : "", queries[i].name);
    if (length < 0 || (size_t)length >= sizeof list - used) {
      list[used] = 0;
      left_out++;
    } else {
      used += (size_t)length;
    }
  }
  if (left_out)
    return lzr_error_create(LZR_ERROR_SYMBOL,
                            "no definition of %s and %zu more", list, left_out);
  return lzr_error_create(LZR_ERROR_SYMBOL, "no definition of %s", list);
}

static lzr_error *check_answers(const struct lzr_query *queries, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!is_answered(&queries[i]))
      return list_missing(queries, count);
  return NULL;
}

/* What a symbol means if no answer says otherwise. */
static void settle_own(const struct lzr_image *image,
                       struct lzr_object_symbol *symbol) {
  lzr_addr own = lzr_image_own_address(image, symbol);
  if (lzr_object_symbol_is_tls(image->object, symbol)) {
    symbol->tls_module = lzr_image_tls_template(image);
    symbol->tls_offset = own;
  } else {
    symbol->address = own;
    symbol->body = own;
  }
}

static lzr_error *check_descriptor(const struct lzr_image *image,
                                   const struct lzr_object_symbol *symbol) {
  if (!(symbol->uses & LZR_USE_DESCRIPTOR) || image->tls_descriptor)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "'%s' needs a TLS descriptor, and the target has no "
                          "function for that",
                          symbol->name);
}

/* A relocation that is an offset in this image's block cannot reach a variable
   of another image. */
static lzr_error *settle_tls_answer(const struct lzr_image *image,
                                    const struct lzr_query *query,
                                    struct lzr_object_symbol *symbol) {
  if (symbol->uses & LZR_USE_TLS &&
      query->tls_module != lzr_image_tls_template(image))
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "'%s' is used as a thread-local variable of this "
                            "object, but is defined elsewhere",
                            symbol->name);
  symbol->tls_module = query->tls_module;
  symbol->tls_offset = query->tls_offset;
  return NULL;
}

static void settle_answer(const struct lzr_image *image,
                          const struct lzr_query *query,
                          struct lzr_object_symbol *symbol) {
  symbol->address = query->address;
  bool calls_stay = query->defined && symbol->type != STT_GNU_IFUNC &&
                    !lzr_object_symbol_is_preemptible(image->object, symbol);
  if (calls_stay)
    return;
  symbol->body = query->body;
  symbol->slot = query->slot;
}

static lzr_error *settle(const struct lzr_image *image,
                         const struct lzr_query *query,
                         struct lzr_object_symbol *symbol) {
  if (symbol->type == STT_GNU_IFUNC && !lzr_object_symbol_is_global(symbol))
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the ifunc '%s' has no global name by which to ask "
                            "for its address",
                            symbol->name);
  settle_own(image, symbol);
  lzr_error *error = check_descriptor(image, symbol);
  if (error)
    return error;
  if (query && query->found && query->tls)
    return settle_tls_answer(image, query, symbol);
  if (query && query->found)
    settle_answer(image, query, symbol);
  else if (query && query->defined && symbol->type == STT_GNU_IFUNC)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the ifunc '%s' has no address here: its resolver "
                            "has not run",
                            symbol->name);
  return NULL;
}

static lzr_error *settle_all(struct lzr_image *image,
                             const struct lzr_query *queries) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 0; i < object->symbol_count; i++) {
    struct lzr_object_symbol *symbol = &object->symbols[i];
    if (!symbol->uses)
      continue;
    const struct lzr_query *query = must_ask(object, symbol) ? queries++ : NULL;
    lzr_error *error = settle(image, query, symbol);
    if (error)
      return error;
  }
  return NULL;
}

lzr_error *lzr_image_list_queries(lzr_image *image, struct lzr_query **queries,
                                  size_t *count) {
  struct lzr_object *object = image->object;
  size_t needed = 0, next = 0;
  for (uint32_t i = 0; i < object->symbol_count; i++)
    needed += must_ask(object, &object->symbols[i]);
  image->queries =
      lzr_arena_alloc(&object->arena, needed, sizeof *image->queries);
  if (!image->queries)
    return lzr_out_of_memory();
  for (uint32_t i = 0; i < object->symbol_count; i++)
    if (must_ask(object, &object->symbols[i]))
      image->queries[next++] = make_query(object, &object->symbols[i]);
  *queries = image->queries;
  *count = image->query_count = needed;
  return NULL;
}

lzr_error *lzr_image_settle_names(struct lzr_image *image) {
  lzr_error *error = check_answers(image->queries, image->query_count);
  return error ? error : settle_all(image, image->queries);
}
