"""Users of the desk: a name, a role, and the hash of a password that only its owner knows."""

from datetime import datetime

from ledger import schema
from ledger.open import Ledger
from ledger.upsert import insert


def set_user(ledger: Ledger, name: str, password_hash: str, role: str, now: datetime) -> None:
    """Make a user, or give one another password and role."""
    row = {"name": name, "password_hash": password_hash, "role": role, "made_at": now}
    with ledger.write() as connection:
        statement = insert(connection, schema.users).values(row)
        new = {"password_hash": statement.excluded.password_hash, "role": statement.excluded.role}
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))


def remove_user(ledger: Ledger, name: str) -> bool:
    """Remove a user; False when there is none of this name."""
    with ledger.write() as connection:
        return connection.execute(schema.users.delete().where(schema.users.c.name == name)).rowcount == 1
