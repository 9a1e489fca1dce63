/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104). */
#ifndef LZR_WIRE_SHA256_H
#define LZR_WIRE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { LZR_SHA256_SIZE = 32, LZR_SHA256_BLOCK = 64 };

struct lzr_sha256 {
  uint32_t state[8];
  uint64_t size; /* bytes so far */
  uint8_t block[LZR_SHA256_BLOCK];
};

void lzr_sha256_init(struct lzr_sha256 *hash);
void lzr_sha256_add(struct lzr_sha256 *hash, const void *bytes, size_t size);
void lzr_sha256_finish(struct lzr_sha256 *hash,
                       uint8_t digest[LZR_SHA256_SIZE]);

struct lzr_hmac {
  struct lzr_sha256 hash;
  uint8_t outer[LZR_SHA256_BLOCK]; /* the key, for the second hash */
};

void lzr_hmac_init(struct lzr_hmac *hmac, const void *key, size_t size);
void lzr_hmac_add(struct lzr_hmac *hmac, const void *bytes, size_t size);
/* Erases the key from memory. */
void lzr_hmac_finish(struct lzr_hmac *hmac, uint8_t digest[LZR_SHA256_SIZE]);

#endif
