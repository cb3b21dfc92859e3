"""Compose the e-mail of a report, with page and PDF attached."""

from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.i18n.translate import translator
from core.mail_headers import MAIL_POLICY
from core.text import one_line
from reports.publish import Rendered


def compose(settings: Settings, report: Rendered, recipient: str, message_id: str, *, corrects: bool = False) -> EmailMessage:
    """Compose the e-mail; `corrects`: they have a provisional one.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    _ = translator(report.language, "reports")
    subject = f"{one_line(report.title)}: {report.span}"
    before = ""
    if report.is_provisional:
        subject = _("Provisional: {subject}").format(subject=subject)
    elif corrects:
        subject = _("Corrected: {subject}").format(subject=subject)
        before = _("This report replaces the provisional one of the same days: the posts that it missed have been read.") + "\n\n"
    mail = begin(settings, message_id, recipient, f"[reports.{report.name}] to", subject, report.made_at)
    more = _("The full report is attached, as an HTML page and as a PDF. All reports: {address}")
    mail.set_content(f"{before}{report.summary}\n\n{more.format(address=f'{settings.desk_address}/reports')}\n")
    # As bytes, so that line ends are not changed.
    html, paper, name = report.page.read_bytes(), report.pdf.read_bytes(), report.file_name
    mail.add_attachment(html, "text", "html", filename=f"{name}.html", params={"charset": "utf-8"})
    mail.add_attachment(paper, "application", "pdf", filename=f"{name}.pdf")
    mail["Content-Language"] = report.language  # last: add_attachment moves content headers into the first part
    return mail


def address(text: str, where: str) -> Address:
    """Parse exactly one address; anything else is refused, so headers stay safe."""
    found = HeaderRegistry()("to", text) if text.isprintable() else None
    addresses: tuple[Address, ...] = getattr(found, "addresses", ())
    if found is None or found.defects or len(addresses) != 1 or not addresses[0].domain:
        raise ConfigurationError(f"{where}: {one_line(text)!r} is not an e-mail address")
    return addresses[0]


def begin(settings: Settings, message_id: str, to: str, where: str, subject: str, at: datetime) -> EmailMessage:
    """Begin an e-mail with the headers that every one has.

    Args:
        settings: with the sender.
        message_id: of the outbox; at each attempt the same, by which a mail program shows a copy once.
        to: the address.
        where: what it was taken from, for the error.
        subject: in one line or more.
        at: time of the mail.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = address(settings.mail_from, "ESCUCHA_MAIL_FROM")
    mail["To"] = address(to, where)
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = id_header(settings, message_id)
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def id_header(settings: Settings, message_id: str) -> str:
    """Return the value of a Message-ID."""
    return f"<{message_id}@{parseaddr(settings.mail_from)[1].rpartition('@')[2]}>"
