/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/space.h"
#include "tpc/tpc.h"

/* One region holds the spans of all heaps, so a comparison of addresses tells
   whether a block is libc's. It becomes memory in steps (space.h).
   All blocks of a span have the same size. */
enum {
  SPAN_SIZE = 64 << 10,
  REGION_SIZE = 256 << 20,
  OPENED_STEP = 4 << 20,
  SPANS = REGION_SIZE / SPAN_SIZE,
  HEAPS = 64, /* the most threads that have one at the same time */
};

/* Block sizes are multiples of STEP up to FINE, then four between each size and
   its double. */
enum {
  STEP = 16, /* the strictest alignment that malloc must provide */
  FINE_BITS = 10,
  FINE = 1 << FINE_BITS,
  FINE_CLASSES = FINE / STEP,
  LARGEST = 32 << 10,
  CLASSES = FINE_CLASSES + 5 * 4,
};

struct heap_block {
  struct heap_block *next;
};

struct heap {
  struct heap_block *unused[CLASSES];
  char *fresh[CLASSES], *end[CLASSES]; /* the part of a span not used so far */
  _Atomic(struct heap_block *)
      returned;      /* freed by other threads, all classes */
  atomic_bool taken; /* a thread uses the heap */
};

static struct heap heaps[HEAPS];

/* An entry is written before the first block of its span is handed out. */
static struct {
  uint8_t size_class, heap;
} spans[SPANS];
static atomic_size_t spans_used;
static atomic_bool opened[REGION_SIZE / OPENED_STEP]; /* by step */

/* Where the region begins; until there is one, an address that is far from
   every pointer. */
static _Atomic(uintptr_t) region = (uintptr_t)1 << 62;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static bool has_region;
static pthread_key_t at_thread_end;

static _Thread_local struct heap *own; /* this thread's, or NULL */

/* libc's functions, under the names that --wrap gives them. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);

/* Sizes. */

static unsigned class_of(size_t size) {
  if (size <= FINE)
    return size ? (unsigned)(size - 1) / STEP : 0;
  unsigned last = (unsigned)size - 1;
  unsigned bits = 31 - (unsigned)__builtin_clz(last);
  return FINE_CLASSES + (bits - FINE_BITS) * 4 + (last >> (bits - 2)) % 4;
}

static size_t size_of(unsigned size_class) {
  if (size_class < FINE_CLASSES)
    return (size_class + 1) * STEP;
  unsigned coarse = size_class - FINE_CLASSES;
  return (size_t)(5 + coarse % 4) << (FINE_BITS - 2 + coarse / 4);
}

/* Heaps. */

/* The next thread takes over the heap with its free blocks. */
static void leave(void *heap) {
  own = NULL;
  atomic_store(&((struct heap *)heap)->taken, false);
}

static void prepare(void) {
  void *memory = lzr_space_reserve(REGION_SIZE);
  if (!memory)
    return;
  has_region = pthread_key_create(&at_thread_end, leave) == 0;
  if (has_region)
    atomic_store(&region, (uintptr_t)memory);
  else
    lzr_space_release(memory, REGION_SIZE);
}

/* Makes memory of the step that a span lies in, which other threads may do at
   the same time. A later step may be open before an earlier one. */
static bool open_span(size_t index) {
  size_t step = index * SPAN_SIZE / OPENED_STEP;
  if (atomic_load(&opened[step]))
    return true;
  char *start = (char *)atomic_load(&region) + step * OPENED_STEP;
  if (!lzr_space_open(start, OPENED_STEP))
    return false;
  atomic_store(&opened[step], true);
  return true;
}

/* Wraps around for addresses below the region, so these are far behind it
   too. */
static size_t offset_of(const void *block) {
  return (uintptr_t)block - atomic_load_explicit(&region, memory_order_relaxed);
}

bool lzr_heap_holds(const void *block) {
  return offset_of(block) < REGION_SIZE;
}

static struct heap *take_heap(void) {
  for (int i = 0; i < HEAPS; i++)
    if (!atomic_load(&heaps[i].taken) &&
        !atomic_exchange(&heaps[i].taken, true)) {
      if (pthread_setspecific(at_thread_end, &heaps[i]) == 0)
        return &heaps[i];
      atomic_store(&heaps[i].taken, false);
      return NULL;
    }
  return NULL;
}

/* Returns NULL for a thread of the program, because a signal handler may
   interrupt such a thread here and allocate too. */
static struct heap *find_heap(void) {
  if (own || !lzr_tpc_is_own_thread())
    return own;
  pthread_once(&prepared, prepare);
  if (has_region)
    own = take_heap();
  return own;
}

/* Blocks. */

static void put(struct heap *heap, unsigned size_class, void *memory) {
  struct heap_block *block = memory;
  block->next = heap->unused[size_class];
  heap->unused[size_class] = block;
}

