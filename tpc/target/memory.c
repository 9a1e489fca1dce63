/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/common/allocation.h"
#include "tpc/common/ranges.h"
#include "tpc/target/fork.h"
#include "tpc/target/machine.h"
#include "tpc/target/program_object.h"
#include "tpc/target/view.h"
#include "tpc/target/window.h"

/* Data of at least this size is cleared by giving its pages back to the
   kernel. */
enum { LARGE_DATA = 256 * 1024 };

static const uint64_t max_align = UINT64_C(1) << 20;

struct lzr_memory {
  struct lzr_window window;
  /* The target's lock guards the members below. used may be read without it. */
  struct lzr_ranges ranges[LZR_PROT_COUNT];
  _Atomic uint64_t used[LZR_PROT_COUNT]; /* bytes from a part's start, or from
                                            its end if it grows down, to the
                                            farthest that was ever reserved */
  uint64_t shown; /* bytes from the start of code to the end of the last page
                     that has some */
  uint64_t file_fork_count; /* when the window's file was made */
  bool torn; /* an attempt to move to a new file failed half-way */
  struct lzr_block *blocks;
};

/* ---- Creation ---- */

static bool init_ranges(struct lzr_memory *memory) {
  bool fine = true;

  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    fine &= lzr_ranges_init(&memory->ranges[prot],
                            (uintptr_t)memory->window.start[prot],
                            memory->window.size[prot], prot == LZR_PROT_CODE);
    memory->ranges[prot].from_end = lzr_part_grows_down((lzr_prot)prot);
  }
  return fine;
}

lzr_error *lzr_memory_create(struct lzr_memory **memory) {
  struct lzr_memory *made = calloc(1, sizeof *made);
  lzr_error *error = lzr_fork_watch();

  if (!made && !error)
    error = lzr_out_of_memory();
  if (!error)
    error = lzr_window_open(&made->window);
  if (error) {
    free(made);
    return error;
  }
  if (!init_ranges(made)) {
    lzr_memory_destroy(made);
    return lzr_out_of_memory();
  }
  lzr_target_lock();
  made->file_fork_count = lzr_fork_count();
  lzr_target_unlock();
  *memory = made;
  return NULL;
}

void lzr_memory_destroy(struct lzr_memory *memory) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    lzr_ranges_fini(&memory->ranges[prot]);
  lzr_window_close(&memory->window);
  free(memory);
}

/* ---- Forks ---- */

static lzr_error *renew(struct lzr_memory *memory,
                        lzr_error *(*way)(struct lzr_window *window,
                                          const uint64_t *used)) {
  uint64_t used[LZR_PROT_COUNT];
  lzr_error *error;

  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    used[prot] = memory->used[prot];
  error = way(&memory->window, used);
  memory->torn = error != NULL;
  if (!error)
    memory->file_fork_count = lzr_fork_count();
  return error;
}

/* Called before unused memory is written. A parent may write it at any time,
   because no child of its knows these addresses. A child may not: its parent
   goes on using the same ones. */
static lzr_error *before_fresh_write(struct lzr_memory *memory) {
  if (memory->torn || memory->file_fork_count < lzr_fork_birth())
    return renew(memory, lzr_window_privatise);
  return NULL;
}

/* Called before memory of block is given away: a process forked since the block
   was made may still run code in it. */
static lzr_error *before_rewrite(struct lzr_memory *memory,
                                 const struct lzr_block *block) {
  uint64_t now = lzr_fork_count();

  if (memory->file_fork_count < now && block->fork_count < now)
    return renew(memory, lzr_window_privatise);
  return before_fresh_write(memory);
}

lzr_error *lzr_memory_become_anonymous(struct lzr_memory *memory) {
  lzr_error *error = NULL;

  lzr_target_lock();
  if (!memory->window.in_memory)
    error = renew(memory, lzr_window_become_anonymous);
  lzr_target_unlock();
  return error;
}

/* ---- Reserving and freeing ---- */

