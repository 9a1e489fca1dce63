/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Decides to which segment a section goes, where in it, and how many bytes the
 * tables beside the sections take. .data.rel.ro, which a dynamic linker must
 * write to, goes to the constants: the commit writes it with its relocations
 * applied. Large data goes where it leaves room for other data (tpc.h:
 * LZR_PROT_LARGE, LZR_PROT_FAR).
 */
#include "runtime/link/image.h"

#include <stdlib.h>

enum { PLT_ALIGN = 16, UNWIND_TERMINATOR = 4 };

/* From this size on, in bytes, data is large. */
enum { LARGE_SIZE = 16 << 20 };

/* GCC's code for the model "large" says nothing of its data. What is as large
   as this is not near to any code. */
#define NEAR_LIMIT (UINT64_C(1) << 31)

/* Returns false if the segment would exceed the limit. Otherwise adding two
   sizes never overflows. */
static bool add_to_layout(struct lzr_segment_layout *segment, uint64_t limit,
                          uint64_t size, uint64_t align, uint64_t *offset) {
  *offset = (segment->size + align - 1) & ~(align - 1);
  if (*offset > limit || size > limit - *offset)
    return false;
  segment->size = *offset + size;
  if (segment->align < align)
    segment->align = align;
  return true;
}

static bool add_to_segment(struct lzr_image *image, enum lzr_prot prot,
                           uint64_t size, uint64_t align, uint64_t *offset) {
  return add_to_layout(&image->segments[prot],
                       prot == LZR_PROT_FAR ? LZR_LINK_MAX_FAR
                                            : LZR_LINK_MAX_IMAGE,
                       size, align, offset);
}

static lzr_error *too_big(void) {
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "needs more than %llu MiB of one kind of memory",
                          (unsigned long long)LZR_LINK_MAX_IMAGE >> 20);
}

/* Sections. */

static bool starts_with(const char *name, const char *prefix) {
  return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Compilers say of data that code reaches by whole addresses only (their code
   models "medium" and "large") that it is large by a flag of its section; we by
   its name. */
static bool is_far(const struct lzr_section *section) {
  return section->flags & SHF_X86_64_LARGE ||
         strcmp(section->name, LZR_LINK_FAR_ZEROS) == 0 ||
         strcmp(section->name, LZR_LINK_FAR_DATA) == 0;
}

/* Small data lies where constants reach it too, and that room is limited. */
static enum lzr_prot data_prot(const struct lzr_image *image, bool far,
                               uint64_t size) {
  if (!image->has_large)
    return LZR_PROT_DATA;
  if (far || size >= NEAR_LIMIT)
    return LZR_PROT_FAR;
  return size >= LARGE_SIZE ? LZR_PROT_LARGE : LZR_PROT_DATA;
}

static bool is_relocated_constant(const struct lzr_section *section) {
  return section->bytes && (starts_with(section->name, ".data.rel.ro") ||
                            starts_with(section->name, ".ldata.rel.ro"));
}

static enum lzr_prot section_prot(const struct lzr_image *image,
                                  const struct lzr_section *section) {
  if (section->flags & SHF_EXECINSTR)
    return LZR_PROT_CODE;
  bool written = section->flags & SHF_WRITE && !lzr_section_is_unwind(section);
  return written && !is_relocated_constant(section)
             ? data_prot(image, is_far(section), section->size)
             : LZR_PROT_CONST;
}

/* An empty section that has symbols takes one byte, so that they do not have
   the address of whatever comes next. */
static uint64_t section_span(const struct lzr_section *section) {
  if (lzr_section_is_unwind(section))
    return section->size + UNWIND_TERMINATOR;
  return section->size == 0 && section->has_symbols ? 1 : section->size;
}

static bool fix_section(struct lzr_section *section, lzr_addr *next) {
  *next = (*next + section->align - 1) & ~(section->align - 1);
  section->fixed = true;
  section->address = *next;
  *next += section->size;
  return section->flags & SHF_ALLOC &&
         !(section->flags & (SHF_EXECINSTR | SHF_TLS));
}

lzr_error *lzr_object_fix_section(lzr_object *object, const char *name,
                                  lzr_addr address, uint64_t size) {
  lzr_addr next = address;
  bool is_data = true;
  for (uint32_t i = 1; i < object->section_count; i++)
    if (strcmp(object->sections[i].name, name) == 0)
      is_data &= fix_section(&object->sections[i], &next);
  if (!is_data)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "section '%s', which several modules have, is not "
                            "data only",
                            name);
  if (next - address == size)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "section '%s', which several modules have, takes "
                          "%llu bytes instead of the %llu of its variables",
                          name, (unsigned long long)(next - address),
                          (unsigned long long)size);
}

static lzr_error *place_section(struct lzr_image *image,
                                struct lzr_section *section) {
  section->prot = (uint8_t)section_prot(image, section);
  section->placed = true;
  if (section->fixed)
    return NULL;
  return add_to_segment(image, (enum lzr_prot)section->prot,
                        section_span(section), section->align, &section->offset)
             ? NULL
             : too_big();
}

