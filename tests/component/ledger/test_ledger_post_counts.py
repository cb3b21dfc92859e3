"""The counts that the desk keeps are those of the ledger's posts, after any change by anyone."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise, product

import pytest
from sqlalchemy import Connection, select

from core.records.annotation import SENTIMENTS, TOPICS
from core.records.read_models import PostRecord
from ledger import read, schema
from ledger.cases import corrections
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.processing import annotations
from ledger.read.posts.slots import Slot
from ledger.retention import forget
from ledger.retention.post_days import compact_post_days
from tests.support.ledger_facts import ALCALA, LEASE, NOW, SOL, arrive, decide, into_case, no_case, opened_case, post, read_all, reading

pytest_plugins = ("tests.support.ledger_fixtures",)

WINDOWS = ((None, None), (NOW - 30 * timedelta(hours=1), None), (NOW - timedelta(hours=50), NOW - timedelta(hours=7)))
LENSES: tuple[dict[str, str], ...] = (
    {},
    {"topic": "noise"},
    {"topic": "noise", "district": "Centro", "decision": "no_case"},
    {"source": "nowhere"},
    {"barrio": "Sol", "topic": "noise"},
)
BOUNDS = [NOW - 40 * timedelta(hours=1), NOW - 20 * timedelta(hours=1), NOW - timedelta(hours=3), NOW]


def values_of(one: PostRecord) -> dict[str, str | None]:
    return {name: getattr(one, name) for name in (*read.FACETS, "barrio")}


def counted(records: list[PostRecord], chosen: dict[str, str]) -> tuple[int, dict[str, dict[str, int]]]:
    """Count posts one by one, as a reader of the list would."""
    found: dict[str, dict[str, int]] = {}
    for facet in read.FACETS:
        others = {name: value for name, value in chosen.items() if name != facet}
        shown = [one for one in map(values_of, records) if others.items() <= one.items()]
        found[facet] = dict(Counter(value for one in shown if (value := one[facet]) is not None))
    return sum(chosen.items() <= values_of(one).items() for one in records), found


def slots_of(records: list[PostRecord]) -> list[Slot]:
    found: dict[tuple[int, str | None], list[PostRecord]] = {}
    for one in records:
        for number, (since, until) in enumerate(pairwise(BOUNDS)):
            if since <= one.created_at < until:
                found.setdefault((number, one.topic), []).append(one)
    return [Slot(*key, len(some), sum(one.intent == "complaint" for one in some)) for key, some in found.items()]


def places_of(records: list[PostRecord], by: str) -> dict[str, int]:
    return dict(Counter(place for one in records if (place := getattr(one, by)) is not None))


def assert_exact(kept: read.PostCounts, ledger: Ledger) -> None:
    for of, (since, until) in product(read.POPULATIONS, WINDOWS):
        records = read.messages(ledger, of=of, limit=10_000, since=since, until=until)
        for chosen in LENSES:
            expected = counted(records, chosen)
            assert kept.facets(chosen, of=of, since=since, until=until) == expected
            assert kept.count(chosen, of=of, since=since, until=until) == expected[0]
        for by in ("district", "barrio"):
            assert kept.places(by, {}, of=of, since=since, until=until) == places_of(records, by)
    citizens = read.messages(ledger, limit=10_000)
    assert sorted(kept.slots(BOUNDS, {}), key=str) == sorted(slots_of(citizens), key=str)
    everything = read.messages(ledger, of="all", limit=10_000)
    occurring = {facet: {value for one in everything if (value := values_of(one)[facet])} for facet in read.FACETS}
    assert {facet: set(values) for facet, values in kept.values().items()} == occurring


def changes(ledger: Ledger, dice: random.Random) -> Iterator[Callable[[], object]]:
    """Yield what the pipeline, staff and citizens do to posts."""

    def annotate() -> None:
        claimed = annotations.claim_pending(ledger, "reader", 7, NOW, LEASE)
        found = [
            reading(
                one,
                topic=dice.choice(("noise", *TOPICS[:3])),
                sentiment=dice.choice(SENTIMENTS),
                spam=dice.random() < 0.2,
                relevance=dice.random() < 0.8,
                places=(dice.choice((ALCALA, SOL)),),
                language=dice.choice(("es", "ca")),
            )
            for one in claimed
        ]
        annotations.store_annotations(ledger, "reader", found, [], NOW)

    def decided() -> None:
        waiting = read.post_records(ledger, state="classified", decision="untriaged", limit=5)
        posts = [found for one in waiting if (found := read.post_of(ledger, one.post_id)) is not None]
        outcomes = [no_case(one, dice.choice(("no_case", "in_review"))) for one in posts[1:]]
        decide(ledger, [*(into_case(posts[0]) if posts else []), *outcomes])

    def correct() -> None:
        ids = [one.post_id for one in read.post_records(ledger, state="classified")]
        if ids:
            question, value = dice.choice((("topic", "noise"), ("spam", True), ("relevance", False), ("spam", False)))
            corrections.correct(ledger, dice.choice(ids), question, value, "ana", "", NOW)

    def erase() -> None:
        ids = [one.post_id for one in read.post_records(ledger)]
        forget.erase_post(ledger, dice.choice(ids), "request", NOW)

    def edit() -> None:
        one = read.post_of(ledger, dice.choice([one.post_id for one in read.post_records(ledger)]))
        assert one is not None
        changed = one.model_copy(update={"text": f"{one.text} !", "edited_at": NOW, "origin": "sealed"})
        arrive(ledger, [changed], one.source)

    numbers = iter(range(1000))
    yield lambda: arrive(ledger, [post(next(numbers), own=dice.random() < 0.2) for _ in range(9)])
    yield lambda: arrive(ledger, [post(next(numbers), source="x", language="gl") for _ in range(3)], "x")
    yield annotate
    yield decided
    yield correct
    yield erase
    yield edit
    yield lambda: forget.forget_older(ledger, NOW - timedelta(hours=60), NOW, limit=2)
    yield lambda: compact_post_days(ledger)


def test_the_kept_counts_are_exact_after_every_change_by_another_process(ledger: Ledger, other: Ledger) -> None:
    kept, dice = read.PostCounts(ledger), random.Random(1)  # noqa: S311  actions to try
    assert_exact(kept, ledger)
    actions = list(changes(other, dice))
    for action in (*actions[:4], *dice.choices(actions, k=8)):
        action()
        assert_exact(kept, ledger)
    assert kept.count({}, of="all") > 5


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_page_is_found_by_the_times_of_its_posts(ledger: Ledger, oldest_first: bool) -> None:
    arrive(ledger, [post(n, created_at=NOW - (n // 4) * timedelta(minutes=1), own=n % 3 == 0) for n in range(40)])
    kept, after, seen = read.PostCounts(ledger), None, list[str]()
    while True:
        times = kept.times({}, after=after and after[0], oldest_first=oldest_first, limit=7)
        page = read.messages(ledger, after=after, oldest_first=oldest_first, limit=7, times=times)
        seen += [one.post_id for one in page]
        if len(page) < 7:
            break
        after = page[-1].created_at, page[-1].post_id
    assert seen == [one.post_id for one in read.messages(ledger, oldest_first=oldest_first, limit=100)]
    assert len(seen) == 26


def test_the_newest_posts_begin_where_the_list_says(ledger: Ledger) -> None:
    arrive(ledger, [post(n, own=n % 3 == 0) for n in range(20)])
    kept, citizens = read.PostCounts(ledger), read.messages(ledger, limit=100)
    assert kept.newest_since(5) == citizens[4].created_at
    assert kept.newest_since(2, until=citizens[4].created_at) == citizens[6].created_at
    assert kept.newest_since(len(citizens) - 1) == citizens[-2].created_at
    assert kept.newest_since(len(citizens)) is None, "no more than these"
    assert kept.newest_since(3, since=citizens[2].created_at) is None


def test_only_the_days_that_changed_are_read_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(ledger, [post(n) for n in range(72)])
    read_all(ledger)
    kept, days, read_days = read.PostCounts(ledger), list[str](), read.PostCounts._read_days

    def noted(self: read.PostCounts, connection: Connection, stale: list[str]) -> None:
        days.extend(stale)
        read_days(self, connection, stale)

    kept.count({})
    monkeypatch.setattr(read.PostCounts, "_read_days", noted)
    kept.count({})
    assert days == []
    corrections.correct(ledger, post(30).post_id, "topic", "noise", "ana", "", NOW)
    assert kept.count({"topic": "noise"}) == 1
    assert days == ["2026-11-23"]


def test_compacting_leaves_one_row_a_day_and_the_same_sums(ledger: Ledger) -> None:
    opened_case(ledger, *(post(n) for n in range(30)))
    arrive(ledger, [post(n) for n in range(30, 40)])
    before = sums(ledger)
    compact_post_days(ledger)
    assert sums(ledger) == before
    with ledger.read() as connection:
        assert len(connection.execute(select(schema.post_days.c.day)).all()) == len(before)


def sums(ledger: Ledger) -> Counter[str]:
    with ledger.read() as connection:
        found = Counter[str]()
        for row in connection.execute(select(schema.post_days.c.day, schema.post_days.c.changes)):
            found[row.day] += row.changes
        return found


def test_what_is_rolled_back_counts_nowhere(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    kept = read.PostCounts(ledger)
    assert kept.count({}, of="all") == 2
    with writing(ledger) as connection:
        connection.execute(schema.posts.update().values(own=True, version=schema.posts.c.version + 1))
        connection.rollback()
    assert kept.count({}, of="own") == 0
