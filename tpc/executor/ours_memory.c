/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory of the window, whose addresses the controller hands out. */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/ours.h"
#include "tpc/target/access.h"
#include "tpc/target/commit.h"
#include "tpc/wire/result.h"

/* limit of one answer to a read, in bytes */
static const uint64_t max_read = UINT64_C(1) << 30;

/* ---- Blocks by their first address ---- */

struct known {
  lzr_addr address; /* address of the lowest protection that has a part */
  struct lzr_block *block;
};

/* Guards blocks. Commits and releases are quick services: the executor serves
   one at a time, but on different threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *blocks; /* a tree of entries, both owned */

static int compare(const void *left, const void *right) {
  const struct known *a = left, *b = right;

  return (a->address > b->address) - (a->address < b->address);
}

static lzr_addr first_address(const lzr_allocation *allocation) {
  int prot = 0;

  while (prot < LZR_PROT_COUNT - 1 && allocation->size[prot] == 0)
    prot++;
  return allocation->address[prot];
}

/* False without memory. */
static bool remember(struct lzr_block *block) {
  struct known *entry = malloc(sizeof *entry);
  bool fine;

  if (!entry)
    return false;
  *entry = (struct known){first_address(&block->allocation), block};
  pthread_mutex_lock(&lock);
  fine = tsearch(entry, &blocks, compare) != NULL;
  pthread_mutex_unlock(&lock);
  if (!fine)
    free(entry);
  return fine;
}

/* Forgets and returns the block that begins at address; NULL if there is
   none. */
static struct lzr_block *forget(lzr_addr address) {
  struct known wanted = {.address = address}, *entry = NULL, **found;
  struct lzr_block *block = NULL;

  pthread_mutex_lock(&lock);
  found = tfind(&wanted, &blocks, compare);
  if (found) {
    entry = *found;
    block = entry->block;
    tdelete(&wanted, &blocks, compare);
  }
  pthread_mutex_unlock(&lock);
  free(entry);
  return block;
}

/* ---- Commits ---- */

/* The arrays of a commit, unpacked. */
struct commit {
  lzr_allocation where;
  struct lzr_segment *segments;     /* owned; the bytes belong to the message */
  struct lzr_action *actions;       /* owned */
  struct lzr_pointer_store *stores; /* owned */
  struct lzr_commit commit;         /* those arrays */
};

static void commit_fini(struct commit *commit) {
  free(commit->segments);
  free(commit->actions);
  free(commit->stores);
}

/* Allocates the elements of a sequence, each of at least minimum bytes. */
static void *unpack_array(struct lzr_reader *reader, size_t minimum,
                          size_t element, size_t *count) {
  void *array;

  *count = lzr_unpack_count(reader, minimum);
  array = calloc(*count ? *count : 1, element);
  if (!array) {
    reader->failed = true;
    *count = 0;
  }
  return array;
}

static void unpack_segments(struct lzr_reader *reader, struct commit *commit) {
  commit->segments =
      unpack_array(reader, 3 * sizeof(uint64_t), sizeof *commit->segments,
                   &commit->commit.segment_count);
  commit->commit.segments = commit->segments;
  for (size_t i = 0; i < commit->commit.segment_count; i++) {
    struct lzr_segment *segment = &commit->segments[i];
    size_t size;

    segment->address = lzr_unpack_u64(reader);
    segment->bytes = lzr_unpack_bytes(reader, &size);
    segment->byte_count = size;
    segment->zero_count = lzr_unpack_u64(reader);
  }
}

static void unpack_actions(struct lzr_reader *reader, struct commit *commit) {
  commit->actions =
      unpack_array(reader, 1 + 2 * sizeof(uint64_t), sizeof *commit->actions,
                   &commit->commit.action_count);
  commit->commit.actions = commit->actions;
  for (size_t i = 0; i < commit->commit.action_count; i++) {
    struct lzr_action *action = &commit->actions[i];

    action->kind = (lzr_action_kind)lzr_unpack_u8(reader);
    action->address = lzr_unpack_u64(reader);
    action->size = lzr_unpack_u64(reader);
  }
}

