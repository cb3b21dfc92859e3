"""Store the views that staff save, and their alerts.

An alert keeps a row for each post or case it has seen, so that each is sent once. The matches and their message are written
in one transaction, with its row of the outbox. The caller of `note_matches` and `make_message` holds the lease `LEASE_NAME`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from core.errors import ChangeRefusedError
from core.records.outbox import WAITS, Due, OutboxKind
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.outbox import planning

KIND: OutboxKind = "alert"
PAUSED = "the alert was paused, or its account disabled"
LEASE_NAME = "alert of saved views"
KEPT = timedelta(days=30)
"""How long messages that were sent, and posts that were reported, are kept."""
AT_ONCE = 500
GONE = "This view is no longer there: reload the page."
_views, _alerts = schema.saved_views, schema.view_alerts
_messages, _matches, _outbox = schema.view_messages, schema.view_matches, schema.outbox


def save(ledger: Ledger, view_id: str, owner: str, page: str, name: str, query: str, shared: bool, most: int, now: datetime) -> None:
    """Save a view of a person under a new id.

    Raises:
        ChangeRefusedError: the name is taken, or the person has `most` views.
    """
    row = {"id": view_id, "owner": owner, "page": page, "name": name, "query": query, "shared": shared, "made_at": now}
    with writing(ledger) as connection:
        mine = select(func.count()).where(_views.c.owner == owner)
        if connection.execute(mine).scalar_one() >= most:
            raise ChangeRefusedError("You have {n} saved views, and no more are kept: remove one first.", n=most)
        if not connection.execute(insert(connection, _views).values(**row).on_conflict_do_nothing()).rowcount:
            raise _taken(name)
        history.audit(connection, owner, "view_saved", _subject(view_id), name, now)


def rename(ledger: Ledger, view_id: str, name: str, who: str, leads: bool, now: datetime) -> None:
    """Rename a view; `leads`: the person may change the shared ones too.

    Raises:
        ChangeRefusedError: it is not this person's, or the name is taken.
    """
    with writing(ledger) as connection:
        view = _own(connection, view_id, who, leads)
        others = select(_views.c.id).where(
            _views.c.owner == view.owner, _views.c.page == view.page, _views.c.name == name, _views.c.id != view_id
        )
        if connection.execute(others).first() is not None:
            raise _taken(name)
        connection.execute(update(_views).where(_views.c.id == view_id).values(name=name))
        history.audit(connection, who, "view_renamed", _subject(view_id), name, now)


def share(ledger: Ledger, view_id: str, shared: bool, who: str, now: datetime) -> None:
    """Show a view to everyone, or to its owner alone.

    Alerts that others have on it end with the sharing.

    Raises:
        ChangeRefusedError: there is no such view.
    """
    with writing(ledger) as connection:
        view = _own(connection, view_id, who, leads=True)
        connection.execute(update(_views).where(_views.c.id == view_id).values(shared=shared))
        if not shared:
            _end_alerts(connection, (_alerts.c.view == view_id) & (_alerts.c.owner != view.owner))
        history.audit(connection, who, "view_shared" if shared else "view_unshared", _subject(view_id), view.name, now)


def remove(ledger: Ledger, view_id: str, who: str, leads: bool, now: datetime) -> None:
    """Remove a view with its alerts; `leads` as in `rename`.

    Raises:
        ChangeRefusedError: it is not this person's.
    """
    with writing(ledger) as connection:
        view = _own(connection, view_id, who, leads)
        _end_alerts(connection, _alerts.c.view == view_id)
        connection.execute(delete(_views).where(_views.c.id == view_id))
        history.audit(connection, who, "view_removed", _subject(view_id), view.name, now)


def set_alert(
    ledger: Ledger, view_id: str, owner: str, channel: str, hour: int | None, digest_day: str, known: Sequence[str], now: datetime
) -> None:
    """Make or change the alert of a person on a view.

    What it has reported stays reported.

    Args:
        ledger: the open ledger.
        view_id: its id.
        owner: who is alerted.
        channel: `mail` or `webhook URL`.
        hour: of the daily digest; None: at once.
        digest_day: the last day that gets no digest any more; empty for an alert at once.
        known: posts or cases that match already: never reported.
        now: the current time.

    Raises:
        ChangeRefusedError: the person cannot see such a view.
    """
    new = {"channel": channel, "hour": hour, "digest_day": digest_day, "paused": False}
    with writing(ledger) as connection:
        view = _visible(connection, view_id, owner)
        statement = insert(connection, _alerts).values(view=view_id, owner=owner, made_at=now, **new)
        made = statement.on_conflict_do_update(index_elements=["view", "owner"], set_=new).returning(_alerts.c.id)
        alert = int(connection.execute(made).scalar_one())
        waiting = _of_alerts(connection, [alert]) & (_outbox.c.state == "pending")
        connection.execute(update(_outbox).where(waiting).values(channel=channel, not_before=None))
        for start in range(0, len(known), AT_ONCE):
            _note(connection, alert, known[start : start + AT_ONCE], waits=False, now=now)
        history.audit(connection, owner, "view_alert_set", _subject(view_id), f"{view.name}: {channel}", now)


def pause_alert(ledger: Ledger, view_id: str, owner: str, paused: bool, now: datetime) -> None:
    """Pause or resume the alert of a person on a view.

    Raises:
        ChangeRefusedError: there is no such alert.
    """
    this = (_alerts.c.view == view_id) & (_alerts.c.owner == owner)
    with writing(ledger) as connection:
        if not connection.execute(update(_alerts).where(this).values(paused=paused)).rowcount:
            raise ChangeRefusedError(GONE)
        history.audit(connection, owner, "view_alert_paused" if paused else "view_alert_resumed", _subject(view_id), "", now)


def remove_alert(ledger: Ledger, view_id: str, owner: str, now: datetime) -> None:
    """Remove the alert of a person on a view, if any."""
    with writing(ledger) as connection:
        if _end_alerts(connection, (_alerts.c.view == view_id) & (_alerts.c.owner == owner)):
            history.audit(connection, owner, "view_alert_removed", _subject(view_id), "", now)


def drop_user(connection: Connection, name: str) -> None:
    """Delete the alerts and private views of a removed user.

    Shared views stay. Runs in the caller's transaction.
    """
    private = select(_views.c.id).where(_views.c.owner == name, ~_views.c.shared)
    _end_alerts(connection, (_alerts.c.owner == name) | _alerts.c.view.in_(private))
    connection.execute(delete(_views).where(_views.c.owner == name, ~_views.c.shared))


def drop_posts(connection: Connection, ids: Sequence[str]) -> None:
    """Delete posts from what alerts have seen, in the caller's transaction."""
    connection.execute(delete(_matches).where(_matches.c.item.in_(ids)))


