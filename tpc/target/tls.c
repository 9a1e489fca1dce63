#include "tpc/target/tls.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/target/fork.h"

/* Module numbers are small, addresses are not: nothing is mapped below 64 KiB,
   and no process has that many modules. */
static const uint64_t module_numbers = UINT64_C(1) << 20;

static const uint64_t max_align = UINT64_C(1) << 20;
static const uint64_t max_size = UINT64_C(1) << 31;

/* libc's; the argument is its own name for the same two words. */
void *__tls_get_addr(const struct lzr_tls_entry *entry);

/* The blocks of one thread, by index; the first is never used. Only the thread
   itself makes blocks and grows the table, and it reads without a lock. Under
   the lock, another thread empties an entry when its template is dropped, which
   is why entries are atomic. */
struct table {
  _Atomic(char *) *blocks; /* owned, with the blocks */
  uint64_t count;
  unsigned rounds;            /* of key destructors, seen so far */
  struct table *next, **link; /* under the target's lock */
};

/* Stands for the table of every thread that has none; never written. */
static struct table no_table;

static _Thread_local struct table *own = &no_table;

/* Under the target's lock. On the heap and in this list, a table outlives even
   a thread that could not free it (see end_thread). */
static struct table *tables;     /* of all threads that have one */
static uint64_t index_count = 1; /* indexes ever given out; 0 stands for none */
static uint64_t *free_indexes;   /* room for index_count, so that a drop never
                                    needs memory */
static uint64_t free_count;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* its value is own, for threads with a table */
static bool key_made;

/* ---- The end of a thread --------------------------------------------------
 */

static void free_table(struct table *table) {
  lzr_target_lock();
  *table->link = table->next;
  if (table->next)
    table->next->link = table->link;
  lzr_target_unlock();
  for (uint64_t i = 0; i < table->count; i++)
    free(atomic_load_explicit(&table->blocks[i], memory_order_relaxed));
  free((void *)table->blocks);
  free(table);
}

/* Other keys' destructors may still use thread-local variables, as they may
   libc's, so the table waits for the last round but one. The last is for
   tools like ThreadSanitizer, which give up the thread then and must not be
   called after that. A thread whose first access comes in a later round than
   the first may leave its table behind, when the rounds end before it has seen
   enough of them. Drops still empty it. */
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

/* ---- The first access ------------------------------------------------------
 */

/* The calling thread's table, made if there is none; NULL without memory. */
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

/* Gives template an index if it has none; 0 without memory. */
static uint64_t index_of(struct lzr_tls_template *template) {
  uint64_t index = template->index;

  if (index)
    return index;
  if (free_count) {
    index = free_indexes[--free_count];
  } else {
    uint64_t *room =
        realloc(free_indexes, (index_count + 1) * sizeof *free_indexes);

    if (!room)
      return 0;
    free_indexes = room;
    index = index_count++;
  }
  /* Pairs with the load in lzr_target_tls_get_addr. */
  __atomic_store_n(&template->index, index, __ATOMIC_RELEASE);
  return index;
}

/* Makes room for index in a table of the calling thread. */
static bool grow(struct table *table, uint64_t index) {
  uint64_t count = index + 1 + index / 2;
  _Atomic(char *) *blocks;

  if (index < table->count)
    return true;
  blocks = calloc(count, sizeof *blocks);
  if (!blocks)
    return false;
  for (uint64_t i = 0; i < table->count; i++)
    atomic_init(&blocks[i],
                atomic_load_explicit(&table->blocks[i], memory_order_relaxed));
  free((void *)table->blocks);
  table->blocks = blocks;
  table->count = count;
  return true;
}

static char *make_block(const struct lzr_tls_template *template) {
  size_t align =
      template->align > sizeof(void *) ? template->align : sizeof(void *);
  void *block;

  if (posix_memalign(&block, align, template->size ? template->size : 1) != 0)
    return NULL;
  if (template->image_size)
    memcpy(block, (const void *)(uintptr_t)template->image,
           template->image_size);
  memset((char *)block + template->image_size, 0,
         template->size - template->image_size);
  return block;
}

static char *first_access(struct lzr_tls_template *template) {
  char *block = make_block(template);
  struct table *table;
  uint64_t index;

  if (!block)
    return NULL;
  lzr_target_lock();
  table = own_table();
  index = index_of(template);
  if (table && index && grow(table, index)) {
    atomic_store_explicit(&table->blocks[index], block, memory_order_relaxed);
  } else {
    free(block);
    block = NULL;
  }
  lzr_target_unlock();
  return block;
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
    block = atomic_load_explicit(&table->blocks[index], memory_order_relaxed);
  if (!block)
    block = first_access(template);
  return block ? block + entry->offset : NULL;
}

/* ---- Templates -------------------------------------------------------------
 */

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

/* No thread's entry survives, so the index may go to another template. */
void lzr_tls_drop(struct lzr_tls_template *template) {
  uint64_t index = template->index;

  lzr_target_lock();
  if (index == 0 || index >= index_count) { /* never used, or overwritten */
    lzr_target_unlock();
    return;
  }
  for (struct table *table = tables; table; table = table->next)
    if (index < table->count) {
      free(atomic_load_explicit(&table->blocks[index], memory_order_relaxed));
      atomic_store_explicit(&table->blocks[index], NULL, memory_order_relaxed);
    }
  template->index = 0;
  free_indexes[free_count++] = index;
  lzr_target_unlock();
}
