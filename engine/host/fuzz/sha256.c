// Fuzzes SHA-256 in parts, and PBKDF2 beside a plain one; begins with vectors of FIPS 180-4 and RFC 7914 section 11.

#include "../hashes.h"
#include "fuzz.h"

static void hash_of(const void *data, size_t size, uint8_t digest[SHA256_DIGEST]) {
  struct sha256 hash;
  sha256_begin(&hash);
  sha256_update(&hash, data, size);
  sha256_end(&hash, digest);
}

static int is_hex(const uint8_t *data, size_t size, const char *digits) {
  for (size_t at = 0; at < size; at++) {
    char two[3] = {digits[2 * at], digits[2 * at + 1], 0};
    if (strtoul(two, NULL, 16) != data[at]) return 0;
  }
  return digits[2 * size] == 0;
}

static void expect_hash(const char *text, const char *digits) {
  uint8_t digest[SHA256_DIGEST];
  hash_of(text, strlen(text), digest);
  EXPECT(is_hex(digest, sizeof digest, digits));
}

static void expect_key(const char *password, const char *salt, uint32_t iterations, const char *digits) {
  uint8_t key[64];
  pbkdf2_sha256((const uint8_t *)password, strlen(password), (const uint8_t *)salt, strlen(salt), iterations, key, sizeof key);
  EXPECT(is_hex(key, sizeof key, digits));
}

static void expect_vectors(void) {
  expect_hash("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect_hash("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  expect_key("passwd", "salt", 1,
             "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
             "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  expect_key("Password", "NaCl", 80000,
             "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
             "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
}

static void join(const uint8_t *one, size_t size, const uint8_t *other, size_t other_size, uint8_t digest[SHA256_DIGEST]) {
  uint8_t *both = block(size + other_size);
  memcpy(both, one, size);
  memcpy(both + size, other, other_size);
  hash_of(both, size + other_size, digest);
  free(both);
}

static void plain_hmac(const uint8_t *key, size_t key_size, const uint8_t *data, size_t size, uint8_t mac[SHA256_DIGEST]) {
  uint8_t padded[SHA256_BLOCK] = {0}, inner[SHA256_DIGEST];
  if (key_size > sizeof padded) hash_of(key, key_size, padded);
  else memcpy(padded, key, key_size);
  for (int i = 0; i < SHA256_BLOCK; i++) padded[i] ^= 0x36;
  join(padded, sizeof padded, data, size, inner);
  for (int i = 0; i < SHA256_BLOCK; i++) padded[i] ^= 0x36 ^ 0x5c;
  join(padded, sizeof padded, inner, sizeof inner, mac);
}

// The first block of a key.
static void plain_pbkdf2(const uint8_t *password, size_t size, const uint8_t *salt, size_t salt_size, uint32_t iterations,
                         uint8_t key[SHA256_DIGEST]) {
  uint8_t last[SHA256_DIGEST], *first = block(salt_size + 4);
  memcpy(first, salt, salt_size);
  memcpy(first + salt_size, "\0\0\0\1", 4);
  plain_hmac(password, size, first, salt_size + 4, last);
  memcpy(key, last, sizeof last);
  for (uint32_t i = 1; i < iterations; i++) {
    plain_hmac(password, size, last, sizeof last, last);
    for (int k = 0; k < SHA256_DIGEST; k++) key[k] ^= last[k];
  }
  free(first);
}

static void try_parts(const uint8_t *data, size_t size, size_t part) {
  uint8_t whole[SHA256_DIGEST], parts[SHA256_DIGEST];
  struct sha256 hash;
  hash_of(data, size, whole);
  sha256_begin(&hash);
  for (size_t at = 0; at < size; at += part) sha256_update(&hash, data + at, size - at < part ? size - at : part);
  sha256_end(&hash, parts);
  EXPECT(memcmp(whole, parts, sizeof whole) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int is_begun;
  if (!is_begun) expect_vectors();
  is_begun = 1;
  if (size < 4) return 0;
  size_t rest = size - 4, split = data[0] % (rest + 1), length = data[1];
  uint32_t iterations = data[2] % 4 + 1;
  uint8_t *input = copy(data + 4, rest), *key = block(length), expected[SHA256_DIGEST];
  try_parts(input, rest, data[3] + 1);
  pbkdf2_sha256(input, split, input + split, rest - split, iterations, key, length);
  plain_pbkdf2(input, split, input + split, rest - split, iterations, expected);
  EXPECT(memcmp(key, expected, length < sizeof expected ? length : sizeof expected) == 0);
  free(input);
  free(key);
  return 0;
}
