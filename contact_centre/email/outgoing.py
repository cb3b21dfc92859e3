"""Send one message exactly once, as far as mail allows it."""

import smtplib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import make_msgid

from contact_centre import OutcomeUnknownError
from contact_centre.email.mailbox import Mailbox
from contact_centre.email.numbers import domain_of
from core.errors import ConfigurationError, EscuchaError, RefusedError, UnavailableError
from core.mail_headers import ATTEMPT, MAIL_POLICY
from core.runtime.deadline import cut_off
from core.runtime.failpoints import failpoint
from core.smtp import HAND_OVER_S, NO_ANSWER, PERMANENT
from core.text import one_line


@dataclass(frozen=True)
class Channel:
    """Hold both servers, and how long an attempt blocks the next one."""

    mailbox: Callable[[], AbstractContextManager[Mailbox]]
    server: Callable[[], AbstractContextManager[smtplib.SMTP]]
    settle: timedelta


def was_sent(box: Mailbox, own_id: str) -> bool:
    """Check whether our copy of the message has arrived."""
    found = box.fetch(box.search("HEADER", "Message-ID", f'"{own_id}"'), max_bytes=8_192)
    return any(message_from_bytes(one.content).get("Message-ID", "").strip() == own_id for one in found)


def send_once(channel: Channel, mail: EmailMessage, recipients: Sequence[str], sent: str) -> None:
    """Send the message unless our copy of it has arrived.

    Its Message-ID identifies it. An attempt is marked in our mailbox first. The copy goes to the same mailbox through the same mail server
    and in the same transaction as the department's, so it proves that the server took the message. Of two workers the one with the older
    mark sends. `sent` is the fail point passed once the server has the message.

    Raises:
        OutcomeUnknownError: an attempt within `settle` may still arrive, or the server gave no answer after taking the text.
        RefusedError: a server refuses the message or a recipient for good.
        UnavailableError: nothing was sent.
    """
    own_id = str(mail["Message-ID"])
    with channel.mailbox() as box:
        if was_sent(box, own_id):
            return
        mark = _mark(box, own_id, domain_of(str(mail["From"])))
        marks = _marks(box, own_id)
        others = [at for uid, at in marks.items() if uid < mark and marks[mark] - at < channel.settle]
        if others:
            box.remove(mark)
            raise OutcomeUnknownError(
                f"{own_id} was handed to the mail server at {min(others):%Y-%m-%d %H:%M} UTC or is being sent by another worker, and our "
                f"copy has not arrived: looked up again, and sent again {channel.settle.total_seconds() / 60:.0f} minutes after that"
            )
        if was_sent(box, own_id):  # by a worker that finished between our first look and our mark
            box.remove(mark)
            return
    failpoint("email.marked")
    try:
        with channel.server() as server:
            _submit(server, mail, recipients)
    except OutcomeUnknownError:
        raise
    except EscuchaError:
        with suppress(EscuchaError), channel.mailbox() as box:  # nothing was sent: the next attempt need not wait
            box.remove(mark)
        raise
    failpoint(sent)


def _mark(box: Mailbox, own_id: str, domain: str) -> int:
    """Leave a marker of this attempt; return its UID."""
    marker = EmailMessage(policy=MAIL_POLICY)
    marker["Message-ID"] = marker_id = make_msgid("attempt", domain)
    marker["Subject"], marker["From"], marker[ATTEMPT] = "Escucha: sending", f"escucha@{domain}", own_id
    marker.set_content("Escucha leaves this before it sends a message, so that no other attempt sends it again. Leave it here.")
    return box.add(marker.as_bytes(), marker_id)


def _marks(box: Mailbox, own_id: str) -> dict[int, datetime]:
    """Map the UID of each of this message's markers to its time.

    The time is the mail server's.
    """
    found = box.fetch(box.search("HEADER", ATTEMPT, f'"{own_id}"'), max_bytes=2_048)
    return {one.uid: one.received_at for one in found if message_from_bytes(one.content).get(ATTEMPT) == own_id}


def _submit(server: smtplib.SMTP, mail: EmailMessage, recipients: Sequence[str]) -> None:
    """Submit the message to all recipients or to none.

    Raises:
        ConfigurationError: the sender is refused.
        RefusedError: a recipient or the message is refused for good.
        OutcomeUnknownError: no answer after the text was sent.
        UnavailableError: the server asks to try again later, or is gone before it had the text.
    """
    try:
        with cut_off(HAND_OVER_S, lambda: [server.sock]):
            _answered("sender", server.mail(str(mail["From"])), ConfigurationError)
            for recipient in recipients:
                _answered(recipient, server.rcpt(recipient), RefusedError)
    except NO_ANSWER as error:
        raise UnavailableError(f"the mail server gave no answer before the text: {error}") from None
    try:
        with cut_off(HAND_OVER_S, lambda: [server.sock]):
            answer = server.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:  # refused before the text was sent
        answer = (error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode())
    except NO_ANSWER as error:
        raise OutcomeUnknownError(f"the mail server gave no answer after the text ({error}): looked up before the next try") from None
    _answered("the message", answer, RefusedError)


def _answered(what: str, answer: tuple[int, bytes], refusal: type[EscuchaError]) -> None:
    code, words = answer
    if code < 400:
        return
    text = f"the mail server says to {what}: {code} {one_line(words.decode('utf-8', 'replace'))}"
    raise refusal(text) if code >= PERMANENT else UnavailableError(text)
