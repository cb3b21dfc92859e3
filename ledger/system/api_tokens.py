"""Store tokens of systems that read by the portal's interfaces.

Only a token's hash is stored. Making, revoking and using one are audited.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from core.errors import ChangeRefusedError
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing

USED_EVERY = timedelta(hours=1)
"""The least time between two writes of `used_at`: reading must not cost a write."""


class ApiToken(Record):
    """Hold a token: owner, scopes, and how long it is valid."""

    name: str
    digest: str
    scopes: frozenset[str]
    made_by: str
    made_at: UtcDatetime
    expires_at: UtcDatetime
    revoked_at: UtcDatetime | None = None
    used_at: UtcDatetime | None = None

    def is_valid(self, moment: datetime) -> bool:
        """Tell whether the token is neither revoked nor expired."""
        return self.revoked_at is None and moment < self.expires_at


def add(ledger: Ledger, token: ApiToken) -> None:
    """Store a new token and audit it.

    Raises:
        ChangeRefusedError: there is or was a token with this name.
    """
    row = token.model_dump() | {"scopes": " ".join(sorted(token.scopes))}
    with writing(ledger) as connection:
        statement = insert(connection, schema.api_tokens).values(row).on_conflict_do_nothing()
        if connection.execute(statement).rowcount != 1:
            raise ChangeRefusedError("There is or was a token with the name {name}: choose another name.", name=token.name)
        history.audit(connection, token.made_by, "api_token_made", token.name, row["scopes"], token.made_at)


def revoke(ledger: Ledger, name: str, who: str, now: datetime) -> bool:
    """Revoke a token; return False when it was revoked already.

    Raises:
        ChangeRefusedError: there is no token with this name.
    """
    table = schema.api_tokens
    with writing(ledger) as connection:
        if connection.execute(select(table.c.name).where(table.c.name == name)).first() is None:
            raise ChangeRefusedError("There is no token with the name {name}.", name=name)
        valid = (table.c.name == name) & table.c.revoked_at.is_(None)
        revoked = connection.execute(update(table).where(valid).values(revoked_at=now)).rowcount == 1
        if revoked:
            history.audit(connection, who, "api_token_revoked", name, "", now)
    return revoked


def find(ledger: Ledger, digest: str) -> ApiToken | None:
    """Return the token with this hash, valid or not, or None."""
    table = schema.api_tokens
    with ledger.read() as connection:
        row = connection.execute(select(table).where(table.c.digest == digest)).mappings().one_or_none()
    return None if row is None else _token(dict(row))


def list_tokens(ledger: Ledger) -> list[ApiToken]:
    """List all tokens, revoked ones too, by name."""
    table = schema.api_tokens
    with ledger.read() as connection:
        return [_token(dict(row)) for row in connection.execute(select(table).order_by(table.c.name)).mappings()]


def note_use(ledger: Ledger, token: ApiToken, what: str, subject: str, query: str, now: datetime) -> None:
    """Audit what a token read, and note that it is in use.

    Args:
        ledger: the open ledger.
        token: the token.
        what: how it read: `api_read` or `mcp_call`.
        subject: what it read.
        query: its filters.
        now: the current time.
    """
    table = schema.api_tokens
    unused = or_(table.c.used_at.is_(None), table.c.used_at <= now - USED_EVERY)
    with writing(ledger) as connection:
        connection.execute(update(table).where(table.c.name == token.name, unused).values(used_at=now))
        history.audit(connection, f"token:{token.name}", what, subject, query, now)


def _token(row: dict[str, object]) -> ApiToken:
    return ApiToken.model_validate(row | {"scopes": str(row["scopes"]).split()})
