// What TCP and UDP sockets share.

#ifndef SOCKETS_H
#define SOCKETS_H

#include "addresses.h"
#include "host.h"

#define TAKE_ADDRESS(name, size, address, port) \
  union socket_name name; \
  socklen_t size; \
  if (!address_argument(ctx, address, port, &name, &size)) return JS_EXCEPTION; \
  if (size == 0) return JS_NewInt32(ctx, -EINVAL)

// Makes a socket that is non-blocking and close-on-exec; -1 with errno.
int new_socket(int family, int type);
// Closes a descriptor of a call that failed, and returns -errno of that call.
JSValue closed(JSContext *ctx, int fd);
// False with an exception; a size of 0: this is no address.
bool address_argument(JSContext *ctx, JSValueConst address, JSValueConst port, union socket_name *out, socklen_t *size);
// A `SocketName`, or undefined for another family.
JSValue new_socket_name(JSContext *ctx, const struct sockaddr *name);

#endif
