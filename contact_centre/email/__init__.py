"""Raise cases by e-mail to departments with only a mailbox.

One message a case, with one ticket number in its subject; replies are followed. Pitfalls of mail:
- it has no look-up and no answer once the server took a message: a copy goes to our own mailbox in the same transaction, and is
  looked for by its Message-ID, which depends on the case alone, before anything is sent;
- the copy may arrive late: each attempt is marked in that mailbox first, and blocks the next one for `settle_minutes`;
- anybody can write any sender: replies count only from the department's domain and `reply_domains`;
- holiday notices and delivery reports are no replies; a report that the case's message failed hands the case back to the desk.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import getaddresses, localtime

from pydantic import Field, SecretStr

from contact_centre import routing, ticket
from contact_centre.email.mailbox import Mailbox, open_mailbox
from contact_centre.email.numbers import domain_of, message_id, number_of
from contact_centre.email.outgoing import Channel, send_once
from contact_centre.email.replies import KIND, Event, EventKind, Meaning, closed_at, events_of, external_status_of
from core import records, smtp
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped
from core.errors import ConfigurationError, RefusedError
from core.i18n.translate import translator
from core.imap import Security
from core.mail_headers import MAIL_POLICY
from core.records.case import Case, ExternalStatus
from core.records.post import Post
from core.text import one_line

WORDS: dict[str, Meaning] = {"resuelto": "resolved", "resuelta": "resolved", "rechazado": "rejected", "contestado": "answered"}
ADDRESS = shaped(r"^[^\s@<>,\"]+@[^\s@<>,\"]+$", "not one e-mail address, such as 'atencion@example.org'")


class Options(records.Options):
    """Define `[contact_centre.options]` for `system = "email"`."""

    to: str = Field(pattern=ADDRESS)
    """Mailbox of departments that name none of their own (`[[departments]] queue`)."""
    sender: str = Field(pattern=ADDRESS)
    """The council's address that messages come from."""
    mailbox: str = Field(pattern=ADDRESS)
    """Address of our own mailbox, which gets a copy of each message and all replies."""
    imap_host: str = Field(min_length=1)
    """Name of the server of that mailbox."""
    imap_port: int = Field(993, ge=1, le=65535)
    """Its port: 993 with `tls`, 143 with `starttls`."""
    imap_security: Security = "tls"
    """`tls`, `starttls`, or `none` (only for a server on this machine: the password is sent in the clear)."""
    imap_user: str = Field(min_length=1)
    """User name of that mailbox."""
    imap_folder: str = Field("INBOX", pattern=shaped(r"^[\x20-\x7e]+$", "not the name of a folder of a mailbox, in plain letters: 'INBOX'"))
    """Folder that receives copies and replies, in ASCII."""
    reply_domains: tuple[str, ...] = ()
    """Further domains whose replies count, besides that of the department's address."""
    statuses: dict[str, Meaning] = Field(default_factory=lambda: dict(WORDS))
    """Words a department writes alone on a line, in lower case, and what they mean here."""
    reply_means: Meaning = "assigned"
    """What a reply without such a word means."""
    settle_minutes: int = Field(15, ge=0, le=1440)
    """How long a message that may have been sent is waited for before it is sent again with the same Message-ID."""
    timeout_s: float = Field(60, gt=0, le=600)
    """Seconds for one whole conversation with the mailbox."""


class Secrets(plugins.Secrets):
    """Read the addresses and passwords of both mail servers."""

    smtp_url: SecretStr
    """Server that messages are sent through, the same as for reports."""
    contact_mailbox_password: SecretStr
    """Password of the mailbox that gets copies and replies."""


def open_case(city: City, options: Options, secrets: Secrets, case: Case, posts: Sequence[Post], desk_url: str) -> str:
    """Return the case's ticket number; send the message when missing."""
    number, to = number_of(case.key), _recipient(city, options, case)
    body = f"{ticket.body(city, case, posts, desk_url)}\n\n{_how_to_reply(city, options, number)}"
    mail = _mail(options, to, f"[{number}] {ticket.subject(case)}", body, number, "case", "")
    send_once(_channel(options, secrets), mail, (to, options.mailbox), "email.posted")
    return number


def append(city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], note_key: str) -> None:
    """Send the new posts as a further message of the same thread.

    It reopens a ticket that was closed within `[triage] reopen_days`.
    """
    if not posts:  # erased before delivery: nothing is left to send
        return
    to, newest = _recipient(city, options, case), max(post.received_at for post in posts)
    with _mailbox(options, secrets) as box:
        events = _known_events(city, options, box, reference)
    closed = closed_at(events)
    window = timedelta(days=city.triage.reopen_days)
    kind: EventKind = "reopening" if closed is not None and routing.reopens(newest, closed, window) else "note"
    subject = f"Re: [{reference}] {ticket.subject(case)}"
    mail = _mail(options, to, subject, ticket.note(city, case, posts), reference, kind, note_key)
    send_once(_channel(options, secrets), mail, (to, options.mailbox), "email.commented")


def move(
    city: City, options: Options, secrets: Secrets, reference: str, case: Case, posts: Sequence[Post], desk_url: str, note_key: str
) -> None:
    """Tell the service to all mailboxes that know the ticket.

    The department that it belongs to now gets the whole case, if it has not had it. Only mailboxes of the profile are written to: a
    forged message in our mailbox must not add one.
    """
    to, text = _recipient(city, options, case), ticket.service_note(city, case)
    with _mailbox(options, secrets) as box:
        _known_events(city, options, box, reference)
        known = _recipients_so_far(box, reference) & set(routing.all_queues(city, options.to))
    if to not in known:
        text += f"\n\n{ticket.body(city, case, posts, desk_url)}\n\n{_how_to_reply(city, options, reference)}"
    recipients = sorted({*known, to})
    subject = f"Re: [{reference}] {ticket.subject(case)}"
    mail = _mail(options, ", ".join(recipients), subject, text, reference, "note", note_key)
    send_once(_channel(options, secrets), mail, (*recipients, options.mailbox), "email.moved")


