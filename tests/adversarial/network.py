"""Sending something out, or talking to anybody."""

from attacks import Attack

ATTACKS = [
    Attack(
        "a TCP socket",
        "to connect to a machine",
        attempt="import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()",
        control="filter",
    ),
    Attack(
        "a UDP socket",
        "to send a datagram",
        attempt="import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()",
        control="filter",
    ),
    Attack(
        "a socket of version 6",
        "to get round a rule for version 4",
        attempt="import socket; socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close()",
        control="filter",
    ),
    Attack(
        "a local socket",
        "to talk to a service of the machine",
        attempt="import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()",
        control="filter",
    ),
    Attack(
        "a pair of sockets",
        "to have a channel",
        attempt="import socket; [s.close() for s in socket.socketpair()]",
        control="filter",
    ),
    Attack(
        "a socket to the kernel",
        "to ask for the machine's network",
        attempt="import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()",
        control="filter",
    ),
    Attack(
        "connect to a server of the grader's machine",
        "to hand out what it was given",
        attempt="import socket; socket.create_connection(('127.0.0.1', @PORT@), 2).close()",
        control="sandbox",
    ),
    Attack(
        "fetch a page",
        "to read something from the web",
        attempt="""
        import urllib.request
        urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=2)
        """,
    ),
    Attack(
        "a socket by its number",
        "to get round Python's socket",
        attempt="""
        import ctypes, platform
        number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
        assert ctypes.CDLL(None).syscall(number, 2, 1, 0) >= 0
        """,
        control="filter",
    ),
    Attack(
        "a port",
        "to let others in",
        attempt="""
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        server.close()
        """,
        control="sandbox",
    ),
]
