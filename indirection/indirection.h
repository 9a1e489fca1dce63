/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy calls for any target: stubs that can be redirected, trampolines that
 * call back on a first call, and the table that says what each of those first
 * calls means. A client with its own compiler needs a TPC and this header, and
 * nothing else, for lazy calls (indirection/examples/). This is the folder's
 * public header, so several files define what it declares.
 *
 * LLVM's counterpart is TPCIndirectionUtils (EPCIndirectionUtils today).
 *
 * The rules a user must not break: redirect a stub only to code that has been
 * committed, and do not free a stub, slot or trampoline that a thread may still
 * use.
 *
 * All functions are thread-safe, and none holds a lock while a client's
 * callback runs. After a fork() both processes may go on using an indirection
 * whose TPC allows it: handlers that this library registers (pthread_atfork)
 * take the indirection's lock before the fork and release it after, so that no
 * thread that does not exist in the child holds it there. A client that holds
 * locks of its own while it calls these functions must register its fork
 * handlers after the first lzr_indirection_create(), because the handlers that
 * run before a fork run in reverse order.
 */
#ifndef LZR_INDIRECTION_H
#define LZR_INDIRECTION_H

#include "tpc/tpc.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lzr_indirection lzr_indirection;

/* Writes the resolver for the architecture that the target reports into the
   target. *indirection is owned (lzr_indirection_destroy()); tpc is borrowed
   and must outlive it. Fails with UNSUPPORTED for an unknown architecture, with
   MEMORY, and with whatever the TPC fails with. */
lzr_error *lzr_indirection_create(lzr_tpc *tpc, lzr_indirection **indirection);

/* Releases stubs, call-throughs, trampolines and the resolver in the target, in
   this order. No thread may be in any of them. Accepts NULL. */
void lzr_indirection_destroy(lzr_indirection *indirection);

/* Stubs. */

/* address is the function's address for good; slot is the address of the
   pointer through which the stub jumps. */
struct lzr_stub {
  lzr_addr address;
  lzr_addr slot;
};

/* The most stubs that one call makes. */
#define LZR_STUBS_MAX (1u << 26)

/* Makes count stubs, all or none; at first stub i jumps to targets[i]. Costs a
   page of code for some hundred stubs, and a pointer store for each. Fails with
   LIMIT if the target's window of address space is full or count is above
   LZR_STUBS_MAX; then the contents of stubs are undefined. */
lzr_error *lzr_stubs_create(lzr_indirection *indirection,
                            const lzr_addr *targets, size_t count,
                            struct lzr_stub *stubs);

/* Makes a stub jump to target from now on, by one aligned pointer store, which
   is atomic for every thread. */
lzr_error *lzr_stub_redirect(lzr_indirection *indirection,
                             const struct lzr_stub *stub, lzr_addr target);

/* Frees stubs: their memory is used for later ones. No thread may call them any
   more. */
void lzr_stubs_free(lzr_indirection *indirection, const struct lzr_stub *stubs,
                    size_t count);

/* Call-throughs. */

/*
 * The client's function that answers a first call: it returns the landing
 * address, which is not 0. It runs on the calling thread, which may be any
 * thread of the program, may be in a signal handler, and may have only a few
 * KiB of stack left, so work that needs more belongs on another thread. Several
 * threads may be in it for one call-through at the same time, and one thread
 * twice (a signal handler that calls the function that it interrupted); the
 * client lets one of them do the work. It runs under the default floating-point
 * environment; the caller's errno and environment are restored afterwards.
 */
typedef lzr_addr (*lzr_land)(void *data);

/* A trampoline and its number, which stands for a client's function. */
struct lzr_call_through {
  lzr_addr trampoline;
  uint32_t index;
};

/* Makes a call-through: calls of its trampoline lead to land(data). data is
   borrowed until the call-through is freed. Fails with LIMIT if 2^31 are in
   use. */
lzr_error *lzr_call_through_create(lzr_indirection *indirection, lzr_land land,
                                   void *data,
                                   struct lzr_call_through *call_through);

/* From now on, calls that arrive through the trampoline go to target without
   calling land. Such calls still come, because a thread may have loaded the
   slot's old value long before the slot was bound. */
void lzr_call_through_land(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through,
                           lzr_addr target);

/* Frees a call-through: its trampoline is used for a later one. No thread may
   be in the trampoline. */
void lzr_call_through_free(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through);

/* A lazy stub is the common case: a stub whose calls lead to land until it is
   bound. Lazy stubs are made many at a time and ahead, so one more usually
   costs the target nothing. */
struct lzr_lazy_stub {
  struct lzr_stub stub;
  struct lzr_call_through call_through;
  lzr_addr call_word; /* address of a second pointer, for callers that can call
                         through one without the stub. It holds the stub's
                         address until the lazy stub is bound. So a caller that
                         loads it once and calls many times calls the stub at
                         worst, and never the trampoline */
};
lzr_error *lzr_lazy_stub_create(lzr_indirection *indirection, lzr_land land,
                                void *data, struct lzr_lazy_stub *lazy);

/* Makes count lazy stubs, all or none; for stub i, land is called with
   data[i]. */
lzr_error *lzr_lazy_stubs_create(lzr_indirection *indirection, lzr_land land,
                                 void *const *data, size_t count,
                                 struct lzr_lazy_stub *lazy);

/* Binds a lazy stub: calls through the stub and the call word go to target, and
   so do calls that are on their way through the trampoline or arrive there
   later. If storing the pointers fails, calls through the trampoline go to
   target all the same. A lazy stub may be bound again, to another target. */
lzr_error *lzr_lazy_stub_bind(lzr_indirection *indirection,
                              const struct lzr_lazy_stub *lazy,
                              lzr_addr target);

/* Makes a lazy stub as it was before it was bound: the next call leads to land.
   A thread may call meanwhile; it goes either way. */
lzr_error *lzr_lazy_stub_unbind(lzr_indirection *indirection,
                                const struct lzr_lazy_stub *lazy);

/* Lists the pointer stores of lzr_lazy_stub_bind(), for clients that bind with
   the commit that writes the code, in one request to the target. Such a client
   calls lzr_call_through_land() once the commit is done. */
enum { LZR_LAZY_STUB_STORES = 2 };
void lzr_lazy_stub_list_stores(
    const struct lzr_lazy_stub *lazy, lzr_addr target,
    struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES]);

/* Frees lazy stubs. The rules of lzr_stubs_free() and lzr_call_through_free()
   apply. */
void lzr_lazy_stubs_free(lzr_indirection *indirection,
                         const struct lzr_lazy_stub *lazy, size_t count);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
