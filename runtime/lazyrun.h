/*
 * lazyrun: LLVM bitcode whose functions are compiled when they are first
 * called.
 *
 *     lzr_session *session;
 *     lzr_addr sum;
 *     lzr_session_create(NULL, NULL, &session);
 *     lzr_library *program = lzr_session_main_library(session);
 *     lzr_library_add_file(program, "sum.bc");
 *     lzr_library_lookup(program, "sum", &sum);
 *     int three = ((int (*)(int, int))(uintptr_t)sum)(1, 2);
 *     lzr_session_destroy(session);
 *
 * A *session* is one runtime over one target process. A *library* is a
 * namespace of symbols with a search order (ORC calls it a JITDylib). A
 * *module* is what you add to a library: its definitions are known at once,
 * their bodies are not read before they are needed. The address of a function
 * is its *stub*: it is the same before and after the function is compiled.
 *
 * The rule a user must not break: a session outlives every thread that may
 * still be in code it compiled. It owns all it made; libraries are borrowed
 * from it.
 *
 * Every function may be called from any thread unless it says otherwise, and
 * returns NULL on success or an error that the caller owns (error.h). A failed
 * call leaves the session usable. The library never prints, exits or aborts.
 */
#ifndef LZR_LAZYRUN_H
#define LZR_LAZYRUN_H

#include "tpc/error.h"
#include "tpc/tpc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lzr_session lzr_session;
typedef struct lzr_library lzr_library;

/* ---- Sessions -------------------------------------------------------------
 */

/*
 * What happens when a first call fails: its function cannot be compiled, or a
 * symbol it needs is nowhere. Called on the thread that made the call, which
 * may be any thread of the program, or if that runs in an executor on a thread
 * that serves it here; takes error. Returns where the call goes on
 * instead: a function of the same type, or one that does not return. If it
 * returns 0 the call returns 0 to its caller (an integer or pointer result;
 * others are undefined). Must not longjmp.
 */
typedef lzr_addr (*lzr_on_failure)(void *data, const char *function,
                                   lzr_error *error);

/* All zero is a good choice. Strings are copied. */
struct lzr_session_options {
  size_t size;                /* of this struct: sizeof(struct ...) */
  int optimization;           /* code generation's, 0 to 3 */
  const char *cpu;            /* NULL: the target's own, for functions that name
                                 none; else for all */
  const char *features;       /* "+avx2,-sse4a": besides those of the CPU and
                                 those a function names; or NULL */
  unsigned compile_threads;   /* 0 counts as 1; at most 64 */
  bool debug_info;            /* keep it, and show it to debuggers */
  bool no_process_symbols;    /* the main library does not search the target
                                 process and what it has loaded */
  const char *dump_directory; /* every unit's IR, object and disassembly go
                                 there; NULL: nowhere */
  bool owns_process;          /* the target process is the program's alone: its
                                 own malloc or operator new serves shared
                                 libraries too */
  lzr_on_failure on_failure;  /* NULL: the error is kept, see
                                 lzr_session_take_failure */
  void *data;                 /* handed to on_failure */
};

/* Takes tpc; NULL stands for this process, an executor comes from
   lzr_tpc_create_remote() (tpc/remote.h). It may be asked, but not closed,
   while the session lives: lzr_tpc_ending() tells how an executor ended after a
   call failed with kind CLOSED. options may be NULL. *session is owned; ended
   by lzr_session_destroy(). */
lzr_error *lzr_session_create(lzr_tpc *tpc,
                              const struct lzr_session_options *options,
                              lzr_session **session);

/* Runs what the program registered with atexit and as destructors, then gives
   everything back, the TPC last. Not from code the session compiled. Accepts
   NULL. A process that exits without it runs those handlers, too, and nothing
   is compiled from then on. */
void lzr_session_destroy(lzr_session *session);

/* The error of the earliest first call that failed while there was no
   on_failure, or NULL; owned. */
lzr_error *lzr_session_take_failure(lzr_session *session);

/* ---- Libraries ------------------------------------------------------------
 */

/* Exists from the start; searches the target process last unless
   no_process_symbols was said. */
lzr_library *lzr_session_main_library(lzr_session *session);

/* A further, empty one, that searches nothing else. name is for messages and
   copied. */
lzr_error *lzr_session_create_library(lzr_session *session, const char *name,
                                      lzr_library **library);

