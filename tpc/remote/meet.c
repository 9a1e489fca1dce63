/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/meet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/services.h"

enum {
  MAX_NAME = 255,
  MAX_FEATURES = 8191,
  MIN_PAGE = 4096,
  MAX_PAGE = 1 << 20,
  MAX_SAVE_SIZE = 1 << 20,
  SAVE_UNIT = 64
};

static const uint64_t max_span = UINT64_C(1) << 31;

static bool is_power_of_two(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

static lzr_error *refuse(const char *what) {
  return lzr_error_create(
      LZR_ERROR_FORMAT, "the executor's first message is malformed: %s", what);
}

/* ---- Strings ---- */

static bool is_printable(const char *string, size_t most) {
  size_t length = strlen(string);

  for (size_t i = 0; i < length; i++)
    if (string[i] < ' ' || string[i] > '~')
      return false;
  return length <= most;
}

/* Copies into *string, which the setup owns; "" replaces a missing string. */
static lzr_error *read_string(struct lzr_reader *reader, const char *what,
                              size_t most, char **string) {
  *string = lzr_unpack_string(reader);
  if (!*string)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "the executor's first message is malformed: its "
                            "%s cannot be read",
                            what);
  if (!is_printable(*string, most))
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "the executor's first message is malformed: its "
                            "%s is longer than %zu bytes or not printable",
                            what, most);
  return NULL;
}

/* ---- Facts ---- */

static lzr_error *read_triple_and_page(struct lzr_reader *reader,
                                       struct lzr_setup *setup) {
  lzr_error *error = read_string(reader, "triple", MAX_NAME, &setup->triple);
  uint64_t page = lzr_unpack_u64(reader);

  if (error)
    return error;
  if (reader->failed)
    return refuse("it ends before the page size");
  if (!is_power_of_two(page) || page < MIN_PAGE || page > MAX_PAGE)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "the executor says that its pages are %llu bytes, "
                            "which is not a power of two from %d to %d",
                            (unsigned long long)page, MIN_PAGE, MAX_PAGE);
  setup->facts.page_size = (uint32_t)page;
  return NULL;
}

/* Whoever writes code for the architecture checks the form. */
static lzr_error *read_save_area(struct lzr_reader *reader,
                                 struct lzr_save_area *area) {
  area->form = lzr_unpack_u32(reader);
  area->mask = lzr_unpack_u32(reader);
  area->size = lzr_unpack_u32(reader);
  if (area->size % SAVE_UNIT != 0 || area->size > MAX_SAVE_SIZE)
    return refuse("the size of its register save area");
  return NULL;
}

/* An executor may have no parts for large and far data. */
static lzr_error *check_part(const struct lzr_part *part, int prot,
                             uint32_t page) {
  bool may_be_empty = prot == LZR_PROT_LARGE || prot == LZR_PROT_FAR;

  if (part->start == 0 || part->start % page != 0 ||
      (part->size == 0 && !may_be_empty) || part->size % page != 0 ||
      part->start + part->size < part->start)
    return refuse("a part of its window is not made of whole pages");
  return NULL;
}

static lzr_error *check_overlaps(const struct lzr_part *window) {
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    for (int j = 0; j < i; j++)
      if (window[i].start < window[j].start + window[j].size &&
          window[j].start < window[i].start + window[i].size)
        return refuse("the parts of its window overlap");
  return NULL;
}

static bool fits_span(const struct lzr_part *window, const lzr_prot *parts,
                      size_t count) {
  lzr_addr low = UINT64_MAX, high = 0;

  for (size_t i = 0; i < count; i++) {
    const struct lzr_part *part = &window[parts[i]];

    low = part->start < low ? part->start : low;
    high = part->start + part->size > high ? part->start + part->size : high;
  }
  return high - low <= max_span;
}

/* Code, constants and data lie within the reach of 32-bit displacements; large
   data ends where the code begins; no part overlaps another. */
