"""Send the messages of alerts by mail and signed webhook.

A kill between the hand-over and its record sends a message again, with the same Message-ID or event id.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from babel.numbers import format_decimal

from contact_centre.webhooks import message
from contact_centre.webhooks.outcome import ATTEMPTS, EventOutcome, outcome_of, pause_after
from contact_centre.webhooks.sending import post
from core.config.profile.webhooks import Webhook, signing_keys
from core.errors import ConfigurationError, EscuchaError, OutcomeUnknownError, UnavailableError
from core.i18n.display_names import display_name
from core.i18n.translate import translations, translator
from core.mail_headers import MAIL_POLICY
from core.records.post import PRIVATE_SOURCES
from core.records.read_models import PostRecord
from core.runtime.failpoints import failpoint
from core.smtp import send
from core.text import one_line, sanitise
from ledger import leases, read, saved_views as stored
from ledger.read import SavedView, ViewAlert
from ledger.saved_views import LEASE_NAME, DueMessage
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from reports.output.email import address

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)
MAIL, WEBHOOK = "mail", "webhook "
MAIL_SERVER = "mail server"
EXCERPT = 160
LEADS = frozenset({"lead", "admin"})
"""Roles that may tell a webhook."""
GONE = "the alert was removed or paused, or its account is disabled or may not tell its channel"


def receiver_of(context: Context, alert: ViewAlert) -> str | Webhook | None:
    """Return the mail address or webhook of an alert.

    None: it tells nothing now, because it is paused, its account is disabled or gone, or its channel is no longer there or is one that
    only leads and administrators may tell.
    """
    user = read.user(context.ledger, alert.owner)
    if alert.paused or (user is None and read.has_users(context.ledger)) or (user is not None and user.disabled):
        return None
    if alert.channel == MAIL:
        return None if user is None else user.mail
    if user is not None and user.role not in LEADS:
        return None
    return next((one for one in context.city.webhooks if WEBHOOK + one.url == alert.channel), None)


def send_messages(context: Context) -> Counts:
    """Send what is due; a failure waits and stops no other receiver."""
    counts: Counter[str] = Counter()
    failed: dict[str, str] = {}
    for one in stored.due_messages(context.ledger, now()):
        if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
            break  # it expired meanwhile: another process goes on
        alert = read.view_alert(context.ledger, one.alert)
        view = None if alert is None else read.saved_view(context.ledger, alert.view)
        to = None if alert is None else receiver_of(context, alert)
        if alert is None or view is None or to is None:
            stored.settle(context.ledger, one, "dead", GONE, now())
            continue
        counts[_deliver(context, one, alert, view, to, failed)] += 1
    return dict(counts)


def _deliver(
    context: Context, one: DueMessage, alert: ViewAlert, view: SavedView, to: str | Webhook, failed: dict[str, str]
) -> str:
    """Send one message; return the count it adds to.

    `failed`: receivers that did not answer in this run, which are not asked again in it.
    """
    where = MAIL_SERVER if isinstance(to, str) else to.url
    if where in failed:
        return "alerts_delayed"
    items, total = read.told_items(context.ledger, one.id, one.listed)
    if not total:  # its posts were erased
        stored.settle(context.ledger, one, "dead", "its posts were erased", now())
        return "alerts_dead"
    found = (
        _mail(context, one, view, to, items, total)
        if isinstance(to, str)
        else _post(context, one, alert, view, to, items, total)
    )
    failpoint("alert.sent")
    if found.meaning == "accepted":
        stored.settle(context.ledger, one, "sent", "", now())
        return "alerts_sent"
    if found.meaning == "busy":
        failed[where] = found.reason
    log.warning("alert: %s: %s", where, found.reason)
    last = one.attempt + 1 >= ATTEMPTS or found.meaning == "gone"
    pause = max(found.asked or timedelta(0), pause_after(one.attempt + 1, 0.5))
    stored.settle(
        context.ledger, one, "dead" if last else "pending", found.reason, now(), None if last else now() + pause
    )
    return "alerts_dead" if last else "alerts_delayed"


def _mail(
    context: Context, one: DueMessage, view: SavedView, to: str, items: Sequence[str], total: int
) -> EventOutcome:
    try:
        send(context.settings.smtp_url, compose(context, one, view, to, items, total))
    except UnavailableError as error:
        return EventOutcome("busy", str(error))
    except EscuchaError as error:
        return EventOutcome("refused", str(error))
    return EventOutcome("accepted", "")


def compose(
    context: Context, one: DueMessage, view: SavedView, to: str, items: Sequence[str], total: int
) -> EmailMessage:
    """Compose the mail of a message in the city's first language.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
    """
    language, city = context.city.languages[0], context.city
    _ = translator(language, "escucha")
    plural = translations(language, "escucha").ngettext
    heads = {
        "posts": plural("{n} new post in “{view}”", "{n} new posts in “{view}”", total),
        "cases": plural("{n} new case in “{view}”", "{n} new cases in “{view}”", total),
    }
    number = format_decimal(total, locale=language)
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = address(context.settings.mail_from, "ESCUCHA_MAIL_FROM")
    mail["To"] = address(to, "mail address of the account")
    head = heads[view.page].format(n=number, view=one_line(sanitise(view.name)))
    mail["Subject"] = one_line(f"Escucha {city.name}: {head}")
    mail["Date"] = format_datetime(now())
    domain = parseaddr(context.settings.mail_from)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{_event_id(context, one)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = [head + ":", "\n".join(_lines(context, view, items, language))]
    if total > len(items):
        more = _("and {n} more, which only the view lists.")
        parts.append(more.format(n=format_decimal(total - len(items), locale=language)))
    parts.append(_("The view: {address}").format(address=address_of(context, view)))
    parts.append(_("Pause or remove this alert: {address}").format(address=f"{context.settings.desk_address}/views"))
    mail.set_content("\n\n".join(parts) + "\n")
    mail["Content-Language"] = language
    return mail


def address_of(context: Context, view: SavedView) -> str:
    """Return the address that a view opens."""
    return f"{context.settings.desk_address}/{view.page}?{view.query}"


def _lines(context: Context, view: SavedView, items: Sequence[str], language: str) -> list[str]:
    desk = context.settings.desk_address
    if view.page == "posts":
        posts = read.records_of(context.ledger, items)
        return [
            f"- {display_name('source', one.source, language)}{_excerpt(one)}\n  {desk}/posts/{one.post_id}"
            for one in posts
        ]
    found = [read.case_record(context.ledger, key) for key in items]
    return [
        f"- {one_line(sanitise(one.title)) or one.case_key} ({display_name('topic', one.topic, language)}, {one.department})\n"
        f"  {desk}/cases/{one.case_key}"
        for one in found
        if one is not None
    ]


def _excerpt(post: PostRecord) -> str:
    """Quote a public post; the others are read on the desk alone."""
    return "" if post.source in PRIVATE_SOURCES or post.withheld else f": {one_line(sanitise(post.text))[:EXCERPT]}"


def _post(
    context: Context,
    one: DueMessage,
    alert: ViewAlert,
    view: SavedView,
    hook: Webhook,
    items: Sequence[str],
    total: int,
) -> EventOutcome:
    event_id = _event_id(context, one)
    data = {
        "view": view.name, "page": view.page, "total": total, "items": list(items), "digest": alert.hour is not None,
        "view_url": address_of(context, view),
    }  # fmt: skip
    body = message.view_body(event_id, view.id, one.id, one.made_at, data, context.settings.desk_address)
    try:
        response = post(hook, body, message.headers(event_id, body, signing_keys(hook), now()))
    except (UnavailableError, OutcomeUnknownError) as error:
        return EventOutcome("busy", str(error))
    except ConfigurationError as error:
        return EventOutcome("refused", str(error))
    return outcome_of(response.status_code, response.headers.get("retry-after"), now())


def _event_id(context: Context, one: DueMessage) -> str:
    what = f"{context.ledger.ledger_id}\nview alert {one.alert} {one.id} {one.made_at.isoformat()}"
    return f"view_{hashlib.sha256(what.encode()).hexdigest()[:32]}"
