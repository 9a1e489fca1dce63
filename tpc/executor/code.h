/*
 * Which addresses may be called. A controller calls by address, and may call
 * anything there is; what is certainly no code is better refused than jumped
 * to.
 */
#ifndef LZR_EXECUTOR_CODE_H
#define LZR_EXECUTOR_CODE_H

#include <stdbool.h>
#include <stdint.h>

/* A service's function, or code: of a loaded library, the program itself, or
   memory that was given to this controller. Thread-safe. */
bool lzr_is_wrapper(uint64_t address);

#endif
