"""Who may use the desk, and what was done there."""

from sqlalchemy import select

from core.fact import Fact, Moment
from ledger import schema
from ledger.open import Ledger


class User(Fact):
    """A user of the desk."""

    name: str
    password_hash: str
    role: str


class AuditLine(Fact):
    """Who did what, when and why."""

    at: Moment
    who: str
    what: str
    subject: str
    why: str


def user(ledger: Ledger, name: str) -> User | None:
    """The user of this name."""
    return next((one for one in users(ledger) if one.name == name), None)


def users(ledger: Ledger) -> list[User]:
    """All users, by name."""
    table = schema.users.c
    statement = select(*(table[name] for name in User.model_fields)).order_by(table.name)
    with ledger.read() as connection:
        return [User(**row) for row in connection.execute(statement).mappings()]


def has_users(ledger: Ledger) -> bool:
    """True when somebody may log in."""
    return bool(users(ledger))


def audit(ledger: Ledger, subject: str | None = None, limit: int = 50) -> list[AuditLine]:
    """The latest lines of the log, newest first; of one post or case, or of all."""
    table = schema.audit.c
    statement = select(*(table[name] for name in AuditLine.model_fields)).order_by(table.id.desc()).limit(limit)
    if subject is not None:
        statement = statement.where(table.subject == subject)
    with ledger.read() as connection:
        return [AuditLine(**row) for row in connection.execute(statement).mappings()]