static lzr_error *refuse_take(const struct lzr_memory *memory,
                              enum lzr_take reason, int prot, uint64_t size) {
  if (reason == LZR_TAKE_NO_MEMORY)
    return lzr_out_of_memory();
  return lzr_error_create(
      LZR_ERROR_LIMIT,
      "no room for %llu bytes of %s: the session's window has %llu MiB for it",
      (unsigned long long)size, lzr_part_names[prot],
      (unsigned long long)(memory->window.size[prot] >> 20));
}

/* From now on the part's bytes up to used are. Traps are written where code may
   come to be, so a child of a fork needs a file of its own for that. */
static lzr_error *grow(struct lzr_memory *memory, int prot, uint64_t used) {
  lzr_error *error = NULL;

  if (used <= memory->used[prot])
    return NULL;
  if (prot == LZR_PROT_CODE && used > memory->window.trapped)
    error = before_fresh_write(memory);
  if (error)
    return error;
  if (!lzr_window_grow(&memory->window, (lzr_prot)prot, used))
    return lzr_error_create(LZR_ERROR_MEMORY, "no memory for %s: %s",
                            lzr_part_names[prot], lzr_memory_failure(errno));
  memory->used[prot] = used;
  return NULL;
}

/* Makes range, which has just been taken, a part of block. */
static lzr_error *adopt_range(struct lzr_memory *memory, int prot,
                              uint64_t size, struct lzr_range *range,
                              struct lzr_block *block) {
  uint64_t depth =
      lzr_part_depth((lzr_prot)prot, (uintptr_t)memory->window.start[prot],
                     memory->window.size[prot], range->address, range->size);

  block->range[prot] = range;
  block->allocation.address[prot] = range->address;
  block->allocation.size[prot] = size;
  block->zero[prot] = depth - range->size >= memory->used[prot];
  if (prot == LZR_PROT_CODE) {
    block->reused_code = !block->zero[prot];
    block->zero[prot] = false; /* traps */
  }
  return grow(memory, prot, depth);
}

static lzr_error *take_part(struct lzr_memory *memory, int prot, uint64_t size,
                            uint64_t align, struct lzr_block *block) {
  enum lzr_take outcome;
  struct lzr_range *range = NULL;

  if (align > max_align)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "an alignment of %llu bytes is beyond 2^20",
                            (unsigned long long)align);
  outcome = lzr_ranges_take(&memory->ranges[prot], size, align, &range);
  if (outcome != LZR_TAKE_OK)
    return refuse_take(memory, outcome, prot, size);
  return adopt_range(memory, prot, size, range, block);
}

static lzr_error *take_part_at(struct lzr_memory *memory, int prot,
                               lzr_addr address, uint64_t size,
                               struct lzr_block *block) {
  struct lzr_range *range = NULL;
  enum lzr_take outcome =
      lzr_ranges_take_at(&memory->ranges[prot], address, size, &range);

  if (outcome == LZR_TAKE_NO_MEMORY)
    return lzr_out_of_memory();
  if (outcome != LZR_TAKE_OK)
    return lzr_error_create(LZR_ERROR_TARGET,
                            "%llu bytes of %s at 0x%llx are not free",
                            (unsigned long long)size, lzr_part_names[prot],
                            (unsigned long long)address);
  return adopt_range(memory, prot, size, range, block);
}

static void give_parts(struct lzr_memory *memory, struct lzr_block *block) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    if (block->range[prot])
      lzr_ranges_give(&memory->ranges[prot], block->range[prot]);
}

static void link_block(struct lzr_memory *memory, struct lzr_block *block) {
  block->next = memory->blocks;
  block->link = &memory->blocks;
  if (block->next)
    block->next->link = &block->next;
  memory->blocks = block;
}

static void unlink_block(struct lzr_block *block) {
  *block->link = block->next;
  if (block->next)
    block->next->link = block->link;
}

static lzr_error *take_parts(struct lzr_memory *memory,
                             const struct lzr_layout *layout,
                             struct lzr_block *block) {
  lzr_error *error = NULL;

  for (int prot = 0; prot < LZR_PROT_COUNT && !error; prot++)
    if (layout->size[prot])
      error = take_part(memory, prot, layout->size[prot], layout->align[prot],
                        block);
  return error;
}