/* Adds a module: bitcode or IR text. A strong definition that the library
   already has is refused by name; a strong one replaces weak and common ones
   that are not in use yet; the largest common one wins. All or nothing. */
lzr_error *lzr_library_add_file(lzr_library *library, const char *path);

/* The same from memory; bytes are copied, name is for messages. */
lzr_error *lzr_library_add_bytes(lzr_library *library, const char *name,
                                 const char *bytes, size_t size);

struct LLVMOpaqueModule; /* what LLVM-C's LLVMModuleRef points to */

/* The same from a module built with LLVM-C. Takes module; its context stays the
   caller's and is not used any more when the call returns. */
lzr_error *lzr_library_add_llvm_module(lzr_library *library,
                                       struct LLVMOpaqueModule *module);

/* A name for an address in the target: a host function, a variable. */
lzr_error *lzr_library_define(lzr_library *library, const char *name,
                              lzr_addr address);

/* A name for a function of this process's, which the target's code calls like
   any C function of that signature wherever the target is; see
   lzr_host_function. */
lzr_error *lzr_library_define_function(lzr_library *library, const char *name,
                                       const struct lzr_signature *signature,
                                       lzr_host_function function, void *data);

/* Search order: a library looks in itself, then in each of these, in the order
   they were added. The other library's own search order does not count. */
lzr_error *lzr_library_search_library(lzr_library *library, lzr_library *other);
lzr_error *lzr_library_search_process(lzr_library *library);
/* Loads the shared library into the target and searches it. */
lzr_error *lzr_library_search_shared_library(lzr_library *library,
                                             const char *path);

/* ---- Running --------------------------------------------------------------
 */

/* The address of a function (its stub: nothing is compiled) or of a variable
   (its module's data is brought into the target). A name found nowhere is an
   error of kind SYMBOL, a thread-local variable one of kind UNSUPPORTED. */
lzr_error *lzr_library_lookup(lzr_library *library, const char *name,
                              lzr_addr *address);

/* Runs the constructors of the modules added since the last time, on the
   calling thread, in the order of their priorities, and registers their
   destructors. */
lzr_error *lzr_library_initialize(lzr_library *library);

/* Calls a function of the main library as int main(int, char **, char **).
   Initializes the library first. A program that exits does not return here: in
   this process the process ends, in an executor the error is of kind CLOSED. */
lzr_error *lzr_session_run_main(lzr_session *session, const char *function,
                                int argc, const char *const *argv, int *status);

/* Calls a function of the main library with a type, through libffi, on a thread
   of the target's. Initializes the library first. signature must be what the
   function was compiled as, integers of up to 8 bits being I8: if it is a
   module's, that is checked (kind ARGUMENT). arguments has parameter_count
   elements; *result is left alone for VOID and may be NULL then. */
lzr_error *lzr_session_call(lzr_session *session, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result);

/* Compiles everything in the library now. With check, a function that would
   only fail at its first call because a symbol is nowhere is an error too; the
   message lists all of them. */
lzr_error *lzr_library_compile(lzr_library *library, bool check);

/* ---- Looking on -----------------------------------------------------------
 */

/* Counters since the session was created; times are in nanoseconds, summed over
   compile threads. */
struct lzr_session_statistics {
  uint64_t functions_defined;
  uint64_t functions_compiled;
  uint64_t units;
  uint64_t first_calls;
  uint64_t code_bytes; /* in the target, PLT entries included */
  uint64_t constant_bytes;
  uint64_t data_bytes;
  uint64_t open_time; /* opening modules */
  uint64_t read_time; /* reading bodies */
  uint64_t move_time; /* moving them into units */
  uint64_t codegen_time;
  uint64_t link_time;
  uint64_t commit_time;
};
void lzr_session_get_statistics(lzr_session *session,
                                struct lzr_session_statistics *statistics);

/* Which compiled function an address in the target lies in: its name, borrowed
   from the session, the offset in it and its unit's number. False if none.
   Takes no lock: may be called in a signal handler. */
bool lzr_session_describe(lzr_session *session, lzr_addr address,
                          const char **function, uint64_t *offset,
                          uint32_t *unit);

/* "lazyrun 0.1.0 (LLVM 22.1.8)"; static. */
const char *lzr_version(void);

#ifdef __cplusplus
}
#endif
#endif
