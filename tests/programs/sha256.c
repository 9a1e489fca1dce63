/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A small real program: SHA-256 of what is on standard input. */
//! stdin: abc
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t k[64], start[8];

static int is_prime(int n) {
  for (int i = 2; i * i <= n; i++)
    if (n % i == 0)
      return 0;
  return 1;
}

/* The first 32 bits behind the point of the root of n, by bisection. */
static uint32_t root_bits(int n, int degree) {
  long double low = 0, high = n;
  for (int i = 0; i < 100; i++) {
    long double middle = (low + high) / 2;
    long double power =
        degree == 2 ? middle * middle : middle * middle * middle;
    if (power > n)
      high = middle;
    else
      low = middle;
  }
  return (uint32_t)((low - (long)low) * 4294967296.0L);
}

static void make_tables(void) {
  for (int n = 2, count = 0; count < 64; n++) {
    if (!is_prime(n))
      continue;
    if (count < 8)
      start[count] = root_bits(n, 2);
    k[count++] = root_bits(n, 3);
  }
}

static uint32_t rotate(uint32_t x, int by) {
  return x >> by | x << (32 - by);
}

static void schedule(uint32_t *w, const uint8_t *block) {
  for (int i = 0; i < 16; i++, block += 4)
    w[i] = (uint32_t)block[0] << 24 | block[1] << 16 | block[2] << 8 | block[3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
           (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
}

static void compress(uint32_t *state, const uint8_t *block) {
  uint32_t w[64], s[8];
  schedule(w, block);
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
    uint32_t a = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
    uint32_t t1 = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
    uint32_t t2 = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

static size_t pad(uint8_t *message, size_t size) {
  uint64_t bits = (uint64_t)size * 8;
  message[size++] = 0x80;
  while (size % 64 != 56)
    message[size++] = 0;
  for (int i = 7; i >= 0; i--)
    message[size++] = (uint8_t)(bits >> 8 * i);
  return size;
}

int main(void) {
  uint8_t message[4096];
  uint32_t state[8];
  size_t size = fread(message, 1, 1000, stdin);
  if (size && message[size - 1] == '\n')
    size--;
  make_tables();
  memcpy(state, start, sizeof state);
  size = pad(message, size);
  for (size_t at = 0; at < size; at += 64)
    compress(state, message + at);
  for (int i = 0; i < 8; i++)
    printf("%08x", (unsigned)state[i]);
  puts("");
  return 0;
}
//> ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
