/*
 * TargetProcessControl: everything the runtime does to the process in which
 * compiled code runs goes through these functions. That process, the target,
 * is this one (lzr_tpc_create_self) or an executor at the other end of a
 * connection (remote.h); nothing that uses this header can tell which.
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

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t lzr_addr;
typedef struct lzr_tpc lzr_tpc;

/* ---- What the target is ------------------------------------------------- */

/* How a resolver saves the vector registers: the instruction, which state
   components, and how many bytes they take. Only the target knows its CPU. */
typedef enum lzr_save_form {
  LZR_SAVE_FXSAVE, /* x86-64 without xsave */
  LZR_SAVE_XSAVE,
  LZR_SAVE_XSAVEC,
  LZR_SAVE_NEON, /* AArch64: q0-q31 */
  LZR_SAVE_SVE,  /* AArch64: z0-z31 and p0-p15 */
  LZR_SAVE_LEAST /* what every CPU of the architecture has: of a target that
                    does not say more, or where all have the same */
} lzr_save_form;

struct lzr_save_area {
  lzr_save_form form;
  uint32_t mask; /* XCR0 components to save; 0 where the form has none */
  uint32_t size; /* bytes of the area, a multiple of 64; 0 where the form needs
                    none to be told */
};

/* Borrowed from the TPC; constant while it lives. */
struct lzr_target_facts {
  const char *triple;   /* "x86_64-pc-linux-gnu" */
  const char *cpu;      /* LLVM's name for it, or "" where it is not known */
  const char *features; /* "+avx2,-sse4a,...", or "" */
  bool this_process;    /* the target is the process that asks */
  uint32_t page_size;   /* bytes, a power of two */
  uint32_t pointer_size;
  bool big_endian;
  struct lzr_save_area save_area;
  /* Services of the target for compiled code, 0 where it has none. */
  lzr_addr tls_get_addr; /* __tls_get_addr for host and compiled modules, see
                            struct lzr_tls_template */
  lzr_addr return_zero;  /* a function that does nothing and returns 0: where a
                            first call that failed lands if nobody says where */
  /* 0, unless the target has only LLVM's way to call the controller: a C
     function of LLVM's wrapper type and its context. What lzr_tpc_add_handler
     gives is then not a context but a tag, and who wants handlers writes the
     code between the two into the target (indirection/ does). */
  lzr_addr dispatch_function;
  lzr_addr dispatch_context;
};

const struct lzr_target_facts *lzr_tpc_facts(const lzr_tpc *tpc);

/* ---- Memory -------------------------------------------------------------- */

/* What a page may be used for. No page is ever writable and executable. */
typedef enum lzr_prot {
  LZR_PROT_CODE,  /* r-x */
  LZR_PROT_CONST, /* r-- */
  LZR_PROT_DATA,  /* rw-, private to the process after a fork */
  LZR_PROT_COUNT
} lzr_prot;

struct lzr_layout {
  uint64_t size[LZR_PROT_COUNT]; /* bytes, 0 for none */
  uint64_t
      align[LZR_PROT_COUNT]; /* a power of two up to 2^20; 0 counts as 16 */
};

/* A piece of address space for each protection asked for. The fields are for
   reading. All allocations of one TPC lie within 2 GiB of each other, so that
   32-bit displacements between them never overflow. They are packed densely,
   not a page each, and the number of the target's mappings does not grow with
   their number. */
typedef struct lzr_allocation {
  lzr_addr address[LZR_PROT_COUNT]; /* 0 where the size is 0 */
  uint64_t size[LZR_PROT_COUNT];
} lzr_allocation;

/* Reserves address space; nothing can be read or run there before a commit.
   *allocation is owned; ended by lzr_tpc_release(). Fails with LIMIT when the
   session's window of address space is full. */
lzr_error *lzr_tpc_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                           lzr_allocation **allocation);

/* What to put where: byte_count bytes (borrowed until the commit returns),
   then zero_count zero bytes. Must lie inside the allocation. */
struct lzr_segment {
  lzr_addr address;
  const void *bytes;
  uint64_t byte_count;
  uint64_t zero_count;
};

/* What else a commit does in the target once the bytes are in place. Each has
   an undo, run when the allocation is released. */
