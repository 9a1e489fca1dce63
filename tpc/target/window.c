/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/window.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/base/space.h"
#include "tpc/common/allocation.h"
#include "tpc/target/machine.h"
#include "tpc/target/program_object.h"
#include "tpc/target/sanitizer.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define MIB (UINT64_C(1) << 20)

/* Full sizes, in MiB. Constants, data and code together stay below 2 GiB, the
   reach of addresses on every architecture; so does large data alone. */
enum { CONST_MIB = 256, DATA_MIB = 1279, LARGE_MIB = 2047 };

/* Far data is as much as address space is reserved for: the most of these, in
   MiB, that there is. With the last, there is no large data either. On AArch64
   it is less, because qemu-user takes time for each page that is reserved. */
#ifdef __aarch64__
static const uint64_t far_mibs[] = {8 << 10, 2 << 10, 0};
#else
static const uint64_t far_mibs[] = {64 << 10, 2 << 10, 0};
#endif
enum { FAR_COUNT = sizeof far_mibs / sizeof *far_mibs };

/* The parts in the order of their addresses. */
static const lzr_prot order[LZR_PROT_COUNT] = {
    LZR_PROT_FAR, LZR_PROT_LARGE, LZR_PROT_CODE, LZR_PROT_CONST, LZR_PROT_DATA};

/* Sizes are halved at most this often: a sixty-fourth is 8 MiB of code. */
enum { HALVINGS = 6 };

enum { FIRST_OPENED = 1 << 20 };

/* At full size. */
enum { SYMBOL_LIMIT = 1 << 20 };

/* Code that nobody has written is traps, and far from what has been reserved it
   cannot be run at all. A multiple of every page size. */
enum { OPENED_STEP = 64 << 10 };

static uint64_t file_size(const struct lzr_window *window) {
  return window->size[LZR_PROT_CODE] + window->size[LZR_PROT_CONST];
}

static uint64_t total_size(const struct lzr_window *window) {
  uint64_t size = 0;

  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    size += window->size[prot];
  return size;
}

static bool is_data(lzr_prot prot) {
  return prot >= LZR_PROT_DATA;
}

