/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/sha256.h"

#include <string.h>

/* FIPS 180-4, 4.2.2. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned count) {
  return word >> count | word << (32 - count);
}

static uint32_t load_be(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
         (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_be(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++)
    bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* 6.2.2, step 1. */
static void make_schedule(uint32_t schedule[64], const uint8_t *block) {
  for (int i = 0; i < 16; i++)
    schedule[i] = load_be(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = schedule[i - 15], b = schedule[i - 2];
    uint32_t sigma0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
    uint32_t sigma1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;

    schedule[i] = sigma1 + schedule[i - 7] + sigma0 + schedule[i - 16];
  }
}

/* 6.2.2, steps 2 to 4; w holds a to h. */
static void add_block(uint32_t state[8], const uint8_t *block) {
  uint32_t schedule[64], w[8];

  make_schedule(schedule, block);
  memcpy(w, state, sizeof w);
  for (int i = 0; i < 64; i++) {
    uint32_t sum1 = rotate(w[4], 6) ^ rotate(w[4], 11) ^ rotate(w[4], 25);
    uint32_t choice = (w[4] & w[5]) ^ (~w[4] & w[6]);
    uint32_t one = w[7] + sum1 + choice + constants[i] + schedule[i];
    uint32_t sum0 = rotate(w[0], 2) ^ rotate(w[0], 13) ^ rotate(w[0], 22);
    uint32_t majority = (w[0] & w[1]) ^ (w[0] & w[2]) ^ (w[1] & w[2]);

    memmove(w + 1, w, 7 * sizeof *w);
    w[4] += one;
    w[0] = one + sum0 + majority;
  }
  for (int i = 0; i < 8; i++)
    state[i] += w[i];
}

void lzr_sha256_init(struct lzr_sha256 *hash) {
  *hash = (struct lzr_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                        0xa54ff53a, 0x510e527f, 0x9b05688c,
                                        0x1f83d9ab, 0x5be0cd19}};
}

void lzr_sha256_add(struct lzr_sha256 *hash, const void *bytes, size_t size) {
  const uint8_t *from = bytes;

  while (size > 0) {
    size_t used = hash->size % LZR_SHA256_BLOCK;
    size_t part = LZR_SHA256_BLOCK - used;

    if (part > size)
      part = size;
    memcpy(hash->block + used, from, part);
    hash->size += part;
    from += part;
    size -= part;
    if (used + part == LZR_SHA256_BLOCK)
      add_block(hash->state, hash->block);
  }
}

/* 5.1.1: a one bit, zeros, and the number of bits in the last 8 bytes. */
void lzr_sha256_finish(struct lzr_sha256 *hash,
                       uint8_t digest[LZR_SHA256_SIZE]) {
  static const uint8_t padding[LZR_SHA256_BLOCK] = {0x80};
  uint64_t bits = 8 * hash->size;
  size_t used = hash->size % LZR_SHA256_BLOCK;
  uint8_t length[8];

  store_be(length, (uint32_t)(bits >> 32));
  store_be(length + 4, (uint32_t)bits);
  lzr_sha256_add(hash, padding, (used < 56 ? 56 : 120) - used);
  lzr_sha256_add(hash, length, sizeof length);
  for (int i = 0; i < 8; i++)
    store_be(digest + 4 * i, hash->state[i]);
}

void lzr_hmac_init(struct lzr_hmac *hmac, const void *key, size_t size) {
  uint8_t inner[LZR_SHA256_BLOCK] = {0};

  lzr_sha256_init(&hmac->hash);
  if (size > sizeof inner) {
    lzr_sha256_add(&hmac->hash, key, size);
    lzr_sha256_finish(&hmac->hash, inner);
    lzr_sha256_init(&hmac->hash);
  } else if (size > 0) {
    memcpy(inner, key, size);
  }
  for (size_t i = 0; i < sizeof inner; i++) {
    hmac->outer[i] = inner[i] ^ 0x5c;
    inner[i] ^= 0x36;
  }
  lzr_sha256_add(&hmac->hash, inner, sizeof inner);
  explicit_bzero(inner, sizeof inner);
}

void lzr_hmac_add(struct lzr_hmac *hmac, const void *bytes, size_t size) {
  lzr_sha256_add(&hmac->hash, bytes, size);
}

void lzr_hmac_finish(struct lzr_hmac *hmac, uint8_t digest[LZR_SHA256_SIZE]) {
  uint8_t inner[LZR_SHA256_SIZE];

  lzr_sha256_finish(&hmac->hash, inner);
  lzr_sha256_init(&hmac->hash);
  lzr_sha256_add(&hmac->hash, hmac->outer, sizeof hmac->outer);
  lzr_sha256_add(&hmac->hash, inner, sizeof inner);
  lzr_sha256_finish(&hmac->hash, digest);
  explicit_bzero(hmac, sizeof *hmac);
}