typedef enum lzr_action_kind {
  LZR_ACTION_EH_FRAMES,    /* register an .eh_frame section, which ends with a
                              zero word; undone by deregistering it */
  LZR_ACTION_DEBUG_OBJECT, /* show an ELF file in target memory to a debugger,
                              through GDB's JIT interface */
  LZR_ACTION_TLS           /* address is a struct lzr_tls_template in the
                              allocation's data; undone by dropping the
                              blocks it gave to threads */
} lzr_action_kind;

struct lzr_action {
  lzr_action_kind kind;
  lzr_addr address;
  uint64_t size;
};

/* One aligned pointer, stored so that every thread sees the old or the new
   value, and who sees the new one also sees all the commit wrote. */
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
};

/* Bytes, then actions, then pointer stores, in that order, all or nothing: when
   an action fails, those before it are undone and no pointer is stored. An
   allocation is committed at most once. A remote target may learn of a failure
   only after this has returned: then it ends, with the reason. */
lzr_error *lzr_tpc_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                          const struct lzr_commit *commit);

/* Undoes the allocation's actions in reverse and gives its memory back. Takes
   allocation; accepts NULL and what was never committed. No thread may be
   running code in it, or return into it. */
void lzr_tpc_release(lzr_tpc *tpc, lzr_allocation *allocation);

/* Any readable or writable memory of the target. An address that cannot be
   accessed is an error, not a crash. lzr_tpc_write does not write code or
   constants: those change only by a commit. */
lzr_error *lzr_tpc_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                        size_t size);
lzr_error *lzr_tpc_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                         size_t size);

/* Binding: see struct lzr_pointer_store. Addresses in committed data only. */
lzr_error *lzr_tpc_store_pointers(lzr_tpc *tpc,
                                  const struct lzr_pointer_store *stores,
                                  size_t count);

/* ---- Names ----------------------------------------------------------------
 */

/* 0 stands for the target process itself: its program and all libraries
   loaded globally. */
typedef uint64_t lzr_library_handle;

/* Loads a shared library into the target, or finds it if it is loaded; it stays
   for as long as the target lives. */
lzr_error *lzr_tpc_open_library(lzr_tpc *tpc, const char *path,
                                lzr_library_handle *handle);

struct lzr_name {
  const char *name; /* borrowed */
  bool required;    /* a missing required name is an error that lists it; a
                       missing weak one is address 0 */
  bool thread_local_storage; /* the caller knows it is a TLS variable: the
                       answer is then module and offset, as __tls_get_addr takes
                       them, and address is non-zero if it was found */
  /* answers */
  lzr_addr address;
  uint64_t tls_module;
  uint64_t tls_offset;
};

/* Looks all names up in one request. */
lzr_error *lzr_tpc_lookup(lzr_tpc *tpc, lzr_library_handle handle,
                          struct lzr_name *names, size_t count);

/* ---- Calls ----------------------------------------------------------------
 */

/* Calls int main(int, char **, char **) on the calling thread with a copy of
   argv, which need not end with NULL, and the target's environment. *status is
   what it returned. A program that calls exit() does not return. */
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

/* How a C function is called; up to 64 parameters, none of them VOID.
   fixed_count is the number before "..." of a variadic function, or equal to
   parameter_count. Integers are passed sign-extended. */
struct lzr_signature {
  lzr_type result;
  const lzr_type *parameters;
  size_t parameter_count;
  size_t fixed_count;
};

typedef union lzr_value {
  int64_t i; /* I8 to I64; the upper bits of narrower ones are ignored on the
                way in and sign-extended on the way out */
  double f64;
  float f32;
  lzr_addr ptr;
} lzr_value;

/* Calls a function through libffi on the calling thread. arguments has
   parameter_count elements; *result is left alone for VOID and may be NULL
   then. */
lzr_error *lzr_tpc_call(lzr_tpc *tpc, lzr_addr function,
                        const struct lzr_signature *signature,
                        const lzr_value *arguments, lzr_value *result);

/* For a target that has only LLVM's services (facts: dispatch_function; it
   makes no difference to others): two functions in it, of LLVM's wrapper type,
   which last as long as the TPC and are used from now on. caller takes {
   function, six words } and answers with the result's eight bytes: lzr_tpc_call
   then works for any signature of up to six integers and pointers. copier takes
   a count, and as often { address, length, bytes }: copies in that order, eight
   bytes as one store that is seen after what was copied before, and answers
   with an Error that is none: a commit is then one request. */
