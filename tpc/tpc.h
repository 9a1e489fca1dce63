/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * TargetProcessControl: the runtime does everything that it does to the process
 * in which compiled code runs through these functions. That process, the
 * target, is this one (lzr_tpc_create_self) or an executor at the other end of
 * a connection (remote.h); a user of this header cannot tell which.
 *
 * LLVM calls the same idea ExecutorProcessControl today.
 *
 * The rule a user must not break: an lzr_tpc outlives everything reserved
 * through it and every thread that may still run code in it.
 *
 * All functions may be called from any thread at any time, unless they say
 * otherwise. Addresses are the target's; 0 is never a valid one.
 */
#ifndef LZR_TPC_H
#define LZR_TPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "base/version.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lzr_tpc lzr_tpc;

/* ---- What the target is ---- */

/* Borrowed from the TPC; constant while the TPC lives. */
struct lzr_target_facts {
  const char *triple; /* "x86_64-pc-linux-gnu" */
  const char *cpu;    /* LLVM's name for the CPU, or "" where it is not known */
  const char *features; /* "+avx2,-sse4a,...", or "" */
  bool this_process;    /* the target is the calling process */
  uint32_t page_size;   /* bytes, a power of two */
  uint32_t pointer_size;
  bool big_endian;
  bool has_large; /* LZR_PROT_LARGE and LZR_PROT_FAR can be reserved */
  struct lzr_save_area save_area;
  /* Functions of the target that compiled code may call; 0 where it has
     none. */
  lzr_addr tls_get_addr; /* __tls_get_addr for host and compiled modules, see
                            struct lzr_tls_template */
  lzr_addr return_zero;  /* a function that does nothing and returns 0: the
                            landing address of a first call that failed, unless
                            the client names another */
  /* 0, unless the target offers only LLVM's way to call the controller: a C
     function of LLVM's wrapper type and its context. In that case
     lzr_tpc_add_handler yields not a context but a tag, and a client that wants
     handlers writes the code between the two into the target (indirection/
     does). */
  lzr_addr dispatch_function;
  lzr_addr dispatch_context;
};

const struct lzr_target_facts *lzr_tpc_facts(const lzr_tpc *tpc);

/* ---- Memory ---- */

/* A kind of memory: what code may do with a page, and how far away it is. No
   page is ever writable and executable. */
typedef enum lzr_prot {
  LZR_PROT_CODE,  /* r-x */
  LZR_PROT_CONST, /* r-- */
  LZR_PROT_DATA,  /* rw-, private to each process after a fork */
  LZR_PROT_LARGE, /* the same; as near to the code as what lies between allows:
                     for large data that 32-bit displacements in code lead to */
  LZR_PROT_FAR,   /* the same, at any distance */
  LZR_PROT_COUNT
} lzr_prot;

struct lzr_layout {
  uint64_t size[LZR_PROT_COUNT]; /* bytes, 0 for none */
  uint64_t
      align[LZR_PROT_COUNT]; /* a power of two up to 2^20; 0 counts as 16 */
};

/* A piece of address space for each requested protection. The fields are for
   reading only. Code, constants and data of one TPC lie within 2 GiB of each
   other, so that 32-bit displacements between them never overflow. They are
   packed densely, not one to a page, and the number of the target's mappings
   does not grow with the number of allocations. */
typedef struct lzr_allocation {
  lzr_addr address[LZR_PROT_COUNT]; /* 0 where the size is 0 */
  uint64_t size[LZR_PROT_COUNT];
} lzr_allocation;

/* Reserves address space; no code can read or run it before a commit.
   *allocation is owned; end it with lzr_tpc_release(). Fails with LIMIT when
   the session's window of address space is full. */
lzr_error *lzr_tpc_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                           lzr_allocation **allocation);

/* A segment: byte_count bytes (borrowed until the commit returns), then
   zero_count zero bytes. It must lie inside the allocation. */
struct lzr_segment {
  lzr_addr address;
  const void *bytes;
  uint64_t byte_count;
  uint64_t zero_count;
};

/* An action: what a commit does in the target after the bytes are in place.
   Each action has an undo, which runs when the allocation is released. */
typedef enum lzr_action_kind {
  LZR_ACTION_EH_FRAMES,    /* register an .eh_frame section, which ends with a
                              zero word; undone by deregistering it */
  LZR_ACTION_DEBUG_OBJECT, /* show an ELF file in target memory to a debugger,
                              through GDB's JIT interface */
  LZR_ACTION_TLS,      /* address is that of a struct lzr_tls_template in the
                          allocation's data; undone by freeing the blocks that
                          threads have for it */
  LZR_ACTION_PERF_MAP, /* adds functions to the map of names of Linux's perf,
                          /tmp/perf-PID.map; address is that of structs
                          lzr_profiled_function. Has no undo */
  LZR_ACTION_JITDUMP   /* the same for perf's jitdump file, jit-PID.dump in the
                          folder of the environment's JITDUMPDIR, or in the
                          current one */
} lzr_action_kind;

