"""Subscribe, pause, resume, end, and send again: what people do."""

import secrets
from collections.abc import Mapping
from typing import cast, get_args
from urllib.parse import urlencode

from core.config.profile.tables import check_mail_address
from core.errors import ChangeRefusedError
from core.i18n.languages import interface_languages
from core.records import Record
from core.records.subscription import EVERY, Every, Subscription, SubscriptionState
from ledger import read
from ledger.cases.history.entries import ESCUCHA
from ledger.delivery import subscriptions as stored
from ledger.outbox import people
from pipeline.context import Context, now
from pipeline.subscriptions.links import is_signed
from pipeline.subscriptions.receivers import receiver
from reports.requested import FILTERED, FORMATS, KINDS, ONE_OF, filters_of

HTML = "html"
ALL_FORMATS = (HTML, *FORMATS)
"""The mail itself, or a file attached to it."""
MOST = 50
"""Subscriptions of one person."""


class Wanted(Record):
    """Hold what a person asks for, as the form gave it."""

    report: str
    filters: Mapping[str, str] = {}
    every: str = "weekly"
    weekday: int = 0
    hour: int = 7
    format: str = HTML
    language: str = "es"
    address: str = ""
    """Outside the desk; empty: the account's."""


def prepare(wanted: Wanted, who: str) -> Subscription:
    """Return the subscription that a person asks for, checked; nothing is stored.

    Raises:
        ChangeRefusedError: says what is wrong.
    """
    _check(wanted)
    filters = {name: value for name, value in wanted.filters.items() if name in filters_of(wanted.report)}
    if wanted.report in ONE_OF and wanted.report not in filters:
        raise ChangeRefusedError("Choose report, schedule, format and language from the lists.")
    return Subscription(
        id=secrets.token_hex(8),
        owner=who,
        address=_address(wanted.address),
        report=wanted.report,
        filter=urlencode(filters) if wanted.report in FILTERED else "",
        every=cast(Every, wanted.every),
        weekday=wanted.weekday,
        hour=wanted.hour,
        format=wanted.format,
        language=wanted.language,
        state="active",
        since=now(),
    )


def subscribe(context: Context, wanted: Wanted, who: str) -> Subscription:
    """Subscribe a person, or an address outside the desk.

    Raises:
        ChangeRefusedError: says what is wrong, or that it exists.
    """
    one = prepare(wanted, who)
    receiver(context.ledger, one)
    own = read.subscriptions(context.ledger, who)
    if len(own) >= MOST:
        raise ChangeRefusedError("You have {n} subscriptions. End one first.", n=len(own))
    if any(_same(one, other) for other in own):
        raise ChangeRefusedError("You have this subscription already.")
    stored.make(context.ledger, one, who, one.since)
    return one


def _same(one: Subscription, other: Subscription) -> bool:
    own = {"id", "since", "state"}
    return one.model_dump(exclude=own) == other.model_dump(exclude=own)


def _check(wanted: Wanted) -> None:
    allowed = {
        "report": KINDS,
        "every": EVERY,
        "weekday": range(7),
        "hour": range(24),
        "format": ALL_FORMATS,
        "language": interface_languages("reports"),
    }
    for name, values in allowed.items():
        if getattr(wanted, name) not in values:
            raise ChangeRefusedError("Choose report, schedule, format and language from the lists.")


def _address(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return check_mail_address(text.strip())
    except ValueError:
        raise ChangeRefusedError("“{address}” is not one e-mail address.", address=text.strip()[:100]) from None


def find(context: Context, id_: str, who: str, *, is_admin: bool) -> Subscription | None:
    """Return a subscription that this person may see; None: there is none.

    Administrators see all.
    """
    one = read.subscription(context.ledger, id_)
    return one if one is not None and (is_admin or one.owner == who) else None


def set_state(context: Context, one: Subscription, state: str, who: str) -> None:
    """Pause, resume or end a subscription.

    Raises:
        ChangeRefusedError: it has ended, or may not be sent any more.
    """
    if state not in get_args(SubscriptionState):
        raise ChangeRefusedError("Choose pause, resume or end.")
    if state == "active":
        receiver(context.ledger, one)
    stored.set_state(context.ledger, one.id, cast(SubscriptionState, state), who, "", now())


def retry(context: Context, one: Subscription, period: str, who: str) -> None:
    """Send a refused or withdrawn mail again, with the next run.

    Raises:
        ChangeRefusedError: it is not waiting for that.
    """
    if one.state != "active":
        raise ChangeRefusedError("Resume the subscription before you send its mails again.")
    found = [mail.id for mail in read.subscription_mails(context.ledger, one.id) if mail.period == period]
    if not found:
        raise ChangeRefusedError("This mail is not waiting for another attempt. Reload the page.")
    people.retry(context.ledger, found[0], who, now())


def by_link(context: Context, id_: str, given: str) -> Subscription | None:
    """Return the subscription of a signed address; None: a wrong address."""
    return read.subscription(context.ledger, id_) if is_signed(context.salt, id_, given) else None


def end_by_link(context: Context, one: Subscription) -> bool:
    """End a subscription for a reader without a log-in; False: ended before."""
    return stored.set_state(context.ledger, one.id, "ended", ESCUCHA, "by the link in a mail", now())
