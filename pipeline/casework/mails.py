"""Plan and compose the mails about cases: the outbox's kind `staff`."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage

from babel.dates import format_datetime as format_local

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.quotes import quote_title
from core.records.case import WAITING
from core.records.outbox import MAIL, Due, OutboxKind, OutboxRow
from core.records.read_models import CaseRecord
from ledger import read
from pipeline.casework.due_items import address_of, due_items
from pipeline.context import Context, now
from pipeline.outbox.kinds import Letter, NotDueError
from reports.output.email import begin

KIND: OutboxKind = "staff"
ORDER = ("100", "80", "50", "reopened", "changed")
TITLE = 200
"""Most characters of a case's title."""


def due(context: Context) -> Iterator[Due]:
    """Return a mail for each audience with items not mailed yet."""
    for audience, found in sorted(due_items(context).items()):
        items = tuple(sorted(found))
        subject = hashlib.sha256(repr((audience, items)).encode()).hexdigest()[:32]
        yield Due(subject=subject, receiver=audience, channel=MAIL, items=items)


def compose(context: Context, row: OutboxRow) -> Letter:
    """Compose a mail in the first language of the city.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
        NotDueError: its cases were closed, or the profile has no such address any more.
    """
    to = address_of(context, row.receiver)
    items = tuple(one for one in row.items if _still_due(context, row.receiver, *one))
    if to is None or not items:
        raise NotDueError
    return mail_of(context, row.model_copy(update={"items": items}), to)


def _still_due(context: Context, audience: str, case_key: str, what: str) -> bool:
    """Tell whether an item is still worth a mail."""
    if audience.startswith("user "):
        _changed, revision, who = what.split(" ")
        return bool(read.changes_to_mail(context.ledger, case_key, who, int(revision)))
    case = read.case_record(context.ledger, case_key)
    return case is not None and case.state in WAITING


def mail_of(context: Context, row: OutboxRow, to: str) -> EmailMessage:
    """Compose the mail of these items.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    language = context.city.languages[0]
    _ = translator(language, "escucha")
    cases = len({key for key, _what in row.items})
    name = row.receiver.partition(" ")[2]
    subject = _("Escucha {city}: cases of {team} that need you: {n}").format(city=context.city.name, team=name, n=cases)
    made = begin(context.settings, row.message_id, to, f"[[departments]] of {row.receiver}", subject, now())
    made.set_content(_text(context, row, language))
    made["Content-Language"] = language
    return made


def _text(context: Context, mail: OutboxRow, language: str) -> str:
    _ = translator(language, "escucha")
    heads = {
        "100": _("The answer time has passed:"),
        "80": _("80 % of the answer time have passed:"),
        "50": _("50 % of the answer time have passed:"),
        "changed": _("Changed, and watched by you:"),
        "reopened": _("Closed, and reopened by a new post:"),
    }
    parts: list[str] = []
    for what, keys in _by_urgency(mail).items():
        found = [read.case_record(context.ledger, key) for key in keys]
        lines = [_line(context, case, language) + _changes(context, mail, case, language) for case in found if case]
        parts.append("\n".join([heads[what], *lines]))
    more = _("All cases: {address}").format(address=f"{context.settings.desk_address}/cases")
    return "\n\n".join([*parts, more]) + "\n"


def _by_urgency(mail: OutboxRow) -> dict[str, list[str]]:
    """Group the cases of a mail by their most urgent item."""
    said: dict[str, set[str]] = defaultdict(set)
    for key, what in mail.items:
        said[key].add(what.partition(" ")[0])
    found: dict[str, list[str]] = {what: [] for what in ORDER}
    for key, whats in sorted(said.items()):
        found[next(what for what in ORDER if what in whats)].append(key)
    return {what: keys for what, keys in found.items() if keys}


def _line(context: Context, case: CaseRecord, language: str) -> str:
    _ = translator(language, "escucha")
    due = _moment(context, case.due_at, language)
    title = quote_title(case, TITLE) or display_name("topic", case.topic, language)
    line = _("- {title} (due {due}): {address}")
    return line.format(title=title, due=due, address=f"{context.settings.desk_address}/cases/{case.case_key}")


def _changes(context: Context, mail: OutboxRow, case: CaseRecord, language: str) -> str:
    """Return the changes of a watched case, a line each.

    Empty in mails to teams and leads.
    """
    _ = translator(language, "escucha")
    watched = [what.split(" ") for key, what in mail.items if key == case.case_key and what.startswith("changed ")]
    lines = []
    for _changed, revision, who in watched:
        for one in read.changes_to_mail(context.ledger, case.case_key, who, int(revision)):
            said = _("Note") if one.kind == "note" else display_name(one.kind, one.what, language)
            lines.append(f"\n    {_moment(context, one.at, language)}: {said} ({one.who})")
    return "".join(lines)


def _moment(context: Context, moment: datetime, language: str) -> str:
    return format_local(moment.astimezone(context.city.zone), "d MMM y, HH:mm", locale=language)
