"""Store desk users: name, role and password hash.

A change of what a user may do ends all sessions of this user in the same transaction, and is audited there.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.errors import ChangeRefusedError
from ledger import saved_views, schema
from ledger.cases.history import entries as history
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.delivery.subscriptions import mails_of
from ledger.outbox import planning

LAST_ADMIN = "This is the last administrator who can log in: make another one first."


def set_user(ledger: Ledger, name: str, password_hash: str, role: str, now: datetime, who: str = ESCUCHA, *, new: bool = False) -> None:
    """Create a user, or set password and role of one.

    Raises:
        ChangeRefusedError: with `new`, when there is a user with this name; or it would leave no administrator.
    """
    row = {"name": name, "password_hash": password_hash, "role": role, "made_at": now, "disabled": False}
    with writing(ledger) as connection:
        made = connection.execute(insert(connection, schema.users).values(row).on_conflict_do_nothing()).rowcount == 1
        if made:
            history.audit(connection, who, "user_made", name, role, now)
            return
        if new:
            raise ChangeRefusedError("There is a user of this name already.")
        _change(connection, name, who, "password_changed", now, password_hash=password_hash, role=role)


def set_role(ledger: Ledger, name: str, role: str, who: str, now: datetime) -> None:
    """Change the role of a user.

    Raises:
        ChangeRefusedError: there is no such user, or it would leave no administrator.
    """
    with writing(ledger) as connection:
        _change(connection, name, who, "role_changed", now, role=role)


def set_password(ledger: Ledger, name: str, password_hash: str, who: str, now: datetime) -> None:
    """Change the password of a user.

    Raises:
        ChangeRefusedError: there is no such user.
    """
    with writing(ledger) as connection:
        _change(connection, name, who, "password_changed", now, password_hash=password_hash)


def set_mail(ledger: Ledger, name: str, mail: str | None, who: str, now: datetime) -> None:
    """Set the mail address of a user; None: remove it. Sessions go on.

    Raises:
        ChangeRefusedError: there is no such user.
    """
    with writing(ledger) as connection:
        _locked(connection, name)
        connection.execute(update(schema.users).where(schema.users.c.name == name).values(mail=mail))
        history.audit(connection, who, "mail_changed", name, mail or "", now)


def set_department(ledger: Ledger, name: str, department: str | None, who: str, now: datetime) -> None:
    """Set the department of a user; None: remove it. Sessions go on.

    Raises:
        ChangeRefusedError: there is no such user.
    """
    with writing(ledger) as connection:
        _locked(connection, name)
        connection.execute(update(schema.users).where(schema.users.c.name == name).values(department=department))
        history.audit(connection, who, "department_chosen", name, department or "", now)


def set_disabled(ledger: Ledger, name: str, disabled: bool, who: str, now: datetime) -> None:
    """Disable or enable a user.

    Raises:
        ChangeRefusedError: there is no such user, or it would leave no administrator.
    """
    what = "user_disabled" if disabled else "user_enabled"
    with writing(ledger) as connection:
        _change(connection, name, who, what, now, disabled=disabled)


def remove_user(ledger: Ledger, name: str, who: str, now: datetime) -> None:
    """Remove a user with alerts and private views; end the subscriptions.

    Shared views, history and audit entries stay.

    Raises:
        ChangeRefusedError: there is no such user, or it would leave no administrator.
    """
    with writing(ledger) as connection:
        user = _locked(connection, name)
        _keep_an_admin(connection, user, stays=False)
        end_sessions(connection, name)
        saved_views.drop_user(connection, name)
        _end_subscriptions(connection, name, who, now)
        connection.execute(schema.users.delete().where(schema.users.c.name == name))
        history.audit(connection, who, "user_removed", name, user.role, now)


def end_sessions(connection: Connection, name: str) -> int:
    """End all sessions of a user; return how many.

    Runs in the caller's transaction.
    """
    return connection.execute(schema.sessions.delete().where(schema.sessions.c.user == name)).rowcount


def _end_subscriptions(connection: Connection, name: str, who: str, now: datetime) -> None:
    """End the subscriptions of a removed user, and withdraw their mails."""
    table = schema.subscriptions
    mine = select(table.c.id).where(table.c.owner == name, table.c.state != "ended").order_by(table.c.id)
    ids = list(connection.execute(mine.with_for_update()).scalars())
    connection.execute(update(table).where(table.c.id.in_(ids)).values(state="ended"))
    planning.withdraw_waiting(connection, mails_of(ids), "its owner was removed", now)
    for one in ids:
        history.audit(connection, who, "subscription_ended", one, "its owner was removed", now)


def _change(connection: Connection, name: str, who: str, what: str, now: datetime, **new: Any) -> None:
    user = _locked(connection, name)
    role, disabled = new.get("role", user.role), new.get("disabled", user.disabled)
    _keep_an_admin(connection, user, stays=role == "admin" and not disabled)
    connection.execute(update(schema.users).where(schema.users.c.name == name).values(**new))
    end_sessions(connection, name)
    if role != user.role and what != "role_changed":
        history.audit(connection, who, "role_changed", name, f"{user.role} > {role}", now)
    history.audit(connection, who, what, name, f"{user.role} > {role}" if what == "role_changed" else "", now)


def _locked(connection: Connection, name: str) -> Row[Any]:
    # All rows, in one order: two administrators who remove each other at the same moment are serialised.
    users = schema.users
    rows = connection.execute(select(users).order_by(users.c.name).with_for_update()).all()
    found = next((row for row in rows if row.name == name), None)
    if found is None:
        raise ChangeRefusedError("there is no user {name}", name=name)
    return found


def _keep_an_admin(connection: Connection, user: Row[Any], stays: bool) -> None:
    if stays or user.role != "admin" or user.disabled:
        return
    users = schema.users.c
    others = select(users.name).where(users.role == "admin", ~users.disabled, users.name != user.name).limit(1)
    if connection.execute(others).first() is None:
        raise ChangeRefusedError(LAST_ADMIN)
