/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The extents lie in sorted runs, each at least twice as long as the next. New
 * ones become a run of their own, which is merged with those before it that are
 * too short. So n extents are in at most log n runs, and each is copied log n
 * times over all.
 *
 * Runs never change. A set lists the runs there are at one moment; a writer
 * stores a new set and retires the old one with the runs it no longer has. What
 * is retired is freed by the next writer that finds no reader at work.
 */
#include "runtime/build/extents.h"

#include <stdlib.h>
#include <string.h>

struct run {
  size_t count;
  struct lzr_extent extents[];
};

enum { MAX_RUNS = 64 };

struct lzr_extent_set {
  struct lzr_extent_set *next; /* among the retired */
  size_t count;
  struct run *runs[MAX_RUNS];
  bool dead[MAX_RUNS]; /* of a retired set: no newer set has the run */
};

/* Readers. */

static const struct lzr_extent_set *enter(struct lzr_extents *extents) {
  atomic_fetch_add(&extents->readers, 1);
  return atomic_load(&extents->set);
}

static void leave(struct lzr_extents *extents) {
  atomic_fetch_sub(&extents->readers, 1);
}

/* The last extent that starts at or below address. */
static const struct lzr_extent *bisect(const struct run *run,
                                       lzr_addr address) {
  size_t low = 0, high = run->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (run->extents[middle].start <= address)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? &run->extents[low - 1] : NULL;
}

bool lzr_extents_find(struct lzr_extents *extents, lzr_addr address,
                      struct lzr_extent *found) {
  const struct lzr_extent_set *set = enter(extents);
  bool is_there = false;
  for (size_t i = 0; set && i < set->count && !is_there; i++) {
    const struct lzr_extent *extent = bisect(set->runs[i], address);
    is_there = extent && address - extent->start < extent->size;
    if (is_there)
      *found = *extent;
  }
  leave(extents);
  return is_there;
}

static int by_start(const void *left, const void *right) {
  const struct lzr_extent *a = left, *b = right;
  return a->start < b->start ? -1 : a->start > b->start;
}

bool lzr_extents_list(struct lzr_extents *extents, struct lzr_extent **list,
                      size_t *count) {
  const struct lzr_extent_set *set = enter(extents);
  size_t total = 0, filled = 0;
  for (size_t i = 0; set && i < set->count; i++)
    total += set->runs[i]->count;
  *list = calloc(total + 1, sizeof **list);
  for (size_t i = 0; *list && set && i < set->count; i++) {
    memcpy(*list + filled, set->runs[i]->extents,
           set->runs[i]->count * sizeof **list);
    filled += set->runs[i]->count;
  }
  leave(extents);
  if (filled)
    qsort(*list, filled, sizeof **list, by_start);
  *count = filled;
  return *list != NULL;
}

/* Writers. */

static struct run *create_run(size_t count) {
  struct run *run = malloc(sizeof *run + count * sizeof run->extents[0]);
  if (run)
    run->count = count;
  return run;
}

static struct run *merge(const struct run *a, const struct run *b) {
  struct run *merged = create_run(a->count + b->count);
  if (!merged)
    return NULL;
  size_t i = 0, j = 0;
  for (size_t k = 0; k < merged->count; k++) {
    bool from_a = j == b->count ||
                  (i < a->count && a->extents[i].start < b->extents[j].start);
    merged->extents[k] = from_a ? a->extents[i++] : b->extents[j++];
  }
  return merged;
}

static void free_retired(struct lzr_extents *extents) {
  while (extents->retired) {
    struct lzr_extent_set *set = extents->retired;
    extents->retired = set->next;
    for (size_t i = 0; i < set->count; i++)
      if (set->dead[i])
        free(set->runs[i]);
    free(set);
  }
}

static void retire(struct lzr_extents *extents, struct lzr_extent_set *set) {
  if (set) {
    set->next = extents->retired;
    extents->retired = set;
  }
  if (atomic_load(&extents->readers) == 0)
    free_retired(extents);
}

/* Takes run and merges it with the runs before it that are less than twice as
   long. *kept counts the runs that stay. Returns NULL when memory is out. */
