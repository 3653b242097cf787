// Arguments that JavaScript passes, and values that go back. No conversion here runs JavaScript: a wrong type is refused.

#include "host.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool int_argument(JSContext *ctx, JSValueConst value, int *out) {
  double number;
  if (JS_VALUE_GET_TAG(value) == JS_TAG_INT) {
    *out = JS_VALUE_GET_INT(value);
    return true;
  }
  if (!number_argument(ctx, value, &number)) return false;
  if (number >= INT_MIN && number <= INT_MAX && number == trunc(number)) {
    *out = (int)number;
    return true;
  }
  JS_ThrowRangeError(ctx, "An integer of 32 bits was expected");
  return false;
}

bool number_argument(JSContext *ctx, JSValueConst value, double *out) {
  if (JS_IsNumber(value)) return JS_ToFloat64(ctx, out, value) == 0;
  JS_ThrowTypeError(ctx, "A number was expected");
  return false;
}

bool function_argument(JSContext *ctx, JSValueConst value) {
  if (JS_IsFunction(ctx, value)) return true;
  JS_ThrowTypeError(ctx, "A function was expected");
  return false;
}

bool bytes_argument(JSContext *ctx, JSValueConst value, struct bytes *out) {
  size_t offset, length, whole;
  JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &length, NULL);
  if (JS_IsException(buffer)) return false;
  uint8_t *data = JS_GetArrayBuffer(ctx, &whole, buffer);
  JS_FreeValue(ctx, buffer); // the array keeps it
  if (data == NULL) return false;
  if (offset > whole || length > whole - offset) {
    JS_ThrowRangeError(ctx, "The array is larger than its buffer");
    return false;
  }
  *out = (struct bytes){data + offset, length};
  return true;
}

const char *text_argument(JSContext *ctx, JSValueConst value, size_t *size) {
  if (JS_IsString(value)) return JS_ToCStringLen(ctx, size, value);
  JS_ThrowTypeError(ctx, "A text was expected");
  return NULL;
}

JSValue path_argument(JSContext *ctx, JSValueConst value, char *out) {
  size_t size;
  const char *text = text_argument(ctx, value, &size);
  if (text == NULL) return JS_EXCEPTION;
  JSValue refused = JS_UNDEFINED;
  if (memchr(text, 0, size) != NULL) refused = JS_NewInt32(ctx, -EINVAL);
  else if (size >= PATH_MAX) refused = JS_NewInt32(ctx, -ENAMETOOLONG);
  else memcpy(out, text, size + 1);
  JS_FreeCString(ctx, text);
  return refused;
}

void free_words(char **list) {
  for (char **at = list; at != NULL && *at != NULL; at++) free(*at);
  free(list);
}

static char *copy_word(JSContext *ctx, JSValueConst value) {
  size_t size;
  const char *text = text_argument(ctx, value, &size);
  if (text == NULL) return NULL;
  char *copy = NULL;
  if (memchr(text, 0, size) != NULL) JS_ThrowTypeError(ctx, "A word has a NUL character in it");
  else if ((copy = strdup(text)) == NULL) JS_ThrowOutOfMemory(ctx);
  JS_FreeCString(ctx, text);
  return copy;
}

char **words_argument(JSContext *ctx, JSValueConst value) {
  int count;
  JSValue length = JS_GetPropertyStr(ctx, value, "length");
  bool is_number = !JS_IsException(length) && int_argument(ctx, length, &count);
  JS_FreeValue(ctx, length);
  if (!is_number) return NULL;
  if (count < 0 || count > 1000000) {
    JS_ThrowRangeError(ctx, "There are too many words");
    return NULL;
  }
  char **list = calloc(count + 1, sizeof *list);
  if (list == NULL) JS_ThrowOutOfMemory(ctx);
  for (int i = 0; list != NULL && i < count; i++) {
    JSValue word = JS_GetPropertyUint32(ctx, value, i);
    list[i] = JS_IsException(word) ? NULL : copy_word(ctx, word);
    JS_FreeValue(ctx, word);
    if (list[i] != NULL) continue;
    free_words(list);
    return NULL;
  }
  return list;
}

int descriptors_argument(JSContext *ctx, JSValueConst value, int *out, int most) {
  int count;
  JSValue length = JS_GetPropertyStr(ctx, value, "length");
  bool is_number = !JS_IsException(length) && int_argument(ctx, length, &count);
  JS_FreeValue(ctx, length);
  if (!is_number) return -1;
  if (count < 0 || count > most) {
    JS_ThrowRangeError(ctx, "There are too many descriptors");
    return -1;
  }
  for (int i = 0; i < count; i++) {
    JSValue one = JS_GetPropertyUint32(ctx, value, i);
    bool taken = !JS_IsException(one) && int_argument(ctx, one, &out[i]);
    JS_FreeValue(ctx, one);
    if (!taken) return -1;
  }
  return count;
}

JSValue result_of(ssize_t returned) {
  return JS_NewInt64(NULL, returned < 0 ? -errno : returned);
}

JSValue new_bytes(JSContext *ctx, const uint8_t *data, size_t size) {
  JSValue buffer = JS_NewArrayBufferCopy(ctx, data, size);
  if (JS_IsException(buffer)) return buffer;
  JSValueConst arguments[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
  JSValue array = JS_NewTypedArray(ctx, COUNT(arguments), arguments, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(ctx, buffer);
  return array;
}

bool append(JSContext *ctx, JSValueConst list, uint32_t at, JSValue value) {
  if (JS_IsException(value)) return false;
  return JS_DefinePropertyValueUint32(ctx, list, at, value, JS_PROP_C_W_E) >= 0;
}

JSValue new_list(JSContext *ctx, int count, const JSValue *values) {
  JSValue list = JS_NewArray(ctx);
  bool whole = !JS_IsException(list);
  for (int i = 0; i < count; i++) {
    if (whole) whole = append(ctx, list, i, values[i]);
    else JS_FreeValue(ctx, values[i]);
  }
  if (whole) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}
