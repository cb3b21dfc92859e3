"""Answer e-mails in their conversation, each once.

Escucha keeps no sender's address: the message is fetched from the mailbox again. The Message-ID of an answer is computed from its key,
and a copy goes to the mailbox, so that an answer that may have been sent is found there.
"""

import email
import hashlib
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses

from pydantic import Field, SecretStr

from collectors.mailbox import Options
from collectors.mailbox.client import ImapFolder, open_folder
from collectors.mailbox.message import ParsedMessage, parse_message
from collectors.parsing import RejectError
from core import smtp
from core.config import plugins
from core.config.city import City
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, SourceError, UnavailableError
from core.mail_headers import MAIL_POLICY
from core.records.answer import ReplyTarget
from core.runtime.deadline import cut_off
from core.text import one_line
from core.user_agent import user_agent

VARIABLE = "ESCUCHA_MAILBOX_SMTP_URL"
ADDRESS = r"[^\s<>\",;:@]+@[A-Za-z0-9.-]+"
MESSAGE_ID = re.compile(r"[!-~]+")
MAX_REFERENCES = 20
"""Ids of a long conversation that are kept: the first one and the last ones."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_MAILBOX_PASSWORD`, `ESCUCHA_MAILBOX_SMTP_URL` and `ESCUCHA_MAILBOX_FROM`."""

    mailbox_password: SecretStr
    """Password of the mailbox, or an app password."""
    mailbox_smtp_url: SecretStr
    """Server that sends: `smtps://user:password@host:465` or `smtp://user:password@host:587`."""
    mailbox_from: str = Field(pattern=f"^{ADDRESS}$")
    """Sender of the answers: an address whose mail arrives in the mailbox."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str:
    """Send the answer by e-mail, with a copy to the mailbox.

    Returns `mid:` and its Message-ID.
    """
    with _open(options, secrets) as folder:
        content, asked = _fetch(folder, options, target)
    recipient = _recipient(content, asked)
    if recipient == secrets.mailbox_from.lower():
        raise RefusedError("the message comes from the mailbox itself")
    mail = compose(city, secrets.mailbox_from, recipient, asked, text, key)
    with smtp.open_connection(secrets.mailbox_smtp_url, VARIABLE) as server:
        _hand_over(server, mail, [recipient, secrets.mailbox_from])
    return f"mid:{message_id(secrets.mailbox_from, key)}"


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, key: str) -> str | None:
    """Search the mailbox for the copy of the answer.

    Returns `mid:` and its Message-ID; None: it is not there.
    """
    own_id = message_id(secrets.mailbox_from, key)
    with _open(options, secrets) as folder:
        return f"mid:{own_id}" if folder.with_id(own_id) else None


def message_id(sender: str, key: str) -> str:
    """Compute the Message-ID of an answer, without its angle brackets."""
    return f"escucha-{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}"


def compose(city: City, sender: str, recipient: str, asked: ParsedMessage, text: str, key: str) -> EmailMessage:
    """Build the answer: plain text, in the conversation of the message.

    It is a person's answer, so it has no `Auto-Submitted`.
    """
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = f"Re: {one_line(asked.subject)}".strip()
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message_id(sender, key)}>"
    mail["In-Reply-To"] = f"<{asked.message_id}>"
    known = [one for one in asked.references if MESSAGE_ID.fullmatch(one) and one != asked.message_id]
    kept = [*known[:1], *known[1:][-MAX_REFERENCES:], asked.message_id]
    mail["References"] = " ".join(f"<{one}>" for one in kept)
    mail["User-Agent"] = user_agent(city)
    mail.set_content(text, cte="quoted-printable")
    return mail


def _fetch(folder: ImapFolder, options: Options, target: ReplyTarget) -> tuple[bytes, ParsedMessage]:
    """Fetch the message answered: its bytes, and what they hold."""
    own_id = target.native_id.rpartition("#")[0]
    if own_id.startswith("made:") or not MESSAGE_ID.fullmatch(own_id):
        raise RefusedError("the message has no Message-ID, so it cannot be found again: answer it in the mail program")
    uids = folder.with_id(own_id)
    for item in folder.fetch(uids, options.max_bytes) if uids else []:
        content = item["mail"].encode("latin-1")
        try:
            parsed = parse_message(content, cut=int(item["size"]) > len(content))
        except (RejectError, RecursionError):
            continue
        if parsed.unique_id == target.native_id:
            return content, parsed
    raise RefusedError(f"{folder.name}: the message is no longer in {options.folder}")


def _recipient(content: bytes, asked: ParsedMessage) -> str:
    """Return the address for the answer: the first `Reply-To`, else the sender."""
    wanted = str(email.message_from_bytes(content).get("Reply-To", ""))
    found = next((address for _, address in getaddresses([wanted]) if "@" in address), asked.address).lower()
    if not re.fullmatch(ADDRESS, found) or not found.isascii():
        raise RefusedError("the message has no sender's address that mail can be sent to")
    return found


def _hand_over(server: smtplib.SMTP, mail: EmailMessage, recipients: list[str]) -> None:
    """Send one e-mail; the server must accept each recipient first."""
    is_sending = False
    try:
        with cut_off(smtp.HAND_OVER_S, lambda: [server.sock]):
            _accepted(server.mail(mail["From"]))
            for recipient in recipients:
                _accepted(server.rcpt(recipient))
            is_sending = True
            _accepted(server.data(mail.as_bytes()))
    except smtplib.SMTPResponseException as error:  # DATA itself was refused
        _accepted((error.smtp_code, _bytes(error.smtp_error)))
        raise UnavailableError(f"the mail server answered {error.smtp_code}") from None
    except smtp.NO_ANSWER as error:
        kind = OutcomeUnknownError if is_sending else UnavailableError
        raise kind(f"the mail server disconnected: {error}") from None


def _accepted(answer: tuple[int, bytes]) -> None:
    code, words = answer[0], one_line(answer[1].decode("utf-8", "replace"))
    if code >= smtp.PERMANENT:
        raise RefusedError(f"the mail server refused the answer: {code} {words}")
    if code >= 400:
        raise UnavailableError(f"the mail server asks to try later: {code} {words}")
    if code < 200:
        raise OutcomeUnknownError(f"the mail server gave no usable answer: {code} {words}")


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@contextmanager
def _open(options: Options, secrets: Secrets) -> Iterator[ImapFolder]:
    password = secrets.mailbox_password.get_secret_value()
    address = (options.host, options.port, options.security)
    try:
        with open_folder(*address, options.user, password, options.folder, options.timeout_s) as folder:
            yield folder
    except SourceError as error:
        raise (ConfigurationError if error.fatal else UnavailableError)(str(error)) from None