/* A function as profilers see it, in the target's byte order. Its name and its
   lines follow, then zeros up to a multiple of 8, and then the next function's
   struct. */
struct lzr_profiled_function {
  lzr_addr address;
  uint64_t size;       /* bytes of code */
  uint64_t name_size;  /* bytes of the name, with the zero at its end */
  uint64_t line_count; /* a map has none */
  uint64_t lines_size; /* bytes of all lines */
};

/* From which source line the code at address comes, as a jitdump file has it.
   The file's name follows, which ends with a zero. Not aligned. */
struct lzr_profiled_line {
  lzr_addr address;
  uint32_t line;
  uint32_t discriminator; /* 0 */
};

struct lzr_action {
  lzr_action_kind kind;
  lzr_addr address;
  uint64_t size;
};

/* One aligned pointer. Each thread sees either the old or the new value, and a
   thread that sees the new value also sees everything else that the commit
   wrote. */
struct lzr_pointer_store {
  lzr_addr address;
  uint64_t value;
};

struct lzr_commit {
  const struct lzr_segment *segments;
  size_t segment_count;
  const struct lzr_action *actions;
  size_t action_count;
  const struct lzr_pointer_store *stores; /* anywhere in committed data */
  size_t store_count;
  const char *what; /* the subject of the commit, for messages about a later
                       failure: "a.bc: function 'f'". Borrowed until the commit
                       returns; may be NULL */
};

/* Writes bytes, then runs actions, then stores pointers, all or nothing: when
   an action fails, those before it are undone and no pointer is stored. An
   allocation is committed at most once. With a remote target the failure may be
   found after this function has returned. The target then ends, with the reason
   (lzr_tpc_ending), and has done nothing that was asked of it after the
   commit. */
lzr_error *lzr_tpc_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                          const struct lzr_commit *commit);

/* Undoes the allocation's actions in reverse order and gives its memory back.
   Takes allocation; accepts NULL and an allocation that was never committed. No
   thread may be running code in it, or return into it. */
void lzr_tpc_release(lzr_tpc *tpc, lzr_allocation *allocation);

/* Read and write any readable or writable memory of the target. An address that
   cannot be accessed is an error, not a crash. lzr_tpc_write does not write
   code or constants: only a commit changes those. */
lzr_error *lzr_tpc_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                        size_t size);
lzr_error *lzr_tpc_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                         size_t size);

/* Stores pointers: see struct lzr_pointer_store. The addresses must lie in
   committed data. */
lzr_error *lzr_tpc_store_pointers(lzr_tpc *tpc,
                                  const struct lzr_pointer_store *stores,
                                  size_t count);

/* ---- Names ---- */

/* The handle 0 stands for the target process itself: its program and all
   libraries loaded globally. */
typedef uint64_t lzr_library_handle;

/* Loads a shared library into the target, or finds it if it is loaded. The
   library stays loaded as long as the target lives. */
lzr_error *lzr_tpc_open_library(lzr_tpc *tpc, const char *path,
                                lzr_library_handle *handle);

struct lzr_name {
  const char *name; /* borrowed */
  bool required; /* a missing required name is an error that lists it; a missing
                    name that is not required has address 0 */
  bool thread_local_storage; /* the caller knows that it is a thread-local
                                variable. The answer is then module and offset,
                                as __tls_get_addr takes them, and address is
                                non-zero if the variable was found */
  /* answers */
  lzr_addr address;
  uint64_t tls_module;
  uint64_t tls_offset;
};

/* Looks all names up in one request. */
lzr_error *lzr_tpc_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                          struct lzr_name *names, size_t count);

/* A name of the program, as shared libraries may see it. */
struct lzr_shown_name {
  const char *name; /* borrowed */
  lzr_addr address;
  uint64_t size; /* bytes */
  bool is_function;
};

/* Adds these names to those that the target's dynamic linker knows: libraries
   that are loaded from now on bind to them, and dlsym and dladdr find them.
   They come behind those of the libraries that are loaded, and stay as long as
   the TPC. A target that cannot do so fails with UNSUPPORTED. */
lzr_error *lzr_tpc_show(lzr_tpc *tpc, const struct lzr_shown_name *names,
                        size_t count);

