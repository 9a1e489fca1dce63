/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One loop for every architecture: a relocation's row names an expression, this
 * file computes its value, and the architecture writes that into the field.
 */
#include "runtime/link/image.h"

static uint64_t page(uint64_t address) {
  return address & ~UINT64_C(0xfff);
}

/* The values that a relocation expression may be made of. */
struct operands {
  struct lzr_image *image;
  struct lzr_object_symbol *symbol;
  uint64_t addend; /* A */
  lzr_addr place;  /* P */
};

/* Calls. */

static bool reaches(const struct operands *operands, lzr_addr target) {
  uint64_t reach = operands->image->object->arch->branch_reach;
  return target &&
         target + operands->addend - operands->place + reach <= 2 * reach;
}

/* A call goes to the body if that is in reach, else to the function's address
   if that is in reach, else to a PLT entry. */
static lzr_error *call_target(const struct operands *operands,
                              lzr_addr *target) {
  struct lzr_object_symbol *symbol = operands->symbol;
  if (reaches(operands, symbol->body) || !symbol->has_plt)
    *target = symbol->body;
  else if (reaches(operands, symbol->address))
    *target = symbol->address;
  else
    return lzr_image_plt_entry(operands->image, symbol, target);
  return NULL;
}

static lzr_error *call_distance(const struct operands *operands,
                                uint64_t *value) {
  lzr_addr target = 0;
  lzr_error *error = call_target(operands, &target);
  *value = target + operands->addend - operands->place;
  return error;
}

/* Expressions. */

static lzr_addr called_word(const struct operands *operands) {
  return operands->symbol->slot
             ? operands->symbol->slot
             : lzr_image_got_word(operands->image, operands->symbol);
}

static lzr_addr got_word(const struct operands *operands) {
  return operands->symbol->note.only_called
             ? called_word(operands)
             : lzr_image_got_word(operands->image, operands->symbol);
}

static lzr_error *compute(const struct operands *operands,
                          enum lzr_reloc_expr kind, uint64_t *value) {
  const uint64_t s = operands->symbol->address, a = operands->addend,
                 p = operands->place;
  const uint64_t got = lzr_image_got_base(operands->image);
  switch (kind) {
  case LZR_EXPR_S_A:
  case LZR_EXPR_S_A_PARTNER: /* the partner's value is subtracted later */
    *value = s + a;
    return NULL;
  case LZR_EXPR_P_A:
    *value = p + a;
    return NULL;
  case LZR_EXPR_PARTNER_AT_S: /* the partner's value is added later */
    *value = 0;
    return NULL;
  case LZR_EXPR_S_A_P:
    *value = s + a - p;
    return NULL;
  case LZR_EXPR_CALL:
    return call_distance(operands, value);
  case LZR_EXPR_PAGE:
    *value = page(s + a) - page(p);
    return NULL;
  case LZR_EXPR_GOT:
    *value = got_word(operands) + a - p;
    return NULL;
  case LZR_EXPR_GOT_CALL:
    *value = called_word(operands) + a - p;
    return NULL;
  case LZR_EXPR_GOT_PAGE:
    *value = page(got_word(operands) + a) - page(p);
    return NULL;
  case LZR_EXPR_GOT_LOW:
    *value = got_word(operands) + a;
    return NULL;
  case LZR_EXPR_GOT_REL:
    *value = got_word(operands) + a - got;
    return NULL;
  case LZR_EXPR_GOT_PAGE_REL:
    *value = got_word(operands) + a - page(got);
    return NULL;
  case LZR_EXPR_GOTOFF:
    *value = s + a - got;
    return NULL;
  case LZR_EXPR_GOTPC:
    *value = got + a - p;
    return NULL;
  case LZR_EXPR_SIZE:
    *value = operands->symbol->size + a;
    return NULL;
  case LZR_EXPR_TLSGD:
    *value = lzr_image_got_pair(operands->image, operands->symbol) + a - p;
    return NULL;
  case LZR_EXPR_TLSLD:
    *value = lzr_image_got_module(operands->image) + a - p;
    return NULL;
  case LZR_EXPR_DTPOFF:
    *value = operands->symbol->tls_offset + a;
    return NULL;
  case LZR_EXPR_TLSDESC_PAGE:
    *value =
        page(lzr_image_tls_descriptor(operands->image, operands->symbol) + a) -
        page(p);
    return NULL;
  case LZR_EXPR_TLSDESC_LOW:
    *value = lzr_image_tls_descriptor(operands->image, operands->symbol) + a;
    return NULL;
  default: /* scan.c has refused these */
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "relocation expression %d is unknown", kind);
  }
}

