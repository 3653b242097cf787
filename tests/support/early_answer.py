# What refuses a body and what sends one: `server`, python's http.server, which answers a POST and closes without reading its
# body; `client MODE HOST PORT TARGET_HOST TARGET_PORT COUNT BYTES`, which counts answers that came whole.
import concurrent.futures, http.server, socket, struct, sys, threading


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.close_connection = True
        self.send_error(413)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def serve():
    server = Server(("127.0.0.1", 0), Refusing)
    print(server.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()


def enter(s, mode, host, port):
    if mode == "connect":
        s.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += s.recv(4096)
    elif mode == "socks":
        s.sendall(b"\x05\x01\x00")
        s.recv(2)
        s.sendall(b"\x05\x01\x00\x01" + socket.inet_aton(host) + struct.pack(">H", port))
        s.recv(10)


def post(mode, address, host, port, size):
    with socket.create_connection(address, 10) as s:
        enter(s, mode, host, port)
        path = f"http://{host}:{port}/" if mode == "proxy" else "/"
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        try:
            s.sendall(head.encode())
            s.sendall(b"x" * size)
        except OSError:
            pass  # the server takes no more: it has answered
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except OSError:
            pass
        return b" 413 " in got.split(b"\r\n")[0] and b"</html>" in got


def ask(mode, near, near_port, host, port, count, size):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        one = lambda _: post(mode, (near, int(near_port)), host, int(port), int(size))
        print(sum(pool.map(one, range(int(count)))))


serve() if sys.argv[1] == "server" else ask(*sys.argv[2:])
