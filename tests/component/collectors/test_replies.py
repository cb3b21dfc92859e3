"""Test that answers arrive once and that refusals are explained."""

import random
from collections.abc import Iterator

import pytest

from collectors.http import limits, writing
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError
from tests.support.patience import give_up_soon
from tests.support.reply_worlds import FAULTS, TEXT, WORLDS, ReplyWorld, random_faults
from tests.support.toxic import toxic

pytestmark = pytest.mark.parametrize("network", sorted(WORLDS))


@pytest.fixture
def world(network: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplyWorld]:
    with WORLDS[network]() as world:
        give_up_soon(monkeypatch, world.hangs, world.settled)
        yield world


def test_an_answer_is_published_and_found(world: ReplyWorld) -> None:
    assert world.find() is None
    address = world.reply()
    assert [TEXT in text for text in world.held()] == [True]
    assert world.find() == address
    assert world.find(text="Otra respuesta.", key="A-r1-2") is None


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "fine"])
def test_each_failure_says_whether_the_answer_may_have_arrived(world: ReplyWorld, fault: str) -> None:
    world.faults = [fault]
    expected = UnavailableError if fault == "busy" else OutcomeUnknownError
    with pytest.raises(expected):
        world.reply()
    assert (world.find() is not None) == (len(world.held()) == 1) == fault.endswith("_after")


@pytest.mark.parametrize("deliveries", [40, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_each_answer_arrives_once_under_random_failures(world: ReplyWorld, deliveries: int) -> None:
    dice = random.Random(7)  # noqa: S311
    for number, faults in enumerate(random_faults(13, deliveries)):
        world.faults = list(faults)
        world.choose(1 + number % 10)
        text = f"{TEXT} Aviso {number}."
        assert world.deliver(text, f"A-r1-{number}", lambda: dice.random() < 0.2)
        assert sum(text in held for held in world.held()) == 1, (number, faults)
    assert len(world.held()) == deliveries


def test_what_is_too_long_is_refused_in_the_words_of_the_network(world: ReplyWorld) -> None:
    with pytest.raises(RefusedError, match=world.words_too_long):
        world.reply(text=world.too_long)
    assert world.held() == []


def test_a_text_that_was_sent_before_is_refused_where_the_network_does_so(world: ReplyWorld) -> None:
    if not world.refuses_duplicates:
        pytest.skip("this network takes the same text twice")
    world.reply()
    with pytest.raises(RefusedError, match="too similar to what you recently posted"):
        world.reply(key="A-r1-2")
    assert len(world.held()) == 1


def test_a_deleted_message_is_not_answered(world: ReplyWorld) -> None:
    world.delete()
    with pytest.raises(RefusedError, match=world.words_deleted):
        world.reply()
    assert (world.held(), world.find()) == ([], None)


def test_an_author_who_blocks_is_not_answered(world: ReplyWorld) -> None:
    if not world.words_blocked:
        pytest.skip("this network has no blocking")
    world.block()
    with pytest.raises(RefusedError, match=world.words_blocked):
        world.reply()
    assert world.held() == []


def test_a_wrong_login_names_the_variables(world: ReplyWorld) -> None:
    world.secrets = world.wrong
    with pytest.raises(ConfigurationError, match="ESCUCHA_"):
        world.reply()
    assert world.held() == []


@pytest.mark.parametrize(
    "poison", ["refuse", "silence", "drip", "half", "5xx", "bytes", "html", "broken json", "other json", "list", "closed"]
)
def test_a_server_that_misbehaves_from_the_start_leaves_the_answer_unsent(
    world: ReplyWorld, poison: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.5)
    with toxic(poison) as server:
        world.move_to(server.port)
        with pytest.raises(UnavailableError):
            world.reply()
        with pytest.raises(UnavailableError):
            world.find()
