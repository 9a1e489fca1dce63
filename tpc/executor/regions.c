#include "tpc/executor/regions.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* LLVM's bits of an allocation group. Memory that need not live longer than the
   finalize calls lives as long as the rest. */
enum { GROUP_READ = 1, GROUP_WRITE = 2, GROUP_EXEC = 4, GROUP_ALL = 15 };

/* What the trees hold. Two that overlap are equal, which never happens inside a
   tree, so that any address finds what it is in. */
struct span {
  lzr_addr start, end;
};

struct piece {
  struct span span;
  bool busy; /* being filled or undone by some thread: nobody else's */
  struct lzr_action_pairs pairs;
  struct piece *next, **link; /* of its reservation, newest first */
};

struct lzr_reservation {
  struct span span;
  struct lzr_regions *regions;
  struct piece *newest; /* owned */
  struct lzr_reservation *next, **link;
};

/* Guards all below, and all lists. Never held while an action runs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *pieces;       /* a tree */
static void *reservations; /* a tree */

static int compare(const void *left, const void *right) {
  const struct span *a = left, *b = right;

  if (a->end <= b->start)
    return -1;
  return a->start >= b->end;
}

static void *find(void *const *tree, struct span span) {
  void *const *found = tfind(&span, tree, compare);

  return found ? *found : NULL;
}

static void *find_address(void *const *tree, lzr_addr address) {
  return find(tree, (struct span){address, address + 1});
}

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

/* ---- Reservations -------------------------------------------------------- */

lzr_error *lzr_regions_add(struct lzr_regions *regions, lzr_addr address,
                           uint64_t size) {
  struct lzr_reservation *made = calloc(1, sizeof *made);
  bool fine;

  if (!made)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  made->span = (struct span){address, address + size};
  made->regions = regions;
  pthread_mutex_lock(&lock);
  fine = tsearch(made, &reservations, compare) != NULL;
  if (fine) {
    made->next = regions->newest;
    made->link = &regions->newest;
    if (made->next)
      made->next->link = &made->next;
    regions->newest = made;
  }
  pthread_mutex_unlock(&lock);
  if (fine)
    return NULL;
  free(made);
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
}

/* Under the lock: the reservation that begins there. */
static struct lzr_reservation *find_reservation(struct lzr_regions *regions,
                                                lzr_addr address) {
  struct lzr_reservation *found = find_address(&reservations, address);

  if (!found || found->regions != regions || found->span.start != address)
    return NULL;
  return found;
}

bool lzr_regions_have(struct lzr_regions *regions, lzr_addr address) {
  bool have;

  pthread_mutex_lock(&lock);
  have = find_reservation(regions, address) != NULL;
  pthread_mutex_unlock(&lock);
  return have;
}

bool lzr_regions_are_code(lzr_addr address) {
  bool are;

  pthread_mutex_lock(&lock);
  are = find_address(&pieces, address) != NULL;
  pthread_mutex_unlock(&lock);
  return are;
}

/* ---- Pieces -------------------------------------------------------------- */

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

/* From the lowest segment's first to the highest's last page. */
static lzr_error *find_bounds(const struct lzr_region_segment *segments,
                              size_t count, struct span *bounds) {
  if (count == 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "a request to initialize "
                                                "no memory");
  *bounds = (struct span){UINT64_MAX, 0};
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

/* Under the lock. */
static lzr_error *check_claim(const struct lzr_regions *regions,
                              struct span span) {
  const struct lzr_reservation *reservation =
      find_address(&reservations, span.start);
  const struct piece *other = find(&pieces, span);

  if (!reservation || reservation->regions != regions ||
      span.end > reservation->span.end)
    return lzr_error_create(
        LZR_ERROR_ARGUMENT, "0x%llx to 0x%llx has not been reserved",
        (unsigned long long)span.start, (unsigned long long)span.end);
  if (other)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "0x%llx to 0x%llx overlaps 0x%llx to 0x%llx, which "
                            "is initialized",
                            (unsigned long long)span.start,
                            (unsigned long long)span.end,
                            (unsigned long long)other->span.start,
                            (unsigned long long)other->span.end);
  return NULL;
}

/* Under the lock. */
static void link_piece(struct piece *piece) {
  struct lzr_reservation *reservation =
      find_address(&reservations, piece->span.start);

  piece->next = reservation->newest;
  piece->link = &reservation->newest;
  if (piece->next)
    piece->next->link = &piece->next;
  reservation->newest = piece;
}

