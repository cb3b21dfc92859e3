"""Test which changes of a case are events, and what an event says."""

import os
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import ChangeRefusedError
from ledger import leases, read, schema
from ledger.cases import workflow
from ledger.cases.grouping import merging
from ledger.cases.history import entries as history, undo
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from pipeline.context import Context
from pipeline.steps.deliver import deliver
from pipeline.webhooks import KEPT, send_webhooks
from tests.support.killing import killed_at
from tests.support.ledger_facts import LEASE, NOW, SALT, arrive, case_key, decide, into_case, opened_case, post, read_all, unbalanced
from tests.support.receiver import Receiver, answer
from tests.support.webhook_rig import NEW_KEY, OLD_KEY, TYPE, by_hand, context_of, hook, names, send_at, signatures

pytest_plugins = ("tests.support.ledger_fixtures",)


def written(ledger: Ledger) -> list[tuple[str, str, int]]:
    table = schema.case_events.c
    with ledger.read() as connection:
        rows = connection.execute(select(table.case_key, table.name, table.sequence).order_by(table.id))
        return [tuple(row) for row in rows]


def as_person(ledger: Ledger) -> None:
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)


def test_each_change_of_a_case_writes_its_event_once(ledger: Ledger) -> None:
    one, two, three = post(1), post(2), post(3)
    key, other = opened_case(ledger, one, two), opened_case(ledger, three)
    workflow.change(ledger, key, "assigned", "ana", "", NOW)
    workflow.change(ledger, key, "answered", "ana", "", NOW)
    workflow.change(ledger, key, "resolved", "ana", "", NOW)
    with pytest.raises(ChangeRefusedError):
        workflow.change(ledger, key, "answered", "ana", "", NOW)
    arrive(ledger, [again := post(4)])
    read_all(ledger)
    decide(ledger, [into_case(one, again)[1]])
    as_person(ledger)
    merging.merge(ledger, other, key, "ana", "", NOW)
    found = [(case, name) for case, name, _ in written(ledger)]
    assert found == [(key, "opened"), (other, "opened"), (key, "answered"), (key, "closed"), (key, "reopened"), (other, "merged")]
    for case in (key, other):
        sequence = [number for of, _, number in written(ledger) if of == case]
        assert sequence == sorted(set(sequence))


def test_counts_and_the_other_case_are_in_the_event(ledger: Ledger) -> None:
    posts = [post(n) for n in (1, 2, 3)]
    key, other = opened_case(ledger, *posts), opened_case(ledger, post(9))
    as_person(ledger)
    merging.merge(ledger, other, key, "ana", "", NOW)
    with ledger.read() as connection:
        table = schema.case_events.c
        data = {row.name: row.data for row in connection.execute(select(table.name, table.data).order_by(table.id.desc()))}
        change = connection.execute(select(schema.case_changes.c.id)).scalar_one()
    assert data["merged"]["merged_into"] == key
    assert (data["merged"]["posts"], data["opened"]["posts"], data["opened"]["authors"]) == (1, 3, 3)
    undo.undo(ledger, change, "ana", "", NOW)
    assert written(ledger)[-1][:2] == (other, "reopened")


def test_a_split_is_two_events(ledger: Ledger) -> None:
    posts = [post(1), post(2)]
    key = opened_case(ledger, *posts)
    made = into_case(posts[1])[0]
    assert made.case is not None
    assert made.incident is not None
    as_person(ledger)
    assert merging.split(ledger, key, made.case, made.incident, "ana", "", NOW)
    assert [one[:2] for one in written(ledger)] == [(key, "opened"), (key, "split"), (made.case.key, "opened")]
    with ledger.read() as connection:
        data = list(connection.execute(select(schema.case_events.c.data).order_by(schema.case_events.c.id)).scalars())
    assert (data[1]["split_into"], data[2]["split_from"], data[1]["posts"], data[2]["posts"]) == (made.case.key, key, 1, 1)


def test_replayed_cases_have_no_events(ledger: Ledger) -> None:
    opened_case(ledger, post(1), replay=True)
    example = post(2, source="example-web")
    arrive(ledger, [example], source="example-web")
    read_all(ledger)
    assert decide(ledger, into_case(example)) == 1
    assert written(ledger) == []


def test_an_event_is_a_signed_cloudevent_without_words_of_citizens(context: Context, there: Receiver) -> None:
    said = post(1)
    key = opened_case(context.ledger, said)
    assert deliver(context) == {"delivered": 0, "webhooks_sent": 1}
    assert deliver(context) == {"delivered": 0}
    (taken,) = there.taken
    event = taken.event
    assert taken.headers["content-type"].startswith("application/cloudevents+json")
    assert {"specversion": "1.0", "type": f"{TYPE}opened", "subject": key, "sequence": "0000000001"}.items() <= event.items()
    assert event["id"] == taken.headers["webhook-id"]
    assert datetime.fromisoformat(event["time"]) == NOW
    desk = context.settings.desk_address
    assert event["source"] == desk
    assert event["data"] == {
        "case": key,
        "service": "roads_pavements",
        "department": "Vías públicas",
        "kind": None,
        "state": "new",
        "received_at": said.received_at.isoformat(),
        "due_at": (said.received_at + timedelta(hours=48)).isoformat(),
        "posts": 1,
        "authors": 1,
        "url": f"{desk}/cases/{key}",
    }
    for word in (said.text, said.author, said.post_id, "Alcalá", "bache", "Salamanca"):
        assert str(word) not in taken.body.decode()
    assert signatures(taken) == [by_hand(NEW_KEY, taken), by_hand(OLD_KEY, taken)]


def test_only_the_wanted_events_are_sent(ledger: Ledger, there: Receiver, tmp_path: Path) -> None:
    key = opened_case(ledger, post(1))
    workflow.change(ledger, key, "resolved", "ana", "", NOW)
    send_webhooks(context_of(ledger, tmp_path, hook(there.url, events=["closed"])))
    assert names(there) == ["closed"]


def test_a_change_that_is_killed_leaves_neither_change_nor_event(ledger: Ledger, url: str) -> None:
    key = opened_case(ledger, post(1))
    before = written(ledger)

    def work() -> None:
        with writing(open_ledger(url, SALT)) as connection:
            history.add_step(connection, key, "resolved", NOW, "ana", "")
            os.kill(os.getpid(), signal.SIGKILL)

    assert killed_at("never:1", work)
    assert written(ledger) == before


def test_old_events_are_deleted_unless_they_wait(context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_case(context.ledger, post(1))
    send_at(context, NOW, monkeypatch)
    there.behaviour = answer(400)
    opened_case(context.ledger, post(2))
    send_at(context, NOW + KEPT + timedelta(hours=1), monkeypatch)
    assert [one.thread for one in read.outbox(context.ledger)] == [case_key(post(2))]
    assert (written(context.ledger), unbalanced(context.ledger)) == ([], [])
