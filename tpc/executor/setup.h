/*
 * The message with which an executor introduces itself.
 */
#ifndef LZR_EXECUTOR_SETUP_H
#define LZR_EXECUTOR_SETUP_H

#include "tpc/wire/pack.h"

/* Triple, page size, the map with what lazyrun's controllers want to know (see
   tpc/wire/services.h), and all services. */
void lzr_setup_pack(struct lzr_writer *writer);

#endif
