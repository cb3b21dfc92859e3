"""Test points, reopenings and filters of cases on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.city import City, load_city
from ledger import read
from ledger.cases import fields, priorities, workflow
from ledger.cases.grouping.merging import keep_apart
from ledger.cases.history.undo import undo
from ledger.database import Ledger
from ledger.leases import hold
from ledger.processing import decisions
from tests.support.seeded import fill, store_and_decide

pytest_plugins = ("tests.support.ledger_fixtures",)
MADRID: City = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)


def of(ledger: Ledger, topic: str) -> str:
    return next(one.case_key for one in read.case_records(ledger) if one.topic == topic)


def test_reopenings_are_counted_in_one_pass_and_filter_the_list(ledger: Ledger) -> None:
    fill(ledger, MADRID, 24, NOW)
    bins, lamp = of(ledger, "waste_cleaning"), of(ledger, "street_lighting")
    for key, times in ((bins, 3), (lamp, 1)):
        for _ in range(times):
            workflow.change(ledger, key, "resolved", "ana", "", NOW)
            workflow.change(ledger, key, "assigned", "ana", "", NOW)
    assert read.reopening_counts(ledger, [bins, lamp, "C-none"]) == {bins: 3, lamp: 1}
    assert [one.case_key for one in read.case_records(ledger, reopened_at_least=2)] == [bins]
    assert [count for _, count in read.reopened_by_department(ledger, 1)] == [1, 1]
    assert read.count_cases(ledger, case_keys=[lamp]) == 1
    assert read.count_cases(ledger, case_keys=[]) == 0
    assert read.cases_to_prioritise(ledger, 10) == sorted([bins, lamp])
    with decisions.known_posts(ledger) as known:
        incident = known.incident(read.incident_key_of(ledger, bins) or "", ends=5)
    assert incident is not None
    assert incident.reopened == 3


def test_a_new_post_never_overwrites_a_priority_of_a_person_and_updates_its_points(ledger: Ledger) -> None:
    posts = fill(ledger, MADRID, 24, NOW)
    bins = of(ledger, "waste_cleaning")
    fields.set_fields(ledger, bins, "priority", {"priority": 1}, "ana", "", NOW)
    members = {one.post_id for one in read.post_records(ledger) if one.case_key == bins}
    parent = next(one for one in posts if one.post_id in members)
    answer = parent.model_copy(update={"post_id": "f" * 32, "reply_to": parent.post_id, "author": "new", "text": "Es un peligro (24)"})
    store_and_decide(ledger, MADRID, [answer], NOW + timedelta(minutes=5))
    [record] = [one for one in read.case_records(ledger) if one.case_key == bins]
    assert (record.priority, record.posts) == (1, len(members) + 1)
    made_of = read.priorities(ledger, [bins])[bins]
    assert made_of.by_person
    assert {one.name for one in made_of.points} == {"complaint", "harm"}
    assert hold(ledger, "triage", "w", NOW, timedelta(minutes=5))
    with decisions.known_posts(ledger) as known:
        incident = known.incident(read.incident_key_of(ledger, bins) or "", ends=5)
    assert incident is not None
    assert incident.case is not None
    priorities.store_priority(ledger, incident.case.model_copy(update={"priority": 5}), "w", "computed", NOW)
    assert read.case_records(ledger, order="priority")
    assert next(one.priority for one in read.case_records(ledger) if one.case_key == bins) == 1


def test_not_the_same_is_undone_by_deleting_its_rulings_only(ledger: Ledger) -> None:
    fill(ledger, MADRID, 24, NOW)
    bins, lamp = of(ledger, "waste_cleaning"), of(ledger, "street_lighting")
    assert hold(ledger, "triage", "ana", NOW, timedelta(minutes=5))
    for moment in (NOW, NOW + timedelta(microseconds=1)):
        keep_apart(ledger, bins, lamp, "ana", "", moment)
    count = len(list(read.incident_rulings(ledger)))
    work = read.case_work(ledger, bins)
    assert work is not None
    undo(ledger, work.changes[0].id, "ana", "", NOW)
    assert len(list(read.incident_rulings(ledger))) == count // 2 > 0
