// Texts of addresses, and the system's form of them. Knows nothing of JavaScript, so that a fuzzer can call it.

#include "addresses.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// `fe80::1%eth0`, or the number of an interface; 0 for none that is here.
static unsigned scope_of(const char *text) {
  char *end;
  unsigned long number = strtoul(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == 0 && number <= UINT32_MAX) return (unsigned)number;
  return if_nametoindex(text);
}

socklen_t name_of_address(const char *text, int port, union socket_name *out) {
  memset(out, 0, sizeof *out);
  if (port < 0 || port > 65535) return 0;
  if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    return sizeof out->v4;
  }
  char address[INET6_ADDRSTRLEN];
  const char *scope = strchr(text, '%');
  size_t size = scope ? (size_t)(scope - text) : strlen(text);
  if (size >= sizeof address) return 0;
  memcpy(address, text, size);
  address[size] = 0;
  if (inet_pton(AF_INET6, address, &out->v6.sin6_addr) != 1) return 0;
  out->v6.sin6_family = AF_INET6;
  out->v6.sin6_port = htons(port);
  if (scope == NULL) return sizeof out->v6;
  out->v6.sin6_scope_id = scope_of(scope + 1);
  return out->v6.sin6_scope_id == 0 ? 0 : sizeof out->v6;
}

socklen_t name_of_path(const char *path, size_t size, union socket_name *out) {
  struct sockaddr_un *name = &out->unix_path;
  memset(out, 0, sizeof *out);
  if (size == 0 || size > sizeof name->sun_path) return 0;
  if (path[0] != 0 && memchr(path, 0, size) != NULL) return 0; // it would be another path
  name->sun_family = AF_UNIX;
  memcpy(name->sun_path, path, size);
  // An abstract name is as long as it is; a path may end before the field does.
  return path[0] == 0 ? offsetof(struct sockaddr_un, sun_path) + size : sizeof *name;
}

bool text_of_address(const struct sockaddr *name, char text[ADDRESS_TEXT], int *port, int *family) {
  if (name->sa_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)name;
    *port = ntohs(v4->sin_port);
    *family = 4;
    return inet_ntop(AF_INET, &v4->sin_addr, text, ADDRESS_TEXT) != NULL;
  }
  if (name->sa_family != AF_INET6) return false;
  const struct sockaddr_in6 *v6 = (const void *)name;
  *port = ntohs(v6->sin6_port);
  *family = 6;
  if (inet_ntop(AF_INET6, &v6->sin6_addr, text, ADDRESS_TEXT) == NULL) return false;
  size_t size = strlen(text);
  char interface[IF_NAMESIZE];
  if (v6->sin6_scope_id == 0) return true;
  if (if_indextoname(v6->sin6_scope_id, interface) != NULL) snprintf(text + size, ADDRESS_TEXT - size, "%%%s", interface);
  else snprintf(text + size, ADDRESS_TEXT - size, "%%%u", v6->sin6_scope_id);
  return true;
}
