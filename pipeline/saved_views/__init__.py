"""Save views of posts and cases, and set alerts on them.

A view is the query of an ordinary address of the desk. Every change is audited.

matching: which posts and cases an alert has not reported yet
sending: mail and webhook of a message, each receiver once
"""

from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from core.errors import ChangeRefusedError, ConfigurationError
from core.text import one_line
from ledger import read, saved_views as stored
from pipeline.context import Context, now
from pipeline.saved_views.matching import unknown_filters, unseen, window_of_view

ViewPage = Literal["posts", "cases"]
MAIL, WEBHOOK = "mail", "webhook "
LONGEST_NAME = 80
LONGEST_QUERY = 2000


def save(context: Context, owner: str, page: ViewPage, name: str, parameters: str, shared: bool) -> str:
    """Save the query of an address; return the view's id.

    Raises:
        ChangeRefusedError: the name is empty, too long or taken, or the person has too many views.
    """
    if len(parameters) > LONGEST_QUERY:
        raise ChangeRefusedError("This view is too long to be saved: take out a filter.")
    most = context.city.saved_views.per_person
    view_id = uuid4().hex[:16]
    stored.save(context.ledger, view_id, owner, page, _name(name), parameters, shared, most, now())
    return view_id


def rename(context: Context, view_id: str, name: str, who: str, leads: bool) -> None:
    """Rename a view; `leads`: the person may change the shared ones too.

    Raises:
        ChangeRefusedError: it is not this person's, or the name is not usable.
    """
    stored.rename(context.ledger, view_id, _name(name), who, leads, now())


def share(context: Context, view_id: str, shared: bool, who: str) -> None:
    """Show a view to everyone, or to its owner alone.

    Raises:
        ChangeRefusedError: there is no such view.
    """
    stored.share(context.ledger, view_id, shared, who, now())


def remove(context: Context, view_id: str, who: str, leads: bool) -> None:
    """Remove a view with all alerts on it; `leads` as in `rename`.

    Raises:
        ChangeRefusedError: it is not this person's.
    """
    stored.remove(context.ledger, view_id, who, leads, now())


def check_channel(context: Context, owner: str, channel: str) -> None:
    """Refuse a channel that cannot reach anyone.

    Raises:
        ChangeRefusedError: the account has no mail address, or the profile has no such webhook.
    """
    if channel == MAIL:
        user = read.user(context.ledger, owner)
        if user is None:
            raise ChangeRefusedError("This desk has no users: create the first one, who enters a mail address under “Saved views”.")
        if not user.mail:
            raise ChangeRefusedError("Your account has no mail address: enter one under “Saved views”.")
        if context.settings.smtp_url is None:
            raise ChangeRefusedError("Nothing can be mailed: no mail server is set. Ask the administrator of the server.")
    elif channel.removeprefix(WEBHOOK) not in {one.url for one in context.city.webhooks}:
        raise ChangeRefusedError("The profile has no such webhook: choose one of its [[webhooks]].")


def set_alert(context: Context, view_id: str, owner: str, channel: str, hour: int | None) -> None:
    """Alert a person of what newly matches a view.

    What matches at this moment is known, and never reported.

    Args:
        context: the open context.
        view_id: its id.
        owner: who is alerted.
        channel: `mail`, or `webhook URL`.
        hour: of a daily digest, by the city's clock; None: at once.

    Raises:
        ChangeRefusedError: the channel reaches no one, or the view's period has ended.
        UnavailableError: the view has words, and the search engine does not answer.
    """
    check_channel(context, owner, channel)
    view = read.saved_view(context.ledger, view_id)
    if view is None:
        raise ChangeRefusedError(stored.GONE)
    if unknown_filters(view):
        raise ChangeRefusedError("Alerts do not know a filter of this view yet: save it without that filter.")
    if hour is not None and not 0 <= hour <= 23:
        raise ConfigurationError("The hour of a digest is from 0 to 23.")
    moment = now()
    until = window_of_view(view, moment, context.city.zone).until
    if until is not None and until <= moment:
        raise ChangeRefusedError("The period of this view has ended, so nothing new can match it: save it with a period up to today.")
    made = read.view_alerts(context.ledger, owner)
    known = [] if any(one.view == view_id for one in made) else unseen(context, view, 0, owner, moment)
    day = "" if hour is None else _last_digest(moment.astimezone(context.city.zone), hour).isoformat()
    stored.set_alert(context.ledger, view_id, owner, channel, hour, day, known, moment)


def _last_digest(local: datetime, hour: int) -> date:
    """Return the day before the first digest.

    >>> _last_digest(datetime(2026, 11, 28, 7, 59), 8), _last_digest(datetime(2026, 11, 28, 8, 0), 8)
    (datetime.date(2026, 11, 27), datetime.date(2026, 11, 28))
    """
    today = local.date()
    return today if local.hour >= hour else date.fromordinal(today.toordinal() - 1)


def pause_alert(context: Context, view_id: str, owner: str, paused: bool) -> None:
    """Pause or resume an alert; what matches meanwhile is not reported.

    Raises:
        ChangeRefusedError: there is no such alert.
    """
    stored.pause_alert(context.ledger, view_id, owner, paused, now())


def remove_alert(context: Context, view_id: str, owner: str) -> None:
    """Remove the alert of a person on a view."""
    stored.remove_alert(context.ledger, view_id, owner, now())


def _name(text: str) -> str:
    name = one_line(text).strip()
    if not name or len(name) > LONGEST_NAME:
        raise ChangeRefusedError("A view needs a name of 1 to {n} characters.", n=LONGEST_NAME)
    return name
