"""Compose the mail of a subscription."""

import hashlib
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.mail_headers import MAIL_POLICY
from core.records.subscription import Subscription
from core.text import one_line
from pipeline.context import Context, now
from pipeline.subscriptions.changes import HTML
from pipeline.subscriptions.due import request_of
from pipeline.subscriptions.links import unsubscribe_address
from reports.build.period import Interval
from reports.output.email import address
from reports.output.mail_html import Mail, MailLinks, render_mail, why_sent
from reports.requested import File, build, file_of


def compose(context: Context, one: Subscription, period: Interval, to: str) -> EmailMessage:
    """Compose a mail; the same subscription and period give the same Message-ID.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address, or the report does not exist any more.
    """
    sender, recipient = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM"), address(to, f"subscription {one.id}")
    subject, mail, attached = parts(context, one, period)
    made = EmailMessage(policy=MAIL_POLICY)
    made["From"], made["To"] = sender, recipient
    made["Subject"] = subject
    made["Date"] = format_datetime(now())
    made["Message-ID"] = _message_id(context, one, period)
    made["Auto-Submitted"] = "auto-generated"
    link = unsubscribe_address(context.settings, context.salt, one.id)
    made["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https://"):  # RFC 8058 allows one click by https only
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text, cte="quoted-printable")
    made.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    _alternative, html = made.iter_parts()
    for image in mail.images:
        html.add_related(
            image.png, "image", "png", cid=f"<{image.cid}>", filename=f"{image.cid[:8]}.png", disposition="inline"
        )
    if attached is not None:
        main, _, sub = attached.media_type.partition("/")
        made.add_attachment(attached.content, main, sub, filename=attached.name)
    made["Content-Language"] = one.language  # last: add_attachment moves content headers into the first part
    return made


def parts(context: Context, one: Subscription, period: Interval) -> tuple[str, Mail, File | None]:
    """Return subject, parts and attachment of a mail.

    Raises:
        ConfigurationError: the report does not exist any more.
    """
    request = request_of(one, period)
    document = build(context.city, context.settings, context.ledger, request, now())
    links = MailLinks(
        desk=f"{context.settings.desk_address}/reports",
        unsubscribe=unsubscribe_address(context.settings, context.salt, one.id),
    )
    attached = None if one.format == HTML else file_of(context.city, document, request, one.format)
    why = why_sent(one.language, None if one.address is None else one.owner)
    mail = render_mail(document, links, why, is_short=attached is not None)
    return one_line(f"{document.title}: {document.span}"), mail, attached


def _message_id(context: Context, one: Subscription, period: Interval) -> str:
    what = "\n".join([context.ledger.ledger_id, "subscription", one.id, period.key(context.city.zone)])
    domain = parseaddr(context.settings.mail_from)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(what.encode()).hexdigest()[:32]}@{domain}>"
