/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls with every register filled, and a body that writes down what arrives.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define SVE_MAX 256 /* bytes of the longest vector there can be */

struct registers {
  uint64_t x[16];    /* x0-x15 */
  uint64_t kept[10]; /* x19-x28 */
  uint64_t sp;
  uint8_t q[32][16];
};

struct sve_registers {
  uint8_t z[32][SVE_MAX]; /* vector i at i times the vector's length */
  uint8_t p[16][SVE_MAX / 8];
};

/* Calls function with those registers; sets in->sp to the sp of the call. */
void call_with_registers(struct registers *in, uint64_t function);
extern struct registers seen;
void see_registers(void);

/* The same for SVE state, which overlaps q0-q31. */
void call_with_sve(const struct sve_registers *in, uint64_t function);
extern struct sve_registers sve_seen;
void see_sve(void);
uint64_t sve_bytes(void);

/* Gets the place of a thread-local variable by the descriptor, leaves x16-x18
   in seen_after, and goes on to see_registers and see_sve. */
extern uint64_t descriptor[4];
extern uint64_t seen_after[3];
void use_descriptor(void);
void use_descriptor_sve(void);

/* Changes everything that a C function may change. */
void spoil_registers(void);
void spoil_sve(void);

#endif
