/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Building groups: an object in the linker's terms of their sections, symbols,
 * relocations and unwind records. The time is proportional to the number of
 * these. The object borrows bytes from the file, except those of .eh_frame,
 * whose records say how far away their CIEs are.
 *
 * A symbol of the file may become two in the new object: one that others see,
 * and one that only stands for the place. Both have a number, their id.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"

/* A map from numbers to numbers. */

/* Open addressing, at most half full; never grows. In an arena. */
struct index_map {
  struct index_entry {
    uint64_t key; /* plus 1; 0 marks a free entry */
    uint32_t value;
  } *entries;
  size_t mask;
};

static bool make_map(struct lzr_arena *arena, size_t count,
                     struct index_map *map) {
  size_t capacity = 4;
  while (capacity < count * 2)
    capacity *= 2;
  map->entries = lzr_arena_alloc(arena, capacity, sizeof *map->entries);
  map->mask = capacity - 1;
  return map->entries;
}

/* Finds the entry of key, or the free entry where key belongs. */
static struct index_entry *find_entry(const struct index_map *map,
                                      uint64_t key) {
  uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
  size_t at = (size_t)(hash >> 32) & map->mask;
  while (map->entries[at].key && map->entries[at].key != key + 1)
    at = (at + 1) & map->mask;
  return &map->entries[at];
}

static void put(struct index_map *map, uint64_t key, uint32_t value) {
  *find_entry(map, key) = (struct index_entry){key + 1, value};
}

static bool get(const struct index_map *map, uint64_t key, uint32_t *value) {
  const struct index_entry *entry = find_entry(map, key);
  *value = entry->value;
  return entry->key != 0;
}

/* What a build is made of. */

struct build {
  const struct lzr_object_module *module;
  const struct lzr_build_request *request;
  struct lzr_object *object; /* owned; all below is in its arena */

  size_t section_room, record_room, reloc_room, member_room; /* at most */
  uint32_t *sources;         /* by new section: the file's */
  struct index_map sections; /* from the file's to the new ones */
  struct index_map comdats;  /* whether one is wanted: 1 or 0 */

  uint64_t *ids;             /* by new symbol */
  const char **mentioned_by; /* by new symbol */
  uint32_t defined_count;    /* ids that definitions have, which come first */
  struct index_map symbols;  /* from ids */

  Elf64_Rela *relocs; /* of all new tables, one behind the other */
  size_t reloc_count;
};

static void *allocate(struct build *build, size_t count, size_t size) {
  return lzr_arena_alloc(&build->object->arena, count, size);
}

/* A group's range in the lists. */
#define FOR_EACH(i, lists, group)                                              \
  for (uint32_t i = (lists).start[group]; i < (lists).start[(group) + 1]; i++)

static void measure_record(struct build *build, uint32_t index) {
  const struct lzr_unwind_record *record = &build->module->records[index];
  build->record_room += 2; /* maybe with its CIE */
  build->reloc_room +=
      record->reloc_count + build->module->records[record->cie].reloc_count;
}

static void measure(struct build *build) {
  const struct lzr_object_module *module = build->module;
  for (size_t g = 0; g < build->request->group_count; g++) {
    uint32_t group = build->request->groups[g];
    const uint32_t *members = module->base.group_start;
    build->member_room += members[group + 1] - members[group];
    FOR_EACH(i, module->group_sections, group) {
      build->section_room++;
      build->reloc_room += lzr_object_module_count_relocs(
          module, module->group_sections.list[i]);
    }
    FOR_EACH(i, module->group_records, group)
    measure_record(build, module->group_records.list[i]);
  }
}

static lzr_error *make_room(struct build *build) {
  size_t symbols = 1 + build->member_room + build->reloc_room;
  size_t sections = build->section_room + 2; /* null and .eh_frame */
  struct lzr_object *object = build->object;
  if (symbols > UINT32_MAX)
    return lzr_error_create(LZR_ERROR_LIMIT, "too many relocations");
  build->sources = allocate(build, sections, sizeof *build->sources);
  build->ids = allocate(build, symbols, sizeof *build->ids);
  build->mentioned_by = allocate(build, symbols, sizeof *build->mentioned_by);
  build->relocs = allocate(build, build->reloc_room, sizeof *build->relocs);
  object->sections = allocate(build, sections, sizeof *object->sections);
  object->tables = allocate(build, sections, sizeof *object->tables);
  return build->sources && build->ids && build->mentioned_by && build->relocs &&
                 object->sections && object->tables &&
                 make_map(&object->arena, sections, &build->sections) &&
                 make_map(&object->arena,
                          build->member_room + build->section_room,
                          &build->comdats) &&
                 make_map(&object->arena, symbols, &build->symbols)
             ? NULL
             : lzr_out_of_memory();
}

