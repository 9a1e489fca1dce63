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

struct lzr_function_info;

/* Told of each function when its code is in the target: with the address of its
   code, its size, unit and version. Called on the compile thread that has made
   it, once for each function and version, possibly by several threads at once;
   the function may be running already. *function is borrowed until this
   returns. What holds for an lzr_provide (see there) holds for it too, and
   compiling goes on after it has returned. */
typedef void (*lzr_on_compiled)(void *data,
                                const struct lzr_function_info *function);

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

struct LLVMOpaqueModule; /* what LLVM-C's LLVMModuleRef points to */

/*
 * Changes a unit, the functions that are about to be compiled together, before
 * the session's passes. unit is a module of LLVM-C, borrowed for the call. It
 * may be given further functions and variables of local linkage, and
 * declarations of whatever the library finds by name; names that it defines
 * must stay defined. Called on compile threads, for several units at a time if
 * there are several threads, so it must not call functions of the session. A
 * function that is compiled again comes again.
 *
 * Returns NULL, or an error, with which what was to be compiled fails.
 */
typedef lzr_error *(*lzr_transform)(void *data, struct LLVMOpaqueModule *unit);

enum { LZR_INLINE_NOTHING = -1 };

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
  void *data;     /* handed to on_failure, on_compiled and transform */
  bool no_verify; /* trust that modules make sense. Otherwise LLVM checks each
                     body when it is read, which takes a seventeenth of a cold
                     start, and whole modules from text and from LLVM-C */
  int code_generator; /* enum lzr_code_generator */
  const char *passes; /* LLVM's passes for every unit of bitcode, as opt -passes
                         takes them: "default<O2>"; NULL: none. Not with the
                         baseline generator. What LLVM does not understand is
                         refused by its sentence (ARGUMENT) */
  int inline_budget;  /* for passes: how many instructions of other functions of
                         its library a unit gets to see, so that small ones can
                         be inlined; 0 stands for 1000. LZR_INLINE_NOTHING: none,
                         nor constants; so it is with debug_info */
  lzr_transform transform;     /* changes units before the passes; or NULL */
  lzr_on_compiled on_compiled; /* or NULL */
  int perf; /* enum lzr_perf; refused where the program runs in an
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

struct lzr_lazy_definitions; /* see lzr_library_define_lazy */

/* Code in one of the forms in which a client may have it: one of path, bytes,
   llvm_module and lazy is set. Of files and bytes the content says what they
   are: bitcode, IR text or a relocatable object file; a line that begins with
   "#!" in front of it is skipped. */
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
  const struct lzr_lazy_definitions *lazy; /* copied; its data is taken, unless
                                              more than one form is set */
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
 * Functions of any module that have inlined an old definition are compiled
 * again when they are called next; a loop that is running goes on with what it
 * has inlined.
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
 * later is called through the old stub. Functions of other modules that have
 * inlined one of the module's are compiled again when they are called next, and
 * then call the name. What has been bound by an alias of a function is bound to
 * the function itself. An ifunc keeps what it has chosen.
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

/*
 * Asked for names that are nowhere: not in the library, nor in what it
 * searches. names has count of them: all that a unit misses which is being
 * linked, or what was looked up; those that are not required are weak, and 0 if
 * nobody has them. An answer is an address (and what else a thread-local
 * variable has), or is left out because the generator has added a definition to
 * the library, lazily or not; a name that it does not know it leaves alone.
 * What it returns as an error, which is taken, becomes the error of what needed
 * the names.
 *
 * An address is kept, and the name is not asked for again. A name that is not
 * known is asked for again when it is needed the next time: a function that is
 * only called, when it is called.
 *
 * Called on a compile thread, for one library by one thread at a time; what
 * holds for an lzr_provide (see there) holds for it too.
 */
typedef lzr_error *(*lzr_generate)(void *data, lzr_library *library,
                                   struct lzr_name *names, size_t count);

/* Asks generate for what the library's search order does not have; of several
   generators, first the one that was added first. data is handed to generate
   and destroy; destroy is called when the session has ended, or if this fails,
   and must not use the session. It may be NULL. */
lzr_error *lzr_library_search_generator(lzr_library *library,
                                        lzr_generate generate, void *data,
                                        void (*destroy)(void *data));

/* Lazy definitions. */

enum lzr_lazy_kind { LZR_LAZY_FUNCTION, LZR_LAZY_VARIABLE };

/* A name whose code the client makes when it is needed. */
struct lzr_lazy_name {
  const char *name;
  int kind;  /* enum lzr_lazy_kind */
  bool weak; /* a strong definition that the library has or gets before the code
                is needed prevails; and the first of several weak ones */
};

/* What an lzr_provide answers; borrowed by it until it returns. */
typedef struct lzr_lazy_request lzr_lazy_request;

/*
 * Provides the code of lazy definitions, because name, which is one of them, is
 * needed: a function's first call has come, or code that uses a variable is
 * being linked. Called once, however many of the names are needed and however
 * many threads need them. It answers with lzr_lazy_answer_code(),
 * lzr_lazy_answer_address() or both, for all of its names. What it returns as
 * an error becomes the error of that first call, and of all that come later,
 * also of the other names; the same holds if a name is missing in the answer.
 * The error is taken.
 *
 * Called on a compile thread, while the thread of the call waits. Several
 * compile threads may be in providers of different definitions at once, so each
 * needs an LLVM context of its own, or a lock. A provider may add to the
 * session: modules, addresses, further lazy definitions, searches. What would
 * wait for a compile thread is refused, with kind ARGUMENT: lookups, first
 * calls, compiling, initializing, replacing and removing. It must not fork, nor
 * wait for a thread that waits for the session.
 */
