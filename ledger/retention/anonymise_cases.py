"""What stays of a case when its posts are forgotten: topic, district, department, times. Words go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from ledger import schema
from ledger.cases import history

FORGOTTEN = "forgotten: its posts are no longer kept"


def keep_numbers(connection: Connection, texts: Mapping[str, str], now: datetime) -> None:
    """Take these posts (id and text) out of their cases; a case keeps its counts, and without posts no words at all."""
    case_posts, links = schema.case_posts, schema.delivery_posts
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
        if connection.execute(remaining).scalar_one() == 0:
            _drop_words(connection, case)
        else:
            drop_title(connection, case, [texts[post_id] for post_id in post_ids])
    _withdraw(connection, list(leaving), now)


def drop_old_titles(connection: Connection, post_ids: Sequence[str]) -> None:
    """These posts are about to get another text: a title made of the old one must not stay."""
    posts, case_posts, cases = schema.posts, schema.case_posts, schema.cases
    statement = (
        select(cases, posts.c.text)
        .join(case_posts, case_posts.c.case_key == cases.c.case_key)
        .join(posts, posts.c.post_id == case_posts.c.post_id)
        .where(posts.c.post_id.in_(post_ids))
    )
    for row in connection.execute(statement).all():
        drop_title(connection, row, [row.text])


def drop_title(connection: Connection, case: Row[Any], texts: Sequence[str]) -> None:
    """A title made of the words of a post that is gone becomes the case's place, or its topic."""
    words = case.title.removesuffix("…")
    if case.place is not None:
        words = words.removeprefix(f"{case.place}: ")
    if any(words in " ".join("".join(c if c.isprintable() else " " for c in text).split()) for text in texts):
        history.touch(connection, case.case_key, title=case.place or case.topic)


def _drop_words(connection: Connection, case: Row[Any]) -> None:
    empty = dict.fromkeys(("place", "barrio", "lat", "lon"))
    history.touch(connection, case.case_key, title="", standing=None, **empty)
    incidents, steps, audit, deliveries = schema.incidents, schema.transitions, schema.audit, schema.deliveries
    connection.execute(update(incidents).where(incidents.c.incident_key == case.incident_key).values(place_key=None))
    connection.execute(delete(schema.notes).where(schema.notes.c.case_key == case.case_key))
    # The steps stay, with who and when; what staff wrote to them may repeat what the citizen wrote.
    connection.execute(update(steps).where(steps.c.case_key == case.case_key, steps.c.state != "new").values(why=""))
    connection.execute(update(audit).where(audit.c.subject == case.case_key).values(why=""))
    connection.execute(update(deliveries).where(deliveries.c.case_key == case.case_key).values(reason=None))


def _withdraw(connection: Connection, case_keys: Sequence[str], now: datetime) -> None:
    """A delivery that has no post left is not sent any more."""
    deliveries, links = schema.deliveries, schema.delivery_posts
    empty = ~select(links.c.post_id).where(links.c.delivery_id == deliveries.c.id).exists()
    unsent = deliveries.c.case_key.in_(case_keys) & deliveries.c.state.in_(("pending", "unknown", "sending"))
    withdrawn = update(deliveries).where(unsent, empty).values(state="refused", reason=FORGOTTEN, changed_at=now)
    rows = connection.execute(withdrawn.returning(deliveries.c.case_key, deliveries.c.kind)).all()
    for row in rows:
        if row.kind == "open":
            history.touch(connection, row.case_key, system="casebook")
