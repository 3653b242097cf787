// What puts a program inside the network: namespaces and mounts, sockets of any kind, and descriptors that pass between processes.
// What is said over the sockets is JavaScript's.

#include "sockets.h"
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_PASSED = 32 };

// capget(2), version 3, of which the C library has no declaration.
enum { CAPABILITY_VERSION = 0x20080522 };
struct capability_header {
  uint32_t version;
  int pid;
};
struct capability_sets {
  uint32_t effective, permitted, inheritable;
};

HOST_FUNCTION(host_unshare) {
  TAKE_INT(flags, argv[0]);
  return result_of(unshare(flags));
}

HOST_FUNCTION(host_mount) {
  TAKE_PATH(source, argv[0]);
  TAKE_PATH(target, argv[1]);
  TAKE_PATH(type, argv[2]);
  TAKE_INT(flags, argv[3]);
  TAKE_PATH(data, argv[4]);
  return result_of(mount(source, target, type, (unsigned)flags, data));
}

HOST_FUNCTION(host_keep_capability) {
  TAKE_INT(capability, argv[0]);
  if (capability < 0 || capability > 63) return JS_NewInt32(ctx, -EINVAL);
  struct capability_header header = {.version = CAPABILITY_VERSION};
  struct capability_sets sets[2];
  if (syscall(SYS_capget, &header, sets) < 0) return result_of(-1);
  sets[capability / 32].inheritable |= 1u << capability % 32;
  if (syscall(SYS_capset, &header, sets) < 0) return result_of(-1);
  return result_of(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0));
}

HOST_FUNCTION(host_open_socket) {
  TAKE_INT(family, argv[0]);
  TAKE_INT(type, argv[1]);
  TAKE_INT(protocol, argv[2]);
  return result_of(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

HOST_FUNCTION(host_set_option) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(level, argv[1]);
  TAKE_INT(option, argv[2]);
  TAKE_INT(value, argv[3]);
  return result_of(setsockopt(fd, level, option, &value, sizeof value));
}

HOST_FUNCTION(host_bind) {
  TAKE_INT(fd, argv[0]);
  TAKE_ADDRESS(name, size, argv[1], argv[2]);
  return result_of(bind(fd, &name.any, size));
}

HOST_FUNCTION(host_begin_listening) {
  TAKE_INT(fd, argv[0]);
  TAKE_INT(backlog, argv[1]);
  return result_of(listen(fd, backlog));
}

HOST_FUNCTION(host_begin_connecting) {
  TAKE_INT(fd, argv[0]);
  TAKE_ADDRESS(name, size, argv[1], argv[2]);
  return connect(fd, &name.any, size) < 0 && errno != EINPROGRESS ? result_of(-1) : JS_NewInt32(ctx, 0);
}

HOST_FUNCTION(host_socket_pair) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) return result_of(-1);
  JSValue values[] = {JS_NewInt32(ctx, ends[0]), JS_NewInt32(ctx, ends[1])};
  return new_list(ctx, COUNT(values), values);
}

union passed {
  struct cmsghdr head;
  char bytes[CMSG_SPACE(MOST_PASSED * sizeof(int))];
};

HOST_FUNCTION(host_send_descriptors) {
  TAKE_INT(fd, argv[0]);
  int passed[MOST_PASSED], count = descriptors_argument(ctx, argv[2], passed, MOST_PASSED);
  if (count < 0) return JS_EXCEPTION;
  TAKE_BYTES(bytes, argv[1]);
  struct iovec part = {bytes.data, bytes.size};
  union passed control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(&control.head), passed, count * sizeof(int));
  }
  return result_of(sendmsg(fd, &message, MSG_NOSIGNAL));
}

HOST_FUNCTION(host_receive_descriptors) {
  TAKE_INT(fd, argv[0]);
  TAKE_BYTES(buffer, argv[1]);
  struct iovec part = {buffer.data, buffer.size};
  union passed control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return result_of(-1);
  JSValue values[1 + MOST_PASSED] = {JS_NewInt32(ctx, size)};
  int count = 1;
  for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at != NULL; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    int received = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int), one;
    for (int i = 0; i < received; i++) {
      memcpy(&one, CMSG_DATA(at) + i * sizeof one, sizeof one);
      if (count < COUNT(values)) values[count++] = JS_NewInt32(ctx, one);
      else close(one);
    }
  }
  return new_list(ctx, count, values);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("unshare", 1, host_unshare),
    JS_CFUNC_DEF("mount", 5, host_mount),
    JS_CFUNC_DEF("keepCapability", 1, host_keep_capability),
    JS_CFUNC_DEF("openSocket", 3, host_open_socket),
    JS_CFUNC_DEF("setOption", 4, host_set_option),
    JS_CFUNC_DEF("bind", 3, host_bind),
    JS_CFUNC_DEF("beginListening", 2, host_begin_listening),
    JS_CFUNC_DEF("beginConnecting", 3, host_begin_connecting),
    JS_CFUNC_DEF("socketPair", 0, host_socket_pair),
    JS_CFUNC_DEF("sendDescriptors", 3, host_send_descriptors),
    JS_CFUNC_DEF("receiveDescriptors", 2, host_receive_descriptors),
};
const struct part namespaces_part = {functions, COUNT(functions)};