static struct lzr_pointer_store *unpack_stores(struct lzr_reader *reader,
                                               size_t *count) {
  struct lzr_pointer_store *stores =
      unpack_array(reader, 2 * sizeof(uint64_t), sizeof *stores, count);

  for (size_t i = 0; i < *count; i++) {
    stores[i].address = lzr_unpack_u64(reader);
    stores[i].value = lzr_unpack_u64(reader);
  }
  return stores;
}

static void unpack_commit(struct lzr_reader *reader, struct commit *commit) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    commit->where.address[prot] = lzr_unpack_u64(reader);
    commit->where.size[prot] = lzr_unpack_u64(reader);
  }
  unpack_segments(reader, commit);
  unpack_actions(reader, commit);
  commit->stores = unpack_stores(reader, &commit->commit.store_count);
  commit->commit.stores = commit->stores;
}

static bool is_empty(const lzr_allocation *where) {
  uint64_t size = 0;

  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    size |= where->size[prot];
  return size == 0;
}

static lzr_error *commit_block(const struct commit *commit) {
  struct lzr_block *block;
  lzr_error *error =
      lzr_memory_reserve_at(lzr_executor.memory, &commit->where, &block);

  if (error)
    return error;
  error = lzr_block_commit(lzr_executor.memory, block, &commit->commit);
  if (!error && !is_empty(&commit->where) && !remember(block))
    error = lzr_out_of_memory();
  if (error || is_empty(&commit->where)) /* no address to find it by */
    lzr_block_release(lzr_executor.memory, block);
  return error;
}

LZR_WRAPPER(lzr_ours_commit) {
  struct commit commit = {0};
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  unpack_commit(&reader, &commit);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = commit_block(&commit);
  commit_fini(&commit);
  return lzr_wrapper_error(error);
}

LZR_WRAPPER(lzr_ours_release) {
  struct lzr_reader reader;
  struct lzr_block *block = NULL;
  lzr_addr address;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  address = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    block = forget(address);
  if (block)
    lzr_block_release(lzr_executor.memory, block);
  else if (!error && address != 0) /* 0: an allocation without a part */
    error = lzr_error_create(LZR_ERROR_ARGUMENT,
                             "no committed allocation begins at 0x%llx",
                             (unsigned long long)address);
  return lzr_wrapper_error(error);
}

/* ---- Access ---- */

static lzr_error *read_bytes(lzr_addr address, uint64_t size, void **bytes) {
  lzr_error *error;

  if (size > max_read)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "a read of %llu bytes is beyond 1 GiB",
                            (unsigned long long)size);
  *bytes = malloc(size ? size : 1);
  if (!*bytes)
    return lzr_out_of_memory();
  error = lzr_access_read(address, *bytes, size);
  if (error) {
    free(*bytes);
    *bytes = NULL;
  }
  return error;
}

LZR_WRAPPER(lzr_ours_read) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  void *bytes = NULL;
  uint64_t count;
  lzr_addr address;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  address = lzr_unpack_u64(&reader);
  count = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = read_bytes(address, count, &bytes);
  if (error)
    return lzr_wrapper_expected(error, 0);
  lzr_pack_expected(&writer);
  lzr_pack_bytes(&writer, bytes, count);
  free(bytes);
  return lzr_wrapper_packed(&writer);
}

LZR_WRAPPER(lzr_ours_write) {
  struct lzr_reader reader;
  const uint8_t *bytes;
  size_t count;
  lzr_addr address;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  address = lzr_unpack_u64(&reader);
  bytes = lzr_unpack_bytes(&reader, &count);
  error = lzr_wrapper_check(&reader);
  if (!error && lzr_memory_is_sealed(lzr_executor.memory, address, count))
    error = lzr_error_create(LZR_ERROR_TARGET,
                             "cannot write %zu bytes at 0x%llx: code and "
                             "constants change by a commit only",
                             count, (unsigned long long)address);
  if (!error)
    error = lzr_access_write(address, bytes, count);
  return lzr_wrapper_error(error);
}

LZR_WRAPPER(lzr_ours_store_pointers) {
  struct lzr_pointer_store *stores;
  struct lzr_reader reader;
  size_t count;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  stores = unpack_stores(&reader, &count);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = lzr_memory_check_stores(lzr_executor.memory, stores, count);
  if (!error)
    lzr_memory_store(stores, count);
  free(stores);
  return lzr_wrapper_error(error);
}
