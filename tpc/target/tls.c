/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/tls.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/target/fork.h"
#include "tpc/target/program_object.h"

/* Tells module numbers from addresses: nothing is mapped below 64 KiB, and no
   process has that many modules. */
static const uint64_t module_numbers = UINT64_C(1) << 20;

static const uint64_t max_align = UINT64_C(1) << 20;
static const uint64_t max_size = UINT64_C(1) << 31;

struct block {
  _Atomic(char *) start;
  char *owned; /* start, unless libc has allocated it; or NULL */
};

/* The blocks of one thread, by index; the first entry is never used. Only the
   thread itself makes blocks and grows the table, and it reads without a lock.
   When a template is dropped, another thread empties the entry under the lock;
   that is why entries are atomic. */
struct table {
  struct block *blocks; /* owned */
  uint64_t count;
  unsigned rounds;            /* rounds of key destructors seen so far */
  struct table *next, **link; /* list of all tables, under the target's lock */
};

/* The table of every thread that has none of its own; never written. */
static struct table no_table;

static _Thread_local struct table *own = &no_table;

/* Under the target's lock. A table is on the heap and in this list, so it
   outlives even a thread that could not free it (see end_thread). */
static struct table *tables;     /* of all threads that have one */
static uint64_t index_count = 1; /* indexes given out so far; 0 means none */
static uint64_t *free_indexes; /* both arrays have room for index_count entries,
                                  so a drop never needs memory */
static struct lzr_program_place *places; /* of each index's blocks */
static uint64_t free_count;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* a thread with a table has own as the key's value */
static bool key_made;

/* ---- The end of a thread ---- */

static void free_table(struct table *table) {
  lzr_target_lock();
  *table->link = table->next;
  if (table->next)
    table->next->link = table->link;
  lzr_target_unlock();
  for (uint64_t i = 0; i < table->count; i++)
    free(table->blocks[i].owned);
  free(table->blocks);
  free(table);
}

/* Destructors of other keys may still use thread-local variables, so the table
   is kept until the last round but one. The last round belongs to tools like
   ThreadSanitizer, which give up the thread then and must not be called after
   that. A thread whose first access comes in a later round than the first may
   leave its table behind, when the rounds end before it has seen enough of
   them. A drop still empties it. */
static void end_thread(void *table) {
  if (++own->rounds < PTHREAD_DESTRUCTOR_ITERATIONS - 1 &&
      pthread_setspecific(key, table) == 0)
    return;
  own = &no_table;
  free_table(table);
}

static void make_key(void) {
  key_made = pthread_key_create(&key, end_thread) == 0;
}

/* ---- The first access ---- */

/* The calling thread's table, which is made if there is none; NULL without
   memory. */
static struct table *own_table(void) {
  struct table *table;

  if (own != &no_table)
    return own;
  pthread_once(&key_once, make_key);
  table = calloc(1, sizeof *table);
  if (!table || !key_made || pthread_setspecific(key, table) != 0) {
    free(table);
    return NULL;
  }
  table->next = tables;
  table->link = &tables;
  if (table->next)
    table->next->link = &table->next;
  tables = table;
  return own = table;
}

static bool make_index_room(void) {
  uint64_t *indexes =
      lzr_array_grow(free_indexes, index_count, sizeof *free_indexes);
  struct lzr_program_place *grown;

  if (!indexes)
    return false;
  free_indexes = indexes;
  grown = lzr_array_grow(places, index_count, sizeof *places);
  if (!grown)
    return false;
  places = grown;
  return true;
}

/* Where libc allocates a template's blocks, if the program's object has room.
 */
static struct lzr_program_place
find_place(const struct lzr_tls_template *template) {
  struct lzr_program_object *object = lzr_program_object_at(template);

  return object ? lzr_program_object_take_tls(object, template->size,
                                              template->align)
                : (struct lzr_program_place){0};
}

/* Gives template an index if it has none; 0 without memory. */
static uint64_t index_of(struct lzr_tls_template *template) {
  uint64_t index = template->index;

  if (index)
    return index;
  if (free_count) {
    index = free_indexes[--free_count];
  } else {
    if (!make_index_room())
      return 0;
    index = index_count++;
  }
  places[index] = find_place(template);
  /* Pairs with the load in lzr_target_tls_get_addr. */
  __atomic_store_n(&template->index, index, __ATOMIC_RELEASE);
  return index;
}