def state(city: City, options: Options, secrets: Secrets, references: Sequence[str], since: datetime | None) -> dict[str, ExternalStatus]:
    """Return the state of the tickets that changed since then.

    `gone` when the mailbox has no message of a ticket, or its message came back undelivered.
    """
    found: dict[str, ExternalStatus] = {}
    with _mailbox(options, secrets) as box:
        for reference in references:
            status = external_status_of(_events(city, options, box, reference))
            if status is None:
                status = ExternalStatus(state="gone", updated_at=datetime.now(UTC))
            if since is None or status.state == "gone" or status.updated_at >= since.replace(microsecond=0):
                found[reference] = status
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Prove both logins, the folder, the sender and the recipients.

    The mail server accepts the addresses; nothing is sent.
    """
    recipients = routing.all_queues(city, options.to)
    if wrong := [one for one in recipients if not re.match(ADDRESS, one)]:
        raise ConfigurationError(f"queue '{wrong[0]}' is no mail address: with system = \"email\" each queue is a department's mailbox")
    with _mailbox(options, secrets) as box:
        messages = box.messages
    with smtp.open_connection(secrets.smtp_url) as server:
        for answer, what in [
            (server.mail(options.sender), options.sender),
            *((server.rcpt(one), one) for one in (*recipients, options.mailbox)),
        ]:
            if answer[0] >= smtp.PERMANENT:
                raise ConfigurationError(f"the mail server refuses {what}: {answer[0]} {one_line(answer[1].decode('utf-8', 'replace'))}")
        server.rset()
    return f"mail from {options.sender} to {', '.join(recipients)}; {messages} messages in {options.imap_folder} of {options.mailbox}"


def address(options: Options, reference: str) -> str:
    """Build a link that opens a new message about the ticket."""
    return f"mailto:{options.to}?subject=%5B{reference}%5D"


def _recipient(city: City, options: Options, case: Case) -> str:
    return routing.queue_of(city, case, options.to)


def _mail(options: Options, to: str, subject: str, body: str, number: str, kind: EventKind, note_key: str) -> EmailMessage:
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"], mail["To"], mail["Reply-To"], mail["Subject"] = options.sender, to, options.mailbox, subject
    mail["Date"] = localtime()
    mail["Message-ID"] = message_id(number, note_key, options.sender)
    if note_key:
        mail["In-Reply-To"] = mail["References"] = message_id(number, "", options.sender)
    mail["Auto-Submitted"], mail[KIND] = "auto-generated", kind
    mail.set_content(body, cte="base64")
    return mail


def _how_to_reply(city: City, options: Options, number: str) -> str:
    _ = translator((*city.languages, "en")[0], "contact_centre")
    words = ", ".join(word.upper() for word in options.statuses)
    text = _("Keep [{number}] in the subject when you reply. To change the state, write one of these words alone on a line: {words}.")
    return text.format(number=number, words=words)


def _mailbox(options: Options, secrets: Secrets) -> AbstractContextManager[Mailbox]:
    password = secrets.contact_mailbox_password.get_secret_value()
    where = (options.imap_host, options.imap_port, options.imap_security)
    return open_mailbox(*where, options.imap_user, password, options.imap_folder, options.timeout_s)


def _channel(options: Options, secrets: Secrets) -> Channel:
    settle = timedelta(minutes=options.settle_minutes)
    return Channel(lambda: _mailbox(options, secrets), lambda: smtp.open_connection(secrets.smtp_url), settle)


def _known_events(city: City, options: Options, box: Mailbox, number: str) -> list[Event]:
    """Read what happened to a ticket.

    Raises:
        RefusedError: the mailbox has no message of it, or its message came back.
    """
    events = _events(city, options, box, number)
    status = external_status_of(events)
    if status is None or status.state == "gone":
        raise RefusedError(f"ticket {number} is not in the mailbox {options.mailbox}: the desk shows the case and its new posts")
    return events


def _recipients_so_far(box: Mailbox, number: str) -> set[str]:
    """Return who was sent messages of a ticket, as their headers say."""
    found = box.fetch(box.search("HEADER", "Message-ID", f'"{number}"'), max_bytes=8_192)
    ours = [one for one in (message_from_bytes(each.content) for each in found) if number.lower() in one.get("Message-ID", "")]
    return {address for _, address in getaddresses([one.get("To", "") for one in ours]) if address}


def _events(city: City, options: Options, box: Mailbox, number: str) -> list[Event]:
    quoted = f'"{number}"'
    uids = box.search("OR", "HEADER", "Subject", quoted, "OR", "HEADER", "References", quoted, "HEADER", "In-Reply-To", quoted)
    ours = box.search("OR", "HEADER", "Message-ID", quoted, "HEADER", "X-Escucha-Attempt", quoted)
    reports = box.search("HEADER", "Content-Type", '"delivery-status"', "TEXT", quoted)
    domains = {domain_of(one) for one in (*routing.all_queues(city, options.to), *options.reply_domains, options.sender)}
    domains |= {one.lower() for one in options.reply_domains}
    found = box.fetch(sorted({*uids, *ours, *reports}))
    return events_of(found, number, options.sender, frozenset(domains), options.statuses, options.reply_means)
