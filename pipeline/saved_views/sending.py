"""Compose the messages of alerts: the outbox's kind `alert`.

They leave by mail or signed webhook.
"""

from collections.abc import Sequence
from email.message import EmailMessage

from babel.numbers import format_decimal

from contact_centre.webhooks import message
from core.config.profile.webhooks import Webhook
from core.i18n.display_names import display_name
from core.i18n.translate import translations, translator
from core.quotes import quote, quote_title
from core.records.outbox import MAIL, WEBHOOK, Due, OutboxKind, OutboxRow
from core.records.read_models import CaseRecord, PostRecord
from core.text import one_line, sanitise
from ledger import read
from ledger.read import SavedView, ViewAlert, ViewMessage
from pipeline.context import Context, now
from pipeline.outbox.kinds import Event, Letter, WithdrawError
from reports.output.email import begin

KIND: OutboxKind = "alert"
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


def due(context: Context) -> tuple[Due, ...]:  # noqa: ARG001  every kind takes it
    """Return nothing.

    A message is planned in the transaction that gives it its matches.
    """
    return ()


def compose(context: Context, row: OutboxRow) -> Letter:
    """Compose a message for the receiver of its alert.

    Raises:
        ConfigurationError: recipient or sender is not an e-mail address.
        WithdrawError: the alert tells nothing any more, or its posts were erased.
    """
    one = read.view_message(context.ledger, int(row.subject))
    alert = None if one is None else read.view_alert(context.ledger, one.alert)
    view = None if alert is None else read.saved_view(context.ledger, alert.view)
    to = None if alert is None else receiver_of(context, alert)
    if one is None or alert is None or view is None or to is None:
        raise WithdrawError(GONE)
    items, total = read.matches_of_message(context.ledger, one.id, one.listed)
    if not total:
        raise WithdrawError("its posts were erased")
    if isinstance(to, str):
        return mail_of(context, row, view, to, items, total)
    return _event(context, row, one, alert, view, to, items, total)


def mail_of(context: Context, row: OutboxRow, view: SavedView, to: str, items: Sequence[str], total: int) -> EmailMessage:
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
    head = heads[view.page].format(n=number, view=one_line(sanitise(view.name)))
    mail = begin(context.settings, row.message_id, to, "mail address of the account", f"Escucha {city.name}: {head}", now())
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
    city, desk = context.city, context.settings.desk_address
    if view.page == "posts":
        posts = read.records_of(context.ledger, items)
        return [f"- {display_name('source', one.source, language)}{_excerpt(one)}\n  {desk}/posts/{one.post_id}" for one in posts]
    found = [read.case_record(context.ledger, key) for key in items]
    lines = []
    for case in (one for one in found if one is not None):
        about = ", ".join(city.display_name(kind, getattr(case, kind), language) for kind in ("topic", "department"))
        lines.append(f"- {_title(case) or case.case_key} ({about})\n  {desk}/cases/{case.case_key}")
    return lines


def _excerpt(post: PostRecord) -> str:
    said = quote(post, EXCERPT)
    return f": {said}" if said else ""


def _title(case: CaseRecord) -> str | None:
    return quote_title(case, EXCERPT)


def _event(
    context: Context, row: OutboxRow, one: ViewMessage, alert: ViewAlert, view: SavedView, hook: Webhook, items: Sequence[str], total: int
) -> Event:
    data = {
        "view": view.name,
        "page": view.page,
        "total": total,
        "items": list(items),
        "digest": alert.hour is not None,
        "view_url": address_of(context, view),
    }
    body = message.view_body(row.message_id, view.id, one.id, one.made_at, data, context.settings.desk_address)
    return Event(hook, row.message_id, body)
