/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory of this process, for LLVM's memory services. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/executor/llvm.h"
#include "tpc/executor/llvm_request.h"

char lzr_llvm_memory_instance;

static struct lzr_regions regions = {.idle_protection = PROT_READ | PROT_WRITE};

/* LLVM's linker makes a reservation for each of its graphs and expects code of
   one to reach another with 32 bits. The kernel would place them where they
   fit, above or below the gibibytes of lazyrun's own window. So this file
   places them in a hole that has room for many, each below the one before.
   Others, such as the C library, map memory there as well: then the next lower
   place is tried and, at the bottom, the places above that have been given
   back. */
static struct {
  pthread_mutex_t lock;
  lzr_addr bottom, top; /* 0: not looked for yet */
  lzr_addr next;        /* the end of the part that is tried first */
} hole = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void find_hole(void) {
  const size_t size = (size_t)2 << 30;
  void *found = mmap(NULL, size, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (found == MAP_FAILED)
    return;
  munmap(found, size);
  hole.bottom = (uintptr_t)found;
  hole.next = hole.top = hole.bottom + size;
}

/* Maps size bytes at address, or where the kernel likes if address is 0. */
static void *map_at(lzr_addr address, uint64_t size) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *mapped = mmap((void *)(uintptr_t)address, size, regions.idle_protection,
                      address ? flags | MAP_FIXED_NOREPLACE : flags, -1, 0);

  if (mapped != MAP_FAILED && address && (uintptr_t)mapped != address) {
    munmap(mapped,
           size); /* a kernel before 4.17 treats the address as a hint */
    return MAP_FAILED;
  }
  return mapped;
}

/* Maps size bytes between bottom and end, as high as possible. */
static void *map_below(lzr_addr end, uint64_t size) {
  const uint64_t step = (uint64_t)1 << 20;

  while (end - hole.bottom >= size) {
    void *mapped = map_at(end - size, size);

    if (mapped != MAP_FAILED) {
      hole.next = end - size;
      return mapped;
    }
    end = end - hole.bottom > step ? end - step : hole.bottom;
  }
  return MAP_FAILED;
}

static void *map(uint64_t size) {
  void *mapped;

  pthread_mutex_lock(&hole.lock);
  if (!hole.top)
    find_hole();
  mapped = map_below(hole.next, size);
  if (mapped == MAP_FAILED)
    mapped = map_below(hole.top, size);
  pthread_mutex_unlock(&hole.lock);
  return mapped != MAP_FAILED ? mapped : map_at(0, size);
}

static lzr_error *reserve(uint64_t size, lzr_addr *address) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  uint64_t rounded = (size + page - 1) & ~(page - 1);
  void *mapped = MAP_FAILED;
  lzr_error *error;

  if (size == 0) {
    *address = 0;
    return NULL;
  }
  if (rounded >= size)
    mapped = map(rounded);
  if (mapped == MAP_FAILED)
    return lzr_error_create(LZR_ERROR_MEMORY, "cannot reserve %llu bytes: %s",
                            (unsigned long long)size,
                            rounded >= size ? strerror(errno) : "too many");
  *address = (uintptr_t)mapped;
  error = lzr_reservation_add(&regions, *address, rounded);
  if (error)
    munmap(mapped, rounded);
  return error;
}

/* Expected<u64 address>(u64 instance, u64 size) */
LZR_WRAPPER(lzr_llvm_reserve) {
  struct lzr_reader reader;
  lzr_addr address = 0;
  uint64_t wanted;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  wanted = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = reserve(wanted, &address);
  return lzr_wrapper_expected(error, address);
}

/* Expected<u64 key>(u64 instance, request) */
LZR_WRAPPER(lzr_llvm_initialize) {
  struct lzr_region_request request;
  struct lzr_reader reader;
  lzr_addr key = 0;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  error = lzr_region_request_unpack(&reader, true, &request);
  if (!error)
    error = lzr_regions_initialize(&regions, request.segments, request.count,
                                   &request.pairs, &key);
  lzr_region_request_fini(&request);
  return lzr_wrapper_expected(error, key);
}

/* In LLVM 19 a reservation is finalized once, from its start; if that fails, it
   is released. An empty request succeeds. */
static lzr_error *finalize(struct lzr_region_request *request) {
  lzr_addr lowest = UINT64_MAX, key;
  lzr_error *error;

  for (size_t i = 0; i < request->count; i++)
    if (request->segments[i].address < lowest)
      lowest = request->segments[i].address;
  if (request->count == 0 && request->pairs.count == 0)
    return NULL;
  if (!lzr_reservation_exists(&regions, lowest))
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "nothing reserved begins at 0x%llx",
                            (unsigned long long)lowest);
  error = lzr_regions_initialize(&regions, request->segments, request->count,
                                 &request->pairs, &key);
  if (error)
    error = lzr_error_join(error, lzr_regions_release(&regions, lowest));
  return error;
}

/* Error(u64 instance, request) */
LZR_WRAPPER(lzr_llvm_finalize) {
  struct lzr_region_request request;
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  error = lzr_region_request_unpack(&reader, true, &request);
  if (!error)
    error = finalize(&request);
  lzr_region_request_fini(&request);
  return lzr_wrapper_error(error);
}

/* Error(u64 instance, seq of u64 keys) */
LZR_WRAPPER(lzr_llvm_deinitialize) {
  return lzr_regions_for_each(&regions, arguments, size,
                              lzr_regions_deinitialize);
}

/* Error(u64 instance, seq of u64 addresses) */
LZR_WRAPPER(lzr_llvm_release) {
  return lzr_regions_for_each(&regions, arguments, size, lzr_regions_release);
}

void lzr_llvm_memory_end(void) {
  lzr_regions_end(&regions);
}
