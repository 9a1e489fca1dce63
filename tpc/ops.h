/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The operations that each kind of TargetProcessControl implements: one for
 * each function of tpc.h, with the same promises. tpc.c rejects arguments that
 * are invalid for every target, so an implementation sees no NULL, no alignment
 * that is not a power of two, and no unknown type.
 *
 * Internal: only the implementations, and tests that wrap one, include it.
 */
#ifndef LZR_TPC_OPS_H
#define LZR_TPC_OPS_H

#include "tpc/tpc.h"

struct lzr_tpc_ops {
  const struct lzr_target_facts *(*facts)(const lzr_tpc *tpc);
  lzr_error *(*reserve)(lzr_tpc *tpc, const struct lzr_layout *layout,
                        lzr_allocation **allocation);
  lzr_error *(*commit)(lzr_tpc *tpc, lzr_allocation *allocation,
                       const struct lzr_commit *commit);
  void (*release)(lzr_tpc *tpc, lzr_allocation *allocation);
  lzr_error *(*read)(lzr_tpc *tpc, lzr_addr address, void *bytes, size_t size);
  lzr_error *(*write)(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                      size_t size);
  lzr_error *(*store_pointers)(lzr_tpc *tpc,
                               const struct lzr_pointer_store *stores,
                               size_t count);
  lzr_error *(*open_library)(lzr_tpc *tpc, const char *path,
                             lzr_library_handle *handle);
  lzr_error *(*lookup)(lzr_tpc *tpc, lzr_library_handle handle,
                       struct lzr_name *names, size_t count);
  lzr_error *(*show)(lzr_tpc *tpc, const struct lzr_shown_name *names,
                     size_t count); /* or NULL */
  lzr_error *(*run_main)(lzr_tpc *tpc, lzr_addr function, int argc,
                         const char *const *argv, int *status);
  lzr_error *(*run_void)(lzr_tpc *tpc, lzr_addr function);
  lzr_error *(*call)(lzr_tpc *tpc, lzr_addr function,
                     const struct lzr_signature *signature,
                     const lzr_value *arguments, lzr_value *result);
  void (*set_helpers)(lzr_tpc *tpc,
                      const struct lzr_helpers *helpers); /* or NULL */
  lzr_error *(*add_handler)(lzr_tpc *tpc, lzr_handler handler, void *data,
                            lzr_addr *context);
  lzr_error *(*add_function)(lzr_tpc *tpc,
                             const struct lzr_signature *signature,
                             lzr_host_function function, void *data,
                             lzr_addr *address);
  /* NULL, like the next one, for a target in another process: its host
     functions do not fail in the controller. */
  void (*on_failure)(lzr_tpc *tpc, lzr_host_failure on_failure, void *data);
  lzr_error *(*take_failure)(lzr_tpc *tpc);
  void (*on_fork)(lzr_tpc *tpc, void (*pause)(void *data),
                  void (*resume)(void *data), void *data); /* or NULL */
  void (*exit)(lzr_tpc *tpc, int status);
  const struct lzr_ending *(*ending)(lzr_tpc *tpc);
  void (*close)(lzr_tpc *tpc); /* takes tpc */
};

/* Each implementation's own struct begins with this struct. */
struct lzr_tpc {
  const struct lzr_tpc_ops *ops;
};

#endif
