// Arguments that JavaScript passes, and values that go back. No conversion here runs JavaScript: a wrong type is refused.

#include "host.h"
#include <math.h>
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
