"""Send the notices of warnings by mail and signed webhook.

A kill between the hand-over and its record sends a notice again, with the same Message-ID or event id. A follow-up waits until the
notice before it has left.
"""

import hashlib
import logging
from collections import Counter
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from contact_centre.webhooks import message
from contact_centre.webhooks.outcome import ATTEMPTS, EventOutcome, outcome_of, pause_after
from contact_centre.webhooks.sending import post
from core.config.city import City
from core.config.profile.webhooks import signing_keys
from core.errors import ConfigurationError, EscuchaError, OutcomeUnknownError, UnavailableError
from core.i18n.translate import translator
from core.mail_headers import MAIL_POLICY
from core.quotes import quote
from core.runtime.failpoints import failpoint
from core.smtp import send
from core.text import one_line, sanitise
from ledger import leases, read, warnings as stored
from ledger.warnings import LEASE_NAME, NoticeDelivery
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from reports.document.warning_words import course, reason, title
from reports.output.email import address

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)
MAIL, WEBHOOK = "mail ", "webhook "
QUOTES, EXCERPT = 3, 200
"""Posts that a mail quotes, and characters of each."""


def receivers(city: City) -> tuple[str, ...]:
    """Return who gets the notices of this profile."""
    hooks = tuple(WEBHOOK + one.url for one in city.webhooks) if city.warnings.webhooks else ()
    return (*(MAIL + one for one in city.warnings.to), *hooks)


def send_notices(context: Context) -> Counts:
    """Send what is due; a failure waits and stops no other notice."""
    counts: Counter[str] = Counter()
    wanted, rests = receivers(context.city), dict[str, datetime]()
    for one in stored.due(context.ledger, now()):
        if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
            break  # it expired meanwhile: another process goes on
        warning = read.warning(context.ledger, one.warning)
        if one.receiver not in wanted or warning is None:
            stored.settle(context.ledger, one, "dead", "no longer in the profile", now())
            continue
        counts[_deliver(context, one, warning, rests)] += 1
    return dict(counts)


def _deliver(context: Context, one: NoticeDelivery, warning: read.EarlyWarning, rests: dict[str, datetime]) -> str:
    """Send one notice; return the count it adds to.

    `rests`: until when receivers asked in this run for a pause.
    """
    if one.receiver in rests:
        stored.delay(context.ledger, one, rests[one.receiver])
        return "notices_delayed"
    if one.receiver.startswith(MAIL):
        until = quiet_until(context.city, now())
        if until is not None and one.people < context.city.warnings.urgent_people:
            stored.delay(context.ledger, one, until)
            return "notices_delayed"
        if context.settings.smtp_url is None:
            log.info("warn: nothing is mailed: ESCUCHA_SMTP_URL is not set")
            return "notices_delayed"
    found = _mail(context, one, warning) if one.receiver.startswith(MAIL) else _post(context, one, warning)
    failpoint("warn.sent")
    if found.meaning == "accepted":
        stored.settle(context.ledger, one, "sent", "", now())
        return "notices_sent"
    log.warning("warn: %s: %s", one.receiver, found.reason)
    last = one.attempt + 1 >= ATTEMPTS or found.meaning == "gone"
    again = None if last else now() + max(found.asked or timedelta(0), pause_after(one.attempt + 1, 0.5))
    if found.asked is not None and again is not None:
        rests[one.receiver] = again
    stored.settle(context.ledger, one, "dead" if last else "pending", found.reason, now(), again)
    return "notices_dead" if last else "notices_delayed"


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


def _mail(context: Context, one: NoticeDelivery, warning: read.EarlyWarning) -> EventOutcome:
    try:
        send(context.settings.smtp_url, compose(context, one, warning))
    except EscuchaError as error:
        return EventOutcome("refused", str(error))
    return EventOutcome("accepted", "")


def compose(context: Context, one: NoticeDelivery, warning: read.EarlyWarning) -> EmailMessage:
    """Compose the mail of a notice in the city's first language.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    language, city = context.city.languages[0], context.city
    _ = translator(language, "escucha")
    heads = {"started": _("Warning"), "grew": _("The warning grows"), "ended": _("The warning has ended")}
    about = one_line(sanitise(title(warning, language)))
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM")
    mail["To"] = address(one.receiver.removeprefix(MAIL), "[warnings] to")
    mail["Subject"] = one_line(f"Escucha {city.name}: {heads[one.change]}: {about}")
    mail["Date"] = format_datetime(now())
    domain = parseaddr(context.settings.mail_from)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{_event_id(context, one)}@{domain}>"
    if one.sequence > 1:
        first = one.model_copy(update={"sequence": 1})
        mail["In-Reply-To"] = mail["References"] = f"<{_event_id(context, first)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [reason(warning, language), course(warning, city, language), *_quotes(context, warning)]
    parts.append(_("All posts: {address}").format(address=f"{context.settings.desk_address}/warnings/{warning.number}"))
    mail.set_content("\n\n".join(parts) + "\n")
    mail["Content-Language"] = language
    return mail


def _quotes(context: Context, warning: read.EarlyWarning) -> list[str]:
    posts = [read.post_record(context.ledger, one) for one in warning.shown]
    said = [quote(one, EXCERPT) for one in posts if one is not None]
    return [f"- {one}" for one in said if one][:QUOTES]


def _post(context: Context, one: NoticeDelivery, warning: read.EarlyWarning) -> EventOutcome:
    """Post a signed event."""
    hook = next(hook for hook in context.city.webhooks if WEBHOOK + hook.url == one.receiver)
    event_id = _event_id(context, one)
    body = message.warning_body(
        event_id,
        one.change,
        warning.number,
        one.sequence,
        one.at,
        event_data(one, warning),
        context.settings.desk_address,
    )
    try:
        response = post(hook, body, message.headers(event_id, body, signing_keys(hook), now()))
    except (UnavailableError, OutcomeUnknownError, ConfigurationError) as error:
        return EventOutcome("refused", str(error))
    return outcome_of(response.status_code, response.headers.get("retry-after"), now())


def event_data(one: NoticeDelivery, warning: read.EarlyWarning) -> dict[str, object]:
    """Return the data of a webhook: numbers and names, no texts."""
    subject = "" if warning.kind == "emerging" else warning.subject
    return {
        "kind": warning.kind, "subject": subject, "started_at": warning.started_at.isoformat(), "people": one.people,
        "counted": warning.counted, "expected": warning.expected, "window_s": warning.window_s,
    }  # fmt: skip


def _event_id(context: Context, one: NoticeDelivery) -> str:
    what = f"{context.ledger.ledger_id}\nwarning {one.warning} {one.sequence} {one.receiver}"
    return f"warn_{hashlib.sha256(what.encode()).hexdigest()[:32]}"