/* Places the sections that have bytes, or those that have none, except for
   thread-local ones. */
static lzr_error *place_sections(struct lzr_image *image, bool with_bytes) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 1; i < object->section_count; i++) {
    struct lzr_section *section = &object->sections[i];
    if (!(section->flags & SHF_ALLOC) || section->flags & SHF_TLS ||
        (section->bytes != NULL) != with_bytes)
      continue;
    lzr_error *error = place_section(image, section);
    if (error)
      return error;
  }
  return NULL;
}

static lzr_error *place_commons(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 1; i < object->symbol_count; i++) {
    struct lzr_object_symbol *symbol = &object->symbols[i];
    if (symbol->place != LZR_PLACE_COMMON)
      continue;
    enum lzr_prot prot = data_prot(image, symbol->far, symbol->size);
    symbol->common_prot = (uint8_t)prot;
    if (!add_to_segment(image, prot, symbol->size ? symbol->size : 1,
                        symbol->value, &symbol->common_offset))
      return too_big();
  }
  return NULL;
}

/* Thread-local sections. */

static bool is_tls(const struct lzr_section *section, bool with_bytes) {
  return section->flags & SHF_ALLOC && section->flags & SHF_TLS &&
         (section->bytes != NULL) == with_bytes;
}

/* Lays out a thread's block. Sections with bytes come first and make the TLS
   image; zeros follow. */
static lzr_error *place_block(struct lzr_image *image, bool with_bytes,
                              struct lzr_segment_layout *block) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 1; i < object->section_count; i++) {
    struct lzr_section *section = &object->sections[i];
    if (!is_tls(section, with_bytes))
      continue;
    section->placed = true;
    section->prot = LZR_PROT_CONST;
    image->has_tls = true;
    if (!add_to_layout(block, LZR_LINK_MAX_IMAGE, section_span(section),
                       section->align, &section->tls_offset))
      return too_big();
  }
  return NULL;
}

static void place_tls_sections(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 1; i < object->section_count; i++) {
    struct lzr_section *section = &object->sections[i];
    if (is_tls(section, true))
      section->offset = image->tls_image_offset + section->tls_offset;
  }
}

static lzr_error *place_tls(struct lzr_image *image) {
  struct lzr_segment_layout block = {.align = 1};
  lzr_error *error = place_block(image, true, &block);
  if (error)
    return error;
  image->tls_image_size = block.size;
  error = place_block(image, false, &block);
  if (error || !image->has_tls)
    return error;
  image->tls_size = block.size;
  image->tls_align = block.align;
  if (!add_to_segment(image, LZR_PROT_CONST, image->tls_image_size, block.align,
                      &image->tls_image_offset) ||
      !add_to_segment(image, LZR_PROT_DATA, sizeof(struct lzr_tls_template),
                      LZR_WORD_SIZE, &image->template_offset))
    return too_big();
  place_tls_sections(image);
  return NULL;
}

/* Tables. */

/* Calls to a definition of this image that is not preemptible always reach
   it. */
static bool may_need_plt(const struct lzr_object *object,
                         const struct lzr_object_symbol *symbol) {
  return symbol->uses & LZR_USE_CALL &&
         (symbol->place == LZR_PLACE_UNDEFINED ||
          symbol->place == LZR_PLACE_ABSOLUTE ||
          symbol->type == STT_GNU_IFUNC ||
          lzr_object_symbol_is_preemptible(object, symbol));
}

static void count_entries(struct lzr_image *image,
                          struct lzr_object_symbol *symbol) {
  if (may_need_plt(image->object, symbol)) {
    symbol->has_plt = true;
    symbol->plt = image->plt_count++;
  }
  if (symbol->uses & (LZR_USE_GOT | LZR_USE_GOT_CALL))
    symbol->got = image->got_count++;
  if (symbol->uses & LZR_USE_PAIR) {
    symbol->pair = image->got_count;
    image->got_count += 2;
  }
  if (symbol->uses & LZR_USE_DESCRIPTOR) {
    symbol->descriptor = image->got_count;
    image->got_count += 4;
  }
}

static void count_tables(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 0; i < object->symbol_count; i++)
    count_entries(image, &object->symbols[i]);
  if (object->uses_tls_module) {
    image->tls_module = image->got_count;
    image->got_count += 2;
  }
  /* A GOT must exist for relocations that are relative to its address. */
  if (object->uses_got_base && image->got_count == 0)
    image->got_count = 1;
}

static lzr_error *place_plt(struct lzr_image *image) {
  uint64_t count = image->plt_count;
  if (count == 0)
    return NULL;
  if (add_to_segment(image, LZR_PROT_CODE,
                     count * image->object->arch->stub_size, PLT_ALIGN,
                     &image->plt_offset) &&
      add_to_segment(image, LZR_PROT_CODE, count * LZR_WORD_SIZE, LZR_WORD_SIZE,
                     &image->plt_words_offset))
    return NULL;
  return too_big();
}

