// UTF-8, Base64, hexadecimal digits and percent-encoding. Knows nothing of JavaScript.

#ifndef CODECS_H
#define CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes from the start that are UTF-8.
size_t utf8_valid(const uint8_t *data, size_t size);
// Bytes that are to be replaced by one U+FFFD where UTF-8 ends (Encoding Standard section 4.5, maximal subparts); at least 1.
size_t utf8_invalid(const uint8_t *data, size_t size);
// Writes UTF-8 that has U+FFFD in place of what is invalid, and returns its size: at most three times `size`.
size_t utf8_repair(const uint8_t *data, size_t size, uint8_t *out);

// Writes digits and returns how many; `out` has room for four for each three bytes begun.
size_t base64_encode(const uint8_t *data, size_t size, bool for_url, char *out);
// Writes bytes and returns how many: at most three quarters of `size`. Reads both alphabets, skips all else, stops at `=`.
size_t base64_decode(const char *text, size_t size, uint8_t *out);
// Writes two digits a byte.
void hex_encode(const uint8_t *data, size_t size, char *out);
// Writes bytes and returns how many: at most `size`.
size_t percent_decode(const char *text, size_t size, uint8_t *out);

// Decodes a data: URL of JavaScript (RFC 2397) into `out`, which has room for `size` bytes and a NUL byte after them.
// False: it is none, or holds something else.
bool data_url_decode(const char *url, size_t size, uint8_t *out, size_t *decoded);

#endif
