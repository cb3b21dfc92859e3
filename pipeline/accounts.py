"""Accounts of the desk: sessions and their limits, changes of users, and the audit of what is no step of a case."""

import getpass
import hashlib
import os
import secrets
from datetime import timedelta

from core.config.settings import Settings
from core.records import Record
from ledger import read
from ledger.database import Ledger
from ledger.system import audit, sessions, users
from ledger.system.sessions import Limits, OpenSession, Session
from pipeline.context import Context, now

__all__ = ["OpenSession", "Session"]

UNKNOWN = "unknown"
"""Who tried to log in under a name that no user has; the name itself is not kept: it may be a password."""
LONGEST_ID = 200
ID_BYTES = 32


class Ticket(Record):
    """A session that has just begun: the id for the cookie, which is stored nowhere, and the token of its forms."""

    session_id: str
    csrf: str


def operator() -> str:
    """Name the account of this machine that runs the command; no user of the desk can be called so."""
    try:
        return f"console:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user that stands in no passwd file
        return f"console:{os.getuid()}"


def record_audit(context: Context, what: str, subject: str, why: str = "", who: str | None = None) -> None:
    """Write one audit entry; by the operator of the command unless `who` names another."""
    audit.log(context.ledger, who or operator(), what, subject, why, now())


def limits(settings: Settings) -> Limits:
    """The limits of a session, from the settings."""
    return Limits(
        idle=timedelta(minutes=settings.desk_idle_minutes), absolute=timedelta(hours=settings.desk_session_hours)
    )


def begin(context: Context, name: str) -> Ticket:
    """Begin a session of a user who has shown the password."""
    ticket, moment = Ticket(session_id=secrets.token_urlsafe(ID_BYTES), csrf=secrets.token_urlsafe(24)), now()
    session = Session(id_hash=_hash(ticket.session_id), user=name, csrf=ticket.csrf, made_at=moment, seen_at=moment)
    sessions.begin(context.ledger, session, limits(context.settings))
    return ticket


def find(context: Context, session_id: str, *, by_itself: bool = False) -> OpenSession | None:
    """The open session of this id; None when there is none.

    `by_itself`: the page asked by itself, which is no sign of a person and keeps no session alive.
    """
    if not session_id or len(session_id) > LONGEST_ID:
        return None
    found = sessions.find(context.ledger, _hash(session_id), now(), limits(context.settings))
    if found is not None and not by_itself:
        sessions.seen(context.ledger, found, now())
    return found


def end(context: Context, session: Session) -> None:
    """Log out."""
    sessions.end(context.ledger, session, now())


def failed_login(context: Context, name: str) -> None:
    """Audit a log-in that failed; the name is kept only when it is a user's."""
    known = read.user(context.ledger, name) is not None
    audit.log(context.ledger, name if known else UNKNOWN, "login_failed", name if known else "", "", now())


def sessions_of(context: Context, user: str | None = None) -> list[Session]:
    """The open sessions, of one user or of all."""
    return sessions.all_of(context.ledger, user, now(), limits(context.settings))


def revoke(ledger: Ledger, user: str, id_hash: str | None, who: str) -> int:
    """End one session of a user, or all; how many there were."""
    return sessions.revoke(ledger, user, id_hash, who, now())


def set_role(ledger: Ledger, name: str, role: str, who: str) -> None:
    """Give a user another role, which ends the user's sessions."""
    users.set_role(ledger, name, role, who, now())


def set_password(ledger: Ledger, name: str, password_hash: str, who: str) -> None:
    """Give a user another password, which ends the user's sessions."""
    users.set_password(ledger, name, password_hash, who, now())


def set_disabled(ledger: Ledger, name: str, disabled: bool, who: str) -> None:
    """Shut a user out, which ends the user's sessions, or let one in again."""
    users.set_disabled(ledger, name, disabled, who, now())


def remove(ledger: Ledger, name: str, who: str) -> None:
    """Remove a user, which ends the user's sessions."""
    users.remove_user(ledger, name, who, now())


def _hash(session_id: str) -> str:
    # Plain SHA-256: the id is 256 random bits, which nobody can guess from the hash.
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()
