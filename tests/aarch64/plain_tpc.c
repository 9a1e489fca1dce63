/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The few operations that stubs and call-throughs need, on plain mmap. It never
 * uses an address twice, because qemu before 8 runs stale code there.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "plain_tpc.h"
#include "tpc/ops.h"

#ifdef PROT_BTI
#define GUARDED PROT_BTI
#else
#define GUARDED 0
#endif
#define WINDOW_SIZE (64u << 20)
extern void __register_frame(void *frames); /* libgcc */
extern void __deregister_frame(void *frames);

#define PAGE 65536 /* the largest an AArch64 kernel has */

struct context {
  uint64_t (*call)(void *, uint64_t);
  lzr_handler handler;
  void *data;
};

struct plain {
  lzr_tpc tpc;
  struct lzr_target_facts facts;
  struct context context;
  pthread_mutex_t lock; /* guards used */
  int code_flags;
  lzr_addr window;
  uint64_t used;
};

struct plain_allocation {
  lzr_allocation pieces;
  lzr_addr frames; /* registered unwind information, or 0 */
};

static struct plain *plain_of(lzr_tpc *tpc) {
  return (struct plain *)tpc;
}

static uint64_t call_handler(void *context, uint64_t index) {
  struct context *self = context;
  return self->handler(self->data, index);
}

static const struct lzr_target_facts *plain_facts(const lzr_tpc *tpc) {
  return &((const struct plain *)tpc)->facts;
}

static lzr_error *plain_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                                lzr_allocation **allocation) {
  struct plain *plain = plain_of(tpc);
  struct plain_allocation *made = calloc(1, sizeof *made);
  if (!made)
    return lzr_error_create(LZR_ERROR_MEMORY, "no allocation");
  pthread_mutex_lock(&plain->lock);
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    made->pieces.size[prot] = layout->size[prot];
    if (layout->size[prot] != 0)
      made->pieces.address[prot] = plain->window + plain->used;
    plain->used += (layout->size[prot] + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  }
  bool full = plain->used > WINDOW_SIZE;
  pthread_mutex_unlock(&plain->lock);
  *allocation = &made->pieces;
  return full ? lzr_error_create(LZR_ERROR_LIMIT, "window full") : NULL;
}

static lzr_error *plain_store_pointers(lzr_tpc *tpc,
                                       const struct lzr_pointer_store *stores,
                                       size_t count) {
  (void)tpc;
  for (size_t i = 0; i < count; i++)
    __atomic_store_n((uint64_t *)(uintptr_t)stores[i].address, stores[i].value,
                     __ATOMIC_RELEASE);
  return NULL;
}

static lzr_error *protect(const lzr_allocation *allocation, int prot,
                          int flags) {
  void *start = (void *)(uintptr_t)allocation->address[prot];
  uint64_t size = allocation->size[prot];
  if (size != 0 && mprotect(start, size, flags) != 0)
    return lzr_error_create(LZR_ERROR_TARGET, "mprotect failed");
  return NULL;
}

static lzr_error *plain_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                               const struct lzr_commit *commit) {
  lzr_error *error = NULL;
  for (int prot = 0; prot < LZR_PROT_COUNT && !error; prot++)
    error = protect(allocation, prot, PROT_READ | PROT_WRITE);
  for (size_t i = 0; i < commit->segment_count && !error; i++) {
    const struct lzr_segment *segment = &commit->segments[i];
    char *at = (char *)(uintptr_t)segment->address;
    if (segment->byte_count != 0)
      memcpy(at, segment->bytes, segment->byte_count);
    __builtin___clear_cache(at, at + segment->byte_count);
  }
  if (!error)
    error = protect(allocation, LZR_PROT_CODE, plain_of(tpc)->code_flags);
  if (error || commit->action_count == 0)
    return error;
  lzr_addr frames = commit->actions[0].address;
  __register_frame((void *)(uintptr_t)frames);
  ((struct plain_allocation *)allocation)->frames = frames;
  return NULL;
}

static void plain_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  (void)tpc;
  lzr_addr frames = ((struct plain_allocation *)allocation)->frames;
  if (frames != 0)
    __deregister_frame((void *)(uintptr_t)frames);
  free(allocation);
}

static lzr_error *plain_add_handler(lzr_tpc *tpc, lzr_handler handler,
                                    void *data, lzr_addr *context) {
  struct plain *plain = plain_of(tpc);
  plain->context = (struct context){call_handler, handler, data};
  *context = (lzr_addr)(uintptr_t)&plain->context;
  return NULL;
}

static void plain_close(lzr_tpc *tpc) {
  munmap((void *)(uintptr_t)plain_of(tpc)->window, WINDOW_SIZE);
  free(tpc);
}

static const struct lzr_tpc_ops ops = {.facts = plain_facts,
                                       .reserve = plain_reserve,
                                       .commit = plain_commit,
                                       .release = plain_release,
                                       .store_pointers = plain_store_pointers,
                                       .add_handler = plain_add_handler,
                                       .close = plain_close};

lzr_error *plain_tpc_create(const struct lzr_target_facts *facts,
                            bool guarded_code, lzr_tpc **tpc) {
  struct plain *made = calloc(1, sizeof *made);
  void *window =
      mmap(NULL, WINDOW_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!made || window == MAP_FAILED)
    return lzr_error_create(LZR_ERROR_MEMORY, "no window");
  pthread_mutex_init(&made->lock, NULL);
  made->window = (lzr_addr)(uintptr_t)window;
  made->facts = *facts;
  made->code_flags = PROT_READ | PROT_EXEC | (guarded_code ? GUARDED : 0);
  made->tpc.ops = &ops;
  *tpc = &made->tpc;
  return NULL;
}
