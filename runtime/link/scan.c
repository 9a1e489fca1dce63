/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The relocation scan looks at every relocation before anything has an address.
 * It refuses those that cannot be applied, and records what each needs of its
 * symbol: that decides how much space the GOT and the PLT take, and which names
 * are looked up.
 */
#include "runtime/link/object.h"

enum lzr_reloc_expr lzr_reloc_get_expr(const struct lzr_object *object,
                                       const struct lzr_section *section,
                                       const struct lzr_reloc *reloc,
                                       const struct lzr_reloc_row *row) {
  if (row->expr == LZR_EXPR_GOT &&
      object->arch->is_got_call(section->bytes, section->size, reloc->offset,
                                reloc->type))
    return LZR_EXPR_GOT_CALL;
  return row->expr;
}

/* Where in the object a relocation is, for messages. */
struct spot {
  struct lzr_object *object;
  const struct lzr_section *section;
  struct lzr_reloc reloc;
  struct lzr_object_symbol *symbol;
};

static lzr_error *refuse(const struct spot *spot, lzr_error_kind kind,
                         const char *why) {
  return lzr_error_create(
      kind, "relocation %u at %s+%#llx against '%s' %s", spot->reloc.type,
      spot->section->name, (unsigned long long)spot->reloc.offset,
      lzr_object_symbol_display_name(spot->object, spot->symbol), why);
}

static lzr_error *use_address(const struct spot *spot, uint8_t use) {
  if (lzr_object_symbol_is_tls(spot->object, spot->symbol))
    return refuse(spot, LZR_ERROR_FORMAT,
                  "takes a thread-local variable for an ordinary one");
  if (spot->symbol->place == LZR_PLACE_GOT)
    spot->object->uses_got_base = true;
  spot->symbol->uses |= use;
  return NULL;
}

static lzr_error *use_tls(const struct spot *spot, uint8_t use) {
  if (!lzr_object_symbol_is_tls(spot->object, spot->symbol))
    return refuse(spot, LZR_ERROR_FORMAT,
                  "takes an ordinary variable for a thread-local one");
  spot->symbol->uses |= use;
  return NULL;
}

static lzr_error *use_got_base(const struct spot *spot, bool needs_symbol) {
  spot->object->uses_got_base = true;
  return needs_symbol ? use_address(spot, LZR_USE_ADDRESS) : NULL;
}

static lzr_error *use_size(const struct spot *spot) {
  if (spot->symbol->place == LZR_PLACE_UNDEFINED)
    return refuse(spot, LZR_ERROR_UNSUPPORTED,
                  "needs the size of a symbol that is defined elsewhere");
  return NULL;
}

static lzr_error *use_tls_module(const struct spot *spot) {
  spot->object->uses_tls_module = true;
  return NULL;
}

static lzr_error *use_partner(const struct spot *spot) {
  const struct lzr_reloc_row *row =
      spot->object->arch->find_reloc(spot->reloc.type);
  const struct lzr_partner *partner;
  return lzr_object_find_partner(spot->object, spot->section, &spot->reloc, row,
                                 &partner);
}

static lzr_error *use_partner_of_label(const struct spot *spot) {
  if (spot->symbol->place != LZR_PLACE_SECTION)
    return refuse(spot, LZR_ERROR_FORMAT,
                  "names no instruction of this object as its other half");
  if (spot->reloc.addend)
    return refuse(spot, LZR_ERROR_UNSUPPORTED,
                  "has an addend, which its other half has not");
  return use_partner(spot);
}

static lzr_error *use_distance(const struct spot *spot) {
  lzr_error *error = use_partner(spot);
  return error ? error : use_address(spot, LZR_USE_ADDRESS);
}

