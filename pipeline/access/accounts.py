"""Manage desk sessions and users, and audit entries outside the case history."""

import getpass
import hashlib
import os
import secrets
from datetime import timedelta

from core.config.settings import Settings
from core.errors import ChangeRefusedError
from core.i18n.display_names import CONSOLE
from core.records import Record
from ledger import read
from ledger.database import Ledger
from ledger.system import audit, sessions, users
from ledger.system.sessions import Limits, OpenSession, Session
from pipeline.context import Context, now

__all__ = ["OpenSession", "Session"]

UNKNOWN = "unknown"
"""Stored as the name when no user has the name typed: what was typed may be a password."""
LONGEST_ID = 200
ID_BYTES = 32


class NewSession(Record):
    """Hold a new session: cookie id and CSRF token.

    The id is stored nowhere; the ledger keeps its hash.
    """

    session_id: str
    csrf: str


def operator() -> str:
    """Name the operating system account that runs the command.

    The colon keeps it apart from every user of the desk.
    """
    try:
        return f"{CONSOLE}{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user id without an entry in /etc/passwd
        return f"{CONSOLE}{os.getuid()}"


def set_mail(ledger: Ledger, name: str, mail: str | None, who: str) -> None:
    """Set or remove (None) the mail address of a user.

    It is used for mails about watched cases.
    """
    users.set_mail(ledger, name, mail, who, now())


def choose_department(context: Context, name: str, department: str) -> None:
    """Store which department a user works in; empty: none.

    Raises:
        ChangeRefusedError: the profile has no such department, or the desk no such user.
    """
    if department and department not in {one.name for one in context.city.departments}:
        raise ChangeRefusedError("there is no department '{department}' in the profile", department=department)
    users.set_department(context.ledger, name, department or None, name, now())


def record_audit(context: Context, what: str, subject: str, why: str = "", who: str | None = None) -> None:
    """Write one audit entry; `who` defaults to the operator of the command."""
    audit.log(context.ledger, who or operator(), what, subject, why, now())


def limits(settings: Settings) -> Limits:
    """Return the session limits from the settings."""
    return Limits(idle=timedelta(minutes=settings.desk_idle_minutes), absolute=timedelta(hours=settings.desk_session_hours))


def begin(context: Context, name: str) -> NewSession:
    """Begin a session for a user whose password was verified."""
    new, moment = NewSession(session_id=secrets.token_urlsafe(ID_BYTES), csrf=secrets.token_urlsafe(24)), now()
    session = Session(id_hash=_hash(new.session_id), user=name, csrf=new.csrf, made_at=moment, seen_at=moment)
    sessions.begin(context.ledger, session, limits(context.settings))
    return new


def find(context: Context, session_id: str, *, is_background: bool = False) -> OpenSession | None:
    """Return the open session with this id; None when there is none.

    `is_background`: the page was refreshed by a script, which is not user activity and does not extend the session.
    """
    if not session_id or len(session_id) > LONGEST_ID:
        return None
    found = sessions.find(context.ledger, _hash(session_id), now(), limits(context.settings))
    if found is not None and not is_background:
        sessions.mark_seen(context.ledger, found, now())
    return found


def end(context: Context, session: Session) -> None:
    """Log out."""
    sessions.end(context.ledger, session, now())


def failed_login(context: Context, name: str) -> None:
    """Audit a failed log-in; only names of known users are kept."""
    known = read.user(context.ledger, name) is not None
    audit.log(context.ledger, name if known else UNKNOWN, "login_failed", name if known else "", "", now())


def sessions_of(context: Context, user: str | None = None) -> list[Session]:
    """List the open sessions, of one user or of all."""
    return sessions.all_of(context.ledger, user, now(), limits(context.settings))


def revoke(ledger: Ledger, user: str, id_hash: str | None, who: str) -> int:
    """End one session of a user, or all; return how many."""
    return sessions.revoke(ledger, user, id_hash, who, now())


def set_role(ledger: Ledger, name: str, role: str, who: str) -> None:
    """Change the role of a user and end the user's sessions."""
    users.set_role(ledger, name, role, who, now())


def set_password(ledger: Ledger, name: str, password_hash: str, who: str) -> None:
    """Change the password of a user and end the user's sessions."""
    users.set_password(ledger, name, password_hash, who, now())


def set_disabled(ledger: Ledger, name: str, disabled: bool, who: str) -> None:
    """Disable a user, which ends the user's sessions, or enable one again."""
    users.set_disabled(ledger, name, disabled, who, now())


def remove(ledger: Ledger, name: str, who: str) -> None:
    """Remove a user and end the user's sessions."""
    users.remove_user(ledger, name, who, now())


def _hash(session_id: str) -> str:
    # Plain SHA-256: the id is 256 random bits, which cannot be guessed from the hash.
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()
