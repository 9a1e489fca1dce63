/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
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

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lzr_session lzr_session;
typedef struct lzr_library lzr_library;
typedef struct lzr_input lzr_module_handle;

/* Sessions. */

/*
 * What happens when a first call fails, because its function cannot be compiled
 * or a symbol that it needs is nowhere. Called on the thread that made the
 * call: any thread of the program, or, if the program runs in an executor, a
 * thread that serves the executor in this process. Takes error. Returns where
 * the call goes on instead: a function of the same type, or one that does not
 * return. If it returns 0, the call returns 0 to its caller (an integer or
 * pointer result; others are undefined). Must not longjmp.
 */
typedef lzr_addr (*lzr_on_failure)(void *data, const char *function,
                                   lzr_error *error);

/* Who makes machine code of bitcode. */
enum lzr_code_generator {
  LZR_CODEGEN_LLVM,
  LZR_CODEGEN_BASELINE, /* the baseline generator, and LLVM for functions that
                           it does not know how to compile. For x86-64, without
                           optimization and debug information; a session that
                           asks for more is refused */
  LZR_CODEGEN_AUTO /* as BASELINE where that is not refused, else as LLVM */
};

/* How Linux's perf learns of compiled functions. The process that runs them
   writes a file, so an executor does. */
enum lzr_perf {
  LZR_PERF_NONE,
  LZR_PERF_MAP,    /* /tmp/perf-PID.map: names. Debuggers cannot set breakpoints
                      in compiled code then */
  LZR_PERF_JITDUMP /* jit-PID.dump, in the folder of the environment's
                      JITDUMPDIR or in the current one: names, code and
                      lines, if debug information is kept, for
                      'perf inject --jit' */
};

/* Leaving all fields but size zero is a good choice. Strings are copied. */
struct lzr_session_options {
  size_t size;              /* of this struct: sizeof(struct ...). Another
                               version's is taken: fields it lacks are zero,
                               those it has beyond ours must be */
  int optimization;         /* code generation's, 0 to 3 */
  const char *cpu;          /* NULL: the target's own, for functions that name
                               none; else for all */
  const char *features;     /* "+avx2,-sse4a": besides those of the CPU and
                               those a function names; or NULL */
  unsigned compile_threads; /* 0 counts as 1; at most 64 */
  bool debug_info; /* keep debug information, and show it to debuggers */
  bool no_process_symbols;    /* the main library does not search the target
                                 process and what it has loaded */
  const char *dump_directory; /* every unit's IR, object and disassembly go
                                 there; NULL: nowhere */
  bool owns_process;          /* the target process is the program's alone: its
                                 own malloc or operator new serves shared
                                 libraries too, and these see the main
                                 library's names */
  lzr_on_failure on_failure;  /* NULL: the error is kept, see
                                 lzr_session_take_failure */
  void *data;                 /* handed to on_failure */
  bool no_verify; /* trust that modules make sense. Otherwise LLVM checks each
                     body when it is read, which takes a seventeenth of a cold
                     start, and whole modules from text and from LLVM-C */
  int code_generator; /* enum lzr_code_generator */
  int perf;           /* enum lzr_perf; refused where the program runs in an
                         executor of LLVM's */
};

/* Takes tpc; NULL stands for this process, an executor comes from
   lzr_tpc_create_remote() (tpc/remote.h). The caller may use it, but not close
   it, while the session lives: lzr_tpc_ending() records how an executor ended
   after a call failed with kind CLOSED. options may be NULL. *session is owned;
   ended by lzr_session_destroy(). */
lzr_error *lzr_session_create(lzr_tpc *tpc,
                              const struct lzr_session_options *options,
                              lzr_session **session);

/* Runs what the program registered with atexit and as destructors, then gives
   everything back, the TPC last. Must not be called from code that the session
   compiled. Accepts NULL. A process that exits without calling it runs those
   handlers too, and nothing is compiled from then on. */
void lzr_session_destroy(lzr_session *session);

/* Returns the error of the earliest first call that failed while there was no
   on_failure; if there is none, the error of the earliest host function that
   failed in this process; or NULL. Owned. */
lzr_error *lzr_session_take_failure(lzr_session *session);

/* Libraries. */

/* The main library, which exists from the start. It searches the target process
   last, unless no_process_symbols is set. */
lzr_library *lzr_session_main_library(lzr_session *session);

/* Creates a further library, which is empty and searches nothing else. name is
   for messages and copied. */
lzr_error *lzr_session_create_library(lzr_session *session, const char *name,
                                      lzr_library **library);

struct LLVMOpaqueModule; /* what LLVM-C's LLVMModuleRef points to */

/* Code in one of the forms in which a client may have it: one of path, bytes
   and llvm_module is set. Of files and bytes the content says what they are:
   bitcode, IR text or a relocatable object file; a line that begins with "#!"
   in front of it is skipped. */
