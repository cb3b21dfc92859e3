"""Define the commands about users and their actions."""

from escucha.arguments.common import Add
from escucha.commands import staff


def add_user(add: Add) -> None:
    """Add the command that manages users of the desk."""
    one = add(
        "user",
        "create a user of the desk, or change a password or role: reads the password from standard input. Every change ends the "
        "user's sessions and is audited. The last administrator cannot be disabled or removed.",
        staff.user,
    )
    one.add_argument("name", nargs="?")
    one.add_argument(
        "--role", choices=["reader", "agent", "lead", "admin"], help="default: agent; a known user keeps the role"
    )
    one.add_argument(
        "--mail", metavar="ADDRESS", help="set the address for mails about watched cases; empty: remove it"
    )
    one.add_argument("--list", action="store_true", help="list users, roles and open sessions")
    one.add_argument("--disable", action="store_true", help="block the user's log-in")
    one.add_argument("--enable", action="store_true", help="allow the user to log in again")
    one.add_argument("--remove", action="store_true", help="remove the user; their actions stay in the audit log")
    one.add_argument("--revoke", action="store_true", help="end all sessions of the user")


def add_audit(add: Add) -> None:
    """Add the command that prints the audit log."""
    one = add(
        "audit",
        "print the audit log: log-ins, users, roles, exports, erasures, work on cases. Printing it is logged, too. "
        "`escucha verify` checks that the log is complete and unchanged.",
        staff.audit,
    )
    one.add_argument("--who", help="only this user")
    one.add_argument("--what", help="only this kind of entry, such as login_failed")
    one.add_argument(
        "--from", dest="since", metavar="DAY", help="from this day on, in the city's time zone, such as 2026-11-27"
    )
    one.add_argument("--to", dest="until", metavar="DAY", help="until this day, inclusive")
    one.add_argument(
        "--format", choices=["jsonl", "csv"], default="jsonl", help="CSV is safe against formula injection"
    )
