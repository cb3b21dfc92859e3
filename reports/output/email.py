"""Compose the e-mail of a report, with page and PDF attached."""

import hashlib
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.i18n.translate import translator
from core.mail_headers import MAIL_POLICY
from core.text import one_line
from reports.publish import Rendered


def compose(settings: Settings, report: Rendered, recipient: str, ledger_id: str) -> EmailMessage:
    """Compose the e-mail.

    The same report, interval, language and recipient give the same Message-ID.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    _ = translator(report.language, "reports")
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = address(settings.mail_from, "ESCUCHA_MAIL_FROM")
    mail["To"] = address(recipient, f"[reports.{report.name}] to")
    mail["Subject"] = f"{one_line(report.title)}: {report.span}"
    mail["Date"] = format_datetime(report.made_at)
    mail["Message-ID"] = _message_id(settings, report, recipient, ledger_id)
    mail["Auto-Submitted"] = "auto-generated"
    more = _("The full report is attached, as an HTML page and as a PDF. All reports: {address}")
    mail.set_content(f"{report.summary}\n\n{more.format(address=f'{settings.desk_address}/reports')}\n")
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


def _message_id(settings: Settings, report: Rendered, recipient: str, ledger_id: str) -> str:
    """Return a deterministic Message-ID that does not reveal the address.

    A mail program thus shows a message that was sent twice only once.
    """
    what = "\n".join([ledger_id, report.name, report.interval_key, report.language, recipient.lower()])
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
