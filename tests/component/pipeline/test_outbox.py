"""Every kind of message: fenced when its process freezes, once when it is killed, refused in words."""

import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import OutcomeUnknownError, RefusedError
from core.records.outbox import LOOKED_FOR
from ledger import read
from ledger.database import Ledger
from ledger.database.writing import writing
from pipeline.casework.answering import answers as case_answers
from pipeline.outbox import people as outbox
from tests.support.clock import set_clock
from tests.support.killing import frozen_at, killed_at
from tests.support.ledger_facts import unbalanced
from tests.support.mail_server import MailServer
from tests.support.outbox_rig import CASES, Network, Sender, World, sender_of
from tests.support.receiver import Receiver, answer

pytest_plugins = ("tests.support.ledger_fixtures",)
PAST_THE_LEASE = timedelta(minutes=11)
POINTS = ("planned", "claimed", "connected", "sent", "stored")


@pytest.fixture
def world(server: MailServer, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(server, there, tmp_path, monkeypatch)


@pytest.fixture(params=CASES)
def sender(request: pytest.FixtureRequest, ledger: Ledger, url: str, world: World) -> Sender:
    return sender_of(request.param, ledger, url, world)


def later(sender: Sender, world: World, after: timedelta) -> None:
    """Run the step in this process at a later moment."""
    set_clock(world.monkeypatch, sender.moment + after)
    sender.step(sender.context)


@pytest.mark.parametrize("point", ["claimed", "connected"])
def test_a_process_frozen_past_its_lease_sends_nothing_after_it(sender: Sender, world: World, point: str) -> None:
    def other() -> None:
        later(sender, world, PAST_THE_LEASE)
        assert len(world.ids()) == 1

    frozen_at(f"{sender.kind}.{point}:1", sender.in_child, other)
    assert len(world.ids()) == 1
    [row] = read.outbox(sender.context.ledger)
    assert (row.kind, row.state, row.attempt) == (sender.kind, "sent", 2)
    assert unbalanced(sender.context.ledger) == []


def test_a_message_withdrawn_while_its_process_is_frozen_is_not_sent(sender: Sender, world: World) -> None:
    from ledger.outbox import planning
    from ledger.schema import outbox

    def withdraw() -> None:
        with writing(sender.context.ledger) as connection:
            assert planning.withdraw_waiting(connection, outbox.c.id > 0, "not wanted", sender.moment) == 1

    frozen_at(f"{sender.kind}.connected:1", sender.in_child, withdraw)
    later(sender, world, PAST_THE_LEASE)
    assert world.ids() == []
    assert [one.state for one in read.outbox(sender.context.ledger)] == ["withdrawn"]


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_what_comes_twice_has_the_same_id(sender: Sender, world: World, point: str) -> None:
    assert killed_at(f"{sender.kind}.{point}:1", sender.in_child)
    for minutes in (11, 22):
        later(sender, world, timedelta(minutes=minutes))
    assert len(set(world.ids())) == 1
    assert len(world.ids()) == (2 if point == "sent" and sender.kind not in LOOKED_FOR else 1)
    [row] = read.outbox(sender.context.ledger)
    assert (row.state, world.ids()[0].strip("<").partition("@")[0]) == ("sent", row.message_id)
    assert unbalanced(sender.context.ledger) == []


@pytest.mark.parametrize("sender", [one for one in CASES if one != "answer"], indirect=True)
def test_a_receiver_that_refuses_for_good_never_makes_a_run_red_and_is_given_up_in_words(sender: Sender, world: World) -> None:
    world.there.behaviour = answer(404)
    refusing = dict.fromkeys(("ana@ayto.test", "prensa@example.org", "ana@example.org"), "550 no such user")
    world.server.refused = refusing | {"ana@madrid.example": "550 no such user", "vias@example.org": "550 no such user"}
    for hours in range(0, 80, 2):
        later(sender, world, timedelta(hours=hours))
    assert world.ids() == [] or world.there.taken
    first = min(read.outbox(sender.context.ledger), key=lambda one: one.id)
    assert (first.state, first.attempt) == ("refused", 12)
    assert first.reason in ("mail to [address]: the server answered 550 no such user", "the receiver refused the event (404)")


def test_what_a_network_refuses_is_given_up_at_once_and_tried_again_by_a_person(ledger: Ledger, url: str, world: World) -> None:
    made = sender_of("answer", ledger, url, world)

    def refuse(*_: object) -> str:
        raise RefusedError("the message was deleted (403)")

    with pytest.MonkeyPatch.context() as refusing:
        refusing.setattr(Network, "reply", refuse)
        later(made, world, timedelta(0))
    [row] = read.outbox(ledger)
    [found] = read.answers(ledger)
    assert (row.state, row.reason, found.state, found.reason) == ("refused", "the message was deleted (403)") * 2
    outbox.retry(made.context, row.id, "eva")
    assert [one.state for one in read.answers(ledger)] == ["approved"]
    later(made, world, timedelta(minutes=1))
    [found] = read.answers(ledger)
    assert (found.state, found.url, found.reason, len(world.ids())) == ("sent", f"https://red.example/{found.key}", "", 1)


def test_an_answer_withdrawn_in_the_outbox_is_not_sent_and_may_be_copied(ledger: Ledger, url: str, world: World) -> None:
    made = sender_of("answer", ledger, url, world)
    [row] = read.outbox(ledger)
    outbox.withdraw(made.context, row.id, "eva")
    [found] = read.answers(ledger)
    assert (found.state, found.reason) == ("refused", "withdrawn by eva")
    case_answers.mark_copied(made.context, found.key, "ana")
    outbox.retry(made.context, row.id, "eva")
    later(made, world, timedelta(minutes=1))
    [row] = read.outbox(ledger)
    assert (row.state, row.reason, world.ids()) == ("withdrawn", "it is not approved any more", [])
    assert [one.state for one in read.answers(ledger)] == ["copied"]
    assert unbalanced(ledger) == []


def test_an_answer_that_may_have_arrived_is_looked_for_also_after_a_person_withdrew_it(ledger: Ledger, url: str, world: World) -> None:
    made = sender_of("answer", ledger, url, world)
    reply = Network.reply

    def take_and_drop(*arguments: Any) -> str:
        reply(*arguments)
        raise OutcomeUnknownError("connection closed before the answer")

    with pytest.MonkeyPatch.context() as losing:
        losing.setattr(Network, "reply", take_and_drop)
        later(made, world, timedelta(0))
    [row] = read.outbox(ledger)
    assert (row.state, [one.state for one in read.answers(ledger)]) == ("unknown", ["unknown"])
    outbox.withdraw(made.context, row.id, "eva")
    outbox.retry(made.context, row.id, "eva")
    later(made, world, timedelta(minutes=1))
    assert [one.state for one in read.answers(ledger)] == ["sent"]
    assert len(world.ids()) == 1


@pytest.mark.parametrize("arrives", [True, False])
def test_a_mail_without_an_answer_is_sent_again_with_its_id(ledger: Ledger, url: str, world: World, arrives: bool) -> None:
    made = sender_of("report", ledger, url, world)
    keep = world.server.handle_DATA

    async def take_and_drop(server: Any, session: Any, envelope: Any) -> str:
        if arrives:
            await keep(server, session, envelope)
        server.transport.abort()
        return "250 nobody hears it"

    world.server.handle_DATA = take_and_drop  # type: ignore[method-assign]
    later(made, world, timedelta(0))
    assert [one.state for one in read.outbox(ledger)] == ["pending"]
    world.server.handle_DATA = keep  # type: ignore[method-assign]
    later(made, world, timedelta(minutes=3))
    assert [one.state for one in read.outbox(ledger)] == ["sent"]
    assert (len(world.ids()), len(set(world.ids()))) == (2 if arrives else 1, 1)


@pytest.mark.slow
def test_many_kills_of_one_message_lose_nothing_and_make_no_second_one(sender: Sender, world: World) -> None:
    """Kill SEEDS times six runs, at points drawn at random; KILLED_AT names a file that counts the kills."""
    chance, kills = random.Random(os.environ.get("FIRST_SEED", "0") + sender.kind), 0  # noqa: S311  no secret
    for run in range(6 * int(os.environ.get("SEEDS", "1"))):
        commit = f"{chance.choice(('ledger.commit', 'ledger.committed'))}:{chance.randint(1, 5)}"
        point = chance.choice([*(f"{sender.kind}.{one}:1" for one in POINTS), commit])
        set_clock(world.monkeypatch, sender.moment + (run + 1) * PAST_THE_LEASE)
        kills += killed_at(point, sender.in_child)
    later(sender, world, timedelta(days=2))
    rows = read.outbox(sender.context.ledger)  # by now the next day's report is due, or the warning has ended
    assert {one.state for one in rows} == {"sent"}
    assert {one.strip("<").partition("@")[0] for one in world.ids()} == {one.message_id for one in rows}
    assert unbalanced(sender.context.ledger) == []
    if counted := os.environ.get("KILLED_AT"):
        with Path(counted).open("a", encoding="utf-8") as file:
            file.write(f"{sender.kind} {kills}\n")