struct lzr_code {
  size_t size;       /* of this struct: sizeof(struct ...) */
  const char *name;  /* for messages, copied; NULL: the path */
  const char *path;  /* of a file */
  const char *bytes; /* copied */
  size_t byte_count;
  struct LLVMOpaqueModule *llvm_module; /* built with LLVM-C; taken, unless more
                                           than one form is set. Its context
                                           stays the caller's and is not used
                                           after the call has returned. If LLVM
                                           fails (lzr_set_crash_handler()), the
                                           module is leaked, and its context
                                           should be leaked too */
};

/* Adds a module. A strong definition that the library already has is refused by
   name; a strong one replaces weak and common ones that are not in use yet; the
   largest common one wins. All or nothing. *module is a handle for
   lzr_module_remove(), borrowed from the library, or NULL after a failure;
   module may be NULL, then this module stays as long as the session. */
lzr_error *lzr_library_add(lzr_library *library, const struct lzr_code *code,
                           lzr_module_handle **module);

/* Do the same, without a handle. */
lzr_error *lzr_library_add_file(lzr_library *library, const char *path);
lzr_error *lzr_library_add_bytes(lzr_library *library, const char *name,
                                 const char *bytes, size_t size);
lzr_error *lzr_library_add_llvm_module(lzr_library *library, const char *name,
                                       struct LLVMOpaqueModule *module);

/*
 * Adds a module whose strong definitions prevail over those that the library
 * has of the same names. A function keeps its stub, so those who call it, and
 * pointers to it, follow with their next call; calls may go on meanwhile. The
 * modules that had the definitions stay, because threads may be in the old
 * code: remove them when none is. If the new module is removed first, the old
 * definitions prevail again.
 *
 * Constructors of the new module run at the next lzr_library_initialize().
 * Refused by a sentence, with kind SYMBOL and without any effect: to replace a
 * variable or an alias that is in use, a function by something else, an
 * address, and functions of an object file that share a section, because they
 * may call each other without a stub. Not from a compile thread.
 */
lzr_error *lzr_library_replace(lzr_library *library,
                               const struct lzr_code *code,
                               lzr_module_handle **module);

/*
 * Removes a module. Takes module, unless it fails.
 *
 * By calling this you give your word that no thread is in the module's code or
 * will return to it, that none is in a function that calls the module's (it may
 * have loaded their addresses), and that nobody will use pointers to the
 * module's functions and variables any more that were handed out, by
 * lzr_library_lookup() or by the program itself. All memory of the module is
 * used again afterwards, in an executor too.
 *
 * Its names go at once. If other modules of the library define them too, the
 * definition that prevails then takes their place: a strong one, or the first
 * weak one; but not a variable whose module's data is in the target already, or
 * whose constructor would have had to run. Code of other modules that calls a
 * function by its name goes on calling the name: its next call searches again,
 * and fails, naming the function, if there is none; a function that is added
 * later is called through the old stub. What has been bound by an alias of a
 * function is bound to the function itself. An ifunc keeps what it has chosen.
 *
 * A module with a handle has exit handlers of its own, as a shared library has:
 * those that its code registers with __cxa_atexit() and its __dso_handle (C++
 * registers destructors so), and its destructors if its constructors were run.
 * They run here, on the calling thread. If the session ends first, they run
 * then: the newest module's first, and before those of other modules.
 *
 * Fails with kind ARGUMENT, by a sentence, without having removed anything
 * (though exit handlers may have been run, if another thread has changed things
 * meanwhile): if code of other modules uses a variable of the module; if its
 * code mentions atexit() or one of its like, which do not say whose the handler
 * is; if a section that programs walk through lies together with other
 * modules'; if shared libraries have been shown its names, or call its
 * malloc(); while another thread initializes or compiles it; on a compile
 * thread.
 */
lzr_error *lzr_module_remove(lzr_module_handle *module);

/* Defines a name as an address in the target: of a host function or a
   variable; not 0. */
lzr_error *lzr_library_define(lzr_library *library, const char *name,
                              lzr_addr address);

/* Defines a name as a function of this process, which the target's code calls
   like any C function of that signature, wherever the target is; see
   lzr_host_function. */
lzr_error *lzr_library_define_function(lzr_library *library, const char *name,
                                       const struct lzr_signature *signature,
                                       lzr_host_function function, void *data);

/* A library searches itself, then each of these in the order in which they were
   added. It does not follow the other library's own search order. */
lzr_error *lzr_library_search_library(lzr_library *library, lzr_library *other);
lzr_error *lzr_library_search_process(lzr_library *library);
/* Adds an archive of object files and bitcode to the search order. A member is
   added to the library when a name that the member defines is needed and
   nowhere in the library; a weak reference needs nothing. Archives are searched
   before the target and other libraries, as a linker searches an archive before
   libc. Members whose names the library's modules mention are added before
   constructors run, so that their constructors run too. */
