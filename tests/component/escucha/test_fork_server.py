"""The server that tests fork `escucha` from survives its own end."""

import os

from tests.support.fork_server import ForkServer


def test_a_server_that_was_ended_is_started_anew() -> None:
    server = ForkServer()
    server._process.kill()
    server._process.wait(60)
    try:
        done = server.run(("--help",), dict(os.environ), b"")
    finally:
        server.end()
        server._close()
    assert done.returncode == 0
    assert b"usage: escucha" in done.stdout
