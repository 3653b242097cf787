# What connect(2) and its neighbours do, case by case, as JSON: one program that runs on a machine's loopback and inside a network.
# Arguments: the host, and the ports of a server that echoes, one that resets, one that ends its half, and of none.
import errno, fcntl, json, os, select, signal, socket, struct, sys, time

HOST, ECHO, RESET, HALF, CLOSED = sys.argv[1], *(int(word) for word in sys.argv[2:6])
LIMIT = 20
cases = {}


def case(function):
    cases[function.__name__] = function


def name(number):
    return "ok" if number == 0 else errno.errorcode.get(number, str(number))


def attempt(call):
    try:
        return call()
    except OSError as error:
        return name(error.errno) if error.errno else "timeout"


def fresh(family=socket.AF_INET, blocking=True):
    made = socket.socket(family, socket.SOCK_STREAM)
    made.settimeout(LIMIT) if blocking else made.setblocking(False)
    return made


def connected(port=ECHO):
    made = fresh()
    made.connect((HOST, port))
    return made


def outcome(made, wanted=select.POLLOUT):
    poll = select.poll()
    poll.register(made, wanted)
    return poll.poll(LIMIT * 1000) and name(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


def all_of(made):
    got = b""
    while True:
        piece = made.recv(65536)
        if not piece:
            return got
        got += piece


@case
def blocking():
    return attempt(lambda: name(fresh().connect_ex((HOST, ECHO))))


@case
def refused():
    return attempt(lambda: fresh().connect((HOST, CLOSED)))


@case
def refused_at_once():
    begun = time.monotonic()
    attempt(lambda: fresh().connect((HOST, CLOSED)))
    return time.monotonic() - begun < 1


@case
def non_blocking():
    made = fresh(blocking=False)
    first = name(made.connect_ex((HOST, ECHO)))
    return [first in ("ok", "EINPROGRESS"), outcome(made), made.getpeername()[1] == ECHO]


@case
def non_blocking_refused():
    made = fresh(blocking=False)
    first = name(made.connect_ex((HOST, CLOSED)))
    return [first in ("ECONNREFUSED", "EINPROGRESS"), outcome(made)]


@case
def error_is_told_once():
    made = fresh(blocking=False)
    made.connect_ex((HOST, CLOSED))
    return [outcome(made), name(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))]


@case
def again_after_refused():
    made = fresh()
    return [name(made.connect_ex((HOST, CLOSED))), name(made.connect_ex((HOST, ECHO)))]


@case
def twice():
    return name(connected().connect_ex((HOST, ECHO)))


@case
def poll_of_refused():
    made = fresh(blocking=False)
    made.connect_ex((HOST, CLOSED))
    poll = select.poll()
    poll.register(made, select.POLLIN | select.POLLOUT)
    return sorted(flag for _, flags in poll.poll(LIMIT * 1000) for flag in (1, 4, 8, 16) if flags & flag)


@case
def select_of_made():
    made = fresh(blocking=False)
    made.connect_ex((HOST, ECHO))
    return [len(one) for one in select.select([made], [made], [], LIMIT)]