def note_matches(ledger: Ledger, alert: int, items: Sequence[str], waits: bool, now: datetime) -> int:
    """Store new matches; return how many were new.

    `waits`: the next message reports them; else they are known and never reported.
    """
    new = 0
    for start in range(0, len(items), AT_ONCE):
        with writing(ledger) as connection:
            if connection.execute(select(_alerts.c.id).where(_alerts.c.id == alert)).first() is None:
                return new  # removed meanwhile
            new += _note(connection, alert, items[start : start + AT_ONCE], waits, now)
    return new


def _note(connection: Connection, alert: int, items: Sequence[str], waits: bool, now: datetime) -> int:
    rows = [{"alert": alert, "item": one, "found_at": now, "waits": waits} for one in items]
    made = insert(connection, _matches).values(rows).on_conflict_do_nothing().returning(_matches.c.item)
    return len(connection.execute(made).all())


def drop_waiting(ledger: Ledger, alert: int, now: datetime) -> None:
    """Discard what waits in a paused alert or a disabled account."""
    with writing(ledger) as connection:
        connection.execute(update(_matches).where(_matches.c.alert == alert, _matches.c.waits).values(waits=False))
        planning.withdraw_waiting(connection, _of_alerts(connection, [alert]), PAUSED, now)


def make_message(ledger: Ledger, alert: int, most: int, digest_day: str, now: datetime) -> int:
    """Write the message that tells what waits; return how many it tells.

    It lists what the last hour leaves of `most`; nothing is written while that is none, or when nothing waits.

    Args:
        ledger: the open ledger.
        alert: its number.
        most: matches listed within an hour.
        digest_day: day of the digest, which is made once; empty for an alert at once.
        now: the current time.
    """
    with writing(ledger) as connection:
        this = select(_alerts).where(_alerts.c.id == alert).with_for_update()
        row = connection.execute(this).one_or_none()
        if row is None or (digest_day and row.digest_day >= digest_day):
            return 0
        if digest_day:
            connection.execute(update(_alerts).where(_alerts.c.id == alert).values(digest_day=digest_day))
        waiting = (_matches.c.alert == alert) & _matches.c.waits
        number = connection.execute(select(func.count()).where(waiting)).scalar_one()
        listed = most if digest_day else most - _listed_since(connection, alert, now - timedelta(hours=1))
        if not number or listed <= 0:
            return 0
        values = {"alert": alert, "listed": min(listed, number), "made_at": now}
        message = connection.execute(_messages.insert().values(**values).returning(_messages.c.id)).scalar_one()
        connection.execute(update(_matches).where(waiting).values(waits=False, message=message))
        planning.plan_one(connection, KIND, Due(subject=str(message), receiver=row.owner, channel=row.channel), now)
    return int(number)


