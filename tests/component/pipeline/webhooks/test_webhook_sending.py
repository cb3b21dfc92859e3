"""Test that events arrive at least once and in order per case, whatever the receiver does."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from contact_centre.webhooks import sending
from contact_centre.webhooks.outcome import ATTEMPTS
from escucha.commands.status import format_webhook
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from pipeline import webhooks
from pipeline.context import Context
from pipeline.outbox.sending import LEASE
from pipeline.webhooks import retry_webhooks, send_webhooks, webhook_states
from tests.support.clock import set_clock
from tests.support.killing import killed_at
from tests.support.ledger_facts import NOW, SALT, opened_case, post
from tests.support.receiver import Receiver, answer, drip, drop, first, flood, garbage, hang
from tests.support.webhook_rig import TYPE, context_of, names, send_at

pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.mark.parametrize(
    "bad",
    [answer(400), answer(500), answer(503), answer(302, Location="/elsewhere"), drop, drip, hang, garbage],
    ids=["400", "500", "503", "redirect", "drop", "drip", "hang", "garbage"],
)
def test_a_failed_event_is_sent_again_before_the_next_of_its_case(
    context: Context, there: Receiver, bad: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.behaviour = first(1, bad)  # type: ignore[arg-type]
    key = opened_case(context.ledger, post(1))
    workflow.change(context.ledger, key, "resolved", "ana", "", NOW)
    with pytest.MonkeyPatch.context() as hasty:  # the second time it answers, and a busy machine may take its time
        if bad in (drip, hang):
            hasty.setattr(sending, "WHOLE_S", 1.0)
        assert send_at(context, NOW, monkeypatch) == {"webhooks_delayed": 1}
    assert send_at(context, NOW + timedelta(seconds=5), monkeypatch) == {}
    (state,) = webhook_states(context)
    assert (state["pending"], state["dead"]) == (2, 0)
    assert state["reason"]
    assert send_at(context, NOW + timedelta(minutes=5), monkeypatch) == {"webhooks_sent": 2}
    assert names(there) == ["opened", "opened", "closed"]
    assert len({one.headers["webhook-id"] for one in there.taken}) == 2
    assert there.taken[0].body == there.taken[1].body


def test_an_endless_body_is_not_read(context: Context, there: Receiver) -> None:
    there.behaviour = flood
    opened_case(context.ledger, post(1))
    assert send_webhooks(context) == {"webhooks_sent": 1}


def test_a_receiver_that_is_busy_gets_the_time_it_asked_for(context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    there.behaviour = first(1, answer(429, Retry_After="7200"))
    for n in (1, 2, 3):
        opened_case(context.ledger, post(n))
    assert send_at(context, NOW, monkeypatch) == {"webhooks_delayed": 1}
    assert send_at(context, NOW + timedelta(seconds=7_190), monkeypatch) == {}
    assert send_at(context, NOW + timedelta(seconds=7_200), monkeypatch) == {"webhooks_sent": 3}


def test_a_receiver_that_is_gone_gets_nothing_until_a_person_retries(context: Context, there: Receiver) -> None:
    there.behaviour = first(1, answer(410))
    for n in (1, 2):
        opened_case(context.ledger, post(n))
    assert send_webhooks(context) == {"webhooks_delayed": 1}
    assert send_webhooks(context) == {}
    (state,) = webhook_states(context)
    assert "STOPPED" in format_webhook(state)
    assert retry_webhooks(context) == {"queued_again": 0}
    assert send_webhooks(context) == {"webhooks_sent": 2}
    assert "STOPPED" not in format_webhook(webhook_states(context)[0])


def test_an_event_refused_too_often_is_a_dead_letter_and_stops_no_other_case(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts: list[str] = []
    monkeypatch.setattr(webhooks, "alert", lambda _settings, _city, _task, why, *_: alerts.append(why))
    poison = opened_case(context.ledger, post(1))
    opened_case(context.ledger, post(2))
    there.behaviour = lambda handler, _number: answer(500 if there.taken[-1].event["subject"] == poison else 200)(handler, 1)
    total: Counter[str] = Counter()
    for day in range(2 * ATTEMPTS):
        total.update(send_at(context, NOW + timedelta(days=day), monkeypatch))
    assert total == {"webhooks_sent": 1, "webhooks_delayed": ATTEMPTS - 1, "webhooks_refused": 1}
    assert len(alerts) == 1
    assert "given up" in alerts[0]
    assert "GIVEN UP" in format_webhook(webhook_states(context)[0])
    there.behaviour = None
    assert retry_webhooks(context) == {"queued_again": 1}
    assert send_at(context, NOW, monkeypatch) == {"webhooks_sent": 1}


@pytest.mark.parametrize("point", ["event.claimed", "event.sent", "event.stored"])
@pytest.mark.parametrize("number", [1, 2])
def test_no_event_is_lost_when_the_process_is_killed(
    context: Context, there: Receiver, url: str, point: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened_case(context.ledger, post(1))
    workflow.change(context.ledger, key, "resolved", "ana", "", NOW)
    opened_case(context.ledger, post(2))
    set_clock(monkeypatch, NOW)

    def work() -> None:
        send_webhooks(context_of(open_ledger(url, SALT), context.settings.home, *context.city.webhooks))

    assert killed_at(f"{point}:{number}", work)
    send_at(context, NOW, monkeypatch)
    send_at(context, NOW + LEASE, monkeypatch)
    assert (webhook_states(context)[0]["pending"], webhook_states(context)[0]["dead"]) == (0, 0)
    ids = Counter(one.headers["webhook-id"] for one in there.taken)
    assert len(ids) == 3
    assert sum(ids.values()) == 3 + (point == "event.sent")
    of_case = [one.event["type"].removeprefix(TYPE) for one in there.taken if one.event["subject"] == key]
    assert list(dict.fromkeys(of_case)) == ["opened", "closed"]


def test_two_workers_send_each_event_once_and_in_order(context: Context, there: Receiver, other: Ledger) -> None:
    for n in range(1, 9):
        key = opened_case(context.ledger, post(n))
        workflow.change(context.ledger, key, "resolved", "ana", "", NOW)
    second = context_of(other, context.settings.home, *context.city.webhooks)
    threads = [threading.Thread(target=send_webhooks, args=(one,)) for one in (context, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_webhooks(context)
    assert len(there.taken) == len({one.headers["webhook-id"] for one in there.taken}) == 16
    order: dict[str, list[str]] = {}
    for one in there.taken:
        order.setdefault(one.event["subject"], []).append(one.event["type"].removeprefix(TYPE))
    assert list(order.values()) == [["opened", "closed"]] * 8
