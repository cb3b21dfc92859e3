"""Serve an application on loopback in a thread."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette


@contextmanager
def served_at(app: Starlette) -> Iterator[str]:
    """Start a plain server; yield its address, and stop it afterwards."""
    with served_by(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")) as address:
        yield address


@contextmanager
def served_by(config: uvicorn.Config) -> Iterator[str]:
    """Start the server of a configuration; yield its address, and stop it afterwards."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(60)