def _listed_since(connection: Connection, alert: int, since: datetime) -> int:
    total = select(func.coalesce(func.sum(_messages.c.listed), 0))
    found = total.where(_messages.c.alert == alert, _messages.c.made_at > since)
    return int(connection.execute(found).scalar_one())


def prune(ledger: Ledger, now: datetime) -> int:
    """Delete what alerts on posts saw long ago; return how many rows.

    Such posts are too old to be reported again. Cases stay known: an old case can match at any time.
    """
    of_posts = select(_alerts.c.id).join(_views, _views.c.id == _alerts.c.view).where(_views.c.page == "posts")
    old = _matches.c.alert.in_(of_posts) & (_matches.c.found_at < now - KEPT) & ~_matches.c.waits
    named = select(_matches.c.message).where(_matches.c.message.is_not(None))
    unnamed = select(_messages.c.id).where(_messages.c.made_at < now - KEPT, _messages.c.id.not_in(named))
    with writing(ledger) as connection:
        gone = connection.execute(delete(_matches).where(old)).rowcount
        subjects = [str(one) for one in connection.execute(unnamed).scalars()]
        mine = (_outbox.c.kind == KIND) & _outbox.c.subject.in_(subjects)
        waiting = select(_outbox.c.subject).where(mine, _outbox.c.state.in_(WAITS))
        ended = set(subjects) - set(connection.execute(waiting).scalars())
        planning.drop(connection, mine & _outbox.c.subject.in_(ended))
        connection.execute(delete(_messages).where(_messages.c.id.in_([int(one) for one in ended])))
    return int(gone)


def _own(connection: Connection, view_id: str, who: str, leads: bool) -> Row[tuple[object, ...]]:
    view = connection.execute(select(_views).where(_views.c.id == view_id).with_for_update()).one_or_none()
    if view is None or (view.owner != who and not view.shared):
        raise ChangeRefusedError(GONE)
    if view.owner != who and not leads:
        raise ChangeRefusedError("This view is of {user}: its owner or a lead can change it.", user=view.owner)
    return view


def _visible(connection: Connection, view_id: str, who: str) -> Row[tuple[object, ...]]:
    view = connection.execute(select(_views).where(_views.c.id == view_id).with_for_update()).one_or_none()
    if view is None or (view.owner != who and not view.shared):
        raise ChangeRefusedError(GONE)
    return view


def _end_alerts(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete alerts with all they have seen and said; return how many."""
    ids = list(connection.execute(select(_alerts.c.id).where(which)).scalars())
    if ids:
        planning.drop(connection, _of_alerts(connection, ids))
        connection.execute(delete(_matches).where(_matches.c.alert.in_(ids)))
        connection.execute(delete(_messages).where(_messages.c.alert.in_(ids)))
        connection.execute(delete(_alerts).where(_alerts.c.id.in_(ids)))
    return len(ids)


def _of_alerts(connection: Connection, alerts: Sequence[int]) -> ColumnElement[bool]:
    """Return which messages of the outbox are of these alerts."""
    messages = connection.execute(select(_messages.c.id).where(_messages.c.alert.in_(alerts))).scalars()
    return (_outbox.c.kind == KIND) & _outbox.c.subject.in_([str(one) for one in messages])


def _taken(name: str) -> ChangeRefusedError:
    return ChangeRefusedError("You have a view named “{name}” on this page already: choose another name.", name=name)


def _subject(view_id: str) -> str:
    return f"view {view_id}"
