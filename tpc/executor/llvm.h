/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The services of LLVM 19's and 22's executors, as wrapper functions;
 * tpc/PROTOCOL.md, section 6, has their types. Where the versions differ only
 * in a name, both names have one function. Thread-safe.
 *
 * An Instance is an address that the controller passes back as the first
 * argument. Each kind of Instance exists once.
 *
 * bootstrap.c lists all services by name, so they are declared together here,
 * file by file.
 */
#ifndef LZR_EXECUTOR_LLVM_H
#define LZR_EXECUTOR_LLVM_H

#include "tpc/executor/wrapper.h"

/* llvm_memory.c */
extern char lzr_llvm_memory_instance;
LZR_WRAPPER(lzr_llvm_reserve);
LZR_WRAPPER(lzr_llvm_finalize);     /* 19 */
LZR_WRAPPER(lzr_llvm_initialize);   /* 22 */
LZR_WRAPPER(lzr_llvm_deinitialize); /* 22 */
LZR_WRAPPER(lzr_llvm_release);      /* 19 calls it deallocate */
/* Makes the deallocate calls that remain when the session ends. */
void lzr_llvm_memory_end(void);

/* llvm_shared_memory.c */
extern char lzr_llvm_shared_instance;
LZR_WRAPPER(lzr_llvm_shared_reserve);
LZR_WRAPPER(lzr_llvm_shared_initialize);
LZR_WRAPPER(lzr_llvm_shared_deinitialize);
LZR_WRAPPER(lzr_llvm_shared_release);
void lzr_llvm_shared_end(void);

/* llvm_access.c; pointers are 64-bit integers */
LZR_WRAPPER(lzr_llvm_write_uint8s);
LZR_WRAPPER(lzr_llvm_write_uint16s);
LZR_WRAPPER(lzr_llvm_write_uint32s);
LZR_WRAPPER(lzr_llvm_write_uint64s);
LZR_WRAPPER(lzr_llvm_write_buffers);
LZR_WRAPPER(lzr_llvm_read_uint8s);
LZR_WRAPPER(lzr_llvm_read_uint16s);
LZR_WRAPPER(lzr_llvm_read_uint32s);
LZR_WRAPPER(lzr_llvm_read_uint64s);
LZR_WRAPPER(lzr_llvm_read_buffers);
LZR_WRAPPER(lzr_llvm_read_strings);

/* llvm_libraries.c */
extern char lzr_llvm_dylib_instance;
LZR_WRAPPER(lzr_llvm_open);
LZR_WRAPPER(lzr_llvm_lookup);  /* 19 */
LZR_WRAPPER(lzr_llvm_resolve); /* 22 */

/* llvm_run.c */
LZR_WRAPPER(lzr_llvm_run_as_main);
LZR_WRAPPER(lzr_llvm_run_as_void_function);
LZR_WRAPPER(lzr_llvm_run_as_int_function);

/* llvm_registrations.c. The last function has the name that LLVM 19 looks up
   with dlsym. */
LZR_WRAPPER(lzr_llvm_register_eh_frame);
LZR_WRAPPER(lzr_llvm_deregister_eh_frame);
LZR_WRAPPER(llvm_orc_registerJITLoaderGDBWrapper);

/* llvm_dispatch.c: how compiled code calls the controller. */
extern char lzr_llvm_dispatch_context;
struct lzr_wrapper_result lzr_llvm_dispatch(void *context, const void *tag,
                                            const char *arguments, size_t size);

#endif
