"""Begin a mail with the headers that every mail has."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.mail_headers import MAIL_POLICY
from core.text import one_line
from pipeline.context import Context, now
from reports.output.email import address


def begin(
    context: Context, message_id: str, to: str, where: str, subject: str, at: datetime | None = None
) -> EmailMessage:
    """Begin a mail; the same message has the same Message-ID at each attempt.

    Args:
        context: with the sender.
        message_id: of the outbox.
        to: the address.
        where: what it was taken from, for the error.
        subject: in one line or more.
        at: time of the mail; None: now.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    made = EmailMessage(policy=MAIL_POLICY)
    made["From"] = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM")
    made["To"] = address(to, where)
    made["Subject"] = one_line(subject)
    made["Date"] = format_datetime(at or now())
    made["Message-ID"] = id_header(context, message_id)
    made["Auto-Submitted"] = "auto-generated"
    return made


def id_header(context: Context, message_id: str) -> str:
    """Return the value of a Message-ID."""
    return f"<{message_id}@{parseaddr(context.settings.mail_from)[1].rpartition('@')[2]}>"
