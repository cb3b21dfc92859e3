"""Query samples of posts that staff label, and what they answered."""

from datetime import datetime

from sqlalchemy import select

from core.records import Json, Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger

_samples, _posts, _labels = schema.gold_samples.c, schema.gold_posts.c, schema.gold_labels.c


class GoldSample(Record):
    """Hold a sample and the posts that are still in it."""

    number: int
    seed: str
    of: str
    """`live`, `archive` or `example`: the posts it was drawn from."""
    until: UtcDatetime
    population: int
    who: str
    at: UtcDatetime
    post_ids: tuple[str, ...]
    """In the order of the draw."""


class GoldLabel(Record):
    """Hold what a person answered about a post."""

    place: int
    post_id: str
    who: str
    answers: Json
    """By question; empty: skipped."""
    at: UtcDatetime


def gold_sample(ledger: Ledger, until: datetime | None = None) -> GoldSample | None:
    """Return the newest sample drawn until then; None: there is none."""
    names = [name for name in GoldSample.model_fields if name != "post_ids"]
    statement = select(*(_samples[name] for name in names)).order_by(_samples.number.desc()).limit(1)
    if until is not None:
        statement = statement.where(_samples.at <= until)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        posts = select(_posts.post_id).where(_posts.sample == row["number"]).order_by(_posts.place)
        return GoldSample(**row, post_ids=tuple(connection.execute(posts).scalars()))


def gold_labels(ledger: Ledger, sample: int, until: datetime | None = None) -> list[GoldLabel]:
    """Return the answers about a sample, in the order of the draw.

    `until`: without those given later."""
    statement = (
        select(_posts.place, _labels.post_id, _labels.who, _labels.answers, _labels.at)
        .where(_labels.sample == sample, _posts.sample == sample, _posts.post_id == _labels.post_id)
        .order_by(_posts.place, _labels.at, _labels.who)
    )
    if until is not None:
        statement = statement.where(_labels.at < until)
    with ledger.read() as connection:
        return [GoldLabel(**row) for row in connection.execute(statement).mappings()]


def gold_answers_of(ledger: Ledger, post_id: str) -> list[GoldLabel]:
    """Return what people answered about a post, in every sample."""
    columns = (_posts.place, _labels.post_id, _labels.who, _labels.answers, _labels.at)
    joined = (_labels.sample == _posts.sample) & (_labels.post_id == _posts.post_id)
    statement = select(*columns).where(_labels.post_id == post_id, joined).order_by(_labels.at, _labels.who)
    with ledger.read() as connection:
        return [GoldLabel(**row) for row in connection.execute(statement).mappings()]


def gold_claim(ledger: Ledger, sample: int, who: str) -> str | None:
    """Return the post that is kept for a person, or None."""
    claimed = select(_posts.post_id).where(_posts.sample == sample, _posts.claimed_by == who)
    with ledger.read() as connection:
        found = connection.execute(claimed.limit(1)).scalar()
    return None if found is None else str(found)