/* A file that grows beyond the limit fails and also raises a signal. */
static bool file_may_have(uint64_t size) {
  struct rlimit limit;

  return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
         limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* A descriptor of an empty file of size bytes, or -1 and errno. */
static int make_file(uint64_t size) {
  int file;

  if (!file_may_have(size)) {
    errno = EFBIG;
    return -1;
  }
  file = memfd_create("lazyrun", MFD_CLOEXEC | MFD_EXEC);
  if (file < 0 && errno == EINVAL) /* the kernel does not know MFD_EXEC */
    file = memfd_create("lazyrun", MFD_CLOEXEC);
  if (file >= 0 && ftruncate(file, (off_t)size) != 0) {
    int failure = errno;

    close(file);
    errno = failure;
    return -1;
  }
  return file;
}

/* What code and constants are pages of: a file, or memory. */
struct pages {
  int file;        /* owned; -1 where it is memory */
  uint8_t *memory; /* owned; a shared mapping that more can be made of */
};

/* Where the process may not have files of that size, pages are memory, which
   the kernel does not count as a file. Returns false with errno on failure. */
static bool make_pages(struct pages *pages, uint64_t size, bool in_memory) {
  void *memory;

  *pages = (struct pages){.file = in_memory ? -1 : make_file(size)};
  if (pages->file >= 0 || (!in_memory && errno != EFBIG))
    return pages->file >= 0;
  memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return false;
  pages->memory = memory;
  return true;
}

/* The views of it stay. Keeps errno. */
static void drop_pages(const struct pages *pages, uint64_t size) {
  int failure = errno;

  if (pages->file >= 0)
    close(pages->file);
  else if (pages->memory)
    munmap(pages->memory, size);
  errno = failure;
}

static bool map_at(uint8_t *address, uint64_t size, int prot, int flags,
                   int file, uint64_t offset) {
  return mmap(address, size, prot, MAP_FIXED | MAP_NORESERVE | flags, file,
              (off_t)offset) == (void *)address;
}

static const int accesses[LZR_PROT_COUNT] = {
    [LZR_PROT_CODE] = PROT_READ | PROT_EXEC,
    [LZR_PROT_CONST] = PROT_READ,
    [LZR_PROT_DATA] = PROT_READ | PROT_WRITE,
    [LZR_PROT_LARGE] = PROT_READ | PROT_WRITE,
    [LZR_PROT_FAR] = PROT_READ | PROT_WRITE,
};

/* A core dump includes a page that has been used. The boundary between used and
   unused pages splits one mapping into two, once. */
static void apply_dumped(uint8_t *start, uint64_t dumped, uint64_t size) {
  madvise(start, dumped, MADV_DODUMP);
  if (dumped < size)
    madvise(start + dumped, size - dumped, MADV_DONTDUMP);
}

/* Maps some pages. What is run is a private mapping: a debugger can write
   breakpoints into it, and only it has them. A mapping of memory is made of
   another by mremap(), which copies a shared one whose size is said to be 0;
   the copy has its access from the start, so that code runs there meanwhile. */
static bool map_pages(uint8_t *address, uint64_t size, int access, int kind,
                      const struct pages *pages, uint64_t offset) {
  uint8_t *from;

  if (pages->file >= 0)
    return map_at(address, size, access, kind, pages->file, offset);
  from = pages->memory + offset;
  return mprotect(from, size, access) == 0 &&
         mremap(from, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, address) ==
             (void *)address;
}

/* Maps code that can be run. A core dump includes a private mapping of a file
   only if the mapping has had a page of its own, so it gets one for a moment.
   Where code runs already, that happens elsewhere, and the mapping is moved;
   profilers are told only of one that is not. */
static bool map_dumped(uint8_t *address, uint64_t size, bool runs, int file,
                       uint64_t offset) {
  uint8_t *made = mmap(runs ? NULL : address, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_NORESERVE | (runs ? 0 : MAP_FIXED),
                       file, (off_t)offset);

  if (made == MAP_FAILED)
    return false;
  *(volatile uint8_t *)made = lzr_machine_trap;
  if (madvise(made, size, MADV_DONTNEED) == 0 &&
      mprotect(made, size, accesses[LZR_PROT_CODE]) == 0 &&
      (made == address ||
       mremap(made, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, address) ==
           (void *)address))
    return true;
  if (runs)
    munmap(made, size);
  return false;
}

/* Maps the bytes of the window's code that can be run. */
static bool map_code(const struct lzr_window *window,
                     const struct pages *pages) {
  uint8_t *start = window->start[LZR_PROT_CODE];
  uint64_t size = window->opened[LZR_PROT_CODE];

  return (pages->file >= 0 &&
          map_dumped(start, size, window->runs, pages->file, 0)) ||
         map_pages(start, size, accesses[LZR_PROT_CODE], MAP_PRIVATE, pages, 0);
}

/* Maps what cannot be accessed yet. */
static bool map_closed(uint8_t *address, uint64_t size, int kind,
                       const struct pages *pages, uint64_t offset) {
  return size == 0 || map_pages(address, size, PROT_NONE, kind, pages, offset);
}

/* Where a part begins, in the file and at the alias. */
static uint64_t file_offset(const struct lzr_window *window, lzr_prot prot) {
  return prot == LZR_PROT_CODE ? 0 : window->size[LZR_PROT_CODE];
}

static bool map_part(const struct lzr_window *window, lzr_prot prot,
                     const struct pages *pages) {
  uint64_t opened = window->opened[prot], size = window->size[prot];
  uint64_t offset = file_offset(window, prot);
  uint8_t *start = window->start[prot], *alias = window->alias + offset;
  bool is_code = prot == LZR_PROT_CODE;

  if (!(is_code ? map_code(window, pages)
                : map_pages(start, opened, accesses[prot], MAP_SHARED, pages,
                            offset)) ||
      !map_closed(start + opened, size - opened,
                  is_code ? MAP_PRIVATE : MAP_SHARED, pages, offset + opened) ||
      !map_pages(alias, opened, PROT_READ | PROT_WRITE, MAP_SHARED, pages,
                 offset) ||
      !map_closed(alias + opened, size - opened, MAP_SHARED, pages,
                  offset + opened))
    return false;
  apply_dumped(start, opened, size);
  madvise(alias, size, MADV_DONTDUMP);
  return true;
}

/* Maps every view over what is mapped there now; each mapping that is in use is
   replaced atomically. */
static bool map_all(const struct lzr_window *window,
                    const struct pages *pages) {
  return map_part(window, LZR_PROT_CODE, pages) &&
         map_part(window, LZR_PROT_CONST, pages);
}

/* Some systems allow executable mappings, but no change of a mapping to
   executable: there, all of the code is made accessible at once. */
static bool open_code(struct lzr_window *window, const struct pages *pages) {
  uint64_t opened = window->opened[LZR_PROT_CODE];
  uint64_t size = window->size[LZR_PROT_CODE];

  if (opened == size || mprotect(window->start[LZR_PROT_CODE] + opened,
                                 FIRST_OPENED, accesses[LZR_PROT_CODE]) == 0)
    return opened == size || mprotect(window->start[LZR_PROT_CODE] + opened,
                                      FIRST_OPENED, PROT_NONE) == 0;
  window->opened[LZR_PROT_CODE] = size;
  return map_part(window, LZR_PROT_CODE, pages);
}

/* Reserves the alias's space, far from the window and at random. Where the
   system takes no wishes, or has no random numbers, it lies where the system
   puts it. */
static void *reserve_alias(uint64_t size, const uint8_t *window) {
  enum { ATTEMPTS = 8 };
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  uint64_t range = (uintptr_t)window / 2, random;

  for (int i = 0; i < ATTEMPTS; i++) {
    void *wanted, *address;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
      break;
    wanted = (void *)((range / 2 + random % range) & ~(page - 1));
    address = mmap(wanted, size, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED)
      return NULL;
    if (address == wanted)
      return address;
    munmap(address, size);
  }
  return lzr_space_reserve(size);
}

static void lay_out(struct lzr_window *window, uint64_t far_mib,
                    unsigned halvings) {
  *window = (struct lzr_window){
      .size = {[LZR_PROT_CODE] = lzr_machine_code_mib * MIB >> halvings,
               [LZR_PROT_CONST] = CONST_MIB * MIB >> halvings,
               [LZR_PROT_DATA] = DATA_MIB * MIB >> halvings,
               [LZR_PROT_LARGE] = far_mib ? LARGE_MIB * MIB : 0,
               [LZR_PROT_FAR] = far_mib * MIB},
      .opened = {[LZR_PROT_CODE] = OPENED_STEP,
                 [LZR_PROT_CONST] = FIRST_OPENED,
                 [LZR_PROT_DATA] = FIRST_OPENED},
      .trapped = OPENED_STEP,
  };
}

/* What the dynamic linker has mapped gets lazyrun's own flags: the kernel then
   never counts it as memory that may be wanted. */
static uint8_t *reserve_in_object(struct lzr_window *window,
                                  unsigned halvings) {
  uint64_t size = total_size(window);
  uint8_t *start;

  window->object =
      lzr_program_object_load(size, (uint32_t)SYMBOL_LIMIT >> halvings);
  if (!window->object)
    return NULL;
  lzr_sanitizer_attend();
  start = lzr_program_object_window(window->object);
  if (map_at(start, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    return start;
  lzr_program_object_unload(window->object);
  window->object = NULL;
  return NULL;
}

static void give_back(struct lzr_window *window, uint8_t *start) {
  if (window->object)
    lzr_program_object_unload(window->object);
  else
    munmap(start, total_size(window));
}

/* Reserves address space only. Returns false with errno, and reserves nothing,
   when there is none. */
static bool take_space(struct lzr_window *window, unsigned halvings) {
  uint8_t *start = reserve_in_object(window, halvings);
  int failure;

  if (!start)
    start = lzr_space_reserve(total_size(window));
  if (!start)
    return false;
  window->alias = reserve_alias(file_size(window), start);
  if (!window->alias) {
    failure = errno;
    give_back(window, start);
    errno = failure;
    return false;
  }
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    window->start[order[i]] = start;
    start += window->size[order[i]];
  }
  return true;
}

/* Maps everything into the reserved space. Returns false with errno on
   failure. */
static bool map_parts(struct lzr_window *window) {
  struct pages pages;
  bool mapped;

  if (!make_pages(&pages, file_size(window), false))
    return false;
  mapped = map_all(window, &pages) && open_code(window, &pages) &&
           mprotect(window->start[LZR_PROT_DATA], window->opened[LZR_PROT_DATA],
                    accesses[LZR_PROT_DATA]) == 0;
  drop_pages(&pages, file_size(window));
  if (mapped)
    memset(window->alias, lzr_machine_trap, window->trapped);
  window->runs = mapped;
  return mapped;
}

static bool try_open(struct lzr_window *window, uint64_t far_mib,
                     unsigned halvings) {
  int failure;

  lay_out(window, far_mib, halvings);
  if (!take_space(window, halvings))
    return false;
  if (map_parts(window))
    return true;
  failure = errno;
  lzr_window_close(window);
  errno = failure;
  return false;
}

static lzr_error *refuse(int failure) {
  if (failure == EACCES || failure == EPERM)
    return lzr_error_create(
        LZR_ERROR_MEMORY,
        "this system does not let a memory file be executed (%s; see the "
        "sysctl vm.memfd_noexec and security modules)",
        strerror(failure));
  return lzr_error_create(LZR_ERROR_MEMORY,
                          "cannot map memory for compiled code: %s",
                          lzr_memory_failure(failure));
}

lzr_error *lzr_window_open(struct lzr_window *window) {
  for (size_t i = 0; i < FAR_COUNT; i++)
    if (try_open(window, far_mibs[i], 0))
      return NULL;
  for (unsigned halvings = 1; errno == ENOMEM && halvings <= HALVINGS;
       halvings++)
    if (try_open(window, 0, halvings))
      return NULL;
  return refuse(errno);
}

void lzr_window_close(struct lzr_window *window) {
  give_back(window, window->start[order[0]]);
  munmap(window->alias, file_size(window));
}

static bool overlaps(lzr_addr address, uint64_t size, const uint8_t *start,
                     uint64_t length) {
  uint64_t first = (uintptr_t)start;

  if (address < first)
    return size > first - address;
  return size > 0 && address - first < length;
}

bool lzr_window_is_sealed(const struct lzr_window *window, lzr_addr address,
                          uint64_t size) {
  return overlaps(address, size, window->start[LZR_PROT_CODE],
                  file_size(window)) ||
         overlaps(address, size, window->alias, file_size(window));
}

void *lzr_window_writable(const struct lzr_window *window, lzr_addr address) {
  uint64_t offset = address - (uintptr_t)window->start[LZR_PROT_CODE];

  if (offset < file_size(window))
    return window->alias + offset;
  return window->start[LZR_PROT_CODE] + offset;
}

/* Makes bytes of code or constants writable at the alias. What can be run is
   traps before it can be. */
static bool open_alias(const struct lzr_window *window, lzr_prot prot,
                       uint64_t from, uint64_t to) {
  uint8_t *alias = window->alias + file_offset(window, prot);

  if (mprotect(alias + from, to - from, PROT_READ | PROT_WRITE) != 0)
    return false;
  if (prot == LZR_PROT_CODE)
    memset(alias + from, lzr_machine_trap, to - from);
  return true;
}

/* Those bytes of a part, counted from where it begins to be used, in each of
   its views. */
static bool open_bytes(const struct lzr_window *window, lzr_prot prot,
                       uint64_t from, uint64_t to) {
  uint8_t *start = window->start[prot] + from;

  if (!is_data(prot) && !open_alias(window, prot, from, to))
    return false;
  if (lzr_part_grows_down(prot))
    start = window->start[prot] + window->size[prot] - to;
  return mprotect(start, to - from, accesses[prot]) == 0;
}

/* Constants and data by doubling. Code in steps, as traps are written into all
   that is opened; large data too, as it may be as large as memory is. */
static uint64_t next_opened(const struct lzr_window *window, lzr_prot prot,
                            uint64_t used) {
  uint64_t opened = window->opened[prot];

  if (prot != LZR_PROT_CONST && prot != LZR_PROT_DATA)
    opened = (used + OPENED_STEP - 1) / OPENED_STEP * OPENED_STEP;
  while (opened < used)
    opened *= 2;
  return opened < window->size[prot] ? opened : window->size[prot];
}

/* Where all code is opened from the start, traps go ahead of what is used. */
static void write_traps(struct lzr_window *window, uint64_t used) {
  uint64_t trapped = next_opened(window, LZR_PROT_CODE, used);

  memset(window->alias + window->trapped, lzr_machine_trap,
         trapped - window->trapped);
  window->trapped = trapped;
}

static void show_data(const struct lzr_window *window, lzr_prot prot,
                      uint64_t used) {
  const uint8_t *start = window->start[prot];

  if (lzr_part_grows_down(prot))
    start += window->size[prot] - used;
  lzr_program_object_set_data(window->object, prot, start, used);
}

bool lzr_window_grow(struct lzr_window *window, lzr_prot prot, uint64_t used) {
  if (used > window->opened[prot]) {
    uint64_t opened = next_opened(window, prot, used);
    if (!open_bytes(window, prot, window->opened[prot], opened))
      return false;
    window->opened[prot] = opened;
    if (prot == LZR_PROT_CODE)
      window->trapped = opened;
    if (!is_data(prot))
      apply_dumped(window->start[prot], opened, window->size[prot]);
  }
  if (prot == LZR_PROT_CODE && used > window->trapped)
    write_traps(window, used);
  if (is_data(prot) && window->object)
    show_data(window, prot, used);
  return true;
}

/* Writes bytes into the file; returns false with errno on failure. */
static bool write_out(int file, const uint8_t *bytes, uint64_t size,
                      uint64_t offset) {
  while (size > 0) {
    ssize_t written = pwrite(file, bytes, size, (off_t)offset);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    offset += (uint64_t)written;
    size -= (uint64_t)written;
  }
  return true;
}

static bool copy_out(const struct pages *pages, const uint8_t *bytes,
                     uint64_t size, uint64_t offset) {
  if (pages->file >= 0)
    return write_out(pages->file, bytes, size, offset);
  memcpy(pages->memory + offset, bytes, size);
  return true;
}

static bool replace_pages(const struct lzr_window *window,
                          const uint64_t used[LZR_PROT_COUNT],
                          const struct pages *pages) {
  /* from the alias, where no debugger has set breakpoints */
  return copy_out(pages, window->alias, window->trapped, 0) &&
         copy_out(pages, window->start[LZR_PROT_CONST], used[LZR_PROT_CONST],
                  window->size[LZR_PROT_CODE]) &&
         map_all(window, pages);
}

lzr_error *lzr_window_privatise(struct lzr_window *window,
                                const uint64_t used[LZR_PROT_COUNT]) {
  struct pages pages;
  bool made = make_pages(&pages, file_size(window), window->in_memory);
  lzr_error *error = NULL;

  if (!made || !replace_pages(window, used, &pages))
    error = lzr_error_create(LZR_ERROR_MEMORY,
                             "cannot give this process code of its own after "
                             "a fork: %s",
                             lzr_memory_failure(errno));
  if (made)
    drop_pages(&pages, file_size(window));
  return error;
}

/* A mapping that has been moved to its place is unknown to profilers; one whose
   access changes is not. */
static bool announce(const struct lzr_window *window) {
  uint8_t *start = window->start[LZR_PROT_CODE];
  uint64_t size = window->opened[LZR_PROT_CODE];

  return mprotect(start, size, PROT_NONE) == 0 &&
         mprotect(start, size, accesses[LZR_PROT_CODE]) == 0;
}

lzr_error *lzr_window_become_anonymous(struct lzr_window *window,
                                       const uint64_t used[LZR_PROT_COUNT]) {
  lzr_error *error;

  window->in_memory = true;
  error = lzr_window_privatise(window, used);
  if (error || announce(window))
    return error;
  return lzr_error_create(LZR_ERROR_MEMORY, "cannot map anonymous code: %s",
                          strerror(errno));
}
