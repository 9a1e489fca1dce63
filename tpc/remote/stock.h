/*
 * LLVM's executors: llvm-jitlink-executor of 19 to 22 and their relatives.
 * Which services they have tells how to use them; see tpc/PROTOCOL.md.
 *
 * They promise no order of what arrives, so everything is awaited.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_STOCK_H
#define LZR_REMOTE_STOCK_H

#include "tpc/remote/calls.h"
#include "tpc/remote/remote.h"

enum lzr_stock_service {
  LZR_STOCK_MEMORY, /* an instance, the first argument of the next four */
  LZR_STOCK_RESERVE,
  LZR_STOCK_INITIALIZE, /* or finalize */
  LZR_STOCK_RELEASE,    /* or deallocate */
  LZR_STOCK_DEINITIALIZE,
  LZR_STOCK_LIBRARIES, /* an instance */
  LZR_STOCK_OPEN,
  LZR_STOCK_LOOKUP, /* or resolve */
  LZR_STOCK_RUN_MAIN,
  LZR_STOCK_RUN_VOID,
  LZR_STOCK_RUN_INT,
  LZR_STOCK_WRITE_BUFFERS,
  LZR_STOCK_WRITE_POINTERS,
  LZR_STOCK_READ_BUFFERS,
  LZR_STOCK_REGISTER_FRAMES,
  LZR_STOCK_DEREGISTER_FRAMES,
  LZR_STOCK_SHOW_OBJECT, /* to a debugger */
  LZR_STOCK_DISPATCH,
  LZR_STOCK_DISPATCH_CONTEXT,
  LZR_STOCK_SERVICE_COUNT
};

struct lzr_stock {
  bool is_19[LZR_STOCK_SERVICE_COUNT]; /* the service has LLVM 19's form */
  pthread_mutex_t lock;                /* guards the rest */
  uint64_t *handles; /* owned: of libraries that were opened */
  size_t handle_count;
  _Atomic lzr_addr caller, copier; /* lzr_tpc_set_helpers; 0 until then */
  lzr_addr low, high; /* all memory reserved so far lies in between */
};

/* The first of handles: the process itself. */
lzr_error *lzr_stock_open(struct lzr_remote *remote, const char *path,
                          uint64_t *handle);
lzr_error *lzr_stock_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                            struct lzr_name *names, size_t count);

/* ---- Memory (stock_memory.c) --------------------------------------------- */

lzr_error *lzr_stock_init_memory(struct lzr_remote *remote);
lzr_error *lzr_stock_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                             lzr_allocation **allocation);
lzr_error *lzr_stock_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                            const struct lzr_commit *commit);
void lzr_stock_release(lzr_tpc *tpc, lzr_allocation *allocation);
/* Frees what belongs to allocations that have not been released; the executor,
   whose end this is, does the rest. */
void lzr_stock_forget_memory(struct lzr_remote *remote);

/* Whether any of it is code or constants. */
bool lzr_stock_is_sealed(struct lzr_remote *remote, lzr_addr address,
                         uint64_t size);

/* ---- Access (stock_access.c) --------------------------------------------- */

lzr_error *lzr_stock_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                          size_t size);
lzr_error *lzr_stock_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                           size_t size);
lzr_error *lzr_stock_store_pointers(lzr_tpc *tpc,
                                    const struct lzr_pointer_store *stores,
                                    size_t count);
/* The same for stores that have been checked. */
lzr_error *lzr_stock_put_pointers(struct lzr_remote *remote,
                                  const struct lzr_pointer_store *stores,
                                  size_t count);

#endif
