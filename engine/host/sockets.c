// TCP and Unix sockets.

#include "sockets.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CLOSED_AT_ONCE = 1024 };

int new_socket(int family, int type) {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

JSValue closed(JSContext *ctx, int fd) {
  int error = errno;
  close(fd);
  return JS_NewInt32(ctx, -error);
}

bool address_argument(JSContext *ctx, JSValueConst address, JSValueConst port, union socket_name *out, socklen_t *size) {
  int number;
  if (!int_argument(ctx, port, &number)) return false;
  size_t length;
  const char *text = text_argument(ctx, address, &length);
  if (text == NULL) return false;
  *size = strlen(text) == length ? name_of_address(text, number, out) : 0;
  JS_FreeCString(ctx, text);
  return true;
}

JSValue new_socket_name(JSContext *ctx, const struct sockaddr *name) {
  char text[ADDRESS_TEXT];
  int port, family;
  if (!text_of_address(name, text, &port, &family)) return JS_UNDEFINED;
  JSValue values[] = {JS_NewString(ctx, text), JS_NewInt32(ctx, port), JS_NewInt32(ctx, family)};
  return new_list(ctx, COUNT(values), values);
}

static int set_flag(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

HOST_FUNCTION(host_connect) {
  TAKE_ADDRESS(name, size, argv[0], argv[1]);
  union socket_name own;
  socklen_t own_size = 0;
  if (!JS_IsUndefined(argv[2])) {
    JSValueConst port = JS_IsUndefined(argv[3]) ? JS_NewInt32(ctx, 0) : argv[3];
    if (!address_argument(ctx, argv[2], port, &own, &own_size)) return JS_EXCEPTION;
    if (own_size == 0) return JS_NewInt32(ctx, -EINVAL);
  }
  int fd = new_socket(name.any.sa_family, SOCK_STREAM);
  if (fd < 0) return result_of(-1);
  if (own_size > 0) {
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, &own.any, own_size) < 0) return closed(ctx, fd);
  }
  if (connect(fd, &name.any, size) < 0 && errno != EINPROGRESS) return closed(ctx, fd);
  return JS_NewInt32(ctx, fd);
}

// The name of a Unix socket: `undefined`, or what the call is to return.
static JSValue unix_argument(JSContext *ctx, JSValueConst value, union socket_name *name, socklen_t *size) {
  size_t length;
  const char *path = text_argument(ctx, value, &length);
  if (path == NULL) return JS_EXCEPTION;
  *size = name_of_path(path, length, name);
  JS_FreeCString(ctx, path);
  return *size == 0 ? JS_NewInt32(ctx, -EINVAL) : JS_UNDEFINED;
}

HOST_FUNCTION(host_connect_unix) {
  union socket_name name;
  socklen_t size;
  JSValue refused = unix_argument(ctx, argv[0], &name, &size);
  if (!JS_IsUndefined(refused)) return refused;
  int fd = new_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0) return result_of(-1);
  return connect(fd, &name.any, size) < 0 ? closed(ctx, fd) : JS_NewInt32(ctx, fd);
}

// Held while connections are taken, so that there is one descriptor left to turn them away with.
static int reserve = -1;

static void hold_reserve(void) {
  if (reserve < 0) reserve = eventfd(0, EFD_CLOEXEC);
}

static JSValue listen_at(JSContext *ctx, int fd, const union socket_name *name, socklen_t size, int backlog) {
  if (bind(fd, &name->any, size) < 0 || listen(fd, backlog) < 0) return closed(ctx, fd);
  hold_reserve();
  return JS_NewInt32(ctx, fd);
}

HOST_FUNCTION(host_listen) {
  TAKE_ADDRESS(name, size, argv[0], argv[1]);
  TAKE_INT(backlog, argv[2]);
  int fd = new_socket(name.any.sa_family, SOCK_STREAM);
  if (fd < 0) return result_of(-1);
  set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (name.any.sa_family == AF_INET6 && set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, JS_ToBool(ctx, argv[3])) < 0)
    return closed(ctx, fd);
  return listen_at(ctx, fd, &name, size, backlog);
}