/* Symbols by number. */

/* The symbol as others see it: its definition, in this object or elsewhere. */
static uint64_t id_of_symbol(uint32_t symbol) {
  return symbol;
}

/* The place in the file, whatever else the symbol stands for. */
static uint64_t id_of_place(const struct build *build, uint32_t symbol) {
  return (uint64_t)build->module->object->symbol_count + symbol;
}

/* A definition that does not belong to a symbol. */
static uint64_t id_of_definition(const struct build *build,
                                 uint32_t definition) {
  return (uint64_t)build->module->object->symbol_count * 2 + definition;
}

static uint32_t add_id(struct build *build, uint64_t id) {
  uint32_t index = build->object->symbol_count++;
  build->ids[index] = id;
  put(&build->symbols, id, index);
  return index;
}

/* Finds or makes the new symbol of that id; mentioned_by is the function whose
   code mentions it. */
static uint32_t want_id(struct build *build, uint64_t id, uint32_t section,
                        uint64_t offset) {
  uint32_t index;
  if (get(&build->symbols, id, &index))
    return index;
  index = add_id(build, id);
  const struct lzr_object_module *module = build->module;
  uint32_t function = lzr_target_function_around(module, section, offset);
  if (function)
    build->mentioned_by[index] =
        module->definitions[module->definition_of[function] - 1].name;
  return index;
}

/* Definitions. */

static bool prevails(const struct build *build, uint32_t definition) {
  const struct lzr_prevails *prevails = build->request->prevails;
  return !prevails ||
         prevails->prevails(prevails->data,
                            &build->module->definitions[definition]);
}

/* The comdat that a definition lies in + 1, or 0. */
static uint32_t comdat_of(const struct lzr_object_module *module,
                          uint32_t definition) {
  const struct lzr_object_origin *origin = &module->origins[definition];
  const struct lzr_object_symbol *symbol =
      &module->object->symbols[origin->symbol];
  if (!origin->symbol)
    return module->parts[origin->section].comdat;
  return symbol->place == LZR_PLACE_SECTION
             ? module->parts[symbol->section].comdat
             : 0;
}

/* An ifunc is the session's to define; its resolver is here. */
static void add_member(struct build *build, uint32_t definition) {
  const struct lzr_object_module *module = build->module;
  const struct lzr_definition *found = &module->definitions[definition];
  if (!prevails(build, definition))
    return;
  uint32_t comdat = comdat_of(module, definition);
  if (comdat && found->binding != LZR_BINDING_LOCAL)
    put(&build->comdats, comdat, true);
  if (found->kind == LZR_DEFINITION_IFUNC)
    return;
  uint32_t symbol = module->origins[definition].symbol;
  bool is_its_own = symbol && module->definition_of[symbol] == definition + 1;
  add_id(build, is_its_own ? id_of_symbol(symbol)
                           : id_of_definition(build, definition));
}

static void add_members(struct build *build) {
  const struct lzr_module *base = &build->module->base;
  for (size_t g = 0; g < build->request->group_count; g++) {
    uint32_t group = build->request->groups[g];
    for (uint32_t i = base->group_start[group];
         i < base->group_start[group + 1]; i++)
      add_member(build, base->group_members[i]);
  }
  build->defined_count = build->object->symbol_count;
}

/* Sections. */

/* If another module has the same comdat, only one of the two counts. */
static bool is_wanted(struct build *build, uint32_t section) {
  const struct lzr_object_module *module = build->module;
  uint32_t comdat = module->parts[section].comdat, wanted;
  if (!comdat)
    return true;
  if (get(&build->comdats, comdat, &wanted))
    return wanted;
  uint32_t key = module->comdats[comdat - 1].key;
  wanted = !key || prevails(build, key - 1);
  put(&build->comdats, comdat, wanted);
  return wanted;
}

