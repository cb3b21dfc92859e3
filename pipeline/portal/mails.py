"""Plan and compose the mails to citizens: the outbox's kind `citizen`.

They confirm the address, and tell a change or an answer. The address is decrypted for the mail alone.
"""

import hashlib
from collections.abc import Iterator, Sequence

from core.i18n.formats import format_time
from core.i18n.translate import translator
from core.privacy.pseudonyms import decrypt_contact
from core.records.outbox import MAIL, Due, OutboxKind, OutboxRow
from ledger import read
from ledger.citizens.news import CONFIRM, news
from ledger.database import Ledger
from pipeline.context import Context, now
from pipeline.outbox.kinds import Letter, NotDueError
from pipeline.portal import citizens
from reports.output.email import begin

KIND: OutboxKind = "citizen"
TO_OTHERS = "answered_to_others"
"""State of an answered case for a citizen who was not answered."""
ROOM = "portal"
"""Whose translations the mails use: they say what the pages say."""


def due(context: Context) -> Iterator[Due]:
    """Return a mail for each contact of whose report something is new."""
    for number, found in sorted(news(context.ledger).items()):
        subject = hashlib.sha256(repr((number, sorted(found))).encode()).hexdigest()[:32]
        items = tuple((number, what) for what in sorted(found))
        yield Due(subject=subject, receiver=number, channel=MAIL, items=items)


def compose(context: Context, row: OutboxRow) -> Letter:
    """Compose a mail in the language of the form.

    Raises:
        ConfigurationError: the sender or the recipient is not an e-mail address.
        NotDueError: the contact was erased.
    """
    contact = read.contact(context.ledger, number=row.receiver)
    if contact is None:
        raise NotDueError
    _ = translator(contact.language, ROOM)
    items = [what for _number, what in row.items]
    confirms = CONFIRM in items
    subject = _("Confirm your address: report {number}, {city}") if confirms else _("Your report {number}, {city}")
    said = subject.format(number=citizens.shown_number(contact.number), city=context.city.name)
    to = decrypt_contact(context.salt, contact.address)
    made = begin(context.settings, row.message_id, to, "contact of a report", said, now())
    if not confirms:
        made["List-Unsubscribe"] = f"<{citizens.mails_link(context, contact)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(_to_confirm(context, contact) if confirms else _news(context, items, contact))
    made["Content-Language"] = contact.language
    return made


def _to_confirm(context: Context, contact: read.Contact) -> str:
    _ = translator(contact.language, ROOM)
    text = _(
        "Someone gave this address with the report {number} to {city}. If it was you and you want a mail at each change, confirm it here:"
    )
    otherwise = _("Otherwise do nothing: the address is erased after two days, and no other mail is sent.")
    said = text.format(number=citizens.shown_number(contact.number), city=context.city.name)
    return f"{said}\n\n{citizens.mails_link(context, contact)}\n\n{otherwise}\n"


def _news(context: Context, items: Sequence[str], contact: read.Contact) -> str:
    """Return the steps and answers of a mail, with the links."""
    _ = translator(contact.language, ROOM)
    receipt = read.receipt(context.ledger, contact.number)
    parts = [_("News about your report {number}:").format(number=citizens.shown_number(contact.number))]
    if receipt is not None:
        parts += ["\n".join(lines)] if (lines := _steps(context, items, receipt, contact.language)) else []
        parts += _answers(context, items, receipt, contact.language)
    secret = citizens.secret_of(context, contact.number)
    link = f"{context.settings.portal_address}/case/{contact.number}/{secret}"
    parts.append(_("Your report: {address}").format(address=link))
    end = _("No more mails, and erase my address: {address}")
    parts.append(end.format(address=citizens.mails_link(context, contact)))
    return "\n\n".join(parts) + "\n"


def _steps(context: Context, items: Sequence[str], receipt: read.Receipt, language: str) -> list[str]:
    ids = {int(what.removeprefix("step ")) for what in items if what.startswith("step ")}
    words, ledger = state_words(language), context.ledger
    return [
        f"- {format_time(step.at, language, context.city.zone)}: {words[state_told(ledger, receipt.post_id, step.state)]}"
        for step in read.steps_of_report(context.ledger, receipt.post_id, ids)
    ]


def _answers(context: Context, items: Sequence[str], receipt: read.Receipt, language: str) -> list[str]:
    _ = translator(language, ROOM)
    keys = {what.removeprefix("answer ") for what in items if what.startswith("answer ")}
    given = [one for one in read.answers(context.ledger, post_id=receipt.post_id) if one.key in keys and one.text]
    asks = [_("The council needs something from you: reply on the page of your report.")]
    return [one.text for one in given] + (asks if any(one.asks for one in given) else [])


def state_told(ledger: Ledger, post_id: str, state: str) -> str:
    """Return the state of a case as one citizen reads it.

    TO_OTHERS: it was answered, but not to this one.
    """
    return TO_OTHERS if state == "answered" and read.answered_to_others(ledger, [post_id]) else state


def state_words(language: str) -> dict[str, str]:
    """Return what citizens read for each state of a case."""
    _ = translator(language, ROOM)
    return {
        "new": _("Received"),
        "assigned": _("With the responsible department"),
        "acknowledged": _("Receipt confirmed; the answer is still to come"),
        "answered": _("Answered; not finished yet"),
        TO_OTHERS: _("Others who reported the same were answered; not finished yet"),
        "resolved": _("Resolved"),
        "rejected": _("Closed without action by the council"),
        "merged": _("Duplicate"),
    }
