/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The signal that a resolver's trap instruction raises. */
#ifndef LZR_TESTS_TRAP_SIGNAL_H
#define LZR_TESTS_TRAP_SIGNAL_H

#include <signal.h>

#ifdef __x86_64__
#define TRAP_SIGNAL SIGILL
#else
#define TRAP_SIGNAL SIGTRAP
#endif

#endif