/* ---- Calls ---- */

/* Calls int main(int, char **, char **) on the calling thread with a copy of
   argv, which need not end with NULL, and the target's environment. *status is
   what main returned. If the program calls exit(), this function does not
   return. */
lzr_error *lzr_tpc_run_main(lzr_tpc *tpc, lzr_addr function, int argc,
                            const char *const *argv, int *status);

/* Calls void (*)(void) on the calling thread. */
lzr_error *lzr_tpc_run_void(lzr_tpc *tpc, lzr_addr function);

typedef enum lzr_type {
  LZR_TYPE_VOID,
  LZR_TYPE_I8,
  LZR_TYPE_I16,
  LZR_TYPE_I32,
  LZR_TYPE_I64,
  LZR_TYPE_F32,
  LZR_TYPE_F64,
  LZR_TYPE_PTR
} lzr_type;

/* The signature of a C function, with up to 64 parameters, none of them VOID.
   fixed_count is the number of parameters before "..." of a variadic function;
   for others it equals parameter_count. Integers are passed sign-extended. */
struct lzr_signature {
  lzr_type result;
  const lzr_type *parameters;
  size_t parameter_count;
  size_t fixed_count;
};

typedef union lzr_value {
  int64_t i; /* I8 to I64; in arguments the upper bits of narrower types are
                ignored, in results they are sign-extended */
  double f64;
  float f32;
  lzr_addr ptr;
} lzr_value;

/* Calls a function through libffi on the calling thread. arguments has
   parameter_count elements. For VOID, *result is not written and result may be
   NULL. */
lzr_error *lzr_tpc_call(lzr_tpc *tpc, lzr_addr function,
                        const struct lzr_signature *signature,
                        const lzr_value *arguments, lzr_value *result);

/* Gives two functions to a target that has only LLVM's services (facts:
   dispatch_function); other targets ignore them. Both lie in the target, are of
   LLVM's wrapper type, last as long as the TPC and are used from now on. caller
   takes { function, six words } and answers with the result's eight bytes; with
   it, lzr_tpc_call works for any signature of up to six integers and pointers.
   copier takes a count, and as often { address, length, bytes }. It copies in
   that order, and makes eight bytes one store; a thread that sees the store
   also sees what was copied before it. copier answers with an Error that is
   none. With it, a commit is one request. */
struct lzr_helpers {
  lzr_addr caller;
  lzr_addr copier;
};
void lzr_tpc_set_helpers(lzr_tpc *tpc, const struct lzr_helpers *helpers);

/* ---- Re-entry ---- */

/* A host function: a function of the controller that code in the target calls
   like any C function of that signature (not variadic). It runs in the
   controller: on the calling thread if the target is this process, else on a
   thread of the TPC. *result is 0 at first. arguments are borrowed for the
   call. The code that called cannot learn of an error that the function
   returns; the TPC takes the error. An executor then ends with a message. In
   this process the call returns 0, and the callback set by lzr_tpc_on_failure()
   gets the error. */
typedef lzr_error *(*lzr_host_function)(void *data, const lzr_value *arguments,
                                        lzr_value *result);

/* *address is the C function in the target; it lives as long as the TPC. data
   is borrowed as long. */
lzr_error *lzr_tpc_add_function(lzr_tpc *tpc,
                                const struct lzr_signature *signature,
                                lzr_host_function function, void *data,
                                lzr_addr *address);

/* Sets what happens to the errors of host functions that code of this process
   called. on_failure gets and takes each error, on the thread that called, and
   may end the process. If on_failure is NULL, as at first, the TPC keeps the
   earliest error. Does nothing for an executor. Call it before the first call
   of any host function. */
typedef void (*lzr_host_failure)(void *data, lzr_error *error);
void lzr_tpc_on_failure(lzr_tpc *tpc, lzr_host_failure on_failure, void *data);

/* Returns the error that was kept, or NULL; owned. */
lzr_error *lzr_tpc_take_failure(lzr_tpc *tpc);

/* A handler: a function of the controller that code in the target calls with
   one number, and whose result returns to that code. It runs on the thread that
   called. */
typedef uint64_t (*lzr_handler)(void *data, uint64_t index);

/* *context is the address, in the target, of a context whose first word is the
   address of a C function: code in the target calls
   (*(uint64_t (**)(void *, uint64_t))context)(context, index). It lives as long
   as the TPC. data is borrowed for as long as code in the target may call. */
lzr_error *lzr_tpc_add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                               lzr_addr *context);

/* ---- Forks of the program ---- */

