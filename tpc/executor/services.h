/*
 * What the executor offers by name: LLVM 19's and 22's bootstrap symbols and
 * lazyrun's (tpc/wire/services.h), and what is known of each by its address.
 * Names and addresses are data, so that another flavour is another row.
 */
#ifndef LZR_EXECUTOR_SERVICES_H
#define LZR_EXECUTOR_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lzr_service_kind {
  LZR_SERVE_QUICK,    /* cannot block: served where it was read */
  LZR_SERVE_BLOCKING, /* served on a thread of the connection */
  LZR_SERVE_PROGRAM,  /* runs the program: on the main thread if it is idle */
  LZR_SERVE_NEVER     /* an address that is not of a wrapper function */
};

struct lzr_service {
  const char *name;
  uintptr_t address;
  enum lzr_service_kind kind;
};

/* All of them, in the order of the Setup message. */
extern const struct lzr_service lzr_services[];
extern const size_t lzr_service_count;

/* Before any of the rest; not thread-safe. False without memory. */
bool lzr_services_init(void);

/* The service at that address, or NULL. Thread-safe. */
const struct lzr_service *lzr_service_find(uint64_t address);

/* Whether it is one of lazyrun's: then the controller is lazyrun's. */
bool lzr_service_is_ours(const struct lzr_service *service);

#endif
