"""Plan and compose the mails of subscriptions: the outbox's kind `subscription`."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

from core.errors import ConfigurationError
from core.records.outbox import MAIL, Due, OutboxKind, OutboxRow
from core.records.subscription import Subscription
from core.text import one_line
from ledger import read
from pipeline.context import Context, now
from pipeline.outbox.kinds import Letter, WaitError, WithdrawError
from pipeline.subscriptions.changes import HTML
from pipeline.subscriptions.due import due_period, request_of, waits_for
from pipeline.subscriptions.links import unsubscribe_address
from pipeline.subscriptions.receivers import receiver
from reports.build.period import Interval
from reports.output.email import begin
from reports.output.mail_html import Mail, MailLinks, render_mail, why_sent
from reports.requested import File, build, file_of

log = logging.getLogger("escucha")
KIND: OutboxKind = "subscription"
UNREAD_PAUSE = timedelta(minutes=4)
"""How long a mail waits for posts that are not read yet, before it looks again: a little less than its DAG takes to come back."""


def due(context: Context) -> Iterator[Due]:
    """Return the mail of the latest due period of each subscription."""
    for one in read.subscriptions(context.ledger, active_only=True):
        period = due_period(one, context.city.zone, now())
        if period is not None:
            bounds = {name: moment.isoformat() for name, moment in period.model_dump().items()}
            to = one.address or f"user {one.owner}"
            yield Due(subject=f"{one.id} {period.key(context.city.zone)}", receiver=to, channel=MAIL, data=bounds)


def compose(context: Context, row: OutboxRow) -> Letter:
    """Compose the mail of a period.

    Raises:
        WaitError: posts of its days are not read yet.
        WithdrawError: the subscription or its report is no more, or its owner may not have it.
    """
    one, period = read.subscription(context.ledger, row.subject.split(" ")[0]), Interval(**row.data)
    if one is None or one.state != "active":
        raise WithdrawError("the subscription was paused or ended")
    try:
        to = receiver(context.ledger, one)
        if unread := waits_for(context.ledger, one, period, context.city.zone, now()):
            why = f"{unread:,} posts of its days are not read yet"
            log.warning("subscription %s: %s: it waits for them", one.id, why)
            raise WaitError(now() + UNREAD_PAUSE, why)
        return mail_of(context, row.message_id, one, period, to)
    except ConfigurationError as error:  # no longer allowed, or not a mail: a retry alone would not help
        raise WithdrawError(str(error)) from None


def mail_of(context: Context, message_id: str, one: Subscription, period: Interval, to: str) -> EmailMessage:
    """Compose a mail.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address, or the report does not exist any more.
    """
    subject, mail, attached = parts(context, one, period)
    made = begin(context.settings, message_id, to, f"subscription {one.id}", subject, now())
    link = unsubscribe_address(context.settings, context.salt, one.id)
    made["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https://"):  # RFC 8058 allows one click by https only
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text, cte="quoted-printable")
    made.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    _alternative, html = made.iter_parts()
    for image in mail.images:
        html.add_related(image.png, "image", "png", cid=f"<{image.cid}>", filename=f"{image.cid[:8]}.png", disposition="inline")
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
        desk=f"{context.settings.desk_address}/reports", unsubscribe=unsubscribe_address(context.settings, context.salt, one.id)
    )
    attached = None if one.format == HTML else file_of(context.city, document, request, one.format)
    why = why_sent(one.language, None if one.address is None else one.owner)
    mail = render_mail(document, links, why, is_short=attached is not None)
    return one_line(f"{document.title}: {document.span}"), mail, attached
