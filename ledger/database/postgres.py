"""Connect to PostgreSQL with a time limit on every wait.

The driver waits for a server in C, without a limit. Here it waits through `wait`, which gives up after the connection's own limit;
`statement_timeout` and `lock_timeout` let the server give up first, and the keepalives detect a dead machine. The server has the
same keepalives: a client that vanished inside a transaction keeps its locks no longer than these limits.
"""

import re
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2  # type: ignore[import-untyped]  # the driver has no types
from psycopg2 import extensions
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from core.errors import UnavailableError

CONNECT_S = 5.0
PING_S = 3.0
POOL_S = 5.0
LOCK_S = 30
ANSWER_S = 600.0
"""For one statement of a step; the desk sets less."""
MIGRATION_S = 6 * 3600.0
GRACE_S = 5.0
"""Added to the client's limit, so that the server's `statement_timeout` comes first: its message is better."""
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
NETWORK = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}


class Connection(extensions.connection):  # type: ignore[misc]
    """Extend psycopg2's connection with the time it may wait."""

    limit_s = CONNECT_S


def engine_of(address: URL, answer_s: float) -> Engine:
    """Create an engine whose statements take `answer_s` at most.

    Nothing is read or written yet.
    """
    extensions.set_wait_callback(wait)
    options = (
        f"-c timezone=utc -c lock_timeout={LOCK_S}s -c statement_timeout={round(answer_s * 1000)}"
        f" -c idle_in_transaction_session_timeout={round(ANSWER_S)}s"  # longer than a slow download
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    )
    engine = create_engine(
        address,
        pool_pre_ping=True,
        pool_timeout=POOL_S,
        hide_parameters=True,  # parameters may be posts
        connect_args={"options": options, "connection_factory": Connection, **NETWORK},
    )
    default_ping = engine.dialect.do_ping

    def ping(dbapi_connection: Any) -> bool:
        with limited(dbapi_connection, PING_S):
            return default_ping(dbapi_connection)

    engine.dialect.do_ping = ping  # type: ignore[method-assign]  # the pool's check whether the connection is alive

    def connected(connection: Any, _record: Any) -> None:
        connection.limit_s = answer_s + GRACE_S

    event.listen(engine, "connect", connected)
    event.listen(engine, "handle_error", _translate_disconnect)
    return engine


@contextmanager
def limited(connection: Any, seconds: float) -> Iterator[None]:
    """Set another time limit on this connection for a while."""
    previous, connection.limit_s = connection.limit_s, seconds
    try:
        yield
    finally:
        connection.limit_s = previous


def wait(connection: Any) -> None:
    """Wait for the server's answer, up to the connection's limit.

    Raises:
        psycopg2.OperationalError: the time is over; the driver then closes the connection, for its answer may still come.
    """
    limit_s = getattr(connection, "limit_s", ANSWER_S)
    until = time.monotonic() + limit_s
    while (state := connection.poll()) != extensions.POLL_OK:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise psycopg2.OperationalError(f"could not receive data from server: no answer within {limit_s:g} s")


def _translate_disconnect(context: ExceptionContext) -> None:
    """Report a server that is down, frozen or not PostgreSQL as unavailable.

    Errors of a statement pass unchanged.
    """
    if context.is_pre_ping:  # the pool then tries a new connection
        return
    error = context.original_exception
    message = (str(error).strip().splitlines() or [type(error).__name__])[0]
    is_protocol_error = type(error) is psycopg2.DatabaseError and getattr(error, "pgcode", None) is None
    connecting = context.connection is None and isinstance(error, psycopg2.Error)
    if context.is_disconnect or is_protocol_error or connecting or isinstance(error, psycopg2.InterfaceError):
        cure = "; make it with `createdb`" if _NO_DATABASE.search(message) else ""
        raise UnavailableError(f"the ledger: PostgreSQL does not answer: {message}{cure}") from None
