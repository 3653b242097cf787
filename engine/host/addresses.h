// Texts of addresses, and the system's form of them.

#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ADDRESS_TEXT = INET6_ADDRSTRLEN + 1 + 16 }; // with `%` and the name of an interface

union socket_name {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un unix_path;
  struct sockaddr_storage storage;
};

// The size of the name that was made, or 0: the text is no address, or the port no port.
socklen_t name_of_address(const char *text, int port, union socket_name *out);
// The same for a path of a Unix socket, which begins with a NUL byte if it is abstract; 0: it is empty or too long.
socklen_t name_of_path(const char *path, size_t size, union socket_name *out);
// The text of an address; false for what is neither IPv4 nor IPv6.
bool text_of_address(const struct sockaddr *name, char text[ADDRESS_TEXT], int *port, int *family);

#endif