/* Only a whole file is shown to debuggers, so only then headers matter. */
static void add_section(struct build *build, uint32_t source) {
  if (!is_wanted(build, source))
    return;
  uint32_t index = build->object->section_count++;
  struct lzr_section *section = &build->object->sections[index];
  *section = build->module->object->sections[source];
  section->comdat = false;
  build->sources[index] = source;
  put(&build->sections, source, index);
}

static void add_sections(struct build *build) {
  build->object->sections[0] = (struct lzr_section){.name = "", .align = 1};
  build->object->section_count = 1;
  for (size_t g = 0; g < build->request->group_count; g++)
    FOR_EACH(i, build->module->group_sections, build->request->groups[g])
  add_section(build, build->module->group_sections.list[i]);
}

/* Relocations. */

/* Copies a relocation, against the new object's symbols. offset is its new
   place; from and at say where the file mentions the symbol. */
static void add_reloc(struct build *build, const struct lzr_reloc *reloc,
                      uint32_t section, uint64_t offset, uint32_t from,
                      uint64_t at) {
  struct lzr_target target = lzr_target_find(build->module, section, reloc);
  if (target.kind == LZR_TARGET_NONE)
    return;
  uint64_t id = target.kind == LZR_TARGET_PLACE
                    ? id_of_place(build, target.symbol)
                    : id_of_symbol(target.symbol);
  uint64_t symbol = target.symbol ? want_id(build, id, from, at) : 0;
  build->relocs[build->reloc_count++] = (Elf64_Rela){
      .r_offset = htole64(offset),
      .r_info = htole64(symbol << 32 | reloc->type),
      .r_addend = (int64_t)htole64(target.addend),
  };
}

static void end_table(struct build *build, uint32_t section, size_t first) {
  struct lzr_object *object = build->object;
  if (build->reloc_count == first)
    return;
  object->tables[object->table_count++] = (struct lzr_reloc_table){
      .section = section,
      .entries = (const uint8_t *)(build->relocs + first),
      .count = build->reloc_count - first,
  };
}

static void add_lzr_object_module_count_relocs(struct build *build,
                                               uint32_t index) {
  const struct lzr_object_module *module = build->module;
  uint32_t source = build->sources[index];
  size_t first = build->reloc_count;
  for (uint32_t i = module->parts[source].relocs; i;
       i = module->next_relocs[i - 1]) {
    const struct lzr_reloc_table *table = &module->object->tables[i - 1];
    for (size_t j = 0; j < table->count; j++) {
      struct lzr_reloc reloc = lzr_reloc_load(table, j);
      add_reloc(build, &reloc, source, reloc.offset, source, reloc.offset);
    }
  }
  end_table(build, index, first);
}

/* Unwind records. */

/* The new .eh_frame, as it grows. */
struct unwind {
  uint8_t *bytes;
  uint64_t size;
  struct index_map cies; /* from the file's records to offsets */
};

static void store_word(uint8_t *bytes, uint32_t value) {
  value = htole32(value);
  memcpy(bytes, &value, sizeof value);
}

static void add_record(struct build *build, struct unwind *unwind,
                       uint32_t index) {
  const struct lzr_object_module *module = build->module;
  const struct lzr_unwind_record *record = &module->records[index];
  uint64_t offset = unwind->size;
  memcpy(unwind->bytes + offset,
         module->object->sections[record->section].bytes + record->offset,
         record->size);
  unwind->size += record->size;
  for (size_t i = 0; i < record->reloc_count; i++) {
    const struct lzr_reloc *reloc =
        &module->unwind_relocs[record->first_reloc + i];
    add_reloc(build, reloc, record->section,
              reloc->offset - record->offset + offset, record->code, 0);
  }
}

static void add_fde(struct build *build, struct unwind *unwind,
                    uint32_t index) {
  uint32_t cie = build->module->records[index].cie, cie_offset;
  if (!get(&unwind->cies, cie, &cie_offset)) {
    cie_offset = (uint32_t)unwind->size;
    put(&unwind->cies, cie, cie_offset);
    add_record(build, unwind, cie);
  }
  uint64_t id_at = unwind->size + 4;
  add_record(build, unwind, index);
  store_word(unwind->bytes + id_at, (uint32_t)(id_at - cie_offset));
}

