"""Mails a report over SMTP: a short text, the page and the PDF attached."""

import hashlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from core.errors import ConfigurationError, UnavailableError
from core.settings import Settings
from reports.write import Rendered

TIMEOUT_S = 30


def compose(settings: Settings, report: Rendered, recipient: str) -> EmailMessage:
    """The mail; the same report, interval and recipient give the same Message-ID."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = Address(addr_spec=_plain(recipient))
    mail["Subject"] = _plain(report.title)
    mail["Date"] = format_datetime(report.made_at)
    mail["Message-ID"] = f"<{report.name}.{report.interval_key}.{report.language}.{_digest(recipient)}@escucha>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{report.summary}\n\n{settings.desk_address}/\n")
    mail.add_attachment(report.page.read_bytes(), maintype="text", subtype="html", filename=report.page.name)
    mail.add_attachment(report.pdf.read_bytes(), maintype="application", subtype="pdf", filename=report.pdf.name)
    return mail


def send(settings: Settings, mail: EmailMessage) -> None:
    """Hand the mail to the server.

    Raises:
        ConfigurationError: ESCUCHA_SMTP_URL is wrong, or the server refuses login, sender or recipient for good.
        UnavailableError: the server does not answer now, or asks to try again later.
    """
    url = urlsplit(settings.smtp_url.get_secret_value() if settings.smtp_url else "")
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ConfigurationError(
            "ESCUCHA_SMTP_URL: write smtp://host:25, smtp://user:password@host:587 or smtps://user:password@host:465"
        )
    try:
        with _connection(url.scheme, url.hostname, url.port) as server:
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(mail)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise ConfigurationError(f"mail to {mail['To']}: {url.hostname} refuses: {error}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise UnavailableError(f"mail to {mail['To']}: {url.hostname}: {error}") from None


def _connection(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_S)
    server.ehlo()
    return server


def _plain(text: str) -> str:
    """One line: no header can be smuggled in."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _digest(recipient: str) -> str:
    """The recipient's share of the Message-ID, without the address."""
    return hashlib.sha256(recipient.lower().encode()).hexdigest()[:16]
