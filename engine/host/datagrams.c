// UDP sockets.

#include "sockets.h"
#include <unistd.h>

// Of the last datagram that was received.
static union socket_name sender;

static int prepare(int fd, int family, bool reuse, bool ipv6_only) {
  int on = 1, only = ipv6_only;
  if (reuse && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return -1;
  return family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) : 0;
}

HOST_FUNCTION(host_open_datagrams) {
  TAKE_INT(version, argv[0]);
  int family = version == 6 ? AF_INET6 : AF_INET;
  union socket_name name;
  socklen_t size = 0;
  if (!JS_IsUndefined(argv[1])) {
    if (!address_argument(ctx, argv[1], argv[2], &name, &size)) return JS_EXCEPTION;
    if (size == 0 || name.any.sa_family != family) return JS_NewInt32(ctx, -EINVAL);
  }
  int fd = new_socket(family, SOCK_DGRAM);
  if (fd < 0) return result_of(-1);
  if (prepare(fd, family, JS_ToBool(ctx, argv[3]), JS_ToBool(ctx, argv[4])) < 0) return closed(ctx, fd);
  if (size > 0 && bind(fd, &name.any, size) < 0) return closed(ctx, fd);
  return JS_NewInt32(ctx, fd);
}

HOST_FUNCTION(host_connect_datagrams) {
  TAKE_INT(fd, argv[0]);
  TAKE_ADDRESS(name, size, argv[1], argv[2]);
  return result_of(connect(fd, &name.any, size));
}

HOST_FUNCTION(host_receive) {
  TAKE_INT(fd, argv[0]);
  TAKE_BYTES(buffer, argv[1]);
  socklen_t size = sizeof sender;
  ssize_t received = recvfrom(fd, buffer.data, buffer.size, 0, &sender.any, &size);
  if (received < 0 || size == 0) sender.any.sa_family = AF_UNSPEC;
  return result_of(received);
}

HOST_FUNCTION(host_last_sender) {
  return new_socket_name(ctx, &sender.any);
}

HOST_FUNCTION(host_send) {
  TAKE_INT(fd, argv[0]);
  union socket_name name;
  socklen_t size = 0;
  if (!JS_IsUndefined(argv[2])) {
    if (!address_argument(ctx, argv[2], argv[3], &name, &size)) return JS_EXCEPTION;
    if (size == 0) return JS_NewInt32(ctx, -EINVAL);
  }
  TAKE_BYTES(bytes, argv[1]);
  return result_of(sendto(fd, bytes.data, bytes.size, MSG_NOSIGNAL, size > 0 ? &name.any : NULL, size));
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("openDatagrams", 5, host_open_datagrams),
    JS_CFUNC_DEF("connectDatagrams", 3, host_connect_datagrams),
    JS_CFUNC_DEF("receive", 2, host_receive),
    JS_CFUNC_DEF("lastSender", 0, host_last_sender),
    JS_CFUNC_DEF("send", 4, host_send),
};
const struct part datagrams_part = {functions, COUNT(functions)};
