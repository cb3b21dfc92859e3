"""Compose the notices of warnings: the outbox's kind `warning`.

A follow-up waits until the notice before it has left: the notices of a warning are one thread.
"""

from datetime import datetime, time, timedelta
from email.message import EmailMessage

from contact_centre.webhooks import message
from core.config.city import City
from core.i18n.translate import translator
from core.quotes import quote
from core.records.outbox import MAIL, WEBHOOK, Due, OutboxKind, OutboxRow
from core.text import one_line, sanitise
from ledger import read
from ledger.outbox.planning import message_id
from ledger.warnings import Receiver
from pipeline.context import Context, now
from pipeline.outbox.kinds import Event, Letter, WaitError, WithdrawError
from reports.document.warning_words import course, reason, title
from reports.output.email import begin, id_header

KIND: OutboxKind = "warning"
QUOTES, EXCERPT = 3, 200
"""Posts that a mail quotes, and characters of each."""


def receivers(city: City) -> tuple[Receiver, ...]:
    """Return who gets the notices of this profile: address and channel."""
    hooks = tuple((one.url, WEBHOOK + one.url) for one in city.webhooks) if city.warnings.webhooks else ()
    return (*((one, MAIL) for one in city.warnings.to), *hooks)


def due(context: Context) -> tuple[Due, ...]:  # noqa: ARG001  every kind takes it
    """Return nothing.

    A notice is planned in the transaction that changes its warning.
    """
    return ()


def compose(context: Context, row: OutboxRow) -> Letter:
    """Compose a notice for one receiver.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
        WaitError: it is a mail, and the quiet hours have begun.
        WithdrawError: the profile does not name the receiver any more.
    """
    number, sequence = map(int, row.subject.split(" "))
    warning = read.warning(context.ledger, number)
    notice = read.warning_notice(context.ledger, number, sequence)
    if warning is None or notice is None or (row.receiver, row.channel) not in receivers(context.city):
        raise WithdrawError("no longer in the profile")
    if row.channel != MAIL:
        return _event(context, row, notice, warning)
    until = quiet_until(context.city, now())
    if until is not None and notice.people < context.city.warnings.urgent_people:
        raise WaitError(until, "quiet hours")
    return mail_of(context, row, notice, warning)


def quiet_until(city: City, moment: datetime) -> datetime | None:
    """Return when the quiet hours end; None outside them."""
    if not city.warnings.quiet_hours:
        return None
    begin, end = (time.fromisoformat(one) for one in city.warnings.quiet_hours.split("-"))
    local = moment.astimezone(city.zone)
    over_midnight = begin >= end
    inside = (local.time() >= begin or local.time() < end) if over_midnight else begin <= local.time() < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and local.time() >= begin else 0)
    return datetime.combine(day, end, city.zone).astimezone(moment.tzinfo)


def mail_of(context: Context, row: OutboxRow, notice: read.WarningNotice, warning: read.EarlyWarning) -> EmailMessage:
    """Compose the mail of a notice in the city's first language.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    language, city = context.city.languages[0], context.city
    _ = translator(language, "escucha")
    heads = {"started": _("Warning"), "grew": _("The warning grows"), "ended": _("The warning has ended")}
    about = one_line(sanitise(title(warning, language)))
    subject = f"Escucha {city.name}: {heads[notice.change]}: {about}"
    mail = begin(context.settings, row.message_id, row.receiver, "[warnings] to", subject, now())
    if notice.sequence > 1:
        mail["In-Reply-To"] = mail["References"] = id_header(context.settings, _first_id(context, row))
    parts = [reason(warning, language), course(warning, city, language), *_quotes(context, warning)]
    parts.append(_("All posts: {address}").format(address=f"{context.settings.desk_address}/warnings/{warning.number}"))
    mail.set_content("\n\n".join(parts) + "\n")
    mail["Content-Language"] = language
    return mail


def _first_id(context: Context, row: OutboxRow) -> str:
    """Return the id of the first notice to the same receiver."""
    first = f"{row.thread} 1"
    for one in read.outbox(context.ledger, kind=KIND, subject=first, receiver=row.receiver):
        return one.message_id
    return message_id(context.ledger.ledger_id, KIND, first, row.receiver)


def _quotes(context: Context, warning: read.EarlyWarning) -> list[str]:
    posts = [read.post_record(context.ledger, one) for one in warning.shown]
    said = [quote(one, EXCERPT) for one in posts if one is not None]
    return [f"- {one}" for one in said if one][:QUOTES]


def _event(context: Context, row: OutboxRow, notice: read.WarningNotice, warning: read.EarlyWarning) -> Event:
    hook = next(hook for hook in context.city.webhooks if hook.url == row.receiver)
    body = message.warning_body(
        row.message_id,
        notice.change,
        warning.number,
        notice.sequence,
        notice.at,
        event_data(notice, warning),
        context.settings.desk_address,
    )
    return Event(hook, row.message_id, body)


def event_data(one: read.WarningNotice, warning: read.EarlyWarning) -> dict[str, object]:
    """Return the data of a webhook: numbers and names, no texts."""
    subject = "" if warning.kind == "emerging" else warning.subject
    return {
        "kind": warning.kind,
        "subject": subject,
        "started_at": warning.started_at.isoformat(),
        "people": one.people,
        "counted": warning.counted,
        "expected": warning.expected,
        "window_s": warning.window_s,
    }
