// Hashes and random bytes for JavaScript.

#include "hashes.h"
#include "host.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

static JSClassID sha256_class;

static void finalize(JSRuntime *runtime, JSValue value) {
  free(JS_GetOpaque(value, sha256_class));
}

HOST_FUNCTION(host_sha256) {
  JSValue object = JS_NewObjectClass(ctx, sha256_class);
  if (JS_IsException(object)) return object;
  struct sha256 *hash = malloc(sizeof *hash);
  if (hash == NULL) {
    JS_FreeValue(ctx, object);
    return JS_ThrowOutOfMemory(ctx);
  }
  sha256_begin(hash);
  JS_SetOpaque(object, hash);
  return object;
}

static struct sha256 *hash_of(JSContext *ctx, JSValueConst value) {
  struct sha256 *hash = JS_GetOpaque(value, sha256_class);
  if (hash == NULL) JS_ThrowTypeError(ctx, "A hash that has not ended was expected");
  return hash;
}

HOST_FUNCTION(hash_update) {
  struct sha256 *hash = hash_of(ctx, this_value);
  if (hash == NULL) return JS_EXCEPTION;
  TAKE_BYTES(bytes, argv[0]);
  sha256_update(hash, bytes.data, bytes.size);
  return JS_UNDEFINED;
}

HOST_FUNCTION(hash_digest) {
  struct sha256 *hash = hash_of(ctx, this_value);
  if (hash == NULL) return JS_EXCEPTION;
  uint8_t digest[SHA256_DIGEST];
  sha256_end(hash, digest);
  JS_SetOpaque(this_value, NULL);
  free(hash);
  return JS_NewArrayBufferCopy(ctx, digest, sizeof digest);
}

static bool fill_from_file(uint8_t *data, size_t size) {
  int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  ssize_t got = 0;
  while (fd >= 0 && size > 0 && ((got = read(fd, data, size)) > 0 || (got < 0 && errno == EINTR))) {
    data += got > 0 ? got : 0;
    size -= got > 0 ? got : 0;
  }
  if (fd >= 0) close(fd);
  return size == 0;
}

bool fill_random(uint8_t *data, size_t size) {
  while (size > 0) {
    ssize_t got = getrandom(data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fill_from_file(data, size); // Linux before 3.17
    data += got;
    size -= got;
  }
  return true;
}

// The bytes of a DataView, and its buffer, which the caller frees; other arrays are typed ones.
static bool view_argument(JSContext *ctx, JSValueConst value, struct bytes *out, JSValue *buffer) {
  *buffer = JS_UNDEFINED;
  if (bytes_argument(ctx, value, out)) return true;
  JS_FreeValue(ctx, JS_GetException(ctx));
  int64_t offset = -1, size = -1;
  size_t whole = 0;
  JSValue from = JS_GetPropertyStr(ctx, value, "byteOffset"), length = JS_GetPropertyStr(ctx, value, "byteLength");
  bool numbers = JS_IsNumber(from) && JS_IsNumber(length);
  if (numbers) numbers = JS_ToInt64(ctx, &offset, from) == 0 && JS_ToInt64(ctx, &size, length) == 0;
  JS_FreeValue(ctx, length);
  JS_FreeValue(ctx, from);
  *buffer = JS_GetPropertyStr(ctx, value, "buffer");
  uint8_t *data = numbers && JS_IsObject(*buffer) ? JS_GetArrayBuffer(ctx, &whole, *buffer) : NULL;
  if (data != NULL && offset >= 0 && size >= 0 && (uint64_t)offset <= whole && (uint64_t)size <= whole - offset) {
    *out = (struct bytes){data + offset, size};
    return true;
  }
  JS_FreeValue(ctx, *buffer);
  JS_FreeValue(ctx, JS_GetException(ctx));
  JS_ThrowTypeError(ctx, "An array of bytes was expected");
  return false;
}

HOST_FUNCTION(host_fill_random) {
  struct bytes bytes;
  JSValue buffer;
  if (!view_argument(ctx, argv[0], &bytes, &buffer)) return JS_EXCEPTION;
  bool filled = fill_random(bytes.data, bytes.size);
  JS_FreeValue(ctx, buffer);
  return filled ? JS_DupValue(ctx, argv[0]) : JS_ThrowInternalError(ctx, "The system gives no random bytes");
}

static const JSCFunctionListEntry methods[] = {
    JS_CFUNC_DEF("update", 1, hash_update),
    JS_CFUNC_DEF("digest", 0, hash_digest),
};

int hashes_open(JSContext *ctx) {
  static const JSClassDef definition = {"Sha256", .finalizer = finalize};
  JS_NewClassID(&sha256_class);
  if (JS_NewClass(JS_GetRuntime(ctx), sha256_class, &definition) < 0) return -1;
  JSValue prototype = JS_NewObject(ctx);
  if (JS_IsException(prototype)) return -1;
  JS_SetPropertyFunctionList(ctx, prototype, methods, COUNT(methods));
  JS_SetClassProto(ctx, sha256_class, prototype);
  return 0;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("sha256", 0, host_sha256),
    JS_CFUNC_DEF("fillRandom", 1, host_fill_random),
};
const struct part hashes_part = {functions, COUNT(functions)};
