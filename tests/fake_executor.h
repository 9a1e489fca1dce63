/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An executor in this process, over a socket pair, that sends whatever a test
 * tells it to: tests what a controller must withstand.
 */
#ifndef LZR_TESTS_FAKE_EXECUTOR_H
#define LZR_TESTS_FAKE_EXECUTOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"
#include "tpc/wire/pack.h"

enum { FAKE_SETUP, FAKE_HANGUP, FAKE_RESULT, FAKE_CALL }; /* opcodes */

struct fake_message {
  uint64_t size, opcode, sequence, tag;
  uint8_t *payload; /* owned */
  size_t payload_size;
};

void fake_send(int descriptor, uint64_t opcode, uint64_t sequence, uint64_t tag,
               const void *payload, size_t size);
/* Sends what is in writer and empties it. */
void fake_send_packed(int descriptor, uint64_t opcode, uint64_t sequence,
                      uint64_t tag, struct lzr_writer *writer);
/* False at the end. */
bool fake_receive(int descriptor, struct fake_message *message);

/* The contents of a Setup message. */
struct fake_setup {
  const char *triple;
  uint64_t page_size;
  uint32_t version, pointer_size, save_form, save_size;
  uint64_t window[10];   /* start, size, ... */
  const char *leave_out; /* a service that is not offered */
  const char *twice;     /* one that is offered twice */
  const char *cpu;
  bool is_llvm;           /* LLVM 22's services, no entry of lazyrun's */
  bool twice_lazyrun;     /* lazyrun's entry is there twice */
  size_t longer, shorter; /* bytes at the end, of the entry and of all */
  size_t entry_longer;
};

extern const struct fake_setup fake_good_setup, fake_llvm_setup;

/* Services have addresses from here on, in the order of services.h; or, of an
   LLVM executor, of the enumeration in stock.h. */
enum { FAKE_SERVICES = 0x1000 };

void fake_pack_setup(struct lzr_writer *writer, const struct fake_setup *setup);

#endif
