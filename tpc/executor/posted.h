/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Services that the controller posts. It awaits no answer, and what it sends
 * afterwards may depend on the service's success. When one fails the connection
 * ends, and the executor looks at nothing that came after it.
 */
#ifndef LZR_EXECUTOR_POSTED_H
#define LZR_EXECUTOR_POSTED_H

#include <stdbool.h>

#include "tpc/executor/services.h"
#include "tpc/wire/connection.h"

/* Serves a quick service, on the thread that reads. Takes call. */
void lzr_quick_serve(const struct lzr_service *service, struct lzr_call *call);

/* Whether a posted service has failed: then its answer has told the controller
   the reason, and the controller tells the user. Thread-safe. */
bool lzr_posted_has_failed(void);

#endif