static struct run *merge_short(const struct lzr_extent_set *set,
                               struct run *run, size_t *kept) {
  *kept = set ? set->count : 0;
  while (run && *kept > 0 && set->runs[*kept - 1]->count < 2 * run->count) {
    struct run *merged = merge(set->runs[--*kept], run);
    free(run);
    run = merged;
  }
  return run;
}

bool lzr_extents_add(struct lzr_extents *extents,
                     const struct lzr_extent *added, size_t count) {
  if (count == 0)
    return true;
  struct lzr_extent_set *set = atomic_load(&extents->set), *newer;
  struct run *run = create_run(count);
  if (!run)
    return false;
  memcpy(run->extents, added, count * sizeof *added);
  qsort(run->extents, count, sizeof *added, by_start);
  size_t kept;
  run = merge_short(set, run, &kept);
  newer = run && kept < MAX_RUNS ? calloc(1, sizeof *newer) : NULL;
  if (!newer) {
    free(run);
    return false;
  }
  if (kept)
    memcpy(newer->runs, set->runs, kept * sizeof newer->runs[0]);
  newer->runs[kept] = run;
  newer->count = kept + 1;
  for (size_t i = kept; set && i < set->count; i++)
    set->dead[i] = true;
  atomic_store(&extents->set, newer);
  retire(extents, set);
  return true;
}

/* Removing. */

static bool is_removed(const struct lzr_extent *extent,
                       const struct lzr_code_range *ranges, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (extent->start >= ranges[i].start && extent->start < ranges[i].end)
      return true;
  return false;
}

/* Whether any extent of the run begins in one of the ranges. */
static bool is_touched(const struct run *run,
                       const struct lzr_code_range *ranges, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct lzr_extent *last =
        ranges[i].end ? bisect(run, ranges[i].end - 1) : NULL;
    if (last && last->start >= ranges[i].start)
      return true;
  }
  return false;
}

/* NULL when memory is out. */
static struct run *copy_without(const struct run *run,
                                const struct lzr_code_range *ranges,
                                size_t count) {
  struct run *copy = create_run(run->count);
  if (!copy)
    return NULL;
  copy->count = 0;
  for (size_t i = 0; i < run->count; i++)
    if (!is_removed(&run->extents[i], ranges, count))
      copy->extents[copy->count++] = run->extents[i];
  return copy;
}

/* Frees the new runs and the new set. */
static void drop_set(const struct lzr_extent_set *set,
                     struct lzr_extent_set *newer) {
  for (size_t i = 0; i < newer->count; i++)
    if (newer->runs[i] != set->runs[i])
      free(newer->runs[i]);
  free(newer);
}

/* Takes out the runs that have become empty. */
static void close_gaps(struct lzr_extent_set *set) {
  size_t kept = 0;
  for (size_t i = 0; i < set->count; i++)
    if (set->runs[i]->count > 0)
      set->runs[kept++] = set->runs[i];
    else
      free(set->runs[i]);
  set->count = kept;
}

bool lzr_extents_remove(struct lzr_extents *extents,
                        const struct lzr_code_range *ranges, size_t count) {
  struct lzr_extent_set *set = atomic_load(&extents->set), *newer;
  if (!set || count == 0)
    return true;
  newer = calloc(1, sizeof *newer);
  if (!newer)
    return false;
  for (; newer->count < set->count; newer->count++) {
    struct run *run = set->runs[newer->count];
    if (is_touched(run, ranges, count))
      run = copy_without(run, ranges, count);
    if (!run) {
      drop_set(set, newer);
      return false;
    }
    newer->runs[newer->count] = run;
  }
  for (size_t i = 0; i < set->count; i++)
    set->dead[i] = newer->runs[i] != set->runs[i];
  close_gaps(newer);
  atomic_store(&extents->set, newer);
  retire(extents, set);
  return true;
}

void lzr_extents_fini(struct lzr_extents *extents) {
  struct lzr_extent_set *set = atomic_exchange(&extents->set, NULL);
  for (size_t i = 0; set && i < set->count; i++)
    set->dead[i] = true;
  retire(extents, set);
  free_retired(extents);
}
