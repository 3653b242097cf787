// Reading and writing descriptors, straight from and into the arrays of JavaScript.

#include "host.h"
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PARTS = 64 };

// Standard streams that were blocking before they were made non-blocking here; other processes may share them.
static bool was_blocking[3];

HOST_FUNCTION(host_read) {
  TAKE_INT(fd, argv[0]);
  TAKE_BYTES(buffer, argv[1]);
  return result_of(read(fd, buffer.data, buffer.size));
}

HOST_FUNCTION(host_write) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(from, argv[2]);
  TAKE_BYTES(bytes, argv[1]);
  if (from < 0 || (size_t)from > bytes.size) return JS_NewInt32(ctx, -EINVAL);
  return result_of(write(fd, bytes.data + from, bytes.size - from));
}

// The arrays of a list from `first` on, up to the first `undefined`; -1 with an exception. This can run JavaScript, where
// the list is something other than an array.
static int take_arrays(JSContext *ctx, JSValueConst list, int first, JSValue *arrays) {
  int count = 0;
  for (; count < PARTS; count++) {
    arrays[count] = JS_GetPropertyUint32(ctx, list, (uint32_t)first + count);
    if (JS_IsException(arrays[count])) break;
    if (JS_IsUndefined(arrays[count])) return count;
  }
  if (count == PARTS) return count;
  while (count-- > 0) JS_FreeValue(ctx, arrays[count]);
  return -1;
}

static JSValue write_arrays(JSContext *ctx, int fd, int count, const JSValue *arrays, size_t from) {
  struct iovec parts[PARTS];
  for (int i = 0; i < count; i++) {
    TAKE_BYTES(bytes, arrays[i]);
    if (from > bytes.size) return JS_NewInt32(ctx, -EINVAL);
    parts[i] = (struct iovec){bytes.data + from, bytes.size - from};
    from = 0;
  }
  return result_of(writev(fd, parts, count));
}

HOST_FUNCTION(host_write_gathered) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(first, argv[2]);
  TAKE_INT(from, argv[3]);
  JSValue arrays[PARTS];
  if (first < 0 || from < 0) return JS_NewInt32(ctx, -EINVAL);
  int count = take_arrays(ctx, argv[1], first, arrays);
  if (count < 0) return JS_EXCEPTION;
  JSValue result = write_arrays(ctx, fd, count, arrays, from);
  while (count-- > 0) JS_FreeValue(ctx, arrays[count]);
  return result;
}

// The part of an array that a call means: `undefined`, or what the call is to return.
static JSValue take_part(JSContext *ctx, JSValueConst *argv, int *fd, struct bytes *part, off_t *position) {
  TAKE_INT(descriptor, argv[0]);
  TAKE_NUMBER(offset, argv[2]);
  TAKE_NUMBER(length, argv[3]);
  TAKE_NUMBER(at, argv[4]);
  TAKE_BYTES(bytes, argv[1]);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.size)) return JS_NewInt32(ctx, -EINVAL);
  if (!(at >= -1 && at <= MAX_SAFE_INTEGER)) return JS_NewInt32(ctx, -EINVAL);
  *fd = descriptor;
  *part = (struct bytes){bytes.data + (size_t)offset, (size_t)length};
  *position = (off_t)at;
  return JS_UNDEFINED;
}

HOST_FUNCTION(host_read_at) {
  int fd;
  struct bytes part;
  off_t position;
  JSValue refused = take_part(ctx, argv, &fd, &part, &position);
  if (!JS_IsUndefined(refused)) return refused;
  return result_of(position < 0 ? read(fd, part.data, part.size) : pread(fd, part.data, part.size, position));
}

HOST_FUNCTION(host_write_at) {
  int fd;
  struct bytes part;
  off_t position;
  JSValue refused = take_part(ctx, argv, &fd, &part, &position);
  if (!JS_IsUndefined(refused)) return refused;
  return result_of(position < 0 ? write(fd, part.data, part.size) : pwrite(fd, part.data, part.size, position));
}

HOST_FUNCTION(host_close) {
  TAKE_INT(fd, argv[0]);
  forget_watch(fd);
  return result_of(close(fd));
}

static int set_blocking(int fd, bool blocking) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

HOST_FUNCTION(host_set_non_blocking) {
  TAKE_INT(fd, argv[0]);
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && fd < COUNT(was_blocking) && !(flags & O_NONBLOCK)) was_blocking[fd] = true;
  return result_of(set_blocking(fd, false));
}

void set_standard_streams(bool as_at_start) {
  for (int fd = 0; fd < COUNT(was_blocking); fd++)
    if (was_blocking[fd]) set_blocking(fd, as_at_start);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("read", 2, host_read),
    JS_CFUNC_DEF("write", 3, host_write),
    JS_CFUNC_DEF("writeGathered", 4, host_write_gathered),
    JS_CFUNC_DEF("readAt", 5, host_read_at),
    JS_CFUNC_DEF("writeAt", 5, host_write_at),
    JS_CFUNC_DEF("close", 1, host_close),
    JS_CFUNC_DEF("setNonBlocking", 1, host_set_non_blocking),
};
const struct part bytes_part = {functions, COUNT(functions)};