typedef lzr_error *(*lzr_provide)(void *data, const char *name,
                                  lzr_lazy_request *request);

struct lzr_lazy_definitions {
  size_t size;      /* of this struct: sizeof(struct ...) */
  const char *name; /* for messages, copied; NULL: "lazy definitions" */
  const struct lzr_lazy_name *names; /* copied, with their strings */
  size_t name_count;                 /* at least 1 */
  lzr_provide provide;
  void *data;                  /* handed to provide and destroy */
  void (*destroy)(void *data); /* called once, when data is not needed any more:
                                  after the definitions have been removed, the
                                  session has ended or defining has failed.
                                  Must not use the session. NULL: nothing */
};

/*
 * Defines names whose code is made when it is needed. Functions have stubs, and
 * can be called and pointed to, before that. By all rules they are definitions
 * of a module like any other: lzr_module_remove() takes them out of the library
 * together with the code that was provided, and lzr_library_replace() puts them
 * in place of older ones (see lzr_code). module may be NULL.
 *
 * The code that is provided may define further names, and refer to what it
 * likes. It becomes a module of the library, so a strong definition of another
 * name that the library has already is refused, as an error of the first call.
 * Its constructors run at the next lzr_library_initialize().
 * lzr_library_compile() asks for the code too.
 */
lzr_error *
lzr_library_define_lazy(lzr_library *library,
                        const struct lzr_lazy_definitions *definitions,
                        lzr_module_handle **module);

/* Answers with code, which is not lazy again, as lzr_library_add() takes it. At
   most once. */
lzr_error *lzr_lazy_answer_code(lzr_lazy_request *request,
                                const struct lzr_code *code);

/* Answers with an address in the target for one of the names; not 0. A
   function's stub leads there. */
lzr_error *lzr_lazy_answer_address(lzr_lazy_request *request, const char *name,
                                   lzr_addr address);

/* Running. */

/* Finds the address of a function (its stub; nothing is compiled) or of a
   variable (its module's data is brought into the target). A name found nowhere
   is an error of kind SYMBOL, a thread-local variable one of kind
   UNSUPPORTED. */
lzr_error *lzr_library_lookup(lzr_library *library, const char *name,
                              lzr_addr *address);

/* Finds several names as lzr_library_lookup() does, with one search: what is
   not in the library costs one message to an executor. The addresses are the
   answers; thread_local_storage and the other answers are not used. A name that
   is nowhere has address 0; if it is required, that is an error, with a line
   for each, and no name has an address. One that is not required adds no member
   of an archive. */
lzr_error *lzr_library_lookup_all(lzr_library *library, struct lzr_name *names,
                                  size_t count);

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

/* Do the same with a function of any library, which is initialized first. */
lzr_error *lzr_library_run_main(lzr_library *library, const char *function,
                                int argc, const char *const *argv, int *status);
lzr_error *lzr_library_call(lzr_library *library, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result);

/* Compiles everything in the library now. With check, a function that would
   fail only at its first call, because a symbol is nowhere, is an error too;
   the message lists all of them. */
lzr_error *lzr_library_compile(lzr_library *library, bool check);

/* Compiles everything of one module now: a client that is about to call several
   of its functions saves the setting up of code generation for each. Of lazy
   definitions, also what was provided for them. On a compile thread it is
   refused, with kind ARGUMENT. */
lzr_error *lzr_module_compile(lzr_module_handle *module);

/* Compiles these functions now, for a client that knows what will be called:
   together with each, functions that it is certain to call. Lazy definitions
   are asked for their code; of a variable, its module's data is brought in. A
   name that is nowhere is an error, and nothing is compiled then; if a function
   cannot be compiled, the others are all the same. The message has a line for
   each. */
lzr_error *lzr_library_compile_named(lzr_library *library,
                                     const char *const *names, size_t count);

/* Failures inside LLVM. */

/*
 * If an allocation of LLVM's fails, or LLVM gives up for another reason, what
 * was to be compiled fails with an error that says "LLVM: ". The memory that
 * LLVM was using is leaked, and what it has locked stays locked. For this,
 * lazyrun sets LLVM's handlers of fatal errors and of failed allocations, and
 * C++'s (std::set_new_handler), which calls the client's when LLVM is not at
 * work for lazyrun. It does so whenever it turns to LLVM, so a client may set
 * and remove handlers of its own; those of LLVM it has to set again after it
 * has called lazyrun, and must not set while another thread may be in lazyrun.
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
  uint64_t passes_time;        /* changing units: transform and passes */
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

/* A unit: what was compiled together for one first call. */
struct lzr_unit_info {
  size_t size;        /* of this struct; set by the callee */
  uint64_t time;      /* nanoseconds, with data that it had to wait for */
  uint32_t number;    /* as in struct lzr_function_info */
  uint32_t functions; /* how many it has */
  char name[128];     /* its first function's; cut if it is longer */
};

/* Lists the units that took longest, at most ten, the slowest first. *units is
   owned (free()). */
lzr_error *lzr_session_list_slowest_units(lzr_session *session,
                                          struct lzr_unit_info **units,
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