/* Makes span a piece, a busy one: nobody else gets it. */
static lzr_error *claim(struct lzr_regions *regions, struct span span,
                        struct piece **piece) {
  struct piece *made = calloc(1, sizeof *made);
  lzr_error *error;

  if (!made)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  *made = (struct piece){.span = span, .busy = true};
  pthread_mutex_lock(&lock);
  error = check_claim(regions, span);
  if (!error && !tsearch(made, &pieces, compare))
    error = lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  if (!error)
    link_piece(made);
  pthread_mutex_unlock(&lock);
  if (error)
    free(made);
  else
    *piece = made;
  return error;
}

/* Ends a piece that is busy by the caller. */
static void forget(struct piece *piece) {
  pthread_mutex_lock(&lock);
  tdelete(piece, &pieces, compare);
  *piece->link = piece->next;
  if (piece->next)
    piece->next->link = piece->link;
  pthread_mutex_unlock(&lock);
  lzr_action_pairs_fini(&piece->pairs);
  free(piece);
}

/* ---- Initializing -------------------------------------------------------- */

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

static void make_idle(const struct lzr_regions *regions, struct span span) {
  lzr_error_destroy(
      protect(span.start, span.end - span.start, regions->idle_protection));
}

lzr_error *lzr_regions_initialize(struct lzr_regions *regions,
                                  const struct lzr_region_segment *segments,
                                  size_t count, struct lzr_action_pairs *pairs,
                                  lzr_addr *key) {
  struct piece *piece = NULL;
  struct span span = {0};
  lzr_error *error = find_bounds(segments, count, &span);

  if (!error)
    error = claim(regions, span, &piece);
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
    forget(piece);
    return error;
  }
  pthread_mutex_lock(&lock);
  piece->busy = false;
  pthread_mutex_unlock(&lock);
  *key = span.start;
  return NULL;
}

/* ---- Giving back --------------------------------------------------------- */

/* The piece that begins there, now busy by the caller, or NULL. */
static struct piece *take_piece(const struct lzr_regions *regions,
                                lzr_addr key) {
  struct lzr_reservation *reservation;
  struct piece *piece;

  pthread_mutex_lock(&lock);
  piece = find_address(&pieces, key);
  reservation = find_address(&reservations, key);
  if (piece && (piece->busy || piece->span.start != key ||
                reservation->regions != regions))
    piece = NULL;
  if (piece)
    piece->busy = true;
  pthread_mutex_unlock(&lock);
  return piece;
}

lzr_error *lzr_regions_deinitialize(struct lzr_regions *regions, lzr_addr key) {
  struct piece *piece = take_piece(regions, key);
  lzr_error *error;

  if (!piece)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "nothing that is initialized begins at 0x%llx",
                            (unsigned long long)key);
  error = lzr_action_pairs_undo(&piece->pairs);
  make_idle(regions, piece->span);
  forget(piece);
  return error;
}

/* The newest piece of a reservation, which others may be giving back meanwhile.
   False when there is none, or some thread is at it. */
static bool newest_piece(struct lzr_regions *regions, lzr_addr address,
                         lzr_addr *key) {
  const struct lzr_reservation *reservation;
  bool found;

  pthread_mutex_lock(&lock);
  reservation = find_reservation(regions, address);
  found = reservation && reservation->newest && !reservation->newest->busy;
  if (found)
    *key = reservation->newest->span.start;
  pthread_mutex_unlock(&lock);
  return found;
}

/* Takes the reservation that begins there out of all lists, unless it has
   pieces. */
static struct lzr_reservation *take_reservation(struct lzr_regions *regions,
                                                lzr_addr address) {
  struct lzr_reservation *found;

  pthread_mutex_lock(&lock);
  found = find_reservation(regions, address);
  if (found && found->newest)
    found = NULL;
  if (found) {
    tdelete(found, &reservations, compare);
    *found->link = found->next;
    if (found->next)
      found->next->link = found->link;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

static lzr_error *undo_pieces(struct lzr_regions *regions, lzr_addr address) {
  lzr_error *error = NULL;
  lzr_addr key;

  while (newest_piece(regions, address, &key))
    error = lzr_error_join(error, lzr_regions_deinitialize(regions, key));
  return error;
}

lzr_error *lzr_regions_release(struct lzr_regions *regions, lzr_addr address) {
  struct lzr_reservation *reservation;
  lzr_error *error;

  if (address == 0)
    return NULL;
  error = undo_pieces(regions, address);
  reservation = take_reservation(regions, address);
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
  struct lzr_reservation *reservation;

  pthread_mutex_lock(&lock);
  reservation = regions->newest;
  pthread_mutex_unlock(&lock);
  for (; reservation; reservation = reservation->next)
    lzr_error_destroy(undo_pieces(regions, reservation->span.start));
}
