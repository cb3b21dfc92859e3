"""Who is at the other end of a loopback connection: the system knows the account that owns its socket.

A web server or a tunnel of another account is not the person at the machine, whatever its requests look like. Known on Linux only;
elsewhere nothing is known and the headers alone decide (desk/http/client_address.py).
"""

import os
import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_LOCAL, _REMOTE, _OWNER = 1, 2, 7
"""Columns of a line in these tables."""


def is_foreign(client: tuple[str, int], server: tuple[str, int]) -> bool:
    """Tell whether the client's end of a connection belongs to another account than this process (root's is never foreign).

    False where the system does not say.
    """
    owner = owner_of(client, server)
    return owner is not None and owner not in (os.geteuid(), 0)


def owner_of(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """Return the account's number that owns the client's socket; None where the system does not say."""
    try:
        ours = [(ip_address(host), port) for host, port in (client, server)]
    except ValueError:
        return None
    for version, table in TABLES.items():
        wanted = [_written(host, port, version) for host, port in ours]
        if None in wanted:
            continue
        try:
            lines = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[_LOCAL] == wanted[0] and columns[_REMOTE] == wanted[1]:
                return int(columns[_OWNER])
    return None


def _written(host: IPv4Address | IPv6Address, port: int, version: int) -> str | None:
    """Return an address as the kernel writes it: words of 32 bits in the machine's own order, in hexadecimal."""
    if host.version != version:
        if version == 4:
            return None
        host = IPv6Address(f"::ffff:{host}")
    packed = socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, str(host))
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