/* The loop. */

static lzr_error *evaluate(struct lzr_image *image,
                           const struct lzr_section *section,
                           const struct lzr_reloc *reloc,
                           const struct lzr_reloc_row *row, uint64_t *value) {
  struct operands operands = {image, &image->object->symbols[reloc->symbol],
                              reloc->addend, section->address + reloc->offset};
  return compute(&operands,
                 lzr_reloc_get_expr(image->object, section, reloc, row), value);
}

/* A partner has no partner itself, so evaluating it needs no recursion. */
static lzr_error *add_partner(struct lzr_image *image,
                              const struct lzr_section *section,
                              const struct lzr_reloc *reloc,
                              const struct lzr_reloc_row *row,
                              uint64_t *value) {
  struct lzr_object *object = image->object;
  const struct lzr_partner *partner;
  uint64_t other = 0;
  lzr_error *error =
      lzr_object_find_partner(object, section, reloc, row, &partner);
  if (!error)
    error = evaluate(image, &object->sections[partner->section],
                     &partner->reloc, partner->row, &other);
  *value = row->expr == LZR_EXPR_PARTNER_AT_S ? other : *value - other;
  return error;
}

static lzr_error *apply(struct lzr_image *image,
                        const struct lzr_section *section,
                        const struct lzr_reloc *reloc,
                        const struct lzr_reloc_row *row) {
  uint64_t value = 0;
  lzr_error *error = evaluate(image, section, reloc, row, &value);
  if (!error && row->pair && lzr_reloc_needs_partner(row))
    error = add_partner(image, section, reloc, row, &value);
  if (error)
    return error;
  struct lzr_place place = {section->written + reloc->offset,
                            section->address + reloc->offset};
  return image->object->arch->write_field(place, section->size - reloc->offset,
                                          row, value);
}

/* Code that was compiled to be linked into an executable expects symbols of
   shared libraries within reach, or every address to fit 32 bits. */
static const char *hint(const struct lzr_object_symbol *symbol,
                        const struct lzr_reloc_row *row,
                        const lzr_error *error) {
  bool is_direct = row->expr == LZR_EXPR_S_A || row->expr == LZR_EXPR_S_A_P ||
                   row->expr == LZR_EXPR_PAGE;
  bool is_far =
      symbol->place == LZR_PLACE_UNDEFINED || row->expr == LZR_EXPR_S_A;
  return is_direct && is_far && lzr_error_get_kind(error) == LZR_ERROR_LIMIT
             ? " is too far away (code for shared libraries, compiled with "
               "-fPIC, could reach it)"
             : "";
}

static lzr_error *relocate_one(struct lzr_image *image,
                               const struct lzr_section *section,
                               const struct lzr_reloc *reloc) {
  const struct lzr_object *object = image->object;
  const struct lzr_reloc_row *row = object->arch->find_reloc(reloc->type);
  if (row->expr == LZR_EXPR_NONE)
    return NULL;
  lzr_error *error = apply(image, section, reloc, row);
  if (!error)
    return NULL;
  const struct lzr_object_symbol *symbol = &object->symbols[reloc->symbol];
  return lzr_error_wrap(
      error, "object '%s': relocation %u at %s+%#llx against '%s'%s",
      object->name, reloc->type, section->name,
      (unsigned long long)reloc->offset,
      lzr_object_symbol_display_name(object, symbol), hint(symbol, row, error));
}

lzr_error *lzr_image_relocate(struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  for (size_t i = 0; i < object->table_count; i++) {
    const struct lzr_reloc_table *table = &object->tables[i];
    const struct lzr_section *section = &object->sections[table->section];
    for (size_t j = 0; j < table->count; j++) {
      struct lzr_reloc reloc = lzr_reloc_load(table, j);
      lzr_error *error = relocate_one(image, section, &reloc);
      if (error)
        return error;
    }
  }
  return NULL;
}
