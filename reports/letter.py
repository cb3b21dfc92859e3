"""The mail that carries a report: a short text, the page and the PDF attached."""

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from core.errors import ConfigurationError
from core.settings import Settings
from core.translate import translator
from reports.mail import one_line
from reports.write import Rendered


def compose(settings: Settings, report: Rendered, recipient: str, ledger_id: str) -> EmailMessage:
    """The mail; the same report, interval, language and recipient give the same Message-ID.

    Raises:
        ConfigurationError: recipient or sender is no mail address.
    """
    _ = translator(report.language, "reports")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(settings.mail_from, "ESCUCHA_MAIL_FROM")
    mail["To"] = _address(recipient, f"[reports.{report.name}] to")
    mail["Subject"] = f"{one_line(report.title)}: {report.span}"
    mail["Date"] = format_datetime(report.made_at)
    mail["Message-ID"] = _message_id(settings, report, recipient, ledger_id)
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = report.language
    more = _("The whole report is attached, as a page and as a PDF. All reports: {address}")
    mail.set_content(f"{report.summary}\n\n{more.format(address=f'{settings.desk_address}/reports')}\n")
    page, paper = report.page.read_text(encoding="utf-8"), report.pdf.read_bytes()
    mail.add_attachment(page, subtype="html", cte="base64", filename=f"{report.file_name}.html")
    mail.add_attachment(paper, maintype="application", subtype="pdf", filename=f"{report.file_name}.pdf")
    return mail


def _address(text: str, where: str) -> Address:
    """One address; nothing else fits into the header."""
    name, spec = parseaddr(text)
    try:
        if not text.isprintable() or "@" not in spec:
            raise ValueError(text)
        return Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError):
        raise ConfigurationError(f"{where}: {one_line(text)!r} is not a mail address") from None


def _message_id(settings: Settings, report: Rendered, recipient: str, ledger_id: str) -> str:
    """Always the same for the same mail, so that a reader's mail program shows it once; tells nobody the address."""
    what = "\n".join([ledger_id, report.name, report.interval_key, report.language, recipient.lower()])
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
