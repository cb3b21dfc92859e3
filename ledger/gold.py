"""Store samples of posts, and what people answer about them.

A person's answers are changed by that person alone, who may take back the last one. They are erased with their post.

Rows are locked in this order everywhere, otherwise two workers could deadlock: posts, the sample, its posts, answers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from core.errors import ChangeRefusedError
from core.records.post import EXAMPLE
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing

CLAIMED = timedelta(minutes=30)
"""How long a post is kept for who has it before the eyes."""
GONE = "This post is no longer in the sample: it was erased meanwhile."
Of = Literal["live", "archive", "example"]
_samples, _posts, _labels = schema.gold_samples, schema.gold_posts, schema.gold_labels


def population(ledger: Ledger, of: Of, until: datetime) -> list[str]:
    """Return the ids of the posts that can be drawn, unordered.

    Read posts of others, without reposts, received until then.
    """
    posts = schema.posts.c
    example = posts.source.startswith(EXAMPLE, autoescape=True)
    replayed = posts.replayed_from.is_not(None)
    which = {"live": ~replayed & ~example, "archive": replayed & ~example, "example": example}[of]
    read = (posts.state == "classified") & ~posts.own & (posts.kind != "repost") & (posts.received_at <= until)
    with ledger.read() as connection:
        return list(connection.execute(select(posts.post_id).where(which, read)).scalars())


def draw(ledger: Ledger, seed: str, of: Of, until: datetime, number: int, post_ids: Sequence[str], who: str, now: datetime) -> None:
    """Store a new sample.

    Args:
        ledger: the open ledger.
        seed: from which the same posts are drawn again.
        of: the kind of posts it was drawn from.
        until: posts received later could not be drawn.
        number: of posts that could be drawn.
        post_ids: in the order of the draw.
        who: draws it.
        now: the current time.

    Raises:
        ChangeRefusedError: the sample before still has posts to label.
    """
    row = {"seed": seed, "of": of, "until": until, "population": number, "who": who, "at": now}
    meta = schema.meta.c
    with writing(ledger) as connection:
        # of two people who draw the first sample at once, the second one must see that of the first
        connection.execute(select(meta.value).where(meta.name == "ledger_id").with_for_update())
        kept = _stored(connection, post_ids)
        current = connection.execute(_newest().with_for_update()).scalar()
        if current is not None and connection.execute(_unlabelled(current).limit(1)).first() is not None:
            raise ChangeRefusedError("The sample still has unlabelled posts: label or skip them first.")
        sample = connection.execute(_samples.insert().values(**row).returning(_samples.c.number)).scalar_one()
        _add(connection, int(sample), 0, kept)
        why = f"{len(kept)} of {number}, seed {seed}"
        history.audit(connection, who, "gold_drawn", f"sample {sample}", why, now)


def extend(ledger: Ledger, sample: int, post_ids: Sequence[str], who: str, now: datetime) -> int:
    """Add the next posts of a draw; return how many.

    Of two people who extend it at once, the second adds only what the first did not.
    """
    held = select(_posts.c.post_id).where(_posts.c.sample == sample, _posts.c.post_id.in_(list(post_ids)))
    with writing(ledger) as connection:
        kept = _stored(connection, post_ids)
        _lock(connection, sample)
        known = set(connection.execute(held).scalars())
        added = [one for one in kept if one not in known]
        if not added:
            return 0
        last = connection.execute(select(func.max(_posts.c.place)).where(_posts.c.sample == sample)).scalar()
        _add(connection, sample, (last or 0), added)
        history.audit(connection, who, "gold_extended", f"sample {sample}", f"{len(added)} more", now)
    return len(added)


def _stored(connection: Connection, post_ids: Sequence[str]) -> list[str]:
    """Return these posts without those erased meanwhile, and keep them."""
    posts = schema.posts.c
    kept = select(posts.post_id).where(posts.post_id.in_(list(post_ids))).order_by(posts.post_id)
    stored = set(connection.execute(kept.with_for_update(read=True, key_share=True)).scalars())
    return [one for one in post_ids if one in stored]


def _lock(connection: Connection, sample: int) -> None:
    connection.execute(select(_samples.c.number).where(_samples.c.number == sample).with_for_update())


def _add(connection: Connection, sample: int, last: int, post_ids: Sequence[str]) -> None:
    rows = [{"sample": sample, "post_id": one, "place": n} for n, one in enumerate(post_ids, start=last + 1)]
    if rows:
        connection.execute(insert(connection, _posts).on_conflict_do_nothing(), rows)


def claim(ledger: Ledger, who: str, second: bool, now: datetime) -> str | None:
    """Keep the next post for a person; return its id.

    None: there is none left. What the person has claimed before comes first.

    Args:
        ledger: the open ledger.
        who: labels it.
        second: a post that one other person labelled.
        now: the current time.
    """
    labels = _labels.c
    of_post = (labels.sample == _posts.c.sample) & (labels.post_id == _posts.c.post_id)
    mine = exists().where(of_post, labels.who == who)
    count = select(func.count()).where(of_post).correlate(_posts).scalar_subquery()
    free = or_(_posts.c.claimed_by.is_(None), _posts.c.claimed_by == who, _posts.c.claimed_at < now - CLAIMED)
    wanted: ColumnElement[bool] = (count == (1 if second else 0)) & ~mine & free
    with writing(ledger) as connection:
        sample = connection.execute(_newest().with_for_update()).scalar()
        first = select(_posts.c.post_id).where(_posts.c.sample == sample, wanted)
        ordered = first.order_by(func.coalesce(_posts.c.claimed_by == who, False).desc(), _posts.c.place)
        found = connection.execute(ordered.limit(1)).scalar()
        _claim(connection, sample, found, who, now)
    return None if found is None else str(found)


def _claim(connection: Connection, sample: int | None, post_id: str | None, who: str, now: datetime) -> None:
    """Keep this post alone for a person; None: no post.

    Each row is changed once: PostgreSQL locks the post of a row that is changed twice, against the order of locks.
    """
    this = and_(_posts.c.sample == sample, _posts.c.post_id == post_id)
    others = (_posts.c.claimed_by == who) if post_id is None else (_posts.c.claimed_by == who) & ~this
    connection.execute(update(_posts).where(others).values(claimed_by=None, claimed_at=None))
    if post_id is not None:
        connection.execute(update(_posts).where(this).values(claimed_by=who, claimed_at=now))


def store(ledger: Ledger, sample: int, post_id: str, who: str, answers: Mapping[str, Any], now: datetime) -> None:
    """Store a person's answers about a post; none: it was skipped.

    The same form sent twice changes nothing the second time.

    Raises:
        ChangeRefusedError: the post is not in the sample any more.
    """
    row = {"sample": sample, "post_id": post_id, "who": who, "answers": dict(answers), "skipped": not answers, "at": now}
    this = (_posts.c.sample == sample) & (_posts.c.post_id == post_id)
    with writing(ledger) as connection:
        if not _stored(connection, [post_id]):
            raise ChangeRefusedError(GONE)
        _lock(connection, sample)
        if connection.execute(select(_posts.c.place).where(this).with_for_update()).first() is None:
            raise ChangeRefusedError(GONE)
        if connection.execute(insert(connection, _labels).values(**row).on_conflict_do_nothing()).rowcount:
            mine = this & (_posts.c.claimed_by == who)
            connection.execute(update(_posts).where(mine).values(claimed_by=None, claimed_at=None))
            said = ", ".join(f"{name}: {value}" for name, value in answers.items()) or "skipped"
            history.audit(connection, who, "gold_labelled", post_id, said, now)


def undo(ledger: Ledger, who: str, now: datetime) -> str:
    """Take back the last answers of a person; return the post.

    In the newest sample. The post is kept for this person, to be answered again.

    Raises:
        ChangeRefusedError: this person has answered nothing.
    """
    with writing(ledger) as connection:
        sample = connection.execute(_newest().with_for_update()).scalar()
        mine = (_labels.c.sample == sample) & (_labels.c.who == who)
        last = select(_labels.c.post_id).where(mine).order_by(_labels.c.at.desc(), _labels.c.post_id).limit(1)
        post_id = connection.execute(last).scalar()
        if post_id is None:
            raise ChangeRefusedError("You have labelled no post of this sample: there is nothing to take back.")
        connection.execute(delete(_labels).where(mine, _labels.c.post_id == post_id))
        _claim(connection, sample, post_id, who, now)
        history.audit(connection, who, "gold_undone", post_id, "", now)
    return str(post_id)


def drop_posts(connection: Connection, ids: Sequence[str]) -> None:
    """Delete posts from all samples, in the caller's transaction.

    The caller has locked the posts.
    """
    held = select(_posts.c.sample).where(_posts.c.post_id.in_(ids))
    connection.execute(select(_samples.c.number).where(_samples.c.number.in_(held)).order_by(_samples.c.number).with_for_update())
    for table in (_labels, _posts):
        connection.execute(delete(table).where(table.c.post_id.in_(ids)))


def _newest() -> Any:
    return select(_samples.c.number).order_by(_samples.c.number.desc()).limit(1)


def _unlabelled(sample: int) -> Any:
    labels = _labels.c
    known = exists().where(labels.sample == _posts.c.sample, labels.post_id == _posts.c.post_id)
    return select(_posts.c.post_id).where(_posts.c.sample == sample, ~known)
