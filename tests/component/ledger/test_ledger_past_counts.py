"""Counting what the retention forgets: numbers for the forecast stay, once, and nothing that leads to a post."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ledger import read, schema
from ledger.database import Ledger
from ledger.processing import annotations
from ledger.retention import forget
from tests.support.ledger_facts import LEASE, NOW, arrive, post, read_all, reading, upstream_deleted

pytest_plugins = ("tests.support.ledger_fixtures",)

DAY = timedelta(days=1)
LONG_AGO = NOW - 400 * DAY


def kept(ledger: Ledger) -> list[tuple[object, ...]]:
    """Return the rows of the kept numbers, without the source's name."""
    table = schema.past_counts.c
    with ledger.read() as connection:
        statement = select(table.day, table.topic, table.district, table.made_up, table.number).order_by(*table)
        return [tuple(row) for row in connection.execute(statement)]


def counted(ledger: Ledger, since: datetime = LONG_AGO) -> list[tuple[object, ...]]:
    """Return what a forecast counts: day, service and district."""
    return sorted((one.at.date(), one.topic, one.district) for one in read.complaints(ledger, since))


def test_a_forecast_counts_the_same_before_and_after_the_retention(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2), post(30), post(31), post(60)])
    read_all(ledger)
    before = counted(ledger)
    assert len(before) == 5
    assert forget.forget_older(ledger, NOW - DAY, NOW) == 3
    assert counted(ledger) == before
    first, second = post(30).created_at.date(), post(60).created_at.date()
    district = before[0][2] or ""
    assert kept(ledger) == [(second, "roads_pavements", district, False, 1), (first, "roads_pavements", district, False, 2)]
    assert forget.forget_older(ledger, NOW, NOW) == 2
    assert counted(ledger) == before


def test_what_is_no_complaint_of_a_citizen_is_not_kept(ledger: Ledger) -> None:
    praise, elsewhere, spam, complaint = (post(n) for n in (30, 31, 32, 33))
    arrive(ledger, [praise, elsewhere, spam, complaint])
    annotations.claim_pending(ledger, "reader", 100, NOW, LEASE)
    made = [reading(praise, intent="praise"), reading(elsewhere, relevance=False), reading(spam, spam=True), reading(complaint)]
    annotations.store_annotations(ledger, "reader", made, [], NOW)
    forget.forget_older(ledger, NOW, NOW)
    assert [row[-1] for row in kept(ledger)] == [1]


def test_what_a_person_or_its_network_deleted_is_counted_no_more(ledger: Ledger) -> None:
    arrive(ledger, [post(30), post(31)])
    read_all(ledger)
    forget.erase_post(ledger, post(30).post_id, "erasure", NOW)
    assert upstream_deleted(ledger, "archive", [post(31).post_id], NOW) == 1
    assert kept(ledger) == []
    assert counted(ledger) == []


def test_a_run_that_is_killed_counts_each_post_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(ledger, [post(30), post(31)])
    read_all(ledger)
    before = counted(ledger)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(forget, "anonymise_cases", die)
        with pytest.raises(KeyboardInterrupt):
            forget.forget_older(ledger, NOW, NOW)
    assert kept(ledger) == []
    assert counted(ledger) == before
    assert forget.forget_older(ledger, NOW, NOW) == 2
    assert counted(ledger) == before


def test_two_workers_that_forget_at_once_count_each_post_once(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(30, 54)])
    read_all(ledger)
    before = counted(ledger)
    with ThreadPoolExecutor(2) as workers:
        forgotten = workers.map(lambda one: forget.forget_older(one, NOW, NOW), (ledger, other))
        assert sum(forgotten) == 24
    assert counted(ledger) == before


def test_replayed_and_example_posts_stay_apart(ledger: Ledger) -> None:
    arrive(ledger, [post(30), post(31, replayed_from=LONG_AGO)])
    read_all(ledger)
    forget.forget_older(ledger, NOW, NOW)
    assert {row[3]: row[4] for row in kept(ledger)} == {False: 1, True: 1}
    assert sorted(one.made_up for one in read.complaints(ledger, LONG_AGO)) == [False, True]


def test_a_source_that_does_not_count_does_not_count_later_either(ledger: Ledger) -> None:
    arrive(ledger, [post(30)])
    read_all(ledger)
    forget.forget_older(ledger, NOW, NOW)
    assert len(read.complaints(ledger, LONG_AGO)) == 1
    assert read.complaints(ledger, LONG_AGO, without={"archive"}) == []


def test_the_numbers_name_no_post_person_place_or_hour() -> None:
    assert [column.name for column in schema.past_counts.columns] == ["day", "source", "made_up", "topic", "district", "number"]
