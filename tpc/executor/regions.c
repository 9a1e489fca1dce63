/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* LLVM's bits of an allocation group. Memory that is needed only until the
   finalize calls have run lives as long as the rest. */
enum { GROUP_READ = 1, GROUP_WRITE = 2, GROUP_EXEC = 4, GROUP_ALL = 15 };

static uint64_t page_end(uint64_t address) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

  return (address + page - 1) & ~(page - 1);
}

lzr_error *lzr_region_protection(uint8_t group, int *protection) {
  bool writes = group & GROUP_WRITE, runs = group & GROUP_EXEC;

  if (group > GROUP_ALL)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "there is no memory protection %u", group);
  if (writes && runs)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "memory that is writable and executable is not "
                            "given to anybody");
  *protection = (group & GROUP_READ ? PROT_READ : 0) |
                (writes ? PROT_WRITE : 0) | (runs ? PROT_EXEC : 0);
  return NULL;
}

/* ---- Segments ---- */

static lzr_error *check_segment(const struct lzr_region_segment *segment) {
  uint64_t end;

  if (!__builtin_add_overflow(segment->address, segment->size, &end) &&
      segment->address != 0 && segment->byte_count <= segment->size &&
      page_end(segment->address) == segment->address && page_end(end) >= end)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_ARGUMENT, "a segment of %zu bytes in %llu at 0x%llx is not one",
      segment->byte_count, (unsigned long long)segment->size,
      (unsigned long long)segment->address);
}

/* The span from the lowest segment's first page to the highest's last. */
static lzr_error *find_bounds(const struct lzr_region_segment *segments,
                              size_t count, struct lzr_span *bounds) {
  if (count == 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "a request to initialize "
                                                "no memory");
  *bounds = (struct lzr_span){UINT64_MAX, 0};
  for (size_t i = 0; i < count; i++) {
    lzr_error *error = check_segment(&segments[i]);
    uint64_t end = segments[i].address + segments[i].size;

    if (error)
      return error;
    if (segments[i].address < bounds->start)
      bounds->start = segments[i].address;
    if (page_end(end) > bounds->end)
      bounds->end = page_end(end);
  }
  if (bounds->end == bounds->start)
    bounds->end = page_end(bounds->start + 1);
  return NULL;
}

/* ---- Initializing ---- */

static void fill(const struct lzr_region_segment *segment) {
  uint8_t *start = (uint8_t *)(uintptr_t)segment->address;

  if (!segment->bytes)
    return;
  memcpy(start, segment->bytes, segment->byte_count);
  memset(start + segment->byte_count, 0, segment->size - segment->byte_count);
}

static lzr_error *protect(lzr_addr address, uint64_t size, int protection) {
  char *start = (char *)(uintptr_t)address;

  if (mprotect(start, page_end(size), protection) != 0)
    return lzr_error_create(
        LZR_ERROR_TARGET, "cannot protect %llu bytes at 0x%llx: %s",
        (unsigned long long)size, (unsigned long long)address, strerror(errno));
  if (protection & PROT_EXEC)
    __builtin___clear_cache(start, start + size);
  return NULL;
}

static lzr_error *fill_and_protect(const struct lzr_region_segment *segments,
                                   size_t count) {
  lzr_error *error = NULL;

  for (size_t i = 0; i < count; i++)
    fill(&segments[i]);
  for (size_t i = 0; i < count && !error; i++)
    if (segments[i].size)
      error = protect(segments[i].address, segments[i].size,
                      segments[i].protection);
  return error;
}

static void make_idle(const struct lzr_regions *regions, struct lzr_span span) {
  lzr_error_destroy(
      protect(span.start, span.end - span.start, regions->idle_protection));
}

/* Removes a piece that the caller has made busy. */
static void drop(struct lzr_piece *piece) {
  lzr_action_pairs_fini(&piece->pairs);
  lzr_piece_forget(piece);
}

lzr_error *lzr_regions_initialize(struct lzr_regions *regions,
                                  const struct lzr_region_segment *segments,
                                  size_t count, struct lzr_action_pairs *pairs,
                                  lzr_addr *key) {
  struct lzr_piece *piece = NULL;
  struct lzr_span span = {0};
  lzr_error *error = find_bounds(segments, count, &span);

  if (!error)
    error = lzr_piece_claim(regions, span, &piece);
  if (error) {
    lzr_action_pairs_fini(pairs);
    return error;
  }
  piece->pairs = *pairs;
  *pairs = (struct lzr_action_pairs){0};
  error = fill_and_protect(segments, count);
  if (!error)
    error = lzr_action_pairs_run(&piece->pairs);
  if (error) {
    make_idle(regions, span);
    drop(piece);
    return error;
  }
  lzr_piece_settle(piece);
  *key = span.start;
  return NULL;
}

/* ---- Giving back ---- */

lzr_error *lzr_regions_deinitialize(struct lzr_regions *regions, lzr_addr key) {
  struct lzr_piece *piece = lzr_piece_take(regions, key);
  lzr_error *error;

  if (!piece)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "nothing that is initialized begins at 0x%llx",
                            (unsigned long long)key);
  error = lzr_action_pairs_undo(&piece->pairs);
  make_idle(regions, piece->span);
  drop(piece);
  return error;
}

static lzr_error *undo_pieces(struct lzr_regions *regions, lzr_addr address) {
  lzr_error *error = NULL;
  lzr_addr key;

  while (lzr_piece_newest(regions, address, &key))
    error = lzr_error_join(error, lzr_regions_deinitialize(regions, key));
  return error;
}

lzr_error *lzr_regions_release(struct lzr_regions *regions, lzr_addr address) {
  struct lzr_reservation *reservation;
  lzr_error *error;

  if (address == 0)
    return NULL;
  error = undo_pieces(regions, address);
  reservation = lzr_reservation_take(regions, address);
  if (!reservation)
    return lzr_error_join(
        error, lzr_error_create(LZR_ERROR_ARGUMENT,
                                "no reservation begins at 0x%llx, or it is "
                                "being initialized",
                                (unsigned long long)address));
  munmap((void *)(uintptr_t)reservation->span.start,
         reservation->span.end - reservation->span.start);
  free(reservation);
  return error;
}

void lzr_regions_end(struct lzr_regions *regions) {
  struct lzr_reservation *reservation = lzr_reservation_newest(regions);

  for (; reservation; reservation = reservation->next)
    lzr_error_destroy(undo_pieces(regions, reservation->span.start));
}
