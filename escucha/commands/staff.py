"""What `escucha user` and `escucha audit` do."""

import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigurationError
from escucha.commands.handlers import print_line
from ledger import read
from ledger.database import Ledger
from pipeline import accounts, export
from pipeline.context import Context, open_context

ACTIONS: dict[str, tuple[Callable[[Ledger, str, str], object], str]] = {
    "disable": (lambda ledger, name, who: accounts.set_disabled(ledger, name, True, who), "disabled"),
    "enable": (lambda ledger, name, who: accounts.set_disabled(ledger, name, False, who), "may log in again"),
    "remove": (accounts.remove, "removed"),
    "revoke": (lambda ledger, name, who: accounts.revoke(ledger, name, None, who), "all sessions ended"),
}


def user(a: Namespace) -> int:
    """Make, change, list, disable, enable or remove users of the desk, or end their sessions."""
    asked = [name for name in ACTIONS if getattr(a, name)]
    if a.list:
        if a.name or asked or a.role:
            raise ConfigurationError("user --list: takes no name and nothing else")
    elif not a.name:
        raise ConfigurationError("user: give a NAME, or --list")
    if len(asked) > 1 or (asked and a.role):
        raise ConfigurationError("user: one thing at a time: --role, --disable, --enable, --remove or --revoke")
    with open_context(a.city, a.settings) as context:
        if a.list:
            return _list(context)
        if asked:
            act, done = ACTIONS[asked[0]]
            _must_exist(context, a.name)
            act(context.ledger, a.name, accounts.operator())
            print_line(f"user {a.name}: {done}")
            return 0
        return _set(context, a.name, a.role)


def _set(context: Context, name: str, role: str | None) -> int:
    from desk.auth.users import set_user

    known = read.user(context.ledger, name)
    role = role or (known.role if known else "agent")  # a new password alone must not change what somebody may do
    set_user(context.ledger, name, sys.stdin.readline().rstrip("\n"), role, context.city.name)
    print_line(f"user {name}: {role}")
    return 0


def _list(context: Context) -> int:
    for one in read.users(context.ledger):
        sessions = len(accounts.sessions_of(context, one.name))
        print_line(f"{one.name}  {one.role}  {'disabled' if one.disabled else 'may log in'}  sessions: {sessions}")
    return 0


def _must_exist(context: Context, name: str) -> None:
    if read.user(context.ledger, name) is None:
        raise ConfigurationError(f"user {name}: there is no such user (`escucha user --list`)")


def audit(a: Namespace) -> int:
    """Print the audit log, oldest first."""
    with open_context(a.city, a.settings) as context:
        since, until = _day(a.since, 0, context.city.zone), _day(a.until, 1, context.city.zone)
        filters: read.AuditFilters = {"who": a.who, "what": a.what, "since": since, "until": until}
        for line in export.audit(context.ledger, a.format, filters):
            sys.stdout.write(line)
        accounts.record_audit(
            context, "export", "audit", a.format
        )  # after: the log that is read does not grow meanwhile
    return 0


def _day(text: str | None, more: int, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=more)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"audit: {text} is no day; write it as 2026-11-27") from None
    return datetime(day.year, day.month, day.day, tzinfo=zone)
