/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/link/lines.h"

#include <stdlib.h>

enum {
  EXTENDED = 0,
  COPY = 1,
  ADVANCE_PC = 2,
  ADVANCE_LINE = 3,
  SET_FILE = 4,
  CONST_ADD_PC = 8,
  FIXED_ADVANCE_PC = 9,
  END_SEQUENCE = 1,
  SET_ADDRESS = 2
};

enum { PATH = 1, DIRECTORY_INDEX = 2 }; /* DW_LNCT_ */

enum { /* DW_FORM_ */
       FORM_DATA2 = 0x05,
       FORM_DATA4 = 0x06,
       FORM_DATA8 = 0x07,
       FORM_STRING = 0x08,
       FORM_DATA1 = 0x0b,
       FORM_STRP = 0x0e,
       FORM_UDATA = 0x0f,
       FORM_DATA16 = 0x1e,
       FORM_LINE_STRP = 0x1f
};

struct source_name {
  const char *name;
  uint64_t directory;
};

/* Reads the table from its start to its end. Once failed, it reads zeros. */
struct reader {
  struct lzr_object *object;
  const struct lzr_section *section;
  struct lzr_reloc_table relocs;
  size_t next_reloc;
  uint64_t at, end;
  bool failed, out_of_memory;

  struct lzr_line *lines; /* NULL while they are counted */
  size_t count;

  /* of the sequence being read */
  struct source_name *directories, *files; /* in the object's arena */
  uint64_t directory_count, file_count, first_file;
  uint8_t least_instruction, line_range, opcode_base;
  int8_t line_base;
};

/* Numbers. */

static uint64_t read_fixed(struct reader *r, unsigned size) {
  uint64_t value = 0;
  if (r->failed || r->end - r->at < size) {
    r->failed = true;
    return 0;
  }
  memcpy(&value, r->section->bytes + r->at, size < 8 ? size : 8);
  r->at += size;
  return le64toh(value);
}

