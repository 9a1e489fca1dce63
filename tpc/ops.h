/*
 * What a kind of TargetProcessControl implements: the operations behind the
 * functions of tpc.h, one each, with the same promises. tpc.c has checked what
 * can be checked without knowing the target, so an implementation sees no NULL,
 * no alignment that is not a power of two, no unknown type.
 *
 * Internal: the implementations include it, and tests that wrap one.
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
  void (*exit)(lzr_tpc *tpc, int status);
  const struct lzr_ending *(*ending)(lzr_tpc *tpc);
  void (*close)(lzr_tpc *tpc); /* takes tpc */
};

/* The first member of every implementation's own struct. */
struct lzr_tpc {
  const struct lzr_tpc_ops *ops;
};

#endif
