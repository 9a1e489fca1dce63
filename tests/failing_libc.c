/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A library for LD_PRELOAD that makes the nth call of one kind of libc function
 * fail, as it does where memory is out. The environment says which:
 *
 *     FAILING_KIND     malloc (with its family), mmap, mprotect, pthread_create
 *     FAILING_NUMBER   n, from 1; 0 for none
 *     FAILING_PROGRAM  the file name of the program in which it fails
 *     FAILING_CALLER   count only the calls that a file of this name makes
 *                      itself; if not given, those of all files
 *     FAILING_REST     if set, all calls from the nth on fail
 *     FAILING_REGION   no mapping of so many MiB can be made, and less than one
 *                      more: lazyrun's own heap has no memory then, and uses
 *                      malloc
 *     FAILING_COUNT    a file to which the number of calls is written at exit
 *
 * A child that a program forks goes on counting.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NONE, MALLOC, MMAP, MPROTECT, THREAD };

static enum kind failing; /* NONE until the constructor has run */
static long nth;
static bool rest;
static size_t region;
static const char *caller;
static atomic_long count;

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_this_program(const char *name) {
  char path[4096];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  path[size < 0 ? 0 : size] = '\0';
  return strcmp(base_name(path), name) == 0;
}

static enum kind read_kind(void) {
  static const char *const names[] = {
      [MALLOC] = "malloc",
      [MMAP] = "mmap",
      [MPROTECT] = "mprotect",
      [THREAD] = "pthread_create",
  };
  const char *kind = getenv("FAILING_KIND");
  const char *program = getenv("FAILING_PROGRAM");
  if (kind && program && is_this_program(program))
    for (size_t i = MALLOC; i < sizeof names / sizeof *names; i++)
      if (strcmp(kind, names[i]) == 0)
        return (enum kind)i;
  return NONE;
}

/* A process and its forked child both write: the reader takes the most. */
__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAILING_COUNT");
  if (!path || !failing)
    return;
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  dprintf(file, "%ld\n", atomic_load(&count));
  close(file);
}

void _exit(int status) {
  end();
  syscall(SYS_exit_group, status);
  for (;;)
    ;
}

__attribute__((constructor)) static void begin(void) {
  const char *number = getenv("FAILING_NUMBER");
  nth = number ? strtol(number, NULL, 10) : 0;
  rest = getenv("FAILING_REST") != NULL;
  const char *size = getenv("FAILING_REGION");
  region = size ? strtoul(size, NULL, 10) : 0;
  caller = getenv("FAILING_CALLER");
  at_quick_exit(end);
  failing = read_kind();
}

static bool is_from_caller(const void *address) {
  Dl_info info;
  return !caller || (dladdr(address, &info) &&
                     strcmp(base_name(info.dli_fname), caller) == 0);
}

static bool fails(enum kind kind, const void *address) {
  if (kind != failing || !is_from_caller(address))
    return false;
  long number = atomic_fetch_add(&count, 1) + 1;
  return nth > 0 && (rest ? number >= nth : number == nth);
}

/* Where the replacement was called from. */
#define FAILS(kind) fails(kind, __builtin_return_address(0))

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

/* ---- Memory ---- */

/* glibc's own names for these, because dlsym() itself may allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t members, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  return FAILS(MALLOC) ? no_memory() : __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
  return FAILS(MALLOC) ? no_memory() : __libc_calloc(members, size);
}

void *realloc(void *block, size_t size) {
  return FAILS(MALLOC) ? no_memory() : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return FAILS(MALLOC) ? no_memory() : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (FAILS(MALLOC))
    return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

/* ---- Other resources ---- */

/* The next definition of the function in which it is asked for. */
#define NEXT(type, name)                                                       \
  static _Atomic(uintptr_t) next;                                              \
  if (!next)                                                                   \
    next = (uintptr_t)dlsym(RTLD_NEXT, name);                                  \
  type const real = (type)next

typedef void *(*map_function)(void *, size_t, int, int, int, off_t);
typedef int (*protect_function)(void *, size_t, int);
typedef int (*thread_function)(pthread_t *, const pthread_attr_t *,
                               void *(*)(void *), void *);

static void *no_mapping(void) {
  errno = ENOMEM;
  return MAP_FAILED;
}

static void *map(void *address, size_t size, int access, int flags, int file,
                 off_t offset) {
  NEXT(map_function, "mmap");
  if (failing && region && size >> 20 == region)
    return no_mapping();
  return real(address, size, access, flags, file, offset);
}

void *mmap(void *address, size_t size, int access, int flags, int file,
           off_t offset) {
  if (FAILS(MMAP))
    return no_mapping();
  return map(address, size, access, flags, file, offset);
}

void *mmap64(void *address, size_t size, int access, int flags, int file,
             off64_t offset) {
  if (FAILS(MMAP))
    return no_mapping();
  return map(address, size, access, flags, file, offset);
}

int mprotect(void *address, size_t size, int access) {
  NEXT(protect_function, "mprotect");
  if (FAILS(MPROTECT)) {
    errno = ENOMEM;
    return -1;
  }
  return real(address, size, access);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*run)(void *), void *data) {
  NEXT(thread_function, "pthread_create");
  return FAILS(THREAD) ? EAGAIN : real(thread, attributes, run, data);
}