/* Whether the code that the record describes has become part of the object. */
static bool is_about_section(const struct build *build, uint32_t record) {
  uint32_t index;
  return get(&build->sections, build->module->records[record].code, &index);
}

/* Counts the bytes of the group's records, each with its CIE, which may be more
   than needed. */
static uint64_t measure_records(const struct build *build, uint32_t group) {
  const struct lzr_object_module *module = build->module;
  uint64_t size = 0;
  uint32_t last = UINT32_MAX;
  FOR_EACH(i, module->group_records, group) {
    const struct lzr_unwind_record *record =
        &module->records[module->group_records.list[i]];
    size += record->size;
    if (record->cie != last)
      size += module->records[record->cie].size;
    last = record->cie;
  }
  return size;
}

static void add_unwind_section(struct build *build, const uint8_t *bytes,
                               uint64_t size, size_t first_reloc) {
  struct lzr_object *object = build->object;
  if (size == 0)
    return;
  uint32_t index = object->section_count++;
  object->sections[index] = (struct lzr_section){
      .name = ".eh_frame",
      .bytes = bytes,
      .size = size,
      .align = 8,
      .flags = SHF_ALLOC,
      .type = SHT_PROGBITS,
  };
  end_table(build, index, first_reloc);
}

static lzr_error *add_records(struct build *build) {
  const struct lzr_build_request *request = build->request;
  struct unwind unwind = {NULL, 0, {NULL, 0}};
  uint64_t room = 0;
  for (size_t g = 0; g < request->group_count; g++)
    room += measure_records(build, request->groups[g]);
  if (room > LZR_LINK_MAX_OBJECT)
    return lzr_error_create(LZR_ERROR_LIMIT, "%llu bytes of unwind records",
                            (unsigned long long)room);
  unwind.bytes = allocate(build, room, 1);
  if (!unwind.bytes ||
      !make_map(&build->object->arena, build->record_room, &unwind.cies))
    return lzr_out_of_memory();
  size_t first_reloc = build->reloc_count;
  for (size_t g = 0; g < request->group_count; g++)
    FOR_EACH(i, build->module->group_records, request->groups[g]) {
      uint32_t record = build->module->group_records.list[i];
      if (is_about_section(build, record))
        add_fde(build, &unwind, record);
    }
  add_unwind_section(build, unwind.bytes, unwind.size, first_reloc);
  return NULL;
}

/* Symbols. */

static uint8_t type_of(const struct lzr_definition *definition) {
  if (definition->tls)
    return STT_TLS;
  return definition->kind == LZR_DEFINITION_DATA ? STT_OBJECT : STT_FUNC;
}

static lzr_error *place_in(const struct build *build, uint32_t source,
                           struct lzr_object_symbol *symbol) {
  symbol->place = LZR_PLACE_SECTION;
  return get(&build->sections, source, &symbol->section)
             ? NULL
             : lzr_error_create(
                   LZR_ERROR_FORMAT,
                   "section '%s' is needed, but belongs to a comdat that is "
                   "defined elsewhere",
                   build->module->object->sections[source].name);
}

/* Moves a copy of one of the file's symbols to its section here. */
static lzr_error *move_symbol(const struct build *build,
                              struct lzr_object_symbol *symbol) {
  return symbol->place == LZR_PLACE_SECTION
             ? place_in(build, symbol->section, symbol)
             : NULL;
}

static lzr_error *define(const struct build *build, uint32_t index,
                         struct lzr_object_symbol *symbol) {
  const struct lzr_object_module *module = build->module;
  const struct lzr_definition *definition = &module->definitions[index];
  const struct lzr_object_origin *origin = &module->origins[index];
  lzr_error *error;
  if (origin->symbol) {
    *symbol = module->object->symbols[origin->symbol];
    error = move_symbol(build, symbol);
  } else {
    symbol->size = module->object->sections[origin->section].size;
    error = place_in(build, origin->section, symbol);
  }
  symbol->name = definition->name;
  symbol->type = type_of(definition);
  symbol->binding = STB_GLOBAL;
  symbol->visibility = STV_DEFAULT;
  symbol->uses = 0;
  return error;
}