static lzr_error *take_parts_at(struct lzr_memory *memory,
                                const lzr_allocation *where,
                                struct lzr_block *block) {
  lzr_error *error = NULL;

  for (int prot = 0; prot < LZR_PROT_COUNT && !error; prot++)
    if (where->size[prot])
      error = take_part_at(memory, prot, where->address[prot],
                           where->size[prot], block);
  return error;
}

/* Either layout or where is given. */
static lzr_error *reserve(struct lzr_memory *memory,
                          const struct lzr_layout *layout,
                          const lzr_allocation *where,
                          struct lzr_block **block) {
  struct lzr_block *made = calloc(1, sizeof *made);
  lzr_error *error;

  if (!made)
    return lzr_out_of_memory();
  lzr_target_lock();
  made->fork_count = lzr_fork_count();
  error = layout ? take_parts(memory, layout, made)
                 : take_parts_at(memory, where, made);
  if (error)
    give_parts(memory, made);
  else
    link_block(memory, made);
  lzr_target_unlock();
  if (error) {
    free(made);
    return error;
  }
  *block = made;
  return NULL;
}

lzr_error *lzr_memory_reserve(struct lzr_memory *memory,
                              const struct lzr_layout *layout,
                              struct lzr_block **block) {
  return reserve(memory, layout, NULL, block);
}

lzr_error *lzr_memory_reserve_at(struct lzr_memory *memory,
                                 const lzr_allocation *where,
                                 struct lzr_block **block) {
  return reserve(memory, NULL, where, block);
}

void lzr_memory_part(const struct lzr_memory *memory, lzr_prot prot,
                     lzr_addr *start, uint64_t *size) {
  *start = (uintptr_t)memory->window.start[prot];
  *size = memory->window.size[prot];
}

bool lzr_memory_has_large(const struct lzr_memory *memory) {
  return memory->window.size[LZR_PROT_LARGE] != 0;
}

/* Zeros data; whole pages of a large piece go back to the kernel. */
static void clear_data(uint8_t *start, uint64_t size) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t last = ((uintptr_t)start + size) & ~(page - 1);

  if (size < LARGE_DATA ||
      madvise((void *)first, last - first, MADV_DONTNEED) != 0) {
    memset(start, 0, size);
    return;
  }
  memset(start, 0, first - (uintptr_t)start);
  memset((void *)last, 0, (uintptr_t)start + size - last);
}

/* Lets code that has been written be run. A page that has had no code has no
   breakpoints, so it is not looked at, which would make it resident. */
static void show_code(struct lzr_memory *memory, lzr_addr address,
                      const uint8_t *bytes, uint64_t size) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  uint64_t start = address - (uintptr_t)memory->window.start[LZR_PROT_CODE];
  uint64_t end = start + size;
  uint8_t *code = (uint8_t *)(uintptr_t)address;

  if (start < memory->shown)
    lzr_view_update(code, bytes,
                    (end < memory->shown ? end : memory->shown) - start);
  if (end > memory->shown)
    memory->shown = (end + page - 1) & ~(page - 1);
  __builtin___clear_cache((char *)code, (char *)code + size);
}

static void wipe(struct lzr_memory *memory, const struct lzr_block *block) {
  const struct lzr_range *code = block->range[LZR_PROT_CODE];

  if (code && block->committed) {
    uint8_t *bytes = lzr_window_writable(&memory->window, code->address);

    memset(bytes, lzr_machine_trap, code->size);
    show_code(memory, code->address, bytes, code->size);
  }
  for (int prot = LZR_PROT_DATA; prot < LZR_PROT_COUNT; prot++) {
    const struct lzr_range *data = block->range[prot];

    if (data && data->size >= LARGE_DATA && !block->zero[prot])
      clear_data((uint8_t *)(uintptr_t)data->address, data->size);
  }
}

static bool writes_file(const struct lzr_block *block) {
  return block->range[LZR_PROT_CODE] || block->range[LZR_PROT_CONST];
}

