"""The mail that carries a report: a short text, the page and the PDF attached."""

import hashlib
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.i18n.translate import translator
from reports.output.smtp import one_line
from reports.publish import Rendered


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
    more = _("The whole report is attached, as a page and as a PDF. All reports: {address}")
    mail.set_content(f"{report.summary}\n\n{more.format(address=f'{settings.desk_address}/reports')}\n")
    # As bytes: the page arrives as it was written, to the last line end.
    html, paper, name = report.page.read_bytes(), report.pdf.read_bytes(), report.file_name
    mail.add_attachment(html, "text", "html", filename=f"{name}.html", params={"charset": "utf-8"})
    mail.add_attachment(paper, "application", "pdf", filename=f"{name}.pdf")
    mail["Content-Language"] = report.language  # last: content takes such headers with it into its own part
    return mail


def _address(text: str, where: str) -> Address:
    """The one address this text is; nothing else fits into the header."""
    found = HeaderRegistry()("to", text) if text.isprintable() else None
    addresses: tuple[Address, ...] = getattr(found, "addresses", ())
    if found is None or found.defects or len(addresses) != 1 or not addresses[0].domain:
        raise ConfigurationError(f"{where}: {one_line(text)!r} is not a mail address")
    return addresses[0]


def _message_id(settings: Settings, report: Rendered, recipient: str, ledger_id: str) -> str:
    """Always the same for the same mail, so that a reader's mail program shows it once; tells nobody the address."""
    what = "\n".join([ledger_id, report.name, report.interval_key, report.language, recipient.lower()])
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
