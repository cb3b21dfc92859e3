"""Store desk sessions.

A log-out, a limit, an administrator or any change of the user ends them. Only the hash of a session's id is stored: read access to the
database is not enough to use a session.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.system import users

SEEN_EVERY = timedelta(minutes=1)
"""The least time between two writes of `seen_at`: viewing a page must not cost a write."""


class Session(Record):
    """Hold a user's log-in in one browser."""

    id_hash: str
    user: str
    csrf: str
    made_at: UtcDatetime
    seen_at: UtcDatetime


class OpenSession(Session):
    """Hold an open session with its user's current role."""

    role: str


class Limits(Record):
    """Hold how long a session lasts: idle, and in all."""

    idle: timedelta
    absolute: timedelta


def begin(ledger: Ledger, session: Session, limits: Limits) -> None:
    """Store a new session and audit the log-in; delete expired ones."""
    sessions, now = schema.sessions, session.made_at
    with writing(ledger) as connection:
        connection.execute(sessions.delete().where(_expired(now, limits)))
        connection.execute(sessions.insert(), session.model_dump())
        history.audit(connection, session.user, "login", session.user, "", now)


def find(ledger: Ledger, id_hash: str, now: datetime, limits: Limits) -> OpenSession | None:
    """Return the open session with this id, or None.

    None when it was ended, is past a limit, or its user was removed or disabled.
    """
    sessions, people = schema.sessions, schema.users
    statement = (
        select(sessions, people.c.role)
        .join(people, people.c.name == sessions.c.user)
        .where(sessions.c.id_hash == id_hash, ~_expired(now, limits), ~people.c.disabled)
    )
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else OpenSession(**row)


def mark_seen(ledger: Ledger, session: Session, now: datetime) -> None:
    """Store that the user is active, at most once a minute."""
    if now - session.seen_at < SEEN_EVERY:
        return
    sessions = schema.sessions
    with writing(ledger) as connection:
        connection.execute(update(sessions).where(sessions.c.id_hash == session.id_hash).values(seen_at=now))


def end(ledger: Ledger, session: Session, now: datetime) -> None:
    """End a session because its user logs out."""
    sessions = schema.sessions
    with writing(ledger) as connection:
        if connection.execute(sessions.delete().where(sessions.c.id_hash == session.id_hash)).rowcount:
            history.audit(connection, session.user, "logout", session.user, "", now)


def revoke(ledger: Ledger, user: str, id_hash: str | None, who: str, now: datetime) -> int:
    """End one session of a user, or all; return how many."""
    sessions = schema.sessions
    with writing(ledger) as connection:
        if id_hash is None:
            ended = users.end_sessions(connection, user)
        else:
            this = (sessions.c.user == user) & (sessions.c.id_hash == id_hash)
            ended = connection.execute(sessions.delete().where(this)).rowcount
        if ended:
            history.audit(connection, who, "session_revoked", user, str(ended), now)
    return ended


def all_of(ledger: Ledger, user: str | None, now: datetime, limits: Limits) -> list[Session]:
    """List the open sessions, of one user or of all, newest first."""
    sessions = schema.sessions
    statement = select(sessions).where(~_expired(now, limits)).order_by(sessions.c.made_at.desc(), sessions.c.id_hash)
    if user is not None:
        statement = statement.where(sessions.c.user == user)
    with ledger.read() as connection:
        return [Session(**row) for row in connection.execute(statement).mappings()]


def _expired(now: datetime, limits: Limits) -> ColumnElement[bool]:
    sessions = schema.sessions.c
    return or_(sessions.seen_at <= now - limits.idle, sessions.made_at <= now - limits.absolute)