lzr_error *lzr_library_search_archive(lzr_library *library, const char *path);
/* Loads the shared library into the target and searches it. If it has inline
   variables of C++ (and their like) that library's modules define too and do
   not use yet, the shared library's count. */
lzr_error *lzr_library_search_shared_library(lzr_library *library,
                                             const char *path);

/* Running. */

/* Finds the address of a function (its stub; nothing is compiled) or of a
   variable (its module's data is brought into the target). A name found nowhere
   is an error of kind SYMBOL, a thread-local variable one of kind
   UNSUPPORTED. */
lzr_error *lzr_library_lookup(lzr_library *library, const char *name,
                              lzr_addr *address);

/* Runs the constructors of the modules added since the last time, on the
   calling thread, in the order of their priorities, and registers their
   destructors. */
lzr_error *lzr_library_initialize(lzr_library *library);

/* Calls a function of the main library as int main(int, char **, char **). The
   library is initialized first. A program that exits does not return here: in
   this process the process ends, in an executor the error is of kind CLOSED. */
lzr_error *lzr_session_run_main(lzr_session *session, const char *function,
                                int argc, const char *const *argv, int *status);

/* Calls a function of the main library with a type, through libffi, on a thread
   of the target's. The library is initialized first. signature must be what the
   function was compiled as, integers of up to 8 bits being I8; for a function
   of a module this is checked (kind ARGUMENT). arguments has parameter_count
   elements; *result is left alone for VOID and may be NULL then. */
lzr_error *lzr_session_call(lzr_session *session, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result);

/* Compiles everything in the library now. With check, a function that would
   fail only at its first call, because a symbol is nowhere, is an error too;
   the message lists all of them. */
lzr_error *lzr_library_compile(lzr_library *library, bool check);

/* Failures inside LLVM. */

/*
 * If an allocation of LLVM's fails, or LLVM gives up for another reason, what
 * was to be compiled fails with an error that says "LLVM: ". The memory that
 * LLVM was using is leaked, and what it has locked stays locked. For this,
 * lazyrun sets LLVM's handlers of fatal errors and of failed allocations, and
 * C++'s (std::set_new_handler), which calls the client's when LLVM is not at
 * work for lazyrun.
 *
 * LLVM crashes on some modules that are damaged, and on some nesting that is
 * too deep. A client that handles SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP
 * (with SA_ONSTACK, since the stack may have overflowed; compile threads have
 * an alternate one) can turn such a crash into the error of what was to be
 * compiled. It gives the address of its handler of SIGSEGV here: as long as
 * that is the process's, or lzr_tpc_keep_handler() keeps it, these signals are
 * not blocked while a thread is in LLVM. The handler calls lzr_leave_llvm().
 * Thread-safe; 0 for no handler.
 */
void lzr_set_crash_handler(lzr_addr handler);

/* Leaves LLVM, if the calling thread was in it when the signal came, and does
   not return; the error says "LLVM: " and reason. Returns false otherwise. What
   LLVM has locked stays locked, so a program should not go on for long. */
bool lzr_leave_llvm(const char *reason);

/* Statistics and compiled functions. */

/* Counters since the session was created; times are in nanoseconds, summed over
   compile threads. */
struct lzr_session_statistics {
  size_t size; /* of this struct; set by the caller */
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
  uint64_t functions_baseline; /* made by the baseline generator */
};
void lzr_session_get_statistics(lzr_session *session,
                                struct lzr_session_statistics *statistics);

/* Why functions went to LLVM that the baseline generator was asked to make. */
struct lzr_fallback_info {
  size_t size;        /* of this struct; set by the callee */
  const char *reason; /* "a vector"; borrowed from the session */
  uint64_t functions; /* how many for this reason; one that is compiled again
                         counts again */
};

/* Lists the reasons, the most frequent first. *fallbacks is owned (free()). */
lzr_error *lzr_session_list_fallbacks(lzr_session *session,
                                      struct lzr_fallback_info **fallbacks,
                                      size_t *count);

/* A compiled function. Strings are borrowed from the session, and from the
   module if that is removed. */
struct lzr_function_info {
  size_t size; /* of this struct; set by the caller */
  const char *name;
  const char *module; /* the file's name */
  lzr_addr address;   /* of its code, not of its stub */
  uint64_t code_size; /* bytes */
  uint32_t unit;      /* number of the unit it was compiled in */
  uint32_t version;   /* 0 unless it has been compiled again */
};

/* Finds the compiled function that an address in the target lies in; returns
   false if there is none. Takes no lock and allocates nothing, so a signal
   handler may call it. */
bool lzr_session_describe(lzr_session *session, lzr_addr address,
                          struct lzr_function_info *function);

/* Lists all functions that have been compiled, by address. *functions is owned
   (free()). */
lzr_error *lzr_session_list_functions(lzr_session *session,
                                      struct lzr_function_info **functions,
                                      size_t *count);

/* "lazyrun 0.1.0 (LLVM 22.1.8)"; static. */
const char *lzr_version(void);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