static void take_back(struct heap *heap) {
  struct heap_block *block = atomic_exchange(&heap->returned, NULL);
  while (block) {
    struct heap_block *next = block->next;
    put(heap, spans[offset_of(block) / SPAN_SIZE].size_class, block);
    block = next;
  }
}

static bool add_span(struct heap *heap, unsigned size_class) {
  if (atomic_load(&spans_used) >= SPANS)
    return false;
  size_t index = atomic_fetch_add(&spans_used, 1);
  if (index >= SPANS || !open_span(index))
    return false;
  spans[index].size_class = (uint8_t)size_class;
  spans[index].heap = (uint8_t)(heap - heaps);
  heap->fresh[size_class] = (char *)atomic_load(&region) + index * SPAN_SIZE;
  heap->end[size_class] = heap->fresh[size_class] + SPAN_SIZE;
  return true;
}

static void *take_unused(struct heap *heap, unsigned size_class) {
  struct heap_block *block = heap->unused[size_class];
  if (block)
    heap->unused[size_class] = block->next;
  return block;
}

static void *take_fresh(struct heap *heap, unsigned size_class) {
  size_t size = size_of(size_class);
  if ((size_t)(heap->end[size_class] - heap->fresh[size_class]) < size &&
      !add_span(heap, size_class))
    return NULL;
  char *block = heap->fresh[size_class];
  heap->fresh[size_class] += size;
  return block;
}

/* Returns NULL if libc must provide the block. */
static void *take(size_t size) {
  struct heap *heap = size <= LARGEST ? find_heap() : NULL;
  if (!heap)
    return NULL;
  unsigned size_class = class_of(size);
  void *block = take_unused(heap, size_class);
  if (block)
    return block;
  take_back(heap);
  block = take_unused(heap, size_class);
  return block ? block : take_fresh(heap, size_class);
}

static void give_back(struct heap *heap, void *memory) {
  struct heap_block *block = memory;
  block->next = atomic_load(&heap->returned);
  while (!atomic_compare_exchange_weak(&heap->returned, &block->next, block))
    ;
}

/* Where there is no memory at all. */

/* std::set_new_handler of the C++ library that only LLVM uses here, and
   llvm::install_bad_alloc_error_handler. */
void (*set_new_handler(void (*handler)(void)))(void) __asm__(
    "_ZSt15set_new_handlerPFvvE");
void install_bad_alloc_handler(
    void (*handler)(void *, const char *, bool),
    void *data) __asm__("_ZN4llvm31install_bad_alloc_error_"
                        "handlerEPFvPvPKcbES0_");

/* LLVM catches no exceptions, so without memory it would end the process by a
   signal. Guards (runtime/llvm/guard.h) let a function's compilation fail
   instead; this is for the rest: LLVM's constructors. */
static void run_out_of_memory(void) {
  static const char sentence[] = "lazyrun: out of memory\n";
  ssize_t written = write(STDERR_FILENO, sentence, sizeof sentence - 1);
  (void)written; /* nobody is left to hear of it */
  _exit(1);
}

static void handle_no_malloc(void *data, const char *reason, bool crash) {
  (void)data, (void)reason, (void)crash;
  run_out_of_memory();
}

/* Comes before LLVM's constructors, which have no priority. */
__attribute__((constructor(101))) static void watch_allocation(void) {
  set_new_handler(run_out_of_memory);
  install_bad_alloc_handler(handle_no_malloc, NULL);
}

/* The replacements of libc's functions. */

void *__wrap_malloc(size_t size) {
  void *block = take(size);
  return block ? block : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  size_t whole;
  void *block = NULL;
  if (!__builtin_mul_overflow(count, size, &whole))
    block = take(whole);
  return block ? memset(block, 0, whole) : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  if (!block)
    return __wrap_malloc(size);
  if (!lzr_heap_holds(block))
    return __real_realloc(block, size);
  size_t had = size_of(spans[offset_of(block) / SPAN_SIZE].size_class);
  if (size <= had)
    return block;
  void *moved = __wrap_malloc(size);
  if (moved) {
    memcpy(moved, block, had);
    __wrap_free(block);
  }
  return moved;
}

void *__wrap_reallocarray(void *block, size_t count, size_t size) {
  size_t whole;
  if (__builtin_mul_overflow(count, size, &whole)) {
    errno = ENOMEM;
    return NULL;
  }
  return __wrap_realloc(block, whole);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return alignment <= STEP ? __wrap_malloc(size)
                           : __real_aligned_alloc(alignment, size);
}

void __wrap_free(void *block) {
  size_t offset = offset_of(block);
  if (offset >= REGION_SIZE) {
    __real_free(block);
    return;
  }
  struct heap *heap = &heaps[spans[offset / SPAN_SIZE].heap];
  if (heap == own)
    put(heap, spans[offset / SPAN_SIZE].size_class, block);
  else
    give_back(heap, block);
}
