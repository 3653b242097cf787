// UTF-8, Base64, hexadecimal digits and percent-encoding. Knows nothing of JavaScript, so that a fuzzer can call it.

#include "codecs.h"
#include <string.h>
#include <strings.h>

// The size of a character by its first byte, and the range of its second one (The Unicode Standard, table 3-7); 0: none begins so.
static size_t sequence(uint8_t first, uint8_t *low, uint8_t *high) {
  *low = 0x80;
  *high = 0xbf;
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) {
    if (first == 0xe0) *low = 0xa0;
    if (first == 0xed) *high = 0x9f;
    return 3;
  }
  if (first > 0xf4) return 0;
  if (first == 0xf0) *low = 0x90;
  if (first == 0xf4) *high = 0x8f;
  return 4;
}

// Bytes of one character that are right, and in `wanted` how many it has; 0: none begins here.
static size_t right_bytes(const uint8_t *data, size_t size, size_t *wanted) {
  uint8_t low, high;
  *wanted = sequence(data[0], &low, &high);
  size_t right = 1;
  if (*wanted == 0) return 0;
  while (right < *wanted && right < size && data[right] >= low && data[right] <= high) {
    right++;
    low = 0x80;
    high = 0xbf;
  }
  return right;
}

static size_t ascii(const uint8_t *data, size_t size) {
  size_t at = 0;
  for (uint64_t word; size - at >= sizeof word; at += sizeof word) {
    memcpy(&word, data + at, sizeof word);
    if (word & 0x8080808080808080) break;
  }
  while (at < size && data[at] < 0x80) at++;
  return at;
}

size_t utf8_valid(const uint8_t *data, size_t size) {
  size_t at = ascii(data, size), wanted;
  while (at < size) {
    size_t right = right_bytes(data + at, size - at, &wanted);
    if (right < wanted || right == 0) break;
    at += right;
    if (wanted == 1) at += ascii(data + at, size - at);
  }
  return at;
}

size_t utf8_invalid(const uint8_t *data, size_t size) {
  size_t wanted, right = right_bytes(data, size, &wanted);
  return right == 0 ? 1 : right;
}

size_t utf8_repair(const uint8_t *data, size_t size, uint8_t *out) {
  uint8_t *start = out;
  while (size > 0) {
    size_t valid = utf8_valid(data, size);
    memcpy(out, data, valid);
    out += valid;
    data += valid;
    size -= valid;
    if (size == 0) break;
    size_t invalid = utf8_invalid(data, size);
    memcpy(out, "\xef\xbf\xbd", 3);
    out += 3;
    data += invalid;
    size -= invalid;
  }
  return out - start;
}

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char base64_digit(uint32_t value, bool for_url) {
  value &= 63;
  return for_url && value == 62 ? '-' : for_url && value == 63 ? '_' : BASE64[value];
}

size_t base64_encode(const uint8_t *data, size_t size, bool for_url, char *out) {
  char *start = out;
  for (size_t at = 0; at < size; at += 3) {
    size_t have = size - at < 3 ? size - at : 3;
    uint32_t bits = (uint32_t)data[at] << 16 | (have > 1 ? data[at + 1] : 0) << 8 | (have > 2 ? data[at + 2] : 0);
    for (size_t i = 0; i < 4; i++) {
      if (i <= have) *out++ = base64_digit(bits >> (18 - 6 * i), for_url);
      else if (!for_url) *out++ = '=';
    }
  }
  return out - start;
}

static int base64_value(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  if (digit == '+' || digit == '-') return 62;
  return digit == '/' || digit == '_' ? 63 : -1;
}

size_t base64_decode(const char *text, size_t size, uint8_t *out) {
  uint8_t *start = out;
  uint32_t bits = 0;
  int held = 0;
  for (size_t at = 0; at < size && text[at] != '='; at++) {
    int value = base64_value(text[at]);
    if (value < 0) continue;
    bits = bits << 6 | (uint32_t)value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    *out++ = (uint8_t)(bits >> held);
  }
  return out - start;
}

void hex_encode(const uint8_t *data, size_t size, char *out) {
  for (size_t at = 0; at < size; at++) {
    *out++ = "0123456789abcdef"[data[at] >> 4];
    *out++ = "0123456789abcdef"[data[at] & 15];
  }
}

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

size_t percent_decode(const char *text, size_t size, uint8_t *out) {
  uint8_t *start = out;
  for (size_t at = 0; at < size; at++) {
    int high = text[at] == '%' && size - at > 2 ? hex_value(text[at + 1]) : -1;
    int low = high >= 0 ? hex_value(text[at + 2]) : -1;
    *out++ = low >= 0 ? (uint8_t)(high << 4 | low) : (uint8_t)text[at];
    if (low >= 0) at += 2;
  }
  return out - start;
}

static bool begins(const char **text, const char *end, const char *with) {
  size_t size = strlen(with);
  if ((size_t)(end - *text) < size || strncasecmp(*text, with, size) != 0) return false;
  *text += size;
  return true;
}

bool data_url_decode(const char *url, size_t size, uint8_t *out, size_t *decoded) {
  const char *end = url + size, *type = url;
  if (!begins(&type, end, "data:")) return false;
  const char *comma = memchr(type, ',', end - type), *mark = comma;
  if (comma == NULL || !(begins(&type, comma, "text/javascript") || begins(&type, comma, "application/javascript")))
    return false;
  if (type < comma && *type != ';') return false;
  bool in_base64 = comma - type >= 7 && (mark = comma - 7, begins(&mark, comma, ";base64"));
  *decoded = percent_decode(comma + 1, end - comma - 1, out);
  if (in_base64) *decoded = base64_decode((const char *)out, *decoded, out);
  out[*decoded] = 0;
  return true;
}
