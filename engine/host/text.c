// Texts of bytes, and bytes of texts.

#include "codecs.h"
#include "host.h"
#include <stdlib.h>
#include <string.h>

// Bytes of the longest text that is made here; the engine's own may have as many characters.
enum { LONGEST = (1 << 30) - 1 };

// Room for so many bytes and one more; NULL where that is too long for a text, or there is no memory.
static void *room_for(JSContext *ctx, size_t size) {
  return size > LONGEST ? NULL : js_malloc(ctx, size + 1);
}

JSValue new_text(JSContext *ctx, const char *data, size_t size) {
  const uint8_t *bytes = (const uint8_t *)data;
  if (size > LONGEST) return JS_ThrowOutOfMemory(ctx);
  if (utf8_valid(bytes, size) == size) return JS_NewStringLen(ctx, data, size);
  uint8_t *repaired = room_for(ctx, size * 3);
  if (repaired == NULL) return JS_ThrowOutOfMemory(ctx);
  JSValue text = JS_NewStringLen(ctx, (char *)repaired, utf8_repair(bytes, size, repaired));
  js_free(ctx, repaired);
  return text;
}

HOST_FUNCTION(host_encode_utf8) {
  size_t size;
  const char *text = text_argument(ctx, argv[0], &size);
  if (text == NULL) return JS_EXCEPTION;
  JSValue bytes = new_bytes(ctx, (const uint8_t *)text, size);
  JS_FreeCString(ctx, text);
  return bytes;
}

HOST_FUNCTION(host_decode_utf8) {
  TAKE_BYTES(bytes, argv[0]);
  return new_text(ctx, (char *)bytes.data, bytes.size);
}

HOST_FUNCTION(host_valid_utf8) {
  TAKE_BYTES(bytes, argv[0]);
  return JS_NewInt64(ctx, utf8_valid(bytes.data, bytes.size));
}

HOST_FUNCTION(host_decode_latin1) {
  TAKE_BYTES(bytes, argv[0]);
  uint8_t *utf8 = room_for(ctx, bytes.size * 2), *end = utf8;
  if (utf8 == NULL) return JS_ThrowOutOfMemory(ctx);
  for (size_t at = 0; at < bytes.size; at++) {
    uint8_t byte = bytes.data[at];
    if (byte >= 0x80) *end++ = 0xc0 | byte >> 6;
    *end++ = byte < 0x80 ? byte : 0x80 | (byte & 0x3f);
  }
  JSValue text = JS_NewStringLen(ctx, (char *)utf8, end - utf8);
  js_free(ctx, utf8);
  return text;
}

// The low byte of each UTF-16 unit of a text in UTF-8.
static size_t low_bytes(const uint8_t *text, size_t size, uint8_t *out) {
  uint8_t *start = out;
  for (size_t at = 0; at < size;) {
    size_t length = text[at] < 0x80 ? 1 : text[at] < 0xe0 ? 2 : text[at] < 0xf0 ? 3 : 4;
    if (length > size - at) break;
    uint32_t code = length == 1 ? text[at] : text[at] & (0x7f >> length);
    for (size_t i = 1; i < length; i++) code = code << 6 | (text[at + i] & 0x3f);
    at += length;
    if (length == 4) *out++ = (uint8_t)((code - 0x10000) >> 10); // D800 + ten bits, then DC00 + ten bits
    *out++ = (uint8_t)code;
  }
  return out - start;
}

HOST_FUNCTION(host_encode_latin1) {
  size_t size;
  const char *text = text_argument(ctx, argv[0], &size);
  if (text == NULL) return JS_EXCEPTION;
  uint8_t *bytes = js_malloc(ctx, size + 1);
  JSValue array = bytes == NULL ? JS_EXCEPTION : new_bytes(ctx, bytes, low_bytes((const uint8_t *)text, size, bytes));
  js_free(ctx, bytes);
  JS_FreeCString(ctx, text);
  return array;
}

HOST_FUNCTION(host_encode_base64) {
  TAKE_BYTES(bytes, argv[0]);
  char *digits = room_for(ctx, bytes.size / 3 * 4 + 4);
  if (digits == NULL) return JS_ThrowOutOfMemory(ctx);
  JSValue text = JS_NewStringLen(ctx, digits, base64_encode(bytes.data, bytes.size, JS_ToBool(ctx, argv[1]), digits));
  js_free(ctx, digits);
  return text;
}

HOST_FUNCTION(host_decode_base64) {
  size_t size;
  const char *text = text_argument(ctx, argv[0], &size);
  if (text == NULL) return JS_EXCEPTION;
  uint8_t *bytes = js_malloc(ctx, size + 1);
  JSValue array = bytes == NULL ? JS_EXCEPTION : new_bytes(ctx, bytes, base64_decode(text, size, bytes));
  js_free(ctx, bytes);
  JS_FreeCString(ctx, text);
  return array;
}

HOST_FUNCTION(host_encode_hex) {
  TAKE_BYTES(bytes, argv[0]);
  char *digits = room_for(ctx, bytes.size * 2);
  if (digits == NULL) return JS_ThrowOutOfMemory(ctx);
  hex_encode(bytes.data, bytes.size, digits);
  JSValue text = JS_NewStringLen(ctx, digits, bytes.size * 2);
  js_free(ctx, digits);
  return text;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("encodeUtf8", 1, host_encode_utf8),
    JS_CFUNC_DEF("decodeUtf8", 1, host_decode_utf8),
    JS_CFUNC_DEF("validUtf8", 1, host_valid_utf8),
    JS_CFUNC_DEF("decodeLatin1", 1, host_decode_latin1),
    JS_CFUNC_DEF("encodeLatin1", 1, host_encode_latin1),
    JS_CFUNC_DEF("encodeBase64", 2, host_encode_base64),
    JS_CFUNC_DEF("decodeBase64", 1, host_decode_base64),
    JS_CFUNC_DEF("encodeHex", 1, host_encode_hex),
};
const struct part text_part = {functions, COUNT(functions)};
