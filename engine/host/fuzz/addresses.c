// Fuzzes texts of addresses and paths of Unix sockets.

#include "../addresses.h"
#include "fuzz.h"

static void try_address(const char *text, int port) {
  union socket_name name, again;
  char written[ADDRESS_TEXT];
  int port_back = -1, family = 0;
  socklen_t size = name_of_address(text, port, &name);
  if (size == 0) return;
  EXPECT(port >= 0 && port <= 65535);
  EXPECT(text_of_address(&name.any, written, &port_back, &family) && port_back == port);
  EXPECT(family == (name.any.sa_family == AF_INET ? 4 : 6) && strlen(written) < ADDRESS_TEXT);
  EXPECT(name_of_address(written, port, &again) == size && memcmp(&name, &again, size) == 0);
}

static void try_path(const char *path, size_t size) {
  union socket_name name;
  socklen_t length = name_of_path(path, size, &name);
  bool is_cut = size > 0 && path[0] != 0 && memchr(path, 0, size) != NULL;
  EXPECT((length == 0) == (size == 0 || size > sizeof name.unix_path.sun_path || is_cut));
  if (length == 0) return;
  EXPECT(length <= sizeof name.unix_path && memcmp(name.unix_path.sun_path, path, size) == 0);
}

// What the system may pass: any bytes, of any family.
static void try_name(const uint8_t *data, size_t size) {
  union socket_name name = {0};
  char written[ADDRESS_TEXT];
  int port, family;
  memcpy(&name, data, size < sizeof name ? size : sizeof name);
  if (size > 0 && data[0] & 1) name.any.sa_family = data[0] & 2 ? AF_INET : AF_INET6;
  if (text_of_address(&name.any, written, &port, &family)) EXPECT(strlen(written) < ADDRESS_TEXT && port >= 0 && port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  char *text = block(size - 2);
  memcpy(text, data + 3, size - 3);
  text[size - 3] = 0;
  try_address(text, (data[0] & 4 ? -1 : 1) * (data[1] << 8 | data[2]) + (data[0] & 8 ? 65536 : 0));
  try_path(text, size - 3);
  try_name(data, size);
  free(text);
  return 0;
}