static lzr_error *scan_use(const struct spot *spot, enum lzr_reloc_expr expr) {
  switch (expr) {
  case LZR_EXPR_NONE:
  case LZR_EXPR_P_A:
    return NULL;
  case LZR_EXPR_S_A:
  case LZR_EXPR_S_A_P:
  case LZR_EXPR_PAGE:
    return use_address(spot, LZR_USE_ADDRESS);
  case LZR_EXPR_CALL:
    return use_address(spot, LZR_USE_CALL);
  case LZR_EXPR_GOT:
  case LZR_EXPR_GOT_PAGE:
  case LZR_EXPR_GOT_LOW:
    return use_address(spot, LZR_USE_GOT);
  case LZR_EXPR_GOT_REL:
  case LZR_EXPR_GOT_PAGE_REL:
    spot->object->uses_got_base = true;
    return use_address(spot, LZR_USE_GOT);
  case LZR_EXPR_GOT_CALL:
    return use_address(spot, LZR_USE_GOT_CALL);
  case LZR_EXPR_GOTOFF:
    return use_got_base(spot, true);
  case LZR_EXPR_GOTPC:
    return use_got_base(spot, false);
  case LZR_EXPR_SIZE:
    return use_size(spot);
  case LZR_EXPR_TLSGD:
    return use_tls(spot, LZR_USE_PAIR);
  case LZR_EXPR_TLSLD:
    return use_tls_module(spot);
  case LZR_EXPR_DTPOFF:
    return use_tls(spot, LZR_USE_TLS);
  case LZR_EXPR_TPOFF_GOT:
  case LZR_EXPR_TPOFF:
    return refuse(spot, LZR_ERROR_UNSUPPORTED,
                  "needs an offset from the thread pointer, which only code "
                  "loaded at program start has; compile for the general "
                  "dynamic TLS model");
  case LZR_EXPR_TLSDESC_PAGE:
  case LZR_EXPR_TLSDESC_LOW:
    return use_tls(spot, LZR_USE_DESCRIPTOR);
  case LZR_EXPR_PARTNER_AT_S:
    return use_partner_of_label(spot);
  case LZR_EXPR_S_A_PARTNER:
    return use_distance(spot);
  }
  return refuse(spot, LZR_ERROR_UNSUPPORTED, "has an unknown expression");
}

/* A symbol of a section that is not loaded, such as debug information, has no
   address. */
static bool has_address(const struct spot *spot) {
  const struct lzr_section *section =
      lzr_object_symbol_section(spot->object, spot->symbol);
  return !section || section->flags & SHF_ALLOC;
}

static lzr_error *scan_reloc(struct lzr_object *object,
                             const struct lzr_reloc_table *table,
                             struct lzr_reloc reloc) {
  const struct lzr_section *section = &object->sections[table->section];
  if (reloc.symbol >= object->symbol_count)
    return lzr_error_create(
        LZR_ERROR_FORMAT,
        "the relocation at %s+%#llx is against symbol %u of %u", section->name,
        (unsigned long long)reloc.offset, reloc.symbol, object->symbol_count);
  struct spot spot = {object, section, reloc, &object->symbols[reloc.symbol]};
  const struct lzr_reloc_row *row = object->arch->find_reloc(reloc.type);
  if (!row)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "%s relocation type %u is not supported",
                            object->arch->name, reloc.type);
  if (row->expr == LZR_EXPR_NONE)
    return NULL;
  if (!section->bytes || reloc.offset > section->size ||
      row->size > section->size - reloc.offset)
    return refuse(&spot, LZR_ERROR_FORMAT, "is outside its section");
  if (!has_address(&spot))
    return refuse(&spot, LZR_ERROR_FORMAT, "is against a section not loaded");
  return scan_use(&spot, lzr_reloc_get_expr(object, section, &reloc, row));
}

lzr_error *lzr_object_scan_relocs(struct lzr_object *object) {
  for (size_t i = 0; i < object->table_count; i++) {
    const struct lzr_reloc_table *table = &object->tables[i];
    for (size_t j = 0; j < table->count; j++) {
      lzr_error *error = scan_reloc(object, table, lzr_reloc_load(table, j));
      if (error)
        return error;
    }
  }
  return NULL;
}