@case
def epoll_edge():
    made = fresh(blocking=False)
    made.connect_ex((HOST, ECHO))
    poll = select.epoll()
    poll.register(made, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
    flags = poll.poll(LIMIT)[0][1]
    return [bool(flags & select.EPOLLOUT), bool(flags & select.EPOLLHUP)]


@case
def peer_name():
    return list(connected().getpeername()) == [HOST, ECHO]


@case
def own_name():
    address, port = connected().getsockname()
    return [address.startswith("127."), port > 0]


@case
def peer_name_of_none():
    return attempt(lambda: fresh().getpeername())


@case
def peer_name_of_refused():
    made = fresh()
    made.connect_ex((HOST, CLOSED))
    return attempt(made.getpeername)


@case
def bind_before():
    made = fresh()
    made.bind(("127.0.0.1", 0))
    port = made.getsockname()[1]
    made.connect((HOST, ECHO))
    return made.getsockname() == ("127.0.0.1", port)


@case
def bind_to_any():
    made = fresh()
    made.bind(("0.0.0.0", 0))
    port = made.getsockname()[1]
    made.connect((HOST, ECHO))
    return made.getsockname()[1] == port


@case
def one_port_two_targets():
    first, second = fresh(), fresh()
    for made in (first, second):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind(("127.0.0.1", 0))
    second.bind(first.getsockname())
    return [name(first.connect_ex((HOST, ECHO))), name(second.connect_ex((HOST, HALF)))]


@case
def same_ends_twice():
    first, second = fresh(), fresh()
    for made in (first, second):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind(("127.0.0.1", 0))
    second.bind(first.getsockname())
    first.connect((HOST, ECHO))
    return name(second.connect_ex((HOST, ECHO)))


@case
def bind_to_used():
    first, second = connected(), fresh()
    return attempt(lambda: second.bind(first.getsockname()))


@case
def cancel():
    for _ in range(20):
        made = fresh(blocking=False)
        made.connect_ex((HOST, ECHO))
        made.close()
    return name(fresh().connect_ex((HOST, ECHO)))


@case
def echo():
    made = connected()
    sender = os.fork()
    if sender == 0:
        made.sendall(b"x" * 3000000)
        os._exit(0)
    got = made.recv(3000000, socket.MSG_WAITALL)
    os.waitpid(sender, 0)
    made.shutdown(socket.SHUT_WR)
    return len(got + all_of(made))


@case
def half_close():
    made = connected()
    made.sendall(b"first")
    made.shutdown(socket.SHUT_WR)
    return [all_of(made).decode(), attempt(lambda: made.send(b"more"))]


@case
def shutdown_reading():
    made = connected()
    made.shutdown(socket.SHUT_RD)
    return len(made.recv(10))


@case
def far_half_close():
    made = connected(HALF)
    end = len(made.recv(10))
    return [end, made.send(b"still")]


@case
def reset():
    made = connected(RESET)
    made.send(b"x")
    return attempt(lambda: made.recv(10))


@case
def write_after_reset():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    made = connected(RESET)
    made.send(b"x")
    attempt(lambda: made.recv(10))
    return attempt(lambda: made.send(b"y"))


@case
def poll_of_reset():
    made = connected(RESET)
    made.send(b"x")
    poll = select.poll()
    poll.register(made, select.POLLERR)
    return bool(poll.poll(LIMIT * 1000)[0][1] & select.POLLERR)


@case
def linger_of_none():
    made = connected()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return attempt(lambda: made.close() or "closed")


@case
def linger_of_a_second():
    made = connected()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 1))
    made.sendall(b"x" * 1000)
    begun = time.monotonic()
    made.close()
    return time.monotonic() - begun < 0.9


@case
def keep_alive():
    made = fresh()
    for level, option, value in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 7)):
        made.setsockopt(level, option, value)
    made.connect((HOST, ECHO))
    return [made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)]


@case
def no_delay():
    made = connected()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@case
def state():
    return connected().getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[0]


@case
def urgent():
    made = connected()
    made.send(b"!", socket.MSG_OOB)
    made.sendall(b"after")
    made.shutdown(socket.SHUT_WR)
    return all_of(made).decode()


@case
def peek_and_wait():
    made = connected()
    made.sendall(b"abcdef")
    seen = made.recv(3, socket.MSG_PEEK | socket.MSG_WAITALL)
    return [seen.decode(), made.recv(6, socket.MSG_WAITALL).decode()]


@case
def send_time_limit():
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", LIMIT, 0))
    return name(made.connect_ex((HOST, ECHO)))


@case
def fast_open():
    made = fresh()
    return attempt(lambda: made.sendto(b"hello", 0x20000000, (HOST, ECHO)) and made.recv(5, socket.MSG_WAITALL).decode())


@case
def mapped():
    made = fresh(socket.AF_INET6)
    made.connect((f"::ffff:{HOST}", ECHO))
    return made.getpeername()[0] == f"::ffff:{HOST}"


@case
def mapped_refused():
    return attempt(lambda: fresh(socket.AF_INET6).connect((f"::ffff:{HOST}", CLOSED)))


@case
def own_loopback():
    server = socket.create_server(("127.0.0.1", 0))
    made = fresh()
    made.connect(server.getsockname())
    return made.getpeername() == server.getsockname()


@case
def every_address_is_own_loopback():
    server = socket.create_server(("0.0.0.0", 0))
    return name(fresh().connect_ex(("0.0.0.0", server.getsockname()[1])))


@case
def port_0():
    return name(fresh().connect_ex((HOST, 0)))


@case
def forked():
    made = connected()
    child = os.fork()
    if child == 0:
        made.sendall(b"from the child")
        os._exit(0)
    os.waitpid(child, 0)
    return made.recv(14, socket.MSG_WAITALL).decode()


@case
def duplicate():
    made = connected()
    other = socket.socket(fileno=os.dup(made.fileno()))
    made.close()
    other.settimeout(LIMIT)
    other.sendall(b"x")
    return other.recv(1).decode()


@case
def thousand_at_once():
    many = []
    for _ in range(1000):
        made = fresh(blocking=False)
        made.connect_ex((HOST, ECHO))
        many.append(made)
    return sum(outcome(made) == "ok" for made in many)


@case
def close_on_exec():
    made = connected()
    return bool(fcntl.fcntl(made.fileno(), fcntl.F_GETFD) & fcntl.FD_CLOEXEC)


print(json.dumps({each: attempt(run) for each, run in cases.items()}))
