// SHA-256 (FIPS 180-4) and PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2). Knows nothing of JavaScript.

#ifndef HASHES_H
#define HASHES_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_DIGEST = 32 };

struct sha256 {
  uint32_t state[8];
  uint64_t size; // of all that was fed
  uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const uint8_t *data, size_t size);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_DIGEST]);
void pbkdf2_sha256(const uint8_t *password, size_t password_size, const uint8_t *salt, size_t salt_size,
                   uint32_t iterations, uint8_t *key, size_t size);
// Overwrites a secret, which a compiler may not leave out.
void erase(void *data, size_t size);

#endif