static lzr_error *check_window(const struct lzr_part *window) {
  static const lzr_prot near[] = {LZR_PROT_CODE, LZR_PROT_CONST, LZR_PROT_DATA};
  const struct lzr_part *large = &window[LZR_PROT_LARGE];

  if (!fits_span(window, near, sizeof near / sizeof *near))
    return refuse("its window is larger than 2 GiB");
  if (large->size && large->start + large->size != window[LZR_PROT_CODE].start)
    return refuse("its window's large data does not lie below the code");
  return check_overlaps(window);
}

static lzr_error *read_window(struct lzr_reader *reader,
                              struct lzr_setup *setup) {
  lzr_error *error = NULL;

  for (int prot = 0; prot < LZR_PROT_COUNT && !error; prot++) {
    struct lzr_part *part = &setup->window[prot];

    part->start = lzr_unpack_u64(reader);
    part->size = lzr_unpack_u64(reader);
    error = reader->failed ? refuse("its window is missing")
                           : check_part(part, prot, setup->facts.page_size);
  }
  setup->facts.has_large = setup->window[LZR_PROT_LARGE].size != 0 &&
                           setup->window[LZR_PROT_FAR].size != 0;
  return error ? error : check_window(setup->window);
}

static lzr_error *read_pointer_facts(struct lzr_reader *reader,
                                     struct lzr_target_facts *facts) {
  facts->pointer_size = lzr_unpack_u32(reader);
  facts->big_endian = lzr_unpack_bool(reader);
  if (reader->failed || facts->pointer_size != sizeof(uint64_t))
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the executor's pointers are %u bytes: only 8 are "
                            "supported",
                            facts->pointer_size);
  return NULL;
}

/* Reads the entry of the bootstrap map that only lazyrun's executor has. */
static lzr_error *read_lazyrun(struct lzr_reader *reader,
                               struct lzr_setup *setup) {
  uint32_t version = lzr_unpack_u32(reader);
  lzr_error *error;

  if (version != LZR_SETUP_VERSION)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the executor speaks version %u of lazyrun's "
                            "protocol, this is version %d",
                            version, LZR_SETUP_VERSION);
  error = read_string(reader, "CPU", MAX_NAME, &setup->cpu);
  if (!error)
    error = read_string(reader, "list of CPU features", MAX_FEATURES,
                        &setup->features);
  if (!error)
    error = read_pointer_facts(reader, &setup->facts);
  if (!error)
    error = read_save_area(reader, &setup->facts.save_area);
  if (error)
    return error;
  setup->facts.tls_get_addr = lzr_unpack_u64(reader);
  setup->facts.return_zero = lzr_unpack_u64(reader);
  error = read_window(reader, setup);
  if (!error && reader->at != reader->end)
    error = refuse("lazyrun's entry is longer than it should be");
  return error;
}

/* ---- The map and the services ---- */

static lzr_error *read_entry(const char *key, const uint8_t *bytes, size_t size,
                             struct lzr_setup *setup) {
  struct lzr_reader reader;

  if (strcmp(key, LZR_SETUP_KEY) != 0)
    return NULL;
  if (setup->is_lazyrun)
    return refuse("lazyrun's entry is there twice");
  setup->is_lazyrun = true;
  lzr_reader_init(&reader, bytes, size);
  return read_lazyrun(&reader, setup);
}

static lzr_error *read_map(struct lzr_reader *reader, struct lzr_setup *setup) {
  size_t count = lzr_unpack_count(reader, 2 * sizeof(uint64_t));
  lzr_error *error = NULL;

  for (size_t i = 0; i < count && !error; i++) {
    size_t size;
    char *key = lzr_unpack_string(reader);
    const uint8_t *bytes = lzr_unpack_bytes(reader, &size);

    if (reader->failed)
      error = refuse("an entry of its map is cut off");
    else
      error = read_entry(key, bytes, size, setup);
    free(key);
  }
  return error;
}

