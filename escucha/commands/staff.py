"""Run `escucha user` and `escucha audit`."""

import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.config.profile.tables import check_mail_address
from core.errors import ConfigurationError
from escucha.commands import command, option
from escucha.commands.common import print_line
from ledger import read
from ledger.database import Ledger
from pipeline import export
from pipeline.access import accounts
from pipeline.context import Context, open_context

ACTIONS: dict[str, tuple[Callable[[Ledger, str, str], object], str]] = {
    "disable": (lambda ledger, name, who: accounts.set_disabled(ledger, name, True, who), "disabled"),
    "enable": (lambda ledger, name, who: accounts.set_disabled(ledger, name, False, who), "may log in again"),
    "remove": (accounts.remove, "removed"),
    "revoke": (lambda ledger, name, who: accounts.revoke(ledger, name, None, who), "all sessions ended"),
}


@command(
    "user",
    "create a user of the desk, or change a password or role: reads the password from standard input. Every change ends the "
    "user's sessions and is audited. The last administrator cannot be disabled or removed.",
    option("name", nargs="?"),
    option("--role", choices=["reader", "agent", "lead", "admin"], help="default: agent; a known user keeps the role"),
    option("--mail", metavar="ADDRESS", help="set the address for mails about watched cases; empty: remove it"),
    option("--list", action="store_true", help="list users, roles and open sessions"),
    option("--disable", action="store_true", help="block the user's log-in"),
    option("--enable", action="store_true", help="allow the user to log in again"),
    option("--remove", action="store_true", help="remove the user; their actions stay in the audit log"),
    option("--revoke", action="store_true", help="end all sessions of the user"),
)
def user(a: Namespace) -> int:
    """Create, change, list, disable, enable or remove users, or end their sessions."""
    actions = [name for name in ACTIONS if getattr(a, name)]
    if a.list:
        if a.name or actions or a.role or a.mail is not None:
            raise ConfigurationError("user --list: takes no name and no other option")
    elif not a.name:
        raise ConfigurationError("user: give a NAME, or --list")
    if len(actions) + bool(a.role) + (a.mail is not None) > 1:
        raise ConfigurationError("user: give only one of --role, --mail, --disable, --enable, --remove and --revoke")
    with open_context(a.city, a.settings) as context:
        if a.list:
            return _list(context)
        if actions:
            act, done = ACTIONS[actions[0]]
            _must_exist(context, a.name)
            act(context.ledger, a.name, accounts.operator())
            print_line(f"user {a.name}: {done}")
            return 0
        if a.mail is not None:
            return _set_mail(context, a.name, a.mail)
        return _set(context, a.name, a.role)


def _set(context: Context, name: str, role: str | None) -> int:
    from desk.auth.users import set_user

    existing = read.user(context.ledger, name)
    role = role or (existing.role if existing else "agent")  # a new password alone must not change the role
    set_user(context.ledger, name, sys.stdin.readline().rstrip("\n"), role, context.city.name)
    print_line(f"user {name}: {role}")
    return 0


def _set_mail(context: Context, name: str, mail: str) -> int:
    _must_exist(context, name)
    try:
        accounts.set_mail(context.ledger, name, check_mail_address(mail) if mail else None, accounts.operator())
    except ValueError as error:
        raise ConfigurationError(f"user --mail: {mail!r} is {error}") from None
    print_line(f"user {name}: {mail or 'no mails'}")
    return 0


def _list(context: Context) -> int:
    for one in read.users(context.ledger):
        sessions = len(accounts.sessions_of(context, one.name))
        print_line(f"{one.name}  {one.role}  {'disabled' if one.disabled else 'may log in'}  sessions: {sessions}")
    return 0


def _must_exist(context: Context, name: str) -> None:
    if read.user(context.ledger, name) is None:
        raise ConfigurationError(f"user {name}: unknown user; `escucha user --list` shows all")


@command(
    "audit",
    "print the audit log: log-ins, users, roles, exports, erasures, work on cases. Printing it is logged, too. "
    "`escucha verify` checks that the log is complete and unchanged.",
    option("--who", help="only this user"),
    option("--what", help="only this kind of entry, such as login_failed"),
    option("--from", dest="since", metavar="DAY", help="from this day on, in the city's time zone, such as 2026-11-27"),
    option("--to", dest="until", metavar="DAY", help="until this day, inclusive"),
    option("--format", choices=["jsonl", "csv"], default="jsonl", help="CSV is safe against formula injection"),
)
def audit(a: Namespace) -> int:
    """Print the audit log, oldest first."""
    with open_context(a.city, a.settings) as context:
        since, until = _day(a.since, 0, context.city.zone), _day(a.until, 1, context.city.zone)
        filters: read.AuditFilters = {"who": a.who, "what": a.what, "since": since, "until": until}
        for line in export.audit(context.ledger, a.format, filters):
            sys.stdout.write(line)
        accounts.record_audit(context, "export", "audit", a.format)  # afterwards, so that the log does not grow while it is printed
    return 0


def _day(text: str | None, more: int, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=more)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"audit: {text} is not a date; write it as 2026-11-27") from None
    return datetime(day.year, day.month, day.day, tzinfo=zone)
