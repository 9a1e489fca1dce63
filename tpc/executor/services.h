/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Facts about the executor's services (bootstrap.h lists them all), found by
 * the addresses with which controllers call them.
 */
#ifndef LZR_EXECUTOR_SERVICES_H
#define LZR_EXECUTOR_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lzr_service_kind {
  LZR_SERVE_QUICK,  /* it cannot block: served on the thread that reads */
  LZR_SERVE_POSTED, /* quick, and the controller does not await the answer: see
                       posted.h */
  LZR_SERVE_BLOCKING, /* served on a thread of the connection */
  LZR_SERVE_PROGRAM,  /* runs the program: on the main thread if it is idle */
  LZR_SERVE_NEVER     /* not the address of a wrapper function */
};

struct lzr_service {
  const char *name;
  uintptr_t address;
  enum lzr_service_kind kind;
};

/* Call it before the functions below; not thread-safe. services is borrowed for
   good. Returns false without memory. */
bool lzr_services_init(const struct lzr_service *services, size_t count);

/* The service at that address, or NULL. Thread-safe. */
const struct lzr_service *lzr_service_find(uint64_t address);

static inline bool lzr_service_is_quick(const struct lzr_service *service) {
  return service->kind == LZR_SERVE_QUICK || service->kind == LZR_SERVE_POSTED;
}

/* Whether the service is one of lazyrun's: then the controller is lazyrun's,
   too. */
bool lzr_service_is_ours(const struct lzr_service *service);

#endif