static int compare_services(const void *a, const void *b) {
  return strcmp(((const struct lzr_setup_service *)a)->name,
                ((const struct lzr_setup_service *)b)->name);
}

static lzr_error *refuse_duplicates(const struct lzr_setup *setup) {
  for (size_t i = 1; i < setup->service_count; i++)
    if (!strcmp(setup->services[i - 1].name, setup->services[i].name))
      return lzr_error_create(LZR_ERROR_FORMAT,
                              "the executor names its service '%s' twice",
                              setup->services[i].name);
  return NULL;
}

static lzr_error *read_service(struct lzr_reader *reader,
                               struct lzr_setup *setup) {
  struct lzr_setup_service *service = &setup->services[setup->service_count];
  lzr_error *error =
      read_string(reader, "service's name", MAX_NAME, &service->name);

  setup->service_count += service->name != NULL;
  service->address = lzr_unpack_u64(reader);
  if (!error && reader->failed)
    error = refuse("its list of services is cut off");
  return error;
}

static lzr_error *read_services(struct lzr_reader *reader,
                                struct lzr_setup *setup) {
  size_t count = lzr_unpack_count(reader, 2 * sizeof(uint64_t));
  lzr_error *error = NULL;

  if (reader->failed)
    return refuse("its list of services is cut off");
  setup->services = calloc(count + 1, sizeof *setup->services);
  if (!setup->services)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count && !error; i++)
    error = read_service(reader, setup);
  if (error)
    return error;
  qsort(setup->services, setup->service_count, sizeof *setup->services,
        compare_services);
  return refuse_duplicates(setup);
}

/* ---- All of it ---- */

static lzr_error *default_string(char **string) {
  if (!*string)
    *string = strdup("");
  return *string ? NULL : lzr_out_of_memory();
}

/* LLVM's executors send neither. */
static lzr_error *complete_facts(struct lzr_setup *setup) {
  lzr_error *error = default_string(&setup->cpu);

  if (!error)
    error = default_string(&setup->features);
  if (error)
    return error;
  if (!setup->is_lazyrun)
    setup->facts.pointer_size = sizeof(uint64_t);
  setup->facts.triple = setup->triple;
  setup->facts.cpu = setup->cpu;
  setup->facts.features = setup->features;
  return NULL;
}

lzr_error *lzr_setup_read(const uint8_t *bytes, size_t size,
                          struct lzr_setup *setup) {
  struct lzr_reader reader;
  lzr_error *error;

  *setup = (struct lzr_setup){0};
  lzr_reader_init(&reader, bytes, size);
  error = read_triple_and_page(&reader, setup);
  if (!error)
    error = read_map(&reader, setup);
  if (!error)
    error = read_services(&reader, setup);
  if (!error && reader.at != reader.end)
    error = refuse("there is more than should be in it");
  return error ? error : complete_facts(setup);
}

void lzr_setup_fini(struct lzr_setup *setup) {
  for (size_t i = 0; i < setup->service_count; i++)
    free(setup->services[i].name);
  free(setup->services);
  free(setup->triple);
  free(setup->cpu);
  free(setup->features);
}

lzr_addr lzr_setup_find(const struct lzr_setup *setup, const char *name) {
  struct lzr_setup_service key = {.name = (char *)name};
  const struct lzr_setup_service *found =
      setup->services ? bsearch(&key, setup->services, setup->service_count,
                                sizeof key, compare_services)
                      : NULL;

  return found ? found->address : 0;
}

lzr_error *lzr_setup_require(const struct lzr_setup *setup,
                             const char *const *names, size_t count,
                             lzr_addr *addresses) {
  char list[800] = "";
  size_t length = 0;

  for (size_t i = 0; i < count; i++) {
    addresses[i] = lzr_setup_find(setup, names[i]);
    if (!addresses[i] && length < sizeof list)
      length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                 length ? ", " : "", names[i]);
  }
  if (!length)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "the executor lacks services: %s", list);
}
