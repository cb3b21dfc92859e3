"""Send answers through the client libraries: each arrives once.

Whatever fails on the way.
"""

import logging
import random
import socket
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from core.config import plugins
from core.config.protocols import PaidReplier
from core.errors import BudgetSpentError, OutcomeUnknownError, RefusedError, UnavailableError
from tests.support.patience import give_up_soon
from tests.support.stubs.server import Reply
from tests.support.stubs.writing import FAULTS, NOT_TAKEN, SLOW, Fault
from tests.support.writers import WRITERS, Writer
from workshop import part_types

TEXT = "Gracias por avisar: la farola se repara mañana & el bache, el <jueves>."


WEIGHTS = [1 if fault in SLOW else 4 for fault in FAULTS[1:]]
"""Those that wait for the time-out are rarer, for a short test."""


@pytest.fixture(params=sorted(WRITERS))
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    kind, made = WRITERS[request.param]
    with kind() as stub:
        give_up_soon(monkeypatch, stub.writing.hangs, stub.writing.settled)
        yield made(stub)


def test_an_answer_is_taken_and_found_again(writer: Writer) -> None:
    assert writer.is_absent(TEXT)
    url = writer.reply(TEXT)
    assert url.startswith("https://")
    assert writer.held() == [(writer.target.native_id, TEXT)]
    assert writer.find(TEXT) == url
    assert writer.is_absent("Otro texto.")


def test_the_same_text_to_another_message_is_not_taken_for_this_answer(writer: Writer) -> None:
    known = writer.target.native_id
    other = writer.target.model_copy(update={"native_id": known[:-1] + ("8" if known.endswith("7") else "7")})
    writer.reply(TEXT)
    assert writer.is_absent(TEXT, other)


@pytest.mark.parametrize("fault", FAULTS[1:])
def test_a_failure_is_called_unknown_unless_the_network_says_that_it_took_nothing(writer: Writer, fault: Fault) -> None:
    writer.writing.faults = [fault]
    with pytest.raises(UnavailableError if fault in NOT_TAKEN else OutcomeUnknownError):
        writer.reply(TEXT)
    assert writer.writing.asked == 1, "the client library tried again by itself"


def test_a_refused_connection_is_surely_not_taken(writer: Writer) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        writer.options = writer.options.model_copy(update={"base_url": f"http://127.0.0.1:{closed.getsockname()[1]}"})
        with pytest.raises(UnavailableError):
            writer.reply(TEXT)
        with pytest.raises(UnavailableError):
            writer.find(TEXT)


def test_a_redirect_is_not_followed(writer: Writer) -> None:
    writer.writing.refusal = Reply({}, 307, {"Location": "/elsewhere"})
    with pytest.raises(OutcomeUnknownError):
        writer.reply(TEXT)
    assert not [one for one in writer.stub.requests if one.path == "/elsewhere"]


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_an_answer_arrives_once_under_random_failures(writer: Writer, count: int) -> None:
    chance = random.Random(7)  # noqa: S311 (repeatable faults, not cryptography)
    failures = 0
    texts: list[tuple[str, str]] = []
    while failures < count:
        faults = chance.choices(FAULTS[1:], WEIGHTS, k=chance.randint(1, 6))
        writer.writing.faults = [*faults]
        text = f"{TEXT} Aviso {len(texts)}."
        texts.append((writer.target.native_id, text))
        writer.send_until_it_is_there(text)
        failures += len(faults) - len(writer.writing.faults)
    assert writer.held() == texts


def test_without_money_or_requests_nothing_is_sent(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(*_: Any) -> None:
        raise BudgetSpentError("used up")

    writer.budget._spend = writer.budget._prepay = spent
    with pytest.raises(BudgetSpentError):
        writer.reply(TEXT)
    with pytest.raises(BudgetSpentError):
        writer.find(TEXT)
    assert (writer.writing.asked, writer.held()) == (0, [])


def test_no_secret_is_logged_or_shown(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    hidden = [one.get_secret_value() for one in dict(writer.secrets).values() if hasattr(one, "get_secret_value")]
    writer.writing.refusal = Reply({"detail": "no"}, 403)
    with caplog.at_level(logging.DEBUG), pytest.raises(RefusedError) as error:
        writer.reply(TEXT)
    for one in (two for two in hidden if len(two) > 6):
        assert one not in caplog.text + str(error.value)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_each_reply_is_checked_by_mypy_with_its_own_options_and_secrets(name: str) -> None:
    part, collector = plugins.load_reply_plugin(name), plugins.load_plugin("collectors", name, "test")
    assert part is not None
    assert getattr(part_types, f"reply_{name}") is part
    assert get_args(part_types.__annotations__[f"reply_{name}"]) == (collector.Options, part.Secrets)
    assert isinstance(part, PaidReplier)
