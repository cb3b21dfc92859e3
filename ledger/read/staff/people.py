"""Query the users of the desk and the audit log."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, func, select

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger


class User(Record):
    """Hold a user of the desk."""

    name: str
    password_hash: str
    role: str
    disabled: bool = False
    mail: str | None = None
    """Address for mails about watched cases and saved views; None: no mails."""
    department: str | None = None
    """The one whose cases are listed as "my department"; None: not chosen."""


class AuditLine(Record):
    """Hold one audit entry: who did what, when and why."""

    at: UtcDatetime
    who: str
    what: str
    subject: str
    why: str


def user(ledger: Ledger, name: str) -> User | None:
    """Return the user with this name; None when there is none."""
    return next((one for one in users(ledger) if one.name == name), None)


def users(ledger: Ledger) -> list[User]:
    """List all users, by name."""
    table = schema.users.c
    statement = select(*(table[name] for name in User.model_fields)).order_by(table.name)
    with ledger.read() as connection:
        return [User(**row) for row in connection.execute(statement).mappings()]


def has_users(ledger: Ledger) -> bool:
    """Tell whether the desk has any user."""
    return bool(users(ledger))


class AuditFilters(TypedDict, total=False):
    """Describe filters for audit entries; None: not set."""

    who: str | None
    what: str | None
    subject: str | None
    since: datetime | None
    """At this moment or later."""
    until: datetime | None
    """Before this moment."""


def audit(
    ledger: Ledger, subject: str | None = None, limit: int | None = 50, offset: int = 0, filters: AuditFilters | None = None
) -> list[AuditLine]:
    """List the latest audit entries, newest first.

    Of one post or case (`subject`), or of all.
    """
    table = schema.audit.c
    columns = select(*(table[name] for name in AuditLine.model_fields))
    statement = _filtered(columns, {"subject": subject, **(filters or {})}).order_by(table.id.desc()).limit(limit).offset(offset)
    with ledger.read() as connection:
        return [AuditLine(**row) for row in connection.execute(statement).mappings()]


def audit_lines(ledger: Ledger, **filters: Unpack[AuditFilters]) -> Iterator[AuditLine]:
    """Yield all audit entries that match the filters, oldest first."""
    table = schema.audit.c
    statement = _filtered(select(*(table[name] for name in AuditLine.model_fields)), filters).order_by(table.id)
    with ledger.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(statement).mappings():
            yield AuditLine(**row)


def count_audit(ledger: Ledger, **filters: Unpack[AuditFilters]) -> int:
    """Count the audit entries that match the filters."""
    with ledger.read() as connection:
        return int(connection.execute(_filtered(select(func.count(schema.audit.c.id)), filters)).scalar_one())


def audit_choices(ledger: Ledger) -> tuple[list[str], list[str]]:
    """Return all actors and actions in the log, for its filters."""
    table = schema.audit.c
    with ledger.read() as connection:
        who, what = (list(connection.execute(select(column).distinct().order_by(column)).scalars()) for column in (table.who, table.what))
    return who, what


def _filtered(statement: Select[Any], filters: AuditFilters) -> Select[Any]:
    table = schema.audit.c
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    for name, value in given.items():
        if name == "since":
            statement = statement.where(table.at >= value)
        elif name == "until":
            statement = statement.where(table.at < value)
        else:
            statement = statement.where(table[name] == value)
    return statement
