"""Compose the mail that lists cases for a team or lead."""

import hashlib
from collections import defaultdict
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from babel.dates import format_datetime as format_local

from core.i18n.display_names import display_name
from core.i18n.translate import translator
from core.mail_headers import MAIL_POLICY
from core.quotes import quote_title
from core.records.read_models import CaseRecord
from core.text import one_line
from ledger import read
from ledger.delivery.case_mails import CaseMail
from pipeline.context import Context, now
from reports.output.email import address

ORDER = ("100", "80", "50", "reopened", "changed")
TITLE = 200
"""Most characters of a case's title."""


def compose(context: Context, mail: CaseMail, to: str) -> EmailMessage:
    """Compose a mail in the first language of the city.

    The same cases and audience give the same Message-ID, so that a mail program shows a mail that was sent twice only once.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    language = context.city.languages[0]
    _ = translator(language, "escucha")
    made = EmailMessage(policy=MAIL_POLICY)
    made["From"] = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM")
    made["To"] = address(to, f"[[departments]] of {mail.audience}")
    cases = len({key for key, _what in mail.items})
    name = mail.audience.partition(" ")[2]
    made["Subject"] = one_line(_("Escucha {city}: cases of {team} that need you: {n}").format(
        city=context.city.name, team=name, n=cases
    ))  # fmt: skip
    made["Date"] = format_datetime(now())
    made["Message-ID"] = _message_id(context, mail)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_text(context, mail, language))
    made["Content-Language"] = language
    return made


def _text(context: Context, mail: CaseMail, language: str) -> str:
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


def _by_urgency(mail: CaseMail) -> dict[str, list[str]]:
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
    title = quote_title(case.title, (case.source, *case.sources), TITLE) or display_name("topic", case.topic, language)
    line = _("- {title} (due {due}): {address}")
    return line.format(title=title, due=due, address=f"{context.settings.desk_address}/cases/{case.case_key}")


def _changes(context: Context, mail: CaseMail, case: CaseRecord, language: str) -> str:
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


def _message_id(context: Context, mail: CaseMail) -> str:
    what = f"{context.ledger.ledger_id}\n{mail.batch}"
    domain = parseaddr(context.settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
