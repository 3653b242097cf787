# Listens on an address without accepting, so that the system drops every SYN behind the first two; accepts once its input says so.
import socket, sys

server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=0)
fill = []
for _ in range(2):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(server.getsockname())
    fill.append(s)
print(server.getsockname()[1], flush=True)
sys.stdin.readline()
held = [server.accept() for _ in range(3)]
sys.stdin.read()