void lzr_memory_free(struct lzr_memory *memory, struct lzr_block *block) {
  lzr_error *error = NULL;

  lzr_target_lock();
  unlink_block(block);
  if (block->committed && writes_file(block))
    error = before_rewrite(memory, block);
  if (!error) {
    wipe(memory, block);
    give_parts(memory, block);
  }
  lzr_target_unlock();
  if (error) /* the addresses stay taken: another process may use them */
    for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
      free(block->range[prot]);
  lzr_error_destroy(error);
  free(block);
}

struct lzr_block *lzr_memory_newest(struct lzr_memory *memory) {
  struct lzr_block *newest;

  lzr_target_lock();
  newest = memory->blocks;
  lzr_target_unlock();
  return newest;
}

/* ---- Names ---- */

lzr_error *lzr_memory_show(struct lzr_memory *memory,
                           const struct lzr_shown_name *names, size_t count) {
  struct lzr_program_object *object = memory->window.object;
  lzr_error *error = NULL;

  if (!object)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "this system does not let the dynamic linker load "
                            "a memory file, so shared libraries cannot be "
                            "shown the program's names");
  lzr_target_lock();
  for (size_t i = 0; i < count && !error; i++)
    error = lzr_program_object_add(object, &names[i]);
  lzr_target_unlock();
  return error;
}

/* On the program's thread, whose malloc may be the program's own: that is
   foreign code. */
void lzr_memory_set_path(struct lzr_memory *memory, const char *path) {
  bool was_own = lzr_own_thread;

  lzr_own_thread = true;
  lzr_target_lock();
  if (memory->window.object)
    lzr_program_object_set_path(memory->window.object, path);
  lzr_target_unlock();
  lzr_own_thread = was_own;
}

/* ---- Writing ---- */

static void write_segment(struct lzr_memory *memory,
                          const struct lzr_block *block,
                          const struct lzr_segment *segment) {
  uint64_t size = segment->byte_count + segment->zero_count;
  lzr_prot prot =
      lzr_allocation_find(&block->allocation, segment->address, size);
  uint8_t *bytes = lzr_window_writable(&memory->window, segment->address);

  if (segment->byte_count)
    memcpy(bytes, segment->bytes, segment->byte_count);
  if (segment->zero_count && !block->zero[prot]) {
    if (prot >= LZR_PROT_DATA)
      clear_data(bytes + segment->byte_count, segment->zero_count);
    else
      memset(bytes + segment->byte_count, 0, segment->zero_count);
  }
  if (prot == LZR_PROT_CODE)
    show_code(memory, segment->address, bytes, size);
}

lzr_error *lzr_memory_fill(struct lzr_memory *memory, struct lzr_block *block,
                           const struct lzr_segment *segments, size_t count) {
  lzr_error *error = NULL;

  for (size_t i = 0; i < count; i++)
    if ((error =
             lzr_allocation_check_segment(&block->allocation, &segments[i])))
      return error;
  lzr_target_lock();
  if (writes_file(block))
    error = before_fresh_write(memory);
  if (!error) {
    for (size_t i = 0; i < count; i++)
      write_segment(memory, block, &segments[i]);
    memset(block->zero, 0, sizeof block->zero);
  }
  lzr_target_unlock();
  return error;
}

lzr_error *lzr_memory_check_stores(const struct lzr_memory *memory,
                                   const struct lzr_pointer_store *stores,
                                   size_t count) {
  return lzr_stores_check((uintptr_t)memory->window.start[LZR_PROT_DATA],
                          memory->used[LZR_PROT_DATA], stores, count);
}

/* A release store, so that a thread that jumps through the new value sees the
   code and data that were written before. It pairs with the load in a stub or
   in a call through a slot. On AArch64 that load is a plain one; there, the
   barrier that lzr_block_commit makes before the store takes its place. */
void lzr_memory_store(const struct lzr_pointer_store *stores, size_t count) {
  for (size_t i = 0; i < count; i++)
    __atomic_store_n((uint64_t *)(uintptr_t)stores[i].address, stores[i].value,
                     __ATOMIC_RELEASE);
}

bool lzr_memory_is_sealed(const struct lzr_memory *memory, lzr_addr address,
                          uint64_t size) {
  return lzr_window_is_sealed(&memory->window, address, size);
}
