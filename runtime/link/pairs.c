/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Relocations in pairs. The value of one is computed from the value of another,
 * its partner, which is found by its place: a file may have the two in any
 * order, and several relocations may share one partner. So all partners are
 * sorted by section and offset when one is looked for the first time; an object
 * of an architecture without pairs pays nothing.
 */
#include "runtime/link/object.h"

#include <stdlib.h>

bool lzr_reloc_needs_partner(const struct lzr_reloc_row *row) {
  return row->expr == LZR_EXPR_PARTNER_AT_S ||
         row->expr == LZR_EXPR_S_A_PARTNER;
}

/* row is NULL if the relocation has not been checked and its type has no
   row. */
static bool is_partner(const struct lzr_reloc_row *row) {
  return row && row->pair && !lzr_reloc_needs_partner(row);
}

/* Counts the partners in a table, and lists them unless partners is NULL. */
static size_t list_table(const struct lzr_object *object,
                         const struct lzr_reloc_table *table,
                         struct lzr_partner *partners) {
  size_t count = 0;
  for (size_t i = 0; i < table->count; i++) {
    struct lzr_reloc reloc = lzr_reloc_load(table, i);
    const struct lzr_reloc_row *row = object->arch->find_reloc(reloc.type);
    if (!is_partner(row))
      continue;
    if (partners)
      partners[count] = (struct lzr_partner){reloc, row, table->section};
    count++;
  }
  return count;
}

static size_t list_all(const struct lzr_object *object,
                       struct lzr_partner *partners) {
  size_t count = 0;
  for (size_t i = 0; i < object->table_count; i++)
    count += list_table(object, &object->tables[i],
                        partners ? partners + count : NULL);
  return count;
}

static int compare_numbers(uint64_t a, uint64_t b) {
  return a < b ? -1 : a > b;
}

/* Orders by section, offset and pair. */
static int compare(const void *left, const void *right) {
  const struct lzr_partner *a = left, *b = right;
  int order = compare_numbers(a->section, b->section);
  if (!order)
    order = compare_numbers(a->reloc.offset, b->reloc.offset);
  return order ? order : compare_numbers(a->row->pair, b->row->pair);
}

static lzr_error *sort_partners(struct lzr_object *object) {
  if (object->partners)
    return NULL;
  size_t count = list_all(object, NULL);
  struct lzr_partner *partners =
      lzr_arena_alloc(&object->arena, count, sizeof *partners);
  if (!partners)
    return lzr_out_of_memory();
  list_all(object, partners);
  qsort(partners, count, sizeof *partners, compare);
  object->partners = partners;
  object->partner_count = count;
  return NULL;
}

/* A key that compares equal to the partner looked for. A symbol's value has not
   been checked, so there may be no such partner. */
static struct lzr_partner make_key(const struct lzr_object *object,
                                   const struct lzr_section *section,
                                   const struct lzr_reloc *reloc,
                                   const struct lzr_reloc_row *row) {
  if (row->expr == LZR_EXPR_PARTNER_AT_S)
    return (struct lzr_partner){
        .reloc.offset = object->symbols[reloc->symbol].value,
        .row = row,
        .section = object->symbols[reloc->symbol].section,
    };
  return (struct lzr_partner){
      .reloc.offset = reloc->offset,
      .row = row,
      .section = (uint32_t)(section - object->sections),
  };
}

static lzr_error *refuse(const struct lzr_object *object,
                         const struct lzr_section *section,
                         const struct lzr_reloc *reloc,
                         const struct lzr_partner *key, const char *number) {
  return lzr_error_create(
      LZR_ERROR_FORMAT,
      "relocation %u at %s+%#llx is half of a pair, and there is %s other half "
      "at %s+%#llx",
      reloc->type, section->name, (unsigned long long)reloc->offset, number,
      object->sections[key->section].name,
      (unsigned long long)key->reloc.offset);
}

lzr_error *lzr_object_find_partner(struct lzr_object *object,
                                   const struct lzr_section *section,
                                   const struct lzr_reloc *reloc,
                                   const struct lzr_reloc_row *row,
                                   const struct lzr_partner **partner) {
  lzr_error *error = sort_partners(object);
  if (error)
    return error;
  struct lzr_partner key = make_key(object, section, reloc, row);
  const struct lzr_partner *first = object->partners;
  const struct lzr_partner *end = first + object->partner_count;
  const struct lzr_partner *found =
      bsearch(&key, first, object->partner_count, sizeof key, compare);
  if (!found)
    return refuse(object, section, reloc, &key, "no");
  if ((found > first && !compare(found - 1, &key)) ||
      (found + 1 < end && !compare(found + 1, &key)))
    return refuse(object, section, reloc, &key, "more than one");
  *partner = found;
  return NULL;
}
