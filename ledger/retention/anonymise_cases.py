"""Anonymise cases whose posts are forgotten.

Topic, district, department and times stay; text is deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from core.records.case import CASEBOOK
from core.text import one_line
from ledger import schema
from ledger.answers import answers
from ledger.cases.history import entries as history
from ledger.citizens.contacts import drop_contacts

FORGOTTEN = "forgotten: its posts are no longer kept"


def anonymise_cases(connection: Connection, texts: Mapping[str, str], now: datetime) -> None:
    """Remove these posts (id and text) from their cases.

    A case keeps its counts; without posts it loses all text.
    """
    case_posts, links, receipts = schema.case_posts, schema.delivery_posts, schema.receipts
    answers.forget_texts(connection, list(texts), now)
    mine = receipts.c.post_id.in_(list(texts))
    drop_contacts(connection, list(connection.execute(select(receipts.c.number).where(mine)).scalars()))
    connection.execute(delete(receipts).where(mine))
    of_case = select(case_posts.c.case_key, case_posts.c.post_id).where(case_posts.c.post_id.in_(list(texts)))
    leaving: dict[str, list[str]] = {}
    for row in connection.execute(of_case.order_by(case_posts.c.case_key)):
        leaving.setdefault(row.case_key, []).append(row.post_id)
    connection.execute(delete(links).where(links.c.post_id.in_(list(texts))))
    for case_key, post_ids in leaving.items():
        case = history.locked_case(connection, case_key)
        connection.execute(delete(case_posts).where(case_posts.c.post_id.in_(post_ids)))
        remaining = select(func.count()).select_from(case_posts).where(case_posts.c.case_key == case_key)
        history.touch(connection, case_key, forgotten=schema.cases.c.forgotten + len(post_ids))
        merged = connection.execute(select(schema.cases).where(schema.cases.c.merged_into == case_key)).all()  # their posts are here
        if connection.execute(remaining).scalar_one() == 0:
            for one in (case, *merged):
                _drop_text(connection, one)
        else:
            for one in (case, *merged):
                replace_title(connection, one, [texts[post_id] for post_id in post_ids])
            _drop_point(connection, case, post_ids)
            # The evidence of its points may come from these posts: the next triage names it from those that are left.
            history.touch(connection, case_key, priority_due=True)
    _withdraw(connection, list(leaving), now)


def replace_old_titles(connection: Connection, post_ids: Sequence[str]) -> None:
    """Replace titles made from texts that are about to change."""
    posts, case_posts, cases = schema.posts, schema.case_posts, schema.cases
    statement = (
        select(cases, posts.c.text)
        .join(case_posts, case_posts.c.case_key == cases.c.case_key)
        .join(posts, posts.c.post_id == case_posts.c.post_id)
        .where(posts.c.post_id.in_(post_ids))
    )
    for row in connection.execute(statement).all():
        replace_title(connection, row, [row.text])


def replace_title(connection: Connection, case: Row[Any], texts: Sequence[str]) -> None:
    """Replace a title made from these texts by the place or topic."""
    title = case.title.removesuffix("…")
    if case.place is not None:
        title = title.removeprefix(f"{case.place}: ")
    if any(title in one_line(text) for text in texts):
        history.touch(connection, case.case_key, title=case.place or case.topic)


def _drop_point(connection: Connection, case: Row[Any], post_ids: Sequence[str]) -> None:
    """Drop the case's point where one of these posts gave it.

    The next triage takes one from the posts that are left.
    """
    posts = schema.posts.c
    gave = select(posts.post_id).where(posts.post_id.in_(post_ids), posts.lat == case.lat, posts.lon == case.lon)
    if connection.execute(gave.limit(1)).first() is not None:
        history.touch(connection, case.case_key, lat=None, lon=None, vote_due=True)


def _drop_text(connection: Connection, case: Row[Any]) -> None:
    empty = dict.fromkeys(("place", "barrio", "lat", "lon"))
    history.touch(connection, case.case_key, title="", external_status=None, vote_due=False, **empty)
    history.touch(connection, case.case_key, priority_points=[], priority_due=False)
    incidents, steps, audit, deliveries = schema.incidents, schema.transitions, schema.audit, schema.deliveries
    connection.execute(update(incidents).where(incidents.c.incident_key == case.incident_key).values(place_key=None))
    connection.execute(delete(schema.notes).where(schema.notes.c.case_key == case.case_key))
    # The steps stay, with who and when; the reasons of staff may quote the citizen.
    connection.execute(update(steps).where(steps.c.case_key == case.case_key, steps.c.state != "new").values(why=""))
    # What people changed stays, with who and when; places and reasons may repeat what the citizen wrote.
    changed = schema.case_changes
    connection.execute(update(changed).where(changed.c.case_key == case.case_key).values(why="", before={}, after={}))
    connection.execute(update(audit).where(audit.c.subject == case.case_key).values(why=""))
    connection.execute(update(deliveries).where(deliveries.c.case_key == case.case_key).values(reason=None))


def _withdraw(connection: Connection, case_keys: Sequence[str], now: datetime) -> None:
    """Withdraw deliveries that have no post left."""
    deliveries, links = schema.deliveries, schema.delivery_posts
    empty = ~select(links.c.post_id).where(links.c.delivery_id == deliveries.c.id).exists()
    unsent = deliveries.c.case_key.in_(case_keys) & deliveries.c.state.in_(("pending", "unknown", "sending"))
    unsent &= deliveries.c.kind.in_(("open", "append"))  # the others never had any
    withdrawn = update(deliveries).where(unsent, empty).values(state="refused", reason=FORGOTTEN, changed_at=now)
    rows = connection.execute(withdrawn.returning(deliveries.c.case_key, deliveries.c.kind)).all()
    for row in rows:
        if row.kind == "open":
            history.touch(connection, row.case_key, system=CASEBOOK)
