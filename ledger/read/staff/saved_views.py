"""Query saved views, their alerts, and matches not seen yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Select, String, cast, func, select

from core.records import Record, UtcDatetime
from core.records.post import EXAMPLE
from ledger import schema
from ledger.database import Ledger
from ledger.read.casework.cases import CaseFilters, filtered as filtered_cases
from ledger.read.posts.messages import Population, population
from ledger.read.posts.queries import PostFilters, filtered as filtered_posts

_views, _alerts = schema.saved_views.c, schema.view_alerts.c
_messages, _matches = schema.view_messages.c, schema.view_matches.c
_posts, _cases = schema.posts.c, schema.cases.c
IN_ONE_QUERY = 500


class SavedView(Record):
    """Hold a view that a person saved."""

    id: str
    owner: str
    page: str
    """`posts` or `cases`."""
    name: str
    query: str
    """Of the address that it opens."""
    shared: bool


class ViewAlert(Record):
    """Hold an alert of a person on a view."""

    id: int
    view: str
    owner: str
    """Who is alerted."""
    channel: str
    """`mail`, or `webhook URL`."""
    hour: int | None
    """Of the daily digest, by the city's clock; None: at once."""
    paused: bool
    digest_day: str
    """Last day whose digest was made, ISO; empty: of an alert at once."""


class ViewMessage(Record):
    """Hold what a message tells: some of the matches of an alert."""

    id: int
    alert: int
    listed: int
    made_at: UtcDatetime


class AlertState(Record):
    """Describe the last message of an alert."""

    alert: int
    state: str
    reason: str
    changed_at: UtcDatetime


def saved_views(ledger: Ledger, user: str, page: str | None = None) -> list[SavedView]:
    """Return the views that a person sees, by name.

    They are the own ones and the shared ones, of all pages or one.
    """
    statement = select(*(_views[name] for name in SavedView.model_fields)).where((_views.owner == user) | _views.shared)
    if page is not None:
        statement = statement.where(_views.page == page)
    with ledger.read() as connection:
        found = [SavedView(**row) for row in connection.execute(statement).mappings()]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def saved_view(ledger: Ledger, view_id: str) -> SavedView | None:
    """Return a view; None when there is none with this id."""
    statement = select(*(_views[name] for name in SavedView.model_fields)).where(_views.id == view_id)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else SavedView(**row)


def view_alerts(ledger: Ledger, owner: str | None = None) -> list[ViewAlert]:
    """Return the alerts of one person, or of all."""
    statement = select(*(_alerts[name] for name in ViewAlert.model_fields)).order_by(_alerts.id)
    if owner is not None:
        statement = statement.where(_alerts.owner == owner)
    with ledger.read() as connection:
        return [ViewAlert(**row) for row in connection.execute(statement).mappings()]


def view_alert(ledger: Ledger, number: int) -> ViewAlert | None:
    """Return an alert; None when there is none of this number."""
    return next((one for one in view_alerts(ledger) if one.id == number), None)


def view_message(ledger: Ledger, number: int) -> ViewMessage | None:
    """Return what a message tells; None when there is none."""
    statement = select(*(_messages[name] for name in ViewMessage.model_fields)).where(_messages.id == number)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else ViewMessage(**row)


def alert_states(ledger: Ledger, alerts: Sequence[int]) -> dict[int, AlertState]:
    """Return the last message of each alert that has one."""
    last = select(func.max(_messages.id)).where(_messages.alert.in_(list(alerts))).group_by(_messages.alert)
    outbox = schema.outbox.c
    subject = (outbox.kind == "alert") & (outbox.subject == cast(_messages.id, String))
    columns = (_messages.alert, outbox.state, outbox.reason, outbox.changed_at)
    statement = select(*columns).join(schema.outbox, subject).where(_messages.id.in_(last))
    with ledger.read() as connection:
        return {row["alert"]: AlertState(**row) for row in connection.execute(statement).mappings()}


def new_matches(ledger: Ledger, owner: str, since: datetime) -> dict[str, int]:
    """Count by view what the alerts of a person found.

    Views without any are left out, and what matched before an alert was set.
    """
    found = (_matches.found_at >= since) & (_matches.waits | _matches.message.is_not(None))
    statement = select(_alerts.view, func.count()).join(schema.view_matches, _matches.alert == _alerts.id)
    with ledger.read() as connection:
        rows = connection.execute(statement.where(_alerts.owner == owner, ~_alerts.paused, found).group_by(_alerts.view))
        return {view: int(count) for view, count in rows.tuples()}


def matches_of_message(ledger: Ledger, message: int, limit: int) -> tuple[list[str], int]:
    """Return the first matches of a message, and their number."""
    mine = _matches.message == message
    first = select(_matches.item).where(mine).order_by(_matches.found_at.desc(), _matches.item).limit(limit)
    with ledger.read() as connection:
        items = list(connection.execute(first).scalars())
        return items, int(connection.execute(select(func.count()).where(mine)).scalar_one())


def unseen_posts(
    ledger: Ledger, alert: int, of: Population, among: Sequence[str] | None = None, **filters: Unpack[PostFilters]
) -> list[str]:
    """Return the matching posts that an alert has not seen, newest first.

    `among`: only these. Posts written as an example are left out: no citizen wrote them.
    """
    joined = schema.posts.outerjoin(schema.labels, schema.labels.c.post_id == _posts.post_id)
    statement = select(_posts.post_id).select_from(joined).where(population(of), _unseen(alert, _posts.post_id))
    statement = statement.where(~_posts.source.startswith(EXAMPLE, autoescape=True))
    statement = filtered_posts(statement, filters).order_by(_posts.created_at.desc(), _posts.post_id)
    return _ids(ledger, statement, _posts.post_id, among)


def unseen_cases(ledger: Ledger, alert: int, **filters: Unpack[CaseFilters]) -> list[str]:
    """Return the matching cases that an alert has not seen, newest first.

    Cases of posts written as an example are left out.
    """
    statement = select(_cases.case_key).where(_unseen(alert, _cases.case_key))
    statement = statement.where(~_cases.source.startswith(EXAMPLE, autoescape=True))
    statement = filtered_cases(statement, filters).order_by(_cases.received_at.desc(), _cases.case_key)
    return _ids(ledger, statement, _cases.case_key, None)


def _unseen(alert: int, item: ColumnElement[Any]) -> ColumnElement[bool]:
    return ~select(_matches.item).where(_matches.alert == alert, _matches.item == item).exists()


def _ids(ledger: Ledger, statement: Select[Any], column: ColumnElement[Any], among: Sequence[str] | None) -> list[str]:
    if among is None:
        with ledger.read() as connection:
            return list(connection.execute(statement).scalars())
    found: list[str] = []
    with ledger.read() as connection:
        for start in range(0, len(among), IN_ONE_QUERY):
            some = list(among[start : start + IN_ONE_QUERY])
            found += connection.execute(statement.where(column.in_(some))).scalars()
    return found
