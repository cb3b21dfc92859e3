"""The account behind a loopback connection: the kernel's answer, and the list of all connections where the kernel gives none."""

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.web import peer, socket_owner

NOBODY = 65534
CONNECT = (
    "import encodings.idna, os, sys, socket; os.setuid(int(sys.argv[3])); "
    "s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET); "
    "s.connect((sys.argv[1], int(sys.argv[2]))); s.recv(1)"
)


@contextmanager
def connected(server: socket.socket, host: str, account: int) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """Connect a process of this account; yield the ends as the server sees them."""
    server.settimeout(60)
    arguments = (host, str(server.getsockname()[1]), str(account))
    with subprocess.Popen([sys.executable, "-S", "-c", CONNECT, *arguments]) as child:
        connection, _ = server.accept()
        with connection:
            yield connection.getpeername()[:2], connection.getsockname()[:2]
        child.wait(60)


@pytest.fixture(params=["asked", "listed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the kernel's answer, or the list as on a kernel that gives none."""
    if request.param == "listed":
        monkeypatch.setattr(socket_owner, "is_available", lambda: False)
    elif not socket_owner.is_available():
        pytest.skip("this kernel does not answer sock_diag")


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("listening", "host"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("127.0.0.1", "::ffff:127.0.0.1"), ("::", "::ffff:127.0.0.1")]
)
def test_the_account_is_the_one_that_connected(listening: str, host: str) -> None:
    """A client may use a socket of IPv6 for an address of IPv4: it is the same connection."""
    account = NOBODY if os.geteuid() == 0 else os.geteuid()
    family = socket.AF_INET6 if ":" in listening else socket.AF_INET
    with (
        socket.create_server((listening, 0), family=family, dualstack_ipv6=listening == "::") as server,
        connected(server, host, account) as (client, here),
    ):
        assert peer.owner_of(client, here) == account


@pytest.mark.usefixtures("way")
def test_a_socket_that_its_process_has_closed_is_foreign() -> None:
    """The kernel says that root owns it, so a request sent before the end would pass for one of root."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        connection, _ = server.accept()
        with connection:
            ends = connection.getpeername(), connection.getsockname()
            assert not peer.is_foreign(*ends)
            client.close()
            assert connection.recv(1) == b""  # the end has arrived
            assert peer.owner_of(*ends) == socket_owner.CLOSED
            assert peer.is_foreign(*ends)


@pytest.mark.usefixtures("way")
def test_a_connection_that_is_not_has_no_account() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        assert peer.owner_of((host, port), (host, 1)) is None  # a socket that listens there is none of this connection
    assert peer.owner_of((host, 1), (host, port)) is None  # the listener is closed
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        assert peer.owner_of(("testclient", 1), (host, port)) is None


@pytest.mark.usefixtures("way")
def test_a_socket_that_its_process_has_reset_is_foreign() -> None:
    """The kernel has forgotten it: a request sent before the reset would pass for one of this account."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        connection, _ = server.accept()
        with connection:
            ends = connection.getpeername(), connection.getsockname()
            client.sendall(b"POST")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            assert peer.owner_of(*ends) == socket_owner.CLOSED
            assert peer.is_foreign(*ends)


def test_lists_that_do_not_know_the_server_itself_say_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those of a sandbox may be empty: everybody would be foreign there."""
    (tmp_path / "tcp").write_text("  sl  local_address rem_address   st\n")
    monkeypatch.setattr(socket_owner, "is_available", lambda: False)
    monkeypatch.setattr(peer, "TABLES", {4: tmp_path / "tcp", 6: tmp_path / "absent"})
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert peer.owner_of(client.getsockname(), server.getsockname()) is None


def test_a_port_of_another_process_is_none_of_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert socket_owner.listens_at(server.getsockname()[1])
        assert not socket_owner.listens_at(client.getsockname()[1]), "connected, and listens at none"
    assert not socket_owner.listens_at(server.fileno())


def test_where_the_kernel_refuses_the_list_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may forbid the question after it was once allowed."""

    def refused(*_: object) -> None:
        raise PermissionError(1, "sock_diag")

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        monkeypatch.setattr(socket_owner, "is_available", lambda: True)
        monkeypatch.setattr(socket_owner, "owner_of", refused)
        assert peer.owner_of(client.getsockname(), server.getsockname()) == os.geteuid()