/* Sets what happens before a program in an executor forks, if the TPC follows
   forks (struct lzr_remote_options: on_fork). Between pause and resume, the
   client must not change the target, nor what it knows of the target, so that
   parent and child can go on from the same state. pause waits until that is
   so. Both run on threads of the TPC, and not in a copy of this process. Call
   it before anything runs in the target. */
void lzr_tpc_on_fork(lzr_tpc *tpc, void (*pause)(void *data),
                     void (*resume)(void *data), void *data);

/* ---- Thread-local storage of compiled code ---- */

/* A template lies in a unit's data and describes the unit's thread-local
   variables. Compiled code calls tls_get_addr with a pointer to two words: {
   the template's address, offset } for its own variables, { tls_module,
   tls_offset } for those of a shared library; the answer is the address for the
   calling thread. A thread's block is made at the thread's first access and
   freed when the thread ends. */
struct lzr_tls_template {
  uint64_t index; /* 0 at first; the target sets it */
  uint64_t image; /* address of the initial bytes */
  uint64_t image_size;
  uint64_t size; /* size of a block; the bytes after the image are zero */
  uint64_t align;
};

/* ---- How it ends ---- */

enum lzr_ending_kind {
  LZR_ENDING_RUNNING, /* the target has not ended, as far as is known */
  LZR_ENDING_EXITED,
  LZR_ENDING_SIGNALLED,
  LZR_ENDING_LOST /* the connection broke, and it is unknown how the target
                     ended */
};

struct lzr_frame {
  lzr_addr address;
  bool is_return; /* the address is a return address, not that of an instruction
                     being run */
  char *where;    /* the target's description of the address, or "" */
};

/* Borrowed from the TPC. */
struct lzr_ending {
  enum lzr_ending_kind kind;
  int status;     /* EXITED: 0 to 255; SIGNALLED: the signal */
  lzr_addr fault; /* SIGNALLED: the address that could not be accessed */
  const struct lzr_frame *frames; /* SIGNALLED: innermost first; may be none */
  size_t frame_count;
  const char *reason; /* the reason, if the connection was ended because of a
                         fault and not by the program; or NULL */
};

/* Ends the target as the C function exit does; exit handlers may still make
   first calls. Only through this function, on request, does lazyrun end this
   process. If the target is this process, the function does not return;
   otherwise it returns when the target has ended. */
void lzr_tpc_exit(lzr_tpc *tpc, int status);

/* How the target ended. After an operation has failed with kind CLOSED, this
   waits for the news, for at most a second. */
const struct lzr_ending *lzr_tpc_ending(lzr_tpc *tpc);

/* Marks the calling thread as lazyrun's own, for good: memory that shared
   libraries allocate on it does not come from a program's own malloc. */
void lzr_tpc_own_thread(void);

/* Hides the client's crash handler in this process, and the calling thread's
   alternate stack, from the program: when the program asks for what is set, it
   gets the default. There is one handler; 0 for none. */
void lzr_tpc_hide_handler(lzr_addr handler);
void lzr_tpc_hide_signal_stack(lzr_addr stack);
bool lzr_tpc_is_own_thread(void);

/* From now on, or no more: when the program sets another handler or the default
   for a crash (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT), the hidden
   handler still handles the crashes that are lazyrun's own. The hidden one must
   not be 0; the signals that it is to be the default for must have it already.
   Not thread-safe. */
void lzr_tpc_keep_handler(bool keep);
/* Says from now on whether the calling thread's crashes are lazyrun's own, as
   those of lazyrun's own threads always are. Returns what was said before. */
bool lzr_tpc_own_crashes(bool own);
/* Whether a crash of lazyrun's own runs handler. If handler is kept, and
   somebody else has set the one for SIGSEGV without lazyrun's noticing, this
   makes it so for all crashes; then that other handler has those of the program
   only. It cannot be made so while SIGSEGV is ignored. Thread-safe; one system
   call if there is nothing to do. */
bool lzr_tpc_hold_crashes(lzr_addr handler);

/* Call it when this process's first thread has ended and others go on. Waits
   until at most that many threads are left, including the calling one, and
   returns the status that the first thread passed to the system call
   exit(2). */
int lzr_tpc_await_threads(int count);

/* ---- Creating and closing ---- */

/* A TPC for this process. *tpc is owned; end it with lzr_tpc_close(). */
lzr_error *lzr_tpc_create_self(lzr_tpc **tpc);
/* For an executor: see remote.h. */

/* Releases all allocations that still exist and undoes their actions. Accepts
   NULL. */
void lzr_tpc_close(lzr_tpc *tpc);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
