/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Admission at a listener that asks for a secret. It lets in the first peer
 * that proves that it knows the secret. Other peers may connect, send nothing
 * or something wrong, and leave; the listener goes on.
 */
#ifndef LZR_WIRE_ADMISSION_H
#define LZR_WIRE_ADMISSION_H

#include "tpc/wire/secret.h"

enum { LZR_ADMISSION_MOST = 16 }; /* strangers heard at a time */

struct lzr_admission {
  const char *secret; /* borrowed */
  size_t size;
  unsigned side; /* the side that this process is, as in secret.h */
};

/* Waits for at most timeout milliseconds. *peer is owned. Fails with kind
   TARGET and says what was wrong with the last stranger; sets *nobody if no
   peer came. listener is borrowed. */
lzr_error *lzr_admit(int listener, int timeout,
                     const struct lzr_admission *admission, int *peer,
                     bool *nobody);

#endif
