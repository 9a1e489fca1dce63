/*
 * Lazy calls for any target: stubs that can be redirected, trampolines that
 * call back on a first call, and the table that says what each of those first
 * calls means. Needs a TPC and nothing else: a client with its own compiler
 * gets lazy calls from this header alone (indirection/examples/).
 *
 * LLVM's counterpart is TPCIndirectionUtils (EPCIndirectionUtils today).
 *
 * The rule a user must not break: redirect a stub only to code that has been
 * committed. A stub, slot or trampoline that a thread may still be about to use
 * is not released.
 *
 * All functions may be called from any thread; none holds a lock while a
 * client's callback runs. After a fork() both processes may go on using an
 * indirection whose TPC allows it: its lock is taken before and released after
 * the fork by handlers of its own (pthread_atfork), so that no thread that is
 * gone holds it in the child. A client whose own locks are held while it calls
 * these functions registers its handlers after the first
 * lzr_indirection_create(): handlers of this kind run last to first.
 */
#ifndef LZR_INDIRECTION_H
#define LZR_INDIRECTION_H

#include "tpc/tpc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lzr_indirection lzr_indirection;

/* Brings the resolver block into the target; the architecture is the one the
   target reports. *indirection is owned; tpc is borrowed and must outlive it.
 */
lzr_error *lzr_indirection_create(lzr_tpc *tpc, lzr_indirection **indirection);

/* Cleanup: stubs, call-throughs, trampolines and the resolver are given back
   to the target, in this order. No thread may be in any of them. Accepts
   NULL. */
void lzr_indirection_destroy(lzr_indirection *indirection);

/* ---- Stubs ----------------------------------------------------------------
 */

/* address is the function's for good; slot is the address of the pointer it
   jumps through. */
struct lzr_stub {
  lzr_addr address;
  lzr_addr slot;
};

/* The most that one call makes. */
#define LZR_STUBS_MAX (1u << 26)

/* Makes count stubs at once, all or none; targets[i] is where stub i goes
   first. Costs a page of code for some hundred stubs, and a pointer store for
   each. Fails with LIMIT when the target's window of address space is full or
   count is above LZR_STUBS_MAX, and then *stubs means nothing. */
lzr_error *lzr_stubs_create(lzr_indirection *indirection,
                            const lzr_addr *targets, size_t count,
                            struct lzr_stub *stubs);

/* Sends a stub elsewhere: one aligned pointer store, atomic for every thread.
 */
lzr_error *lzr_stub_redirect(lzr_indirection *indirection,
                             const struct lzr_stub *stub, lzr_addr target);

/* The stub's memory is used for a later one. No thread may still call it. */
void lzr_stubs_free(lzr_indirection *indirection, const struct lzr_stub *stubs,
                    size_t count);

/* ---- Call-throughs ---------------------------------------------------------
 */

/*
 * What a first call leads to. Called on the calling thread, which may be any
 * thread of the program, inside a signal handler even, with a few KiB of stack
 * left: work that needs more belongs on another thread. Several threads may be
 * in it for one call-through at once, and one thread twice (a signal handler
 * that calls the very function it interrupted): the client lets one of them do
 * the work. errno and the floating-point environment of the interrupted caller
 * are kept, and the callback runs under the default environment. Returns the
 * address to go on at; never 0.
 */
typedef lzr_addr (*lzr_land)(void *data);

/* A trampoline and its meaning. */
struct lzr_call_through {
  lzr_addr trampoline;
  uint32_t index;
};

/* Makes one; land and data are kept until it is freed. Fails with LIMIT when
   2^31 are in use. */
lzr_error *lzr_call_through_create(lzr_indirection *indirection, lzr_land land,
                                   void *data,
                                   struct lzr_call_through *call_through);

/* From now on, calls that still arrive through the trampoline go to target
   without asking: a thread may have loaded the slot's old value long before the
   slot was bound. */
void lzr_call_through_land(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through,
                           lzr_addr target);

/* The trampoline is used for a later call-through. No thread may be in it. */
void lzr_call_through_free(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through);

/* The common case: a stub whose first call leads to land; what land returns is
   stored into the slot by the caller's commit or lzr_stub_redirect. They are
   made many at a time and ahead, so one more usually costs the target
   nothing. */
struct lzr_lazy_stub {
  struct lzr_stub stub;
  struct lzr_call_through call_through;
  lzr_addr call_word; /* a second pointer, for callers that can call through one
                         without the stub: holds the stub's address until the
                         client stores another. What a caller loads from it
                         early and calls often is then at worst the stub, and
                         never the trampoline */
};
lzr_error *lzr_lazy_stub_create(lzr_indirection *indirection, lzr_land land,
                                void *data, struct lzr_lazy_stub *lazy);

/* Many at once, all or none: data[i] is what land gets for stub i. */
lzr_error *lzr_lazy_stubs_create(lzr_indirection *indirection, lzr_land land,
                                 void *const *data, size_t count,
                                 struct lzr_lazy_stub *lazy);

/* Frees stubs and call-throughs; what those two ask for holds. */
void lzr_lazy_stubs_free(lzr_indirection *indirection,
                         const struct lzr_lazy_stub *lazy, size_t count);

#ifdef __cplusplus
}
#endif
#endif
