"""Case events reach other systems: signed, at least once, in order per case, whatever the receiver does."""

import base64
import hashlib
import json
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from contact_centre.webhooks import sending
from contact_centre.webhooks.outcome import ATTEMPTS
from core.config.city import City, load_city
from core.config.settings import Settings
from core.config.webhooks import Webhook
from core.errors import ChangeRefusedError, ConfigurationError
from escucha.commands.check import check_webhook_part
from escucha.commands.status import format_webhook
from ledger import leases, schema
from ledger.cases import history, merging, undo, workflow
from ledger.database import Ledger, open_ledger
from ledger.delivery import case_events
from pipeline import webhooks
from pipeline.context import Context
from pipeline.deliver import deliver
from pipeline.webhooks import retry_webhooks, send_webhooks, webhook_states
from tests.support.killing import killed_at
from tests.support.ledger_facts import (
    LEASE,
    NOW,
    SALT,
    arrive,
    case_key,
    decide,
    into_case,
    opened_case,
    post,
    read_all,
)
from tests.support.receiver import Receiver, Taken, answer, drip, drop, first, flood, garbage, hang, receiver

pytest_plugins = ("tests.support.ledger_fixtures",)

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
SECRETS = " ".join(f"whsec_{base64.b64encode(key).decode()}" for key in (NEW_KEY, OLD_KEY))
TYPE = "org.escucha.case."


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRETS)
    monkeypatch.setattr(sending, "WHOLE_S", 1.0)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def context(ledger: Ledger, there: Receiver, tmp_path: Path) -> Context:
    return context_of(ledger, tmp_path, hook(there.url))


def hook(url: str, **more: object) -> Webhook:
    return Webhook.model_validate({"url": url, "secret": "ESCUCHA_WEBHOOK_SECRET"} | more)


def context_of(ledger: Ledger, home: Path, *hooks: Webhook) -> Context:
    city: City = MADRID.model_copy(update={"webhooks": hooks})
    settings = Settings(home=home)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)


def send_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setattr(webhooks, "now", lambda: moment)
    return send_webhooks(context)


def names(there: Receiver) -> list[str]:
    return [one.removeprefix(TYPE) for one in there.types()]


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
    assert found == [
        (key, "opened"), (other, "opened"), (key, "answered"), (key, "closed"), (key, "reopened"), (other, "merged"),
    ]  # fmt: skip
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
        data = {
            row.name: row.data for row in connection.execute(select(table.name, table.data).order_by(table.id.desc()))
        }
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
    assert (data[1]["split_into"], data[2]["split_from"], data[1]["posts"], data[2]["posts"]) == (
        made.case.key,
        key,
        1,
        1,
    )


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
    assert {
        "specversion": "1.0",
        "type": f"{TYPE}opened",
        "subject": key,
        "sequence": "0000000001",
    }.items() <= event.items()
    assert event["id"] == taken.headers["webhook-id"]
    assert datetime.fromisoformat(event["time"]) == NOW
    desk = context.settings.desk_address
    assert event["source"] == desk
    assert event["data"] == {
        "case": key, "service": "roads_pavements", "department": "Vías públicas", "kind": None, "state": "new",
        "received_at": said.received_at.isoformat(), "due_at": (said.received_at + timedelta(hours=48)).isoformat(),
        "posts": 1, "authors": 1, "url": f"{desk}/cases/{key}",
    }  # fmt: skip
    for word in (said.text, said.author, said.post_id, "Alcalá", "bache", "Salamanca"):
        assert str(word) not in taken.body.decode()
    assert signatures(taken) == [by_hand(NEW_KEY, taken), by_hand(OLD_KEY, taken)]


def signatures(taken: Taken) -> list[str]:
    return taken.headers["webhook-signature"].split(" ")


def by_hand(key: bytes, taken: Taken) -> str:
    """Compute the HMAC from its definition (RFC 2104)."""
    text = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in padded) + text).digest()
    outer = hashlib.sha256(bytes(one ^ 0x5C for one in padded) + inner).digest()
    return f"v1,{base64.b64encode(outer).decode()}"


def test_only_the_wanted_events_are_sent(ledger: Ledger, there: Receiver, tmp_path: Path) -> None:
    key = opened_case(ledger, post(1))
    workflow.change(ledger, key, "resolved", "ana", "", NOW)
    send_webhooks(context_of(ledger, tmp_path, hook(there.url, events=["closed"])))
    assert names(there) == ["closed"]


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