HOST_FUNCTION(host_listen_unix) {
  TAKE_INT(backlog, argv[1]);
  union socket_name name;
  socklen_t size;
  JSValue refused = unix_argument(ctx, argv[0], &name, &size);
  if (!JS_IsUndefined(refused)) return refused;
  int fd = new_socket(AF_UNIX, SOCK_STREAM);
  return fd < 0 ? result_of(-1) : listen_at(ctx, fd, &name, size, backlog);
}

static int accept_one(int fd) {
  int accepted;
  do accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
  return accepted;
}

static void turn_away(int fd) {
  if (reserve >= 0) close(reserve);
  reserve = -1;
  for (int i = 0, accepted; i < CLOSED_AT_ONCE && (accepted = accept_one(fd)) >= 0; i++) close(accepted);
  hold_reserve();
}

HOST_FUNCTION(host_accept) {
  TAKE_INT(fd, argv[0]);
  hold_reserve();
  int accepted = accept_one(fd), error = errno;
  if (accepted < 0 && (error == EMFILE || error == ENFILE)) turn_away(fd);
  return JS_NewInt32(ctx, accepted < 0 ? -error : accepted);
}

HOST_FUNCTION(host_socket_error) {
  TAKE_INT(fd, argv[0]);
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? result_of(-1) : JS_NewInt32(ctx, -error);
}

HOST_FUNCTION(host_local_name) {
  TAKE_INT(fd, argv[0]);
  union socket_name name;
  socklen_t size = sizeof name;
  return getsockname(fd, &name.any, &size) < 0 ? JS_UNDEFINED : new_socket_name(ctx, &name.any);
}

HOST_FUNCTION(host_remote_name) {
  TAKE_INT(fd, argv[0]);
  union socket_name name;
  socklen_t size = sizeof name;
  return getpeername(fd, &name.any, &size) < 0 ? JS_UNDEFINED : new_socket_name(ctx, &name.any);
}

HOST_FUNCTION(host_shutdown) {
  TAKE_INT(fd, argv[0]);
  return result_of(shutdown(fd, SHUT_WR));
}

HOST_FUNCTION(host_reset) {
  TAKE_INT(fd, argv[0]);
  struct linger none = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  forget_watch(fd);
  return result_of(close(fd));
}

HOST_FUNCTION(host_set_no_delay) {
  TAKE_INT(fd, argv[0]);
  return result_of(set_flag(fd, IPPROTO_TCP, TCP_NODELAY, JS_ToBool(ctx, argv[1])));
}

HOST_FUNCTION(host_set_keep_alive) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(seconds, argv[2]);
  bool on = JS_ToBool(ctx, argv[1]);
  if (set_flag(fd, SOL_SOCKET, SO_KEEPALIVE, on) < 0) return result_of(-1);
  return result_of(on && seconds > 0 ? set_flag(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds) : 0);
}

HOST_FUNCTION(host_socket_family) {
  TAKE_INT(fd, argv[0]);
  int family = 0;
  socklen_t size = sizeof family;
  return result_of(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0 ? -1 : family);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("connect", 4, host_connect),
    JS_CFUNC_DEF("connectUnix", 1, host_connect_unix),
    JS_CFUNC_DEF("listen", 4, host_listen),
    JS_CFUNC_DEF("listenUnix", 2, host_listen_unix),
    JS_CFUNC_DEF("accept", 1, host_accept),
    JS_CFUNC_DEF("socketError", 1, host_socket_error),
    JS_CFUNC_DEF("localName", 1, host_local_name),
    JS_CFUNC_DEF("remoteName", 1, host_remote_name),
    JS_CFUNC_DEF("shutdown", 1, host_shutdown),
    JS_CFUNC_DEF("reset", 1, host_reset),
    JS_CFUNC_DEF("setNoDelay", 2, host_set_no_delay),
    JS_CFUNC_DEF("setKeepAlive", 3, host_set_keep_alive),
    JS_CFUNC_DEF("socketFamily", 1, host_socket_family),
};
const struct part sockets_part = {functions, COUNT(functions)};
