/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LLVM's executors: llvm-jitlink-executor of 19 to 22 and their relatives. The
 * set of services tells how to use an executor; see tpc/PROTOCOL.md.
 *
 * They promise no order of processing, so the controller awaits every answer.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_STOCK_H
#define LZR_REMOTE_STOCK_H

#include "tpc/remote/calls.h"
#include "tpc/remote/remote.h"

enum lzr_stock_service {
  LZR_STOCK_MEMORY, /* an Instance, the first argument of the next four */
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
  uint64_t *handles; /* owned: handles of the libraries that were opened */
  size_t handle_count;
  _Atomic lzr_addr caller, copier; /* set by lzr_tpc_set_helpers */
  lzr_addr low, high; /* all memory reserved so far lies between these */
};

/* Fills in ops, peer, facts and everything else that the kind needs. */
lzr_error *lzr_remote_become_stock(struct lzr_remote *remote);

/* The first of the handles stands for the process itself. */
lzr_error *lzr_stock_open(struct lzr_remote *remote, const char *path,
                          uint64_t *handle);
lzr_error *lzr_stock_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                            struct lzr_name *names, size_t count);

#endif