def test_a_receiver_that_is_busy_gets_the_time_it_asked_for(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    there.behaviour = lambda handler, _number: answer(500 if there.taken[-1].event["subject"] == poison else 200)(
        handler, 1
    )
    total: Counter[str] = Counter()
    for day in range(2 * ATTEMPTS):
        total.update(send_at(context, NOW + timedelta(days=day), monkeypatch))
    assert total == {"webhooks_sent": 1, "webhooks_delayed": ATTEMPTS - 1, "webhooks_dead": 1}
    assert len(alerts) == 1
    assert "given up" in alerts[0]
    assert "GIVEN UP" in format_webhook(webhook_states(context)[0])
    there.behaviour = None
    assert retry_webhooks(context) == {"queued_again": 1}
    assert send_at(context, NOW, monkeypatch) == {"webhooks_sent": 1}


@pytest.mark.parametrize("point", ["webhooks.claimed", "webhooks.answered", "webhooks.stored"])
@pytest.mark.parametrize("number", [1, 2])
def test_no_event_is_lost_when_the_process_is_killed(
    context: Context, there: Receiver, url: str, point: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened_case(context.ledger, post(1))
    workflow.change(context.ledger, key, "resolved", "ana", "", NOW)
    opened_case(context.ledger, post(2))
    monkeypatch.setattr(webhooks, "now", lambda: NOW)

    def work() -> None:
        send_webhooks(context_of(open_ledger(url, SALT), context.settings.home, *context.city.webhooks))

    assert killed_at(f"{point}:{number}", work)
    send_at(context, NOW, monkeypatch)
    send_at(context, NOW + webhooks.LEASE, monkeypatch)
    assert (webhook_states(context)[0]["pending"], webhook_states(context)[0]["dead"]) == (0, 0)
    ids = Counter(one.headers["webhook-id"] for one in there.taken)
    assert len(ids) == 3
    assert sum(ids.values()) == 3 + (point == "webhooks.answered")
    of_case = [one.event["type"].removeprefix(TYPE) for one in there.taken if one.event["subject"] == key]
    assert list(dict.fromkeys(of_case)) == ["opened", "closed"]


def test_a_change_that_is_killed_leaves_neither_change_nor_event(ledger: Ledger, url: str) -> None:
    key = opened_case(ledger, post(1))
    before = written(ledger)

    def work() -> None:
        with open_ledger(url, SALT).write() as connection:
            history.add_step(connection, key, "resolved", NOW, "ana", "")
            os.kill(os.getpid(), signal.SIGKILL)

    assert killed_at("never:1", work)
    assert written(ledger) == before


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


def test_the_outcome_of_an_attempt_that_was_given_up_changes_nothing(context: Context) -> None:
    opened_case(context.ledger, post(1))
    (hooked,) = context.city.webhooks
    case_events.queue(context.ledger, {hooked.url: hooked.events}, NOW)
    late = case_events.claim(context.ledger, [hooked.url], "a", NOW, LEASE)
    assert late is not None
    assert case_events.claim(context.ledger, [hooked.url], "b", NOW, LEASE) is None
    again = case_events.claim(context.ledger, [hooked.url], "b", NOW + LEASE, LEASE)
    assert again is not None
    assert (again.event, again.attempt) == (late.event, 2)
    assert not case_events.mark_failed(context.ledger, late, "late", NOW, None)
    assert case_events.mark_sent(context.ledger, again, NOW)
    assert not case_events.mark_sent(context.ledger, again, NOW)


def test_a_missing_or_short_secret_is_named_and_events_wait(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, post(1))
    for value in ("", "whsec_c2hvcnQ=", base64.b64encode(NEW_KEY).decode(), "whsec_%%%"):
        monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", value)
        assert send_webhooks(context) == {}
        finding = check_webhook_part(context, context.city.webhooks[0])
        assert not finding.good
        assert "ESCUCHA_WEBHOOK_SECRET" in finding.message
        assert not value or value not in finding.message
    assert there.taken == []
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRETS)
    assert send_webhooks(context) == {"webhooks_sent": 1}


def test_a_name_with_a_private_address_gets_nothing(
    ledger: Ledger, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    port = there.url.rsplit(":", 1)[1].partition("/")[0]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: real("127.0.0.1" if "example" in host else host, *more, **named),
    )
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    context = context_of(ledger, tmp_path, hook(f"https://hooks.example:{port}/hook"))
    opened_case(ledger, post(1))
    assert send_webhooks(context) == {"webhooks_delayed": 1}
    assert "private address 127.0.0.1" in str(webhook_states(context)[0]["reason"])
    assert there.taken == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('url = "http://city.example/hook"', "https only"),
        ('url = "https://ana:clave@city.example/hook"', "without user"),
        ('url = "https:///hook"', "not an address"),
        ('url = "ftp://city.example/"', "not an address"),
        ('url = "https://city.example/"\nevents = ["burnt"]', "events"),
        ('url = "https://city.example/"\nevents = []', "events"),
        ('url = "https://city.example/"\nsecret = "ESCUCHA_SALT"', "secret"),
        ('url = "https://city.example/"\nsign = true', "allowed: "),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, table: str, words: str) -> None:
    profile = tmp_path / "madrid.toml"
    secret = "" if "\nsecret" in table else '\nsecret = "ESCUCHA_WEBHOOK_SECRET"'
    profile.write_text(f"{MADRID.path.read_text(encoding='utf-8')}\n[[webhooks]]\n{table}{secret}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="webhooks") as raised:
        load_city(profile)
    assert words in str(raised.value)


def test_check_sends_a_signed_test_event(context: Context, there: Receiver) -> None:
    (hooked,) = context.city.webhooks
    assert check_webhook_part(context, hooked).good
    (taken,) = there.taken
    assert taken.event["type"] == "org.escucha.test"
    assert by_hand(NEW_KEY, taken) in signatures(taken)
    there.behaviour = answer(404)
    assert "404" in check_webhook_part(context, hooked).message


def test_old_events_are_deleted_unless_they_wait(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_case(context.ledger, post(1))
    send_at(context, NOW, monkeypatch)
    there.behaviour = answer(400)
    opened_case(context.ledger, post(2))
    send_at(context, NOW + case_events.KEPT + timedelta(hours=1), monkeypatch)
    assert [one[0] for one in written(context.ledger)] == [case_key(post(2))]


def test_without_webhooks_events_wait_for_nothing(ledger: Ledger, tmp_path: Path, there: Receiver) -> None:
    opened_case(ledger, post(1))
    assert send_webhooks(context_of(ledger, tmp_path)) == {}
    assert send_webhooks(context_of(ledger, tmp_path, hook(there.url))) == {}
    opened_case(ledger, post(2))
    assert send_webhooks(context_of(ledger, tmp_path, hook(there.url))) == {"webhooks_sent": 1}
    assert json.loads(there.taken[0].body)["subject"] == case_key(post(2))