/* A section symbol has no name, so that nobody takes it for a definition. */
static lzr_error *stand_for_place(const struct build *build, uint32_t source,
                                  struct lzr_object_symbol *symbol) {
  *symbol = build->module->object->symbols[source];
  symbol->name = "";
  symbol->type = STT_SECTION;
  symbol->binding = STB_LOCAL;
  symbol->visibility = STV_DEFAULT;
  symbol->uses = 0;
  return move_symbol(build, symbol);
}

static lzr_error *refer(const struct build *build, uint32_t source,
                        struct lzr_object_symbol *symbol) {
  const struct lzr_object_module *module = build->module;
  const struct lzr_object_symbol *found = &module->object->symbols[source];
  uint32_t definition = module->definition_of[source];
  if (!definition && found->place != LZR_PLACE_UNDEFINED &&
      found->place != LZR_PLACE_GOT)
    return stand_for_place(build, source, symbol);
  *symbol = (struct lzr_object_symbol){
      .name =
          definition ? module->definitions[definition - 1].name : found->name,
      .place = definition ? LZR_PLACE_UNDEFINED : found->place,
      .type = lzr_object_symbol_is_tls(module->object, found) ? STT_TLS
                                                              : STT_NOTYPE,
      .binding = !definition && lzr_object_symbol_is_weak(found) ? STB_WEAK
                                                                 : STB_GLOBAL,
  };
  return NULL;
}

static lzr_error *fill_symbol(const struct build *build, uint32_t index,
                              struct lzr_object_symbol *symbol) {
  const struct lzr_object_module *module = build->module;
  uint64_t id = build->ids[index], count = module->object->symbol_count;
  lzr_error *error;
  if (id >= 2 * count)
    return define(build, (uint32_t)(id - 2 * count), symbol);
  if (id >= count)
    return stand_for_place(build, (uint32_t)(id - count), symbol);
  if (index < build->defined_count)
    return define(build, module->definition_of[id] - 1, symbol);
  error = refer(build, (uint32_t)id, symbol);
  if (symbol->place == LZR_PLACE_UNDEFINED)
    symbol->note.mentioned_by = build->mentioned_by[index];
  return error;
}

static lzr_error *fill_symbols(struct build *build) {
  struct lzr_object *object = build->object;
  object->symbols =
      allocate(build, object->symbol_count, sizeof *object->symbols);
  if (!object->symbols)
    return lzr_out_of_memory();
  object->symbols[0] =
      (struct lzr_object_symbol){.name = "", .place = LZR_PLACE_ABSOLUTE};
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < object->symbol_count && !error; i++)
    error = fill_symbol(build, i, &object->symbols[i]);
  return error;
}

/* The whole. */

static lzr_error *check_groups(const struct build *build) {
  for (size_t g = 0; g < build->request->group_count; g++)
    if (build->request->groups[g] >= build->module->base.group_count)
      return lzr_error_create(LZR_ERROR_ARGUMENT, "there is no group %u",
                              build->request->groups[g]);
  return NULL;
}

static lzr_error *fill_object(struct build *build) {
  measure(build);
  lzr_error *error = make_room(build);
  if (error)
    return error;
  build->object->symbol_count = 1;
  add_members(build);
  add_sections(build);
  for (uint32_t i = 1; i < build->object->section_count; i++)
    add_lzr_object_module_count_relocs(build, i);
  error = add_records(build);
  if (!error)
    error = fill_symbols(build);
  return error ? error : lzr_object_scan_relocs(build->object);
}

static void show_to_debugger(struct build *build) {
  build->object->bytes = build->module->object->bytes;
  build->object->size = build->module->object->size;
  lzr_object_keep_debug(build->object);
}

lzr_error *lzr_object_module_build(lzr_module *base, unsigned thread,
                                   const struct lzr_build_request *request,
                                   struct lzr_built *built) {
  (void)thread;
  const struct lzr_object_module *module =
      (const struct lzr_object_module *)base;
  struct build build = {.module = module, .request = request};
  lzr_error *error = check_groups(&build);
  if (error)
    return error;
  build.object = lzr_object_create(
      module->object->arch, request->unit_name ? request->unit_name : "");
  if (!build.object)
    return lzr_out_of_memory();
  error = fill_object(&build);
  if (error) {
    lzr_object_destroy(build.object);
    return lzr_error_wrap(error, "%s", base->name);
  }
  if (module->whole)
    show_to_debugger(&build);
  built->object = build.object;
  return NULL;
}