static lzr_error *place_debug_files(struct lzr_image *image) {
  lzr_error *error = lzr_image_list_debug_files(image);
  if (error)
    return error;
  for (size_t i = 0; i < image->debug_file_count; i++) {
    struct lzr_debug_file *file = &image->debug_files[i];
    if (!add_to_segment(image, LZR_PROT_CONST, file->size, LZR_WORD_SIZE,
                        &file->offset))
      return too_big();
  }
  return NULL;
}

static lzr_error *place_tables(struct lzr_image *image) {
  count_tables(image);
  lzr_error *error = place_plt(image);
  if (!error)
    error = place_tls(image);
  if (error)
    return error;
  if (image->got_count &&
      !add_to_segment(image, LZR_PROT_CONST,
                      (uint64_t)image->got_count * LZR_WORD_SIZE, LZR_WORD_SIZE,
                      &image->got_offset))
    return too_big();
  error = place_debug_files(image);
  if (!error)
    error = lzr_image_measure_profile(image);
  if (!error && image->profile_size &&
      !add_to_segment(image, LZR_PROT_CONST, image->profile_size, LZR_WORD_SIZE,
                      &image->profile_offset))
    return too_big();
  return error;
}

/* The local copy. */

static lzr_error *allocate_bytes(struct lzr_image *image) {
  uint64_t total = 0;
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    total += image->segments[i].bytes;
  image->written = calloc(1, total ? (size_t)total : 1);
  if (!image->written)
    return lzr_out_of_memory();
  uint8_t *next = image->written;
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    image->segments[i].written = next;
    next += image->segments[i].bytes;
  }
  return NULL;
}

static void fill_section(struct lzr_image *image, struct lzr_section *section) {
  struct lzr_segment_layout *segment = &image->segments[section->prot];
  if (!section->fixed) {
    section->address = segment->address + section->offset;
    if (section->bytes)
      section->written = segment->written + section->offset;
  }
  if (section->written)
    memcpy(section->written, section->bytes, section->size);
}

static void fill_sections(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  for (uint32_t i = 1; i < object->section_count; i++) {
    struct lzr_section *section = &object->sections[i];
    if (section->placed && !is_tls(section, false))
      fill_section(image, section);
  }
}

/* The bytes of a fixed section are in no segment of the image. */
static lzr_error *allocate_fixed(struct lzr_object *object) {
  for (uint32_t i = 1; i < object->section_count; i++) {
    struct lzr_section *section = &object->sections[i];
    if (!section->fixed || !section->bytes)
      continue;
    section->written = lzr_arena_alloc(&object->arena, section->size + 1, 1);
    if (!section->written)
      return lzr_out_of_memory();
  }
  return NULL;
}

/* The image. */

/* A unit's code starts at a cache line, as a linked program's does: a hot loop
   that is spread over one more line runs up to a third slower. */
enum { CODE_ALIGNMENT = 64 };

static uint64_t segment_alignment(const struct lzr_image *image, int prot) {
  uint64_t align = image->segments[prot].align;
  bool is_low = prot == LZR_PROT_CODE && align < CODE_ALIGNMENT;
  return is_low ? CODE_ALIGNMENT : align;
}

static lzr_error *reserve(struct lzr_image *image) {
  struct lzr_layout layout = {0};
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    layout.size[i] = image->segments[i].size;
    layout.align[i] = segment_alignment(image, i);
  }
  lzr_error *error = lzr_tpc_reserve(image->tpc, &layout, &image->allocation);
  if (error)
    return error;
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    image->segments[i].address = image->allocation->address[i];
  return NULL;
}

lzr_error *lzr_image_lay_out(struct lzr_image *image) {
  image->has_large = lzr_tpc_facts(image->tpc)->has_large;
  lzr_error *error = place_sections(image, true);
  if (!error)
    error = place_tables(image);
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    image->segments[i].bytes = image->segments[i].size;
  if (!error)
    error = place_sections(image, false);
  if (!error)
    error = place_commons(image);
  if (!error)
    error = reserve(image);
  if (!error)
    error = allocate_bytes(image);
  if (!error)
    error = allocate_fixed(image->object);
  if (!error)
    fill_sections(image);
  return error;
}

lzr_addr lzr_image_own_address(const struct lzr_image *image,
                               const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section;
  switch ((enum lzr_symbol_place)symbol->place) {
  case LZR_PLACE_UNDEFINED:
    return 0;
  case LZR_PLACE_ABSOLUTE:
    return symbol->value;
  case LZR_PLACE_COMMON:
    return image->segments[symbol->common_prot].address + symbol->common_offset;
  case LZR_PLACE_GOT:
    return lzr_image_got_base(image);
  case LZR_PLACE_SECTION:
    section = &image->object->sections[symbol->section];
    return (section->flags & SHF_TLS ? section->tls_offset : section->address) +
           symbol->value;
  }
  return 0;
}
