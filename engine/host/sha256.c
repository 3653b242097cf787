// SHA-256 (FIPS 180-4) and PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2). Knows nothing of JavaScript.

#include "hashes.h"
#include <string.h>

static const uint32_t ROUNDS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, int bits) {
  return word >> bits | word << (32 - bits);
}

static uint32_t load(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

static void compress(uint32_t state[8], const uint8_t *block) {
  uint32_t words[64], s[8];
  for (int i = 0; i < 16; i++) words[i] = load(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = words[i - 15], b = words[i - 2];
    words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t sum1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25), choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    uint32_t sum0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22), most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    uint32_t one = s[7] + sum1 + choice + ROUNDS[i] + words[i];
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + one;
    s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = one + sum0 + most;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

void sha256_begin(struct sha256 *hash) {
  *hash = (struct sha256){
      .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
  };
}

void sha256_update(struct sha256 *hash, const uint8_t *data, size_t size) {
  size_t held = hash->size % SHA256_BLOCK;
  hash->size += size;
  while (size > 0) {
    if (held == 0 && size >= SHA256_BLOCK) {
      compress(hash->state, data);
      data += SHA256_BLOCK;
      size -= SHA256_BLOCK;
      continue;
    }
    size_t part = SHA256_BLOCK - held < size ? SHA256_BLOCK - held : size;
    memcpy(hash->block + held, data, part);
    data += part;
    size -= part;
    held = (held + part) % SHA256_BLOCK;
    if (held == 0) compress(hash->state, hash->block);
  }
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_DIGEST]) {
  uint64_t bits = hash->size * 8;
  uint8_t tail[SHA256_BLOCK + 8] = {0x80};
  size_t padding = (SHA256_BLOCK + 55 - hash->size % SHA256_BLOCK) % SHA256_BLOCK + 1;
  store(tail + padding, (uint32_t)(bits >> 32));
  store(tail + padding + 4, (uint32_t)bits);
  sha256_update(hash, tail, padding + 8);
  for (int i = 0; i < 8; i++) store(digest + 4 * i, hash->state[i]);
}

// The two hashes of HMAC (RFC 2104) with the key fed to them.
struct hmac {
  struct sha256 inner, outer;
};

static void hmac_begin(struct hmac *hmac, const uint8_t *key, size_t size) {
  uint8_t inner[SHA256_BLOCK] = {0}, outer[SHA256_BLOCK];
  if (size > SHA256_BLOCK) {
    sha256_begin(&hmac->inner);
    sha256_update(&hmac->inner, key, size);
    sha256_end(&hmac->inner, inner);
  } else if (size > 0) {
    memcpy(inner, key, size);
  }
  for (int i = 0; i < SHA256_BLOCK; i++) {
    outer[i] = inner[i] ^ 0x5c;
    inner[i] ^= 0x36;
  }
  sha256_begin(&hmac->inner);
  sha256_update(&hmac->inner, inner, sizeof inner);
  sha256_begin(&hmac->outer);
  sha256_update(&hmac->outer, outer, sizeof outer);
  erase(inner, sizeof inner);
  erase(outer, sizeof outer);
}

static void hmac_end(const struct hmac *key, struct sha256 *inner, uint8_t mac[SHA256_DIGEST]) {
  struct sha256 outer = key->outer;
  sha256_end(inner, mac);
  sha256_update(&outer, mac, SHA256_DIGEST);
  sha256_end(&outer, mac);
}

void pbkdf2_sha256(const uint8_t *password, size_t password_size, const uint8_t *salt, size_t salt_size,
                   uint32_t iterations, uint8_t *key, size_t size) {
  struct hmac keyed;
  hmac_begin(&keyed, password, password_size);
  uint8_t number[4], last[SHA256_DIGEST], sum[SHA256_DIGEST];
  for (uint32_t block = 1; size > 0; block++) {
    struct sha256 inner = keyed.inner;
    store(number, block);
    sha256_update(&inner, salt, salt_size);
    sha256_update(&inner, number, sizeof number);
    hmac_end(&keyed, &inner, last);
    memcpy(sum, last, sizeof sum);
    for (uint32_t i = 1; i < iterations; i++) {
      inner = keyed.inner;
      sha256_update(&inner, last, sizeof last);
      hmac_end(&keyed, &inner, last);
      for (int k = 0; k < SHA256_DIGEST; k++) sum[k] ^= last[k];
    }
    size_t part = size < sizeof sum ? size : sizeof sum;
    memcpy(key, sum, part);
    key += part;
    size -= part;
  }
  erase(&keyed, sizeof keyed);
  erase(sum, sizeof sum);
}

void erase(void *data, size_t size) {
  for (volatile uint8_t *byte = data; size > 0; size--) *byte++ = 0;
}