static uint64_t read_leb(struct reader *r, bool is_signed) {
  uint64_t value = 0, byte = 0;
  unsigned shift = 0;
  do {
    byte = read_fixed(r, 1);
    if (shift < 64)
      value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  if (is_signed && byte & 0x40 && shift < 64)
    value |= UINT64_MAX << shift;
  return value;
}

static uint64_t read_unsigned(struct reader *r) {
  return read_leb(r, false);
}

/* What a field of size bytes refers to: a section and an offset in it. */
static const struct lzr_section *read_reference(struct reader *r, unsigned size,
                                                uint64_t *offset) {
  uint64_t field = r->at;
  read_fixed(r, size);
  while (r->next_reloc < r->relocs.count) {
    struct lzr_reloc reloc = lzr_reloc_load(&r->relocs, r->next_reloc);
    if (reloc.offset > field)
      break;
    r->next_reloc++;
    if (reloc.offset < field || reloc.symbol >= r->object->symbol_count)
      continue;
    const struct lzr_object_symbol *symbol = &r->object->symbols[reloc.symbol];
    *offset = symbol->value + reloc.addend;
    return lzr_object_symbol_section(r->object, symbol);
  }
  return NULL;
}

/* Strings. */

static const char *string_in(struct reader *r,
                             const struct lzr_section *section,
                             uint64_t offset) {
  if (section && section->bytes && offset < section->size &&
      memchr(section->bytes + offset, 0, section->size - offset))
    return (const char *)section->bytes + offset;
  r->failed = true;
  return "";
}

static const char *read_string(struct reader *r) {
  const char *string = string_in(r, r->section, r->at);
  r->at += strlen(string) + 1;
  return string;
}

static const char *read_string_reference(struct reader *r) {
  uint64_t offset = 0;
  const struct lzr_section *section = read_reference(r, 4, &offset);
  return string_in(r, section, offset);
}

/* The lists of names. */

static void read_attribute(struct reader *r, uint64_t content, uint64_t form,
                           struct source_name *name) {
  uint64_t number = 0;
  const char *string = NULL;
  switch (form) {
  case FORM_STRING:
    string = read_string(r);
    break;
  case FORM_STRP:
  case FORM_LINE_STRP:
    string = read_string_reference(r);
    break;
  case FORM_UDATA:
    number = read_unsigned(r);
    break;
  case FORM_DATA1:
    number = read_fixed(r, 1);
    break;
  case FORM_DATA2:
    number = read_fixed(r, 2);
    break;
  case FORM_DATA4:
    number = read_fixed(r, 4);
    break;
  case FORM_DATA8:
    number = read_fixed(r, 8);
    break;
  case FORM_DATA16:
    read_fixed(r, 16);
    break;
  default:
    r->failed = true;
  }
  if (content == PATH && string)
    name->name = string;
  if (content == DIRECTORY_INDEX)
    name->directory = number;
}

static struct source_name *allocate_names(struct reader *r, uint64_t count) {
  struct source_name *names = NULL;
  if (count <= r->end - r->at) /* each takes a byte at least */
    names = lzr_arena_alloc(&r->object->arena, count + 1, sizeof *names);
  else
    r->failed = true;
  r->out_of_memory |= !r->failed && !names;
  r->failed |= !names;
  return names;
}

/* As in version 5: a description, then the entries. */
static struct source_name *read_names(struct reader *r, uint64_t *count) {
  struct {
    uint64_t content, form;
  } attributes[UINT8_MAX];
  unsigned attribute_count = (unsigned)read_fixed(r, 1) % (UINT8_MAX + 1u);
  if (attribute_count == UINT8_MAX)
    r->failed = true;
  for (unsigned i = 0; i < attribute_count && !r->failed; i++) {
    attributes[i].content = read_unsigned(r);
    attributes[i].form = read_unsigned(r);
  }
  *count = read_unsigned(r);
  struct source_name *names = r->failed ? NULL : allocate_names(r, *count);
  for (uint64_t i = 0; i < *count && !r->failed; i++) {
    names[i].name = "";
    for (unsigned k = 0; k < attribute_count; k++)
      read_attribute(r, attributes[k].content, attributes[k].form, &names[i]);
  }
  return names;
}

/* As in versions 2 to 4: names one behind another, up to an empty one. */
static struct source_name *read_old_names(struct reader *r, bool are_files,
                                          uint64_t *count) {
  struct reader ahead = *r;
  uint64_t found = 0;
  for (const char *name; *(name = read_string(&ahead)); found++)
    for (int i = 0; i < (are_files ? 3 : 0); i++)
      read_unsigned(&ahead);
  struct source_name *names = allocate_names(r, found);
  for (uint64_t i = 0; i < found && !r->failed; i++) {
    names[i].name = read_string(r);
    if (are_files) {
      names[i].directory = read_unsigned(r);
      read_unsigned(r); /* time */
      read_unsigned(r); /* size */
    }
  }
  read_string(r);
  *count = found;
  return names;
}

/* The directory of number 0 is not in the table then. */
static void read_all_names(struct reader *r, unsigned version) {
  if (version == 5) {
    r->directories = read_names(r, &r->directory_count);
    r->files = read_names(r, &r->file_count);
  } else {
    r->directories = read_old_names(r, false, &r->directory_count);
    r->files = read_old_names(r, true, &r->file_count);
  }
  r->first_file = version == 5 ? 0 : 1;
}

/* Lines. */

struct row {
  uint32_t section; /* 0 for none */
  uint64_t offset, file, line;
};

static const char *directory_of(const struct reader *r,
                                const struct source_name *file) {
  uint64_t number = file->directory - r->first_file;
  return file->name[0] != '/' && number < r->directory_count
             ? r->directories[number].name
             : "";
}

static void add_line(struct reader *r, const struct row *state) {
  uint64_t number = state->file - r->first_file;
  bool has_line = state->line && state->line <= UINT32_MAX;
  if (r->failed || !state->section || !has_line || number >= r->file_count)
    return;
  if (r->lines)
    r->lines[r->count] =
        (struct lzr_line){.section = state->section,
                          .line = (uint32_t)state->line,
                          .offset = state->offset,
                          .directory = directory_of(r, &r->files[number]),
                          .file = r->files[number].name};
  r->count++;
}

static void begin(const struct reader *r, struct row *state) {
  (void)r;
  *state = (struct row){.file = 1, .line = 1};
}

static void run_extended(struct reader *r, struct row *state) {
  uint64_t size = read_unsigned(r), end = r->at + size;
  unsigned opcode = (unsigned)read_fixed(r, 1);
  if (r->failed || size > r->end - r->at + 1)
    r->failed = true;
  else if (opcode == END_SEQUENCE)
    begin(r, state);
  else if (opcode == SET_ADDRESS && size == 9) {
    const struct lzr_section *section = read_reference(r, 8, &state->offset);
    state->section = section ? (uint32_t)(section - r->object->sections) : 0;
  }
  r->at = r->failed ? r->at : end;
}

static void run_special(struct reader *r, struct row *state, unsigned opcode) {
  unsigned adjusted = opcode - r->opcode_base;
  state->offset += (uint64_t)(adjusted / r->line_range) * r->least_instruction;
  state->line += (uint64_t)(r->line_base + (int)(adjusted % r->line_range));
}

static void run_standard(struct reader *r, struct row *state, unsigned opcode,
                         const uint8_t *operand_counts) {
  switch (opcode) {
  case COPY:
    add_line(r, state);
    break;
  case ADVANCE_PC:
    state->offset += read_unsigned(r) * r->least_instruction;
    break;
  case ADVANCE_LINE:
    state->line += read_leb(r, true);
    break;
  case SET_FILE:
    state->file = read_unsigned(r);
    break;
  case CONST_ADD_PC:
    state->offset += (uint64_t)((255 - r->opcode_base) / r->line_range) *
                     r->least_instruction;
    break;
  case FIXED_ADVANCE_PC:
    state->offset += read_fixed(r, 2);
    break;
  default:
    for (unsigned i = 0; i < operand_counts[opcode - 1]; i++)
      read_unsigned(r);
  }
}

static void run_program(struct reader *r, const uint8_t *operand_counts) {
  struct row state;
  begin(r, &state);
  while (r->at < r->end && !r->failed) {
    unsigned opcode = (unsigned)read_fixed(r, 1);
    if (opcode >= r->opcode_base) {
      run_special(r, &state, opcode);
      add_line(r, &state);
    } else if (opcode == EXTENDED) {
      run_extended(r, &state);
    } else {
      run_standard(r, &state, opcode, operand_counts);
    }
  }
}

static void read_table(struct reader *r) {
  unsigned version = (unsigned)read_fixed(r, 2);
  if (version < 2 || version > 5) {
    r->failed = true;
    return;
  }
  if (version == 5)
    read_fixed(r, 2); /* sizes of addresses and segment selectors */
  uint64_t header_size = read_fixed(r, 4), program = r->at + header_size;
  r->least_instruction = (uint8_t)read_fixed(r, 1);
  read_fixed(r, version >= 4 ? 2 : 1); /* operations of VLIW; is_stmt */
  r->line_base = (int8_t)read_fixed(r, 1);
  r->line_range = (uint8_t)read_fixed(r, 1);
  r->opcode_base = (uint8_t)read_fixed(r, 1);
  const uint8_t *operand_counts = r->section->bytes + r->at;
  if (!r->line_range || !r->opcode_base || header_size > r->end - r->at)
    r->failed = true;
  for (unsigned i = 1; i < r->opcode_base; i++)
    read_fixed(r, 1);
  if (!r->failed)
    read_all_names(r, version);
  if (r->failed || program < r->at)
    return;
  r->at = program;
  run_program(r, operand_counts);
}

static void read_section(struct reader *r) {
  uint64_t size = r->section->size;
  r->at = r->next_reloc = r->count = 0;
  while (r->at < size && !r->out_of_memory) {
    r->failed = false;
    r->end = size;
    uint64_t length = read_fixed(r, 4);
    if (r->failed || length > size - r->at) /* or a 64-bit one */
      return;
    r->end = r->at + length;
    uint64_t end = r->end;
    read_table(r);
    r->at = end;
  }
}

/* Finding the table. */

static bool find_table(struct lzr_object *object, struct reader *r) {
  *r = (struct reader){.object = object};
  uint32_t number = 1;
  while (number < object->section_count &&
         strcmp(object->sections[number].name, ".debug_line") != 0)
    number++;
  if (number == object->section_count || !object->sections[number].bytes)
    return false;
  r->section = &object->sections[number];
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->type == SHT_RELA && section->info == number && section->bytes)
      r->relocs =
          (struct lzr_reloc_table){.section = number,
                                   .entries = section->bytes,
                                   .count = section->size / sizeof(Elf64_Rela)};
  }
  return true;
}

static int compare(const void *a, const void *b) {
  const struct lzr_line *x = a, *y = b;
  if (x->section != y->section)
    return x->section < y->section ? -1 : 1;
  return (x->offset > y->offset) - (x->offset < y->offset);
}

bool lzr_object_list_lines(struct lzr_object *object, struct lzr_line **lines,
                           size_t *count) {
  struct reader reader;
  *lines = NULL;
  *count = 0;
  if (!find_table(object, &reader))
    return true;
  read_section(&reader);
  *lines = lzr_arena_alloc(&object->arena, reader.count, sizeof **lines);
  if (!*lines || reader.out_of_memory)
    return false;
  reader.lines = *lines;
  read_section(&reader);
  *count = reader.count;
  qsort(*lines, *count, sizeof **lines, compare);
  return !reader.out_of_memory;
}