struct lzr_helpers {
  lzr_addr caller;
  lzr_addr copier;
};
void lzr_tpc_set_helpers(lzr_tpc *tpc, const struct lzr_helpers *helpers);

/* ---- Re-entry -------------------------------------------------------------
 */

/* A function of the controller that code in the target calls like any C
   function of that signature (not variadic): it runs in the controller, on the
   calling thread if that is this process, else on a thread of the TPC. *result
   is 0 when it is called. An error, taken, ends the target with a message: the
   caller has no way to hear of it. arguments are borrowed for the call. */
typedef lzr_error *(*lzr_host_function)(void *data, const lzr_value *arguments,
                                        lzr_value *result);

/* *address is the C function in the target; it lives as long as the TPC. data
   is borrowed as long. */
lzr_error *lzr_tpc_add_function(lzr_tpc *tpc,
                                const struct lzr_signature *signature,
                                lzr_host_function function, void *data,
                                lzr_addr *address);

/* A function of the controller that code in the target may call, on the thread
   that called, with one number; what it returns goes back. */
typedef uint64_t (*lzr_handler)(void *data, uint64_t index);

/* *context is the address, in the target, of a context whose first word is the
   address of a C function: code in the target calls
   (*(uint64_t (**)(void *, uint64_t))context)(context, index). It lives as long
   as the TPC. data is borrowed for as long as code in the target may call. */
lzr_error *lzr_tpc_add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                               lzr_addr *context);

/* ---- Thread-local storage of compiled code --------------------------------
 */

/* Lies in a unit's data and describes its thread-local variables. Compiled code
   calls tls_get_addr with a pointer to two words: { the template's address,
   offset } for its own variables, { tls_module, tls_offset } for those of a
   shared library; the answer is the address for the calling thread. A thread's
   block is made at its first access and freed when the thread ends. */
struct lzr_tls_template {
  uint64_t index; /* 0; the target gives it one */
  uint64_t image; /* address of the initial bytes */
  uint64_t image_size;
  uint64_t size; /* bytes of a block; those after the image are zero */
  uint64_t align;
};

/* ---- How it ends ----------------------------------------------------------
 */

enum lzr_ending_kind {
  LZR_ENDING_RUNNING, /* it has not, as far as is known */
  LZR_ENDING_EXITED,
  LZR_ENDING_SIGNALLED,
  LZR_ENDING_LOST /* the connection broke, and nobody knows */
};

struct lzr_frame {
  lzr_addr address;
  bool is_return; /* it is where a call returns to, not where one is */
  char *where;    /* what the target calls it, or "" */
};

/* Borrowed from the TPC. */
struct lzr_ending {
  enum lzr_ending_kind kind;
  int status;     /* EXITED: 0 to 255; SIGNALLED: the signal */
  lzr_addr fault; /* SIGNALLED: the address that could not be accessed */
  const struct lzr_frame *frames; /* SIGNALLED: innermost first; may be none */
  size_t frame_count;
};

/* Ends the target as the C function exit does, whose handlers may still make
   first calls. If the target is this process it does not return; else it
   returns when the target has ended. */
void lzr_tpc_exit(lzr_tpc *tpc, int status);

/* How the target ended. After an operation failed with kind CLOSED this waits
   for the news, a second at most. */
const struct lzr_ending *lzr_tpc_ending(lzr_tpc *tpc);

/* Says that the calling thread is lazyrun's own for good: what shared libraries
   allocate there does not come from a program's own malloc. */
void lzr_tpc_own_thread(void);
bool lzr_tpc_is_own_thread(void);

/* ---- Making and ending one ------------------------------------------------
 */

/* This process. *tpc is owned; ended by lzr_tpc_close(). */
lzr_error *lzr_tpc_create_self(lzr_tpc **tpc);
/* An executor: see remote.h. */

/* Releases all that is still reserved, undoing its actions. Accepts NULL. */
void lzr_tpc_close(lzr_tpc *tpc);

#ifdef __cplusplus
}
#endif
#endif
