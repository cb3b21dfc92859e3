"""Compose the mails to citizens: confirm the address, a change, an answer."""

import hashlib
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.i18n.formats import format_time
from core.i18n.translate import translator
from core.mail_headers import MAIL_POLICY
from core.privacy.pseudonyms import decrypt_contact
from core.text import one_line
from ledger import read
from ledger.delivery.contact_mails import CONFIRM, ContactMail
from pipeline.context import Context, now
from pipeline.portal import citizens
from reports.output.email import address

ROOM = "portal"
"""Whose translations the mails use: they say what the pages say."""


def compose(context: Context, mail: ContactMail, contact: read.Contact) -> EmailMessage:
    """Compose a mail in the language of the form.

    The same contact and items give the same Message-ID, so that a mail program shows a mail that was sent twice only once.

    Raises:
        ConfigurationError: the sender or the recipient is not an e-mail address.
    """
    _ = translator(contact.language, ROOM)
    made = EmailMessage(policy=MAIL_POLICY)
    made["From"] = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM")
    made["To"] = address(decrypt_contact(context.salt, contact.address), "contact of a report")
    confirms = CONFIRM in mail.items
    subject = _("Confirm your address: report {number}, {city}") if confirms else _("Your report {number}, {city}")
    number = citizens.shown_number(contact.number)
    made["Subject"] = one_line(subject.format(number=number, city=context.city.name))
    made["Date"] = format_datetime(now())
    made["Message-ID"] = _message_id(context, mail)
    made["Auto-Submitted"] = "auto-generated"
    if not confirms:
        made["List-Unsubscribe"] = f"<{citizens.mails_link(context, contact)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(_to_confirm(context, contact) if confirms else _news(context, mail, contact))
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


def _news(context: Context, mail: ContactMail, contact: read.Contact) -> str:
    """Return the steps and answers of a mail, with the links."""
    _ = translator(contact.language, ROOM)
    receipt = read.receipt(context.ledger, contact.number)
    parts = [_("News about your report {number}:").format(number=citizens.shown_number(contact.number))]
    if receipt is not None:
        parts += ["\n".join(lines)] if (lines := _steps(context, mail, receipt, contact.language)) else []
        parts += _answers(context, mail, receipt, contact.language)
    secret = citizens.secret_of(context, contact.number)
    link = f"{context.settings.portal_address}/case/{contact.number}/{secret}"
    parts.append(_("Your report: {address}").format(address=link))
    end = _("No more mails, and erase my address: {address}")
    parts.append(end.format(address=citizens.mails_link(context, contact)))
    return "\n\n".join(parts) + "\n"


def _steps(context: Context, mail: ContactMail, receipt: read.Receipt, language: str) -> list[str]:
    ids = {int(what.removeprefix("step ")) for what in mail.items if what.startswith("step ")}
    words = state_words(language)
    return [
        f"- {format_time(step.at, language, context.city.zone)}: {words[step.state]}"
        for step in read.steps_of_report(context.ledger, receipt.post_id, ids)
    ]


def _answers(context: Context, mail: ContactMail, receipt: read.Receipt, language: str) -> list[str]:
    _ = translator(language, ROOM)
    keys = {what.removeprefix("answer ") for what in mail.items if what.startswith("answer ")}
    given = [one for one in read.answers(context.ledger, post_id=receipt.post_id) if one.key in keys and one.text]
    asks = [_("The council needs something from you: reply on the page of your report.")]
    return [one.text for one in given] + (asks if any(one.asks for one in given) else [])


def state_words(language: str) -> dict[str, str]:
    """Return what citizens read for each state of a case."""
    _ = translator(language, ROOM)
    return {
        "new": _("Received"),
        "assigned": _("With the responsible department"),
        "acknowledged": _("Receipt confirmed; the answer is still to come"),
        "answered": _("Answered; not finished yet"),
        "resolved": _("Resolved"),
        "rejected": _("Closed without action by the council"),
        "merged": _("Duplicate"),
    }


def _message_id(context: Context, mail: ContactMail) -> str:
    what = f"{context.ledger.ledger_id}\n{mail.batch}"
    domain = parseaddr(context.settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
