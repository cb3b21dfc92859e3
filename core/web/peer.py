"""Identify the account at the other end of a loopback connection.

A web server or a tunnel of another account is not the person at the machine, whatever its requests contain. Only Linux tells the
account; elsewhere the headers alone decide (core/web/client_address.py).
"""

import contextlib
import os
import socket
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from core.web import socket_owner
from core.web.socket_owner import CLOSED

TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_LOCAL, _REMOTE, _STATE, _OWNER, _INODE = 1, 2, 3, 7, 9
"""Column numbers in these tables."""
_LISTENS = "0A"


def is_foreign(client: tuple[str, int], server: tuple[str, int]) -> bool:
    """Return True when the client's socket belongs to another account.

    Root's is never foreign; one that its process has closed or reset is. False where the system does not tell.
    """
    owner = owner_of(client, server)
    return owner is not None and owner not in (os.geteuid(), 0)


def owner_of(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """Return the user id that owns the client's socket.

    None where the system does not tell; CLOSED where its process has closed the socket. Of one that was reset the system knows nothing
    any more: a connection to a port at which this process listens is CLOSED too then, and not one of a test without a socket.
    """
    try:
        endpoints = [(ip_address(host), port) for host, port in (client, server)]
    except ValueError:
        return None
    if socket_owner.is_available():
        with contextlib.suppress(OSError):
            found = socket_owner.owner_of(endpoints[0], endpoints[1])
            return CLOSED if found is None and socket_owner.listens_at(server[1]) else found
    return _listed_owner(endpoints)


def _listed_owner(endpoints: Sequence[socket_owner.Endpoint]) -> int | None:
    """Look in the lists of all connections.

    A sandbox's may be empty: what is not in them was reset only where they hold the port at which this process listens.
    """
    knows_us = False
    for version, table in TABLES.items():
        addresses = [_proc_address(host, port, version) for host, port in endpoints]
        if None in addresses:
            continue
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            knows_us |= columns[_STATE] == _LISTENS and columns[_LOCAL].endswith(f":{endpoints[1][1]:04X}")
            if columns[_LOCAL] == addresses[0] and columns[_REMOTE] == addresses[1]:
                return CLOSED if columns[_INODE] == "0" else int(columns[_OWNER])
    return CLOSED if knows_us and socket_owner.listens_at(endpoints[1][1]) else None


def _proc_address(host: IPv4Address | IPv6Address, port: int, version: int) -> str | None:
    """Format an address as in /proc/net/tcp; None for another IP version.

    That is 32-bit words in the machine's byte order, in hexadecimal.
    """
    if host.version != version:
        if version == 4:
            return None
        host = IPv6Address(f"::ffff:{host}")
    packed = socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, str(host))
    words32 = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words32) + f":{port:04X}"
