// Fuzzes UTF-8, Base64, hexadecimal digits and data: URLs.

#include "../codecs.h"
#include "fuzz.h"

static void try_utf8(const uint8_t *data, size_t size) {
  size_t valid = utf8_valid(data, size);
  EXPECT(valid <= size);
  uint8_t *repaired = block(size * 3);
  size_t length = utf8_repair(data, size, repaired);
  EXPECT(length <= size * 3 && utf8_valid(repaired, length) == length);
  if (valid == size) EXPECT(length == size && memcmp(data, repaired, size) == 0);
  else EXPECT(utf8_invalid(data + valid, size - valid) <= 3 && memcmp(repaired + valid, "\xef\xbf\xbd", 3) == 0);
  free(repaired);
}

static void try_base64(const uint8_t *data, size_t size) {
  for (int for_url = 0; for_url < 2; for_url++) {
    char *digits = block((size + 2) / 3 * 4);
    size_t count = base64_encode(data, size, for_url, digits);
    EXPECT(count == (for_url ? (size * 4 + 2) / 3 : (size + 2) / 3 * 4));
    uint8_t *back = block(count * 3 / 4);
    EXPECT(base64_decode(digits, count, back) == size && memcmp(back, data, size) == 0);
    free(back);
    free(digits);
  }
  uint8_t *decoded = block(size * 3 / 4);
  EXPECT(base64_decode((const char *)data, size, decoded) <= size * 3 / 4);
  free(decoded);
}

static void try_hex(const uint8_t *data, size_t size) {
  char *digits = block(size * 2);
  hex_encode(data, size, digits);
  for (size_t at = 0; at < size; at++) {
    char two[3] = {digits[2 * at], digits[2 * at + 1], 0};
    EXPECT(strtoul(two, NULL, 16) == data[at]);
  }
  free(digits);
}

static void try_data_url(const uint8_t *data, size_t size) {
  uint8_t *decoded = block(size + 1);
  size_t length = SIZE_MAX;
  if (data_url_decode((const char *)data, size, decoded, &length)) EXPECT(length <= size && decoded[length] == 0);
  EXPECT(percent_decode((const char *)data, size, decoded) <= size);
  free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  uint8_t *rest = copy(data + 1, size - 1);
  static void (*const tries[])(const uint8_t *, size_t) = {try_utf8, try_base64, try_hex, try_data_url};
  tries[data[0] % 4](rest, size - 1);
  free(rest);
  return 0;
}
