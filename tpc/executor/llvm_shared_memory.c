/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Memory that the controller maps as well, for LLVM's services: the controller
   writes it, and only tells the executor how to protect it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/executor/llvm.h"
#include "tpc/executor/llvm_request.h"
#include "tpc/wire/result.h"

enum { MAX_NAME = 64 };

char lzr_llvm_shared_instance;

static struct lzr_regions regions = {.idle_protection = PROT_NONE};

/* ---- Names ---- */

/* The shared memory object of a reservation that the controller may not have
   mapped yet. */
struct shared_name {
  lzr_addr address;
  char name[MAX_NAME];
  struct shared_name *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared_name *names; /* owned; under lock */

static void add_name(struct shared_name *name, lzr_addr address) {
  name->address = address;
  pthread_mutex_lock(&lock);
  name->next = names;
  names = name;
  pthread_mutex_unlock(&lock);
}

/* A controller removes the name once it has mapped the memory. This removes
   names that a controller has left: those at address, or all of them if all. */
static void remove_names(lzr_addr address, bool all) {
  struct shared_name **link = &names;

  pthread_mutex_lock(&lock);
  while (*link) {
    struct shared_name *name = *link;

    if (!all && name->address != address) {
      link = &name->next;
      continue;
    }
    *link = name->next;
    shm_unlink(name->name);
    free(name);
  }
  pthread_mutex_unlock(&lock);
}

/* ---- Reserving ---- */

/* Makes an empty shared memory object of size bytes, with a name of its own.
   Returns -1 and errno on failure. */
static int make_object(char name[MAX_NAME], uint64_t size) {
  static unsigned number; /* under lock */
  int file;

  pthread_mutex_lock(&lock);
  snprintf(name, MAX_NAME, "/lazyrun_%ld_%u", (long)getpid(), number++);
  pthread_mutex_unlock(&lock);
  file = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0 && (size > INT64_MAX || ftruncate(file, (off_t)size) != 0)) {
    shm_unlink(name);
    close(file);
    file = -1;
  }
  return file;
}

static lzr_error *map(char name[MAX_NAME], uint64_t size, lzr_addr *address) {
  int file = make_object(name, size);
  void *mapped = MAP_FAILED;
  lzr_error *error;

  if (file >= 0) {
    mapped = mmap(NULL, size, regions.idle_protection, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
      shm_unlink(name);
    close(file);
  }
  if (mapped == MAP_FAILED)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "cannot share %llu bytes of memory: %s",
                            (unsigned long long)size, strerror(errno));
  *address = (uintptr_t)mapped;
  error = lzr_reservation_add(&regions, *address, size);
  if (error) {
    shm_unlink(name);
    munmap(mapped, size);
  }
  return error;
}

static lzr_error *reserve(uint64_t size, char name[MAX_NAME],
                          lzr_addr *address) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  struct shared_name *made = calloc(1, sizeof *made);
  lzr_error *error;

  if (!made)
    return lzr_out_of_memory();
  error = map(made->name, (size + page - 1) & ~(page - 1), address);
  if (error) {
    free(made);
    return error;
  }
  memcpy(name, made->name, MAX_NAME);
  add_name(made, *address);
  return NULL;
}

/* Expected<(u64 address, string name)>(u64 instance, u64 size) */
LZR_WRAPPER(lzr_llvm_shared_reserve) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  char name[MAX_NAME];
  lzr_addr address = 0;
  uint64_t wanted;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  wanted = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = reserve(wanted, name, &address);
  if (error)
    return lzr_wrapper_expected(error, 0);
  lzr_pack_expected(&writer);
  lzr_pack_u64(&writer, address);
  lzr_pack_string(&writer, name);
  return lzr_wrapper_packed(&writer);
}

/* Expected<u64 key>(u64 instance, u64 reservation, request without contents) */
LZR_WRAPPER(lzr_llvm_shared_initialize) {
  struct lzr_region_request request = {0};
  struct lzr_reader reader;
  lzr_addr reservation, key = 0;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  reservation = lzr_unpack_u64(&reader);
  error = lzr_region_request_unpack(&reader, false, &request);
  if (!error && !lzr_reservation_exists(&regions, reservation))
    error = lzr_error_create(LZR_ERROR_ARGUMENT,
                             "nothing reserved begins at 0x%llx",
                             (unsigned long long)reservation);
  if (!error) /* it has been filled, so the controller has mapped it */
    remove_names(reservation, false);
  if (!error)
    error = lzr_regions_initialize(&regions, request.segments, request.count,
                                   &request.pairs, &key);
  lzr_region_request_fini(&request);
  return lzr_wrapper_expected(error, key);
}

/* Error(u64 instance, seq of u64 keys) */
LZR_WRAPPER(lzr_llvm_shared_deinitialize) {
  return lzr_regions_for_each(&regions, arguments, size,
                              lzr_regions_deinitialize);
}

static lzr_error *release(struct lzr_regions *of, lzr_addr address) {
  remove_names(address, false);
  return lzr_regions_release(of, address);
}

/* Error(u64 instance, seq of u64 addresses) */
LZR_WRAPPER(lzr_llvm_shared_release) {
  return lzr_regions_for_each(&regions, arguments, size, release);
}

void lzr_llvm_shared_end(void) {
  remove_names(0, true);
  lzr_regions_end(&regions);
}
