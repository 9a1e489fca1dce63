/*
 * One loop for every architecture: a relocation's row says which sum, this file
 * computes it, the architecture puts it into the field.
 */
#include "runtime/link/image.h"

static uint64_t page(uint64_t address) {
  return address & ~UINT64_C(0xfff);
}

/* Everything a sum is made of. */
struct sum {
  struct lzr_image *image;
  struct lzr_symbol *symbol;
  uint64_t addend; /* A */
  lzr_addr place;  /* P */
};

/* ---- Calls ----------------------------------------------------------------
 */

static bool reaches(const struct sum *sum, lzr_addr target) {
  uint64_t reach = sum->image->object->arch->branch_reach;
  return target && target + sum->addend - sum->place + reach <= 2 * reach;
}

/* The body, if it is near; what stands for the function, if that is near; a PLT
   entry. */
static lzr_error *call_target(const struct sum *sum, lzr_addr *target) {
  struct lzr_symbol *symbol = sum->symbol;
  if (reaches(sum, symbol->body) || !symbol->has_plt)
    *target = symbol->body;
  else if (reaches(sum, symbol->address))
    *target = symbol->address;
  else
    return lzr_image_plt_entry(sum->image, symbol, target);
  return NULL;
}

static lzr_error *call_sum(const struct sum *sum, uint64_t *value) {
  lzr_addr target = 0;
  lzr_error *error = call_target(sum, &target);
  *value = target + sum->addend - sum->place;
  return error;
}

/* ---- Sums -----------------------------------------------------------------
 */

static lzr_addr called_word(const struct sum *sum) {
  return sum->symbol->slot ? sum->symbol->slot
                           : lzr_image_got_word(sum->image, sum->symbol);
}

static lzr_addr got_word(const struct sum *sum) {
  return sum->symbol->loaded_to_call
             ? called_word(sum)
             : lzr_image_got_word(sum->image, sum->symbol);
}

static lzr_error *compute(const struct sum *sum, enum lzr_reloc_sum kind,
                          uint64_t *value) {
  const uint64_t s = sum->symbol->address, a = sum->addend, p = sum->place;
  const uint64_t got = lzr_image_got_base(sum->image);
  switch (kind) {
  case LZR_SUM_S_A:
    *value = s + a;
    return NULL;
  case LZR_SUM_S_A_P:
    *value = s + a - p;
    return NULL;
  case LZR_SUM_CALL:
    return call_sum(sum, value);
  case LZR_SUM_PAGE:
    *value = page(s + a) - page(p);
    return NULL;
  case LZR_SUM_GOT:
    *value = got_word(sum) + a - p;
    return NULL;
  case LZR_SUM_GOT_CALL:
    *value = called_word(sum) + a - p;
    return NULL;
  case LZR_SUM_GOT_PAGE:
    *value = page(got_word(sum) + a) - page(p);
    return NULL;
  case LZR_SUM_GOT_LOW:
    *value = got_word(sum) + a;
    return NULL;
  case LZR_SUM_GOT_REL:
    *value = got_word(sum) + a - got;
    return NULL;
  case LZR_SUM_GOT_PAGE_REL:
    *value = got_word(sum) + a - page(got);
    return NULL;
  case LZR_SUM_GOTOFF:
    *value = s + a - got;
    return NULL;
  case LZR_SUM_GOTPC:
    *value = got + a - p;
    return NULL;
  case LZR_SUM_SIZE:
    *value = sum->symbol->size + a;
    return NULL;
  case LZR_SUM_TLSGD:
    *value = lzr_image_got_pair(sum->image, sum->symbol) + a - p;
    return NULL;
  case LZR_SUM_TLSLD:
    *value = lzr_image_got_module(sum->image) + a - p;
    return NULL;
  case LZR_SUM_DTPOFF:
    *value = sum->symbol->tls_offset + a;
    return NULL;
  case LZR_SUM_TLSDESC_PAGE:
    *value =
        page(lzr_image_tls_descriptor(sum->image, sum->symbol) + a) - page(p);
    return NULL;
  case LZR_SUM_TLSDESC_LOW:
    *value = lzr_image_tls_descriptor(sum->image, sum->symbol) + a;
    return NULL;
  default: /* refused when the object was read */
    return lzr_error_create(LZR_ERROR_UNSUPPORTED, "sum %d is unknown", kind);
  }
}

/* ---- The loop -------------------------------------------------------------
 */

static lzr_error *apply(struct lzr_image *image,
                        const struct lzr_section *section,
                        const struct lzr_reloc *reloc,
                        const struct lzr_reloc_row *row) {
  struct lzr_place place = {section->written + reloc->offset,
                            section->address + reloc->offset};
  struct sum sum = {image, &image->object->symbols[reloc->symbol],
                    reloc->addend, place.address};
  uint64_t value = 0;
  lzr_error *error = compute(
      &sum, lzr_reloc_get_sum(image->object, section, reloc, row), &value);
  return error ? error : image->object->arch->write_field(place, row, value);
}

static lzr_error *relocate_one(struct lzr_image *image,
                               const struct lzr_section *section,
                               const struct lzr_reloc *reloc) {
  const struct lzr_object *object = image->object;
  const struct lzr_reloc_row *row = object->arch->find_reloc(reloc->type);
  if (row->sum == LZR_SUM_NONE)
    return NULL;
  lzr_error *error = apply(image, section, reloc, row);
  if (!error)
    return NULL;
  const struct lzr_symbol *symbol = &object->symbols[reloc->symbol];
  return lzr_error_wrap(error,
                        "object '%s': relocation %u at %s+%#llx against '%s'",
                        object->name, reloc->type, section->name,
                        (unsigned long long)reloc->offset,
                        lzr_symbol_display_name(object, symbol));
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
