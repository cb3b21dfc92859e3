"""Ask the Linux kernel which account owns one TCP connection.

This asks for one connection (sock_diag(7), 0.01 ms), where /proc/net/tcp lists all of them (5 ms on a machine with many buckets).
"""

import errno
import os
import socket
import stat
import struct
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

Endpoint = tuple[IPv4Address | IPv6Address, int]
SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20
"""Netlink protocol and message type."""
ERROR, REQUEST = 2, 1
HEADER = struct.Struct("=IHHII")
"""Length, type, flags, sequence, port of the sender (`nlmsghdr`)."""
QUESTION = struct.Struct("=BBBxI")
"""Family, protocol, extensions, states (`inet_diag_req_v2` before the connection)."""
CONNECTION = struct.Struct("!HH16s16s")
"""Ports and addresses, in network byte order (`inet_diag_sockid`)."""
NO_INTERFACE_OR_COOKIE = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
ANSWERED_FROM = HEADER.size + 4
OWNER_AT = ANSWERED_FROM + CONNECTION.size + len(NO_INTERFACE_OR_COOKIE) + 12
ALL_STATES = 0xFFFFFFFF
CLOSED = -1
"""Owner of a socket that its process has closed: the kernel then says root, whoever it was; of one that was reset it says nothing."""
OPEN_FILES = Path("/proc/self/fd")


@cache
def is_available() -> bool:
    """Return True where the kernel knows a socket of this process.

    A kernel without the module, or a sandbox, answers as if there were no connection.
    """
    if not hasattr(socket, "AF_NETLINK"):
        return False
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            own = (IPv4Address("127.0.0.1"), int(server.getsockname()[1]))
            return owner_of(own, (IPv4Address("0.0.0.0"), 0)) is not None  # noqa: S104  # the far end of a listening socket
    except OSError:
        return False


def owner_of(local: Endpoint, remote: Endpoint) -> int | None:
    """Return the user id of the socket with these two ends.

    None without such a socket; CLOSED where no process has it open.

    Raises:
        OSError: the kernel does not answer.
    """
    ends = (_plain(local), _plain(remote))
    if ends[0][0].version != ends[1][0].version:
        return None
    family = socket.AF_INET if ends[0][0].version == 4 else socket.AF_INET6
    body = QUESTION.pack(family, socket.IPPROTO_TCP, 0, ALL_STATES) + _packed(*ends) + NO_INTERFACE_OR_COOKIE
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.send(HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST, 0, 0) + body)
        answer = kernel.recv(4096, socket.MSG_DONTWAIT)  # it answered while it took the question
    if HEADER.unpack_from(answer)[1] == ERROR:
        (code,) = struct.unpack_from("=i", answer, HEADER.size)
        if code == -errno.ENOENT:
            return None
        raise OSError(-code, "sock_diag")
    if _ends(answer) != ends:
        return None  # a socket that listens at this port
    owner, inode = struct.unpack_from("=II", answer, OWNER_AT)
    return int(owner) if inode else CLOSED


def listens_at(port: int) -> bool:
    """Return whether this process listens at a TCP port, at any address."""
    try:
        files = [int(one.name) for one in OPEN_FILES.iterdir()]
    except OSError:
        return False
    return any(_listens(file, port) for file in files)


def _listens(file: int, port: int) -> bool:
    if not stat.S_ISSOCK(_mode(file)):
        return False
    try:
        copy = os.dup(file)
    except OSError:  # closed in the meantime
        return False
    try:
        one = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return False
    with one:
        is_tcp = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
        listening = is_tcp and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        return listening and one.getsockname()[1] == port


def _mode(file: int) -> int:
    try:
        return os.fstat(file).st_mode
    except OSError:
        return 0


def _plain(end: Endpoint) -> Endpoint:
    """Return an IPv4-mapped IPv6 address as IPv4."""
    address, port = end
    return (getattr(address, "ipv4_mapped", None) or address, port)


def _packed(local: Endpoint, remote: Endpoint) -> bytes:
    return CONNECTION.pack(local[1], remote[1], *(end[0].packed.ljust(16, b"\0") for end in (local, remote)))


def _ends(answer: bytes) -> tuple[Endpoint, Endpoint]:
    """Return the two ends of the socket that the kernel found."""
    size = 4 if answer[HEADER.size] == socket.AF_INET else 16
    ports_and_addresses = CONNECTION.unpack_from(answer, ANSWERED_FROM)
    local, remote = (_plain((ip_address(packed[:size]), 0))[0] for packed in ports_and_addresses[2:])
    return (local, ports_and_addresses[0]), (remote, ports_and_addresses[1])
