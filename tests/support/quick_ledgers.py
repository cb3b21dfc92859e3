"""Create SQLite ledgers quickly: migrate once, then copy the file.

Running the migrations costs 0.02 s of CPU, and several thousand tests begin with an empty ledger. Files are not flushed to the disk
either: a test ends a process, it does not cut the power. Statements are compiled once for all ledgers of a process. A test of the
migrations or of the flushing takes the fixture `real_ledgers`; processes that a test starts always run the real thing, and so does a
PostgreSQL server.
"""

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from ledger import database
from ledger.database import ANSWER_S, connection as connecting, upgrade

CONNECT = connecting.connect


class CompiledStatements(LRUCache[Any, Any]):
    """Share compiled statements between engines: the dialect, first in each key, is the same in all but name."""

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the compiled statement of any engine."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


COMPILED = CompiledStatements(5_000)


@cache
def migrated() -> bytes:
    """Return the file that all migrations make."""
    with TemporaryDirectory(prefix="escucha-migrated-") as folder:
        file = Path(folder) / "ledger.sqlite"
        engine = CONNECT(f"sqlite:///{file}")
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            upgrade.upgrade(connection)
        engine.dispose()
        return file.read_bytes()


def connect(url: str, answer_s: float = ANSWER_S) -> Engine:
    """Create the engine for this URL; lay the migrated file there first where there is none."""
    address = connecting.address_of(url)
    if address.get_backend_name() != "sqlite":
        return CONNECT(url, answer_s)
    with contextlib.suppress(OSError):  # the product tells what is wrong with the folder
        _lay(Path(str(address.database)))
    engine = CONNECT(url, answer_s)
    engine._compiled_cache = COMPILED
    return engine


def _lay(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    own = file.with_name(f"{file.name}-migrated-{os.getpid()}")
    own.touch(mode=0o600)
    try:
        own.write_bytes(migrated())
        os.link(own, file)  # whole or not at all, and the first one stays
    finally:
        own.unlink()


@pytest.fixture(scope="session", autouse=True)
def quick_ledgers() -> Iterator[pytest.MonkeyPatch]:
    """Create the ledgers of this process from the copy, without flushing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "connect", connect)
        patched.setattr(connecting, "PRAGMAS", (*connecting.PRAGMAS, "PRAGMA synchronous = OFF"))
        yield patched


@pytest.fixture
def real_ledgers(quick_ledgers: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create ledgers as the product does: all migrations, every commit flushed."""
    monkeypatch.setattr(database, "connect", CONNECT)
    monkeypatch.setattr(connecting, "PRAGMAS", connecting.PRAGMAS[:-1])
