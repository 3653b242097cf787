// All that is in a container of one program: a web server on 127.0.0.1, whose page is `hello from NAME`.
// usage: server [PORT [NAME]]     default: port 80, the host's name
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int client, const char *name) {
  char request[1024], answer[512];
  if (read(client, request, sizeof request) <= 0) return;
  int length = snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nhello from %s\n", name);
  if (length > 0 && (size_t)length < sizeof answer && write(client, answer, (size_t)length) < 0) perror("write");
}

int main(int argc, char **argv) {
  char own[256] = "";
  if (gethostname(own, sizeof own - 1) != 0) return 1;
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 80));
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) return 1;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
    perror("listen");
    return 1;
  }
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    serve(client, argc > 2 ? argv[2] : own);
    close(client);
  }
}
