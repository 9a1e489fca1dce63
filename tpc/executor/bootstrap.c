/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/bootstrap.h"

#include "tpc/executor/llvm.h"
#include "tpc/executor/ours.h"
#include "tpc/wire/services.h"

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"
#define SHARED "__llvm_orc_ExecutorSharedMemoryMapperService_"
#define DYLIB "__llvm_orc_SimpleExecutorDylibManager_"
#define BOOTSTRAP "__llvm_orc_bootstrap_"
#define EPC "__llvm_orc_SimpleRemoteEPC_"

#define ROW(name, thing, kind) {name, (uintptr_t)(thing), LZR_SERVE_##kind}

/* Where LLVM 19 and 22 differ, a comment names the version that asks for a
   symbol. */
const struct lzr_service lzr_bootstrap[] = {
    ROW(LZR_SERVICE_COMMIT, lzr_ours_commit, POSTED),
    ROW(LZR_SERVICE_RELEASE, lzr_ours_release, POSTED),
    ROW(LZR_SERVICE_READ, lzr_ours_read, QUICK),
    ROW(LZR_SERVICE_WRITE, lzr_ours_write, QUICK),
    ROW(LZR_SERVICE_STORE_POINTERS, lzr_ours_store_pointers, POSTED),
    ROW(LZR_SERVICE_ADD_HANDLER, lzr_ours_add_handler, QUICK),
    ROW(LZR_SERVICE_ADD_FUNCTION, lzr_ours_add_function, QUICK),
    ROW(LZR_SERVICE_OPEN_LIBRARY, lzr_ours_open_library, PROGRAM),
    ROW(LZR_SERVICE_LOOKUP, lzr_ours_lookup, BLOCKING),
    ROW(LZR_SERVICE_SHOW, lzr_ours_show, QUICK),
    ROW(LZR_SERVICE_RUN_MAIN, lzr_ours_run_main, PROGRAM),
    ROW(LZR_SERVICE_RUN_VOID, lzr_ours_run_void, PROGRAM),
    ROW(LZR_SERVICE_CALL, lzr_ours_call, PROGRAM),
    ROW(LZR_SERVICE_EXIT, lzr_ours_exit, PROGRAM),

    ROW(MEMORY "Instance", &lzr_llvm_memory_instance, NEVER),
    ROW(MEMORY "reserve_wrapper", lzr_llvm_reserve, QUICK),
    ROW(MEMORY "finalize_wrapper", lzr_llvm_finalize, BLOCKING),     /* 19 */
    ROW(MEMORY "deallocate_wrapper", lzr_llvm_release, BLOCKING),    /* 19 */
    ROW(MEMORY "initialize_wrapper", lzr_llvm_initialize, BLOCKING), /* 22 */
    ROW(MEMORY "deinitialize_wrapper", lzr_llvm_deinitialize,
        BLOCKING),                                             /* 22 */
    ROW(MEMORY "release_wrapper", lzr_llvm_release, BLOCKING), /* 22 */

    ROW(SHARED "Instance", &lzr_llvm_shared_instance, NEVER),
    ROW(SHARED "Reserve", lzr_llvm_shared_reserve, BLOCKING),
    ROW(SHARED "Initialize", lzr_llvm_shared_initialize, BLOCKING),
    ROW(SHARED "Deinitialize", lzr_llvm_shared_deinitialize, BLOCKING),
    ROW(SHARED "Release", lzr_llvm_shared_release, BLOCKING),

    ROW(BOOTSTRAP "mem_write_uint8s_wrapper", lzr_llvm_write_uint8s, QUICK),
    ROW(BOOTSTRAP "mem_write_uint16s_wrapper", lzr_llvm_write_uint16s, QUICK),
    ROW(BOOTSTRAP "mem_write_uint32s_wrapper", lzr_llvm_write_uint32s, QUICK),
    ROW(BOOTSTRAP "mem_write_uint64s_wrapper", lzr_llvm_write_uint64s, QUICK),
    ROW(BOOTSTRAP "mem_write_pointers_wrapper", lzr_llvm_write_uint64s,
        QUICK), /* 22 */
    ROW(BOOTSTRAP "mem_write_buffers_wrapper", lzr_llvm_write_buffers, QUICK),
    ROW(BOOTSTRAP "mem_read_uint8s_wrapper", lzr_llvm_read_uint8s,
        QUICK), /* 22, as all that read */
    ROW(BOOTSTRAP "mem_read_uint16s_wrapper", lzr_llvm_read_uint16s, QUICK),
    ROW(BOOTSTRAP "mem_read_uint32s_wrapper", lzr_llvm_read_uint32s, QUICK),
    ROW(BOOTSTRAP "mem_read_uint64s_wrapper", lzr_llvm_read_uint64s, QUICK),
    ROW(BOOTSTRAP "mem_read_pointers_wrapper", lzr_llvm_read_uint64s, QUICK),
    ROW(BOOTSTRAP "mem_read_buffers_wrapper", lzr_llvm_read_buffers, QUICK),
    ROW(BOOTSTRAP "mem_read_strings_wrapper", lzr_llvm_read_strings, QUICK),

    ROW(DYLIB "Instance", &lzr_llvm_dylib_instance, NEVER),
    ROW(DYLIB "open_wrapper", lzr_llvm_open, PROGRAM),
    ROW(DYLIB "lookup_wrapper", lzr_llvm_lookup, BLOCKING),   /* 19 */
    ROW(DYLIB "resolve_wrapper", lzr_llvm_resolve, BLOCKING), /* 22 */

    ROW(BOOTSTRAP "run_as_main_wrapper", lzr_llvm_run_as_main, PROGRAM),
    ROW(BOOTSTRAP "run_as_void_function_wrapper", lzr_llvm_run_as_void_function,
        PROGRAM),
    ROW(BOOTSTRAP "run_as_int_function_wrapper", lzr_llvm_run_as_int_function,
        PROGRAM),

    ROW("llvm_orc_registerEHFrameSectionWrapper", lzr_llvm_register_eh_frame,
        QUICK), /* 19 */
    ROW("llvm_orc_deregisterEHFrameSectionWrapper",
        lzr_llvm_deregister_eh_frame, QUICK), /* 19 */
    ROW("llvm_orc_registerEHFrameAllocAction", lzr_llvm_register_eh_frame,
        QUICK), /* 22 */
    ROW("llvm_orc_deregisterEHFrameAllocAction", lzr_llvm_deregister_eh_frame,
        QUICK), /* 22 */
    /* For 22; 19 finds it by its own name with dlsym. */
    ROW("llvm_orc_registerJITLoaderGDBAllocAction",
        llvm_orc_registerJITLoaderGDBWrapper, QUICK),

    ROW(EPC "dispatch_ctx", &lzr_llvm_dispatch_context, NEVER),
    ROW(EPC "dispatch_fn", lzr_llvm_dispatch, NEVER),
};

const size_t lzr_bootstrap_count = sizeof lzr_bootstrap / sizeof *lzr_bootstrap;