/* Makes room for index in the calling thread's table. */
static bool grow(struct table *table, uint64_t index) {
  uint64_t count = index + 1 + index / 2;
  struct block *blocks;

  if (index < table->count)
    return true;
  blocks = calloc(count, sizeof *blocks);
  if (!blocks)
    return false;
  for (uint64_t i = 0; i < table->count; i++) {
    atomic_init(&blocks[i].start, atomic_load_explicit(&table->blocks[i].start,
                                                       memory_order_relaxed));
    blocks[i].owned = table->blocks[i].owned;
  }
  free(table->blocks);
  table->blocks = blocks;
  table->count = count;
  return true;
}

/* Allocates the calling thread's block; false without memory. */
static bool allocate(const struct lzr_tls_template *template,
                     struct lzr_program_place place, struct block *block) {
  size_t align =
      template->align > sizeof(void *) ? template->align : sizeof(void *);
  void *owned = NULL;
  char *start;

  if (place.module) {
    struct lzr_tls_entry entry = {place.module, place.offset};

    start = __tls_get_addr(&entry);
  } else {
    if (posix_memalign(&owned, align, template->size ? template->size : 1) != 0)
      return false;
    start = owned;
  }
  if (template->image_size)
    memcpy(start, (const void *)(uintptr_t)template->image,
           template->image_size);
  memset(start + template->image_size, 0,
         template->size - template->image_size);
  block->owned = owned;
  atomic_init(&block->start, start);
  return true;
}

/* Makes room for the calling thread's block, and returns its index; 0 without
   memory. */
static uint64_t prepare(struct lzr_tls_template *template,
                        struct lzr_program_place *place) {
  struct table *table;
  uint64_t index;

  lzr_target_lock();
  table = own_table();
  index = index_of(template);
  if (!table || !index || !grow(table, index))
    index = 0;
  else
    *place = places[index];
  lzr_target_unlock();
  return index;
}

static char *first_access(struct lzr_tls_template *template) {
  struct lzr_program_place place;
  struct block block;
  uint64_t index = prepare(template, &place);
  char *start;

  if (!index || !allocate(template, place, &block))
    return NULL;
  start = atomic_load_explicit(&block.start, memory_order_relaxed);
  lzr_target_lock();
  own->blocks[index].owned = block.owned;
  atomic_store_explicit(&own->blocks[index].start, start, memory_order_relaxed);
  lzr_target_unlock();
  return start;
}

/* Code that asks for the address of a variable expects one. As in libc, there
   is nothing left but to end the process, and with libc's status. */
static _Noreturn void end_without_memory(void) {
  static const char sentence[] =
      "lazyrun: out of memory for a thread-local variable\n";
  ssize_t written = write(STDERR_FILENO, sentence, sizeof sentence - 1);

  (void)written; /* nobody is left to hear of it */
  _exit(127);
}

void *lzr_target_tls_get_addr(const struct lzr_tls_entry *entry) {
  struct lzr_tls_template *template;
  struct table *table = own;
  char *block = NULL;
  uint64_t index;

  if (entry->module < module_numbers)
    return __tls_get_addr(entry);
  template = (struct lzr_tls_template *)(uintptr_t)entry->module;
  index = __atomic_load_n(&template->index, __ATOMIC_ACQUIRE);
  if (index < table->count)
    block =
        atomic_load_explicit(&table->blocks[index].start, memory_order_relaxed);
  if (!block)
    block = first_access(template);
  if (!block)
    end_without_memory();
  return block + entry->offset;
}

/* ---- Templates ---- */

lzr_error *lzr_tls_check(const struct lzr_tls_template *template) {
  if (template->index == 0 && template->image_size <= template->size &&
      template->size <= max_size && template->align <= max_align &&
      (template->align & (template->align - 1)) == 0)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_ARGUMENT,
      "not a TLS template: index %llu, size %llu (image %llu), alignment %llu",
      (unsigned long long)template->index, (unsigned long long)template->size,
      (unsigned long long)template->image_size,
      (unsigned long long)template->align);
}

/* No thread's entry is left, so another template may get the index. */
void lzr_tls_drop(struct lzr_tls_template *template) {
  uint64_t index = template->index;

  lzr_target_lock();
  if (index == 0 || index >= index_count) { /* never used, or overwritten */
    lzr_target_unlock();
    return;
  }
  for (struct table *table = tables; table; table = table->next)
    if (index < table->count) {
      free(table->blocks[index].owned);
      table->blocks[index].owned = NULL;
      atomic_store_explicit(&table->blocks[index].start, NULL,
                            memory_order_relaxed);
    }
  lzr_program_object_return_tls(places[index]);
  template->index = 0;
  free_indexes[free_count++] = index;
  lzr_target_unlock();
}
