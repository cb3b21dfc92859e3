"""Answers to citizens: nothing leaves without a person's approval, and what leaves arrives once, whatever happens on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.config.city import Answers, AnswerTemplate
from core.config.source_options import SourceOptions
from core.errors import ConfigurationError, OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget, check_text
from core.records.answer_length import length_on
from ledger import read
from ledger.retention import forget
from pipeline.casework.answering import answers as case_answers
from pipeline.casework.answering.templates import filled, templates_for
from pipeline.context import Context
from pipeline.outbox import people, sending as outbox
from pipeline.sources import Source
from pipeline.steps import answer as sending
from pipeline.steps.answer import answer
from tests.support.clock import set_clock
from tests.support.killing import KilledError
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)


@dataclass
class Network:
    """A network that holds answers, and fails as it is told to."""

    held: list[tuple[str, str]] = field(default_factory=list)
    """Native id of the message answered, and the key."""
    fails: Exception | None = None
    loses: bool = False
    """Takes the answer, and the connection breaks before it says so."""
    asked: int = 0

    def reply(self, _city: object, _options: object, _secrets: object, target: ReplyTarget, _text: str, key: str) -> str:
        if self.fails is not None:
            raise self.fails
        self.held.append((target.native_id, key))
        if self.loses:
            raise OutcomeUnknownError("connection closed before the answer")
        return f"https://red.example/{key}"

    def find_reply(self, *arguments: object) -> str | None:
        self.asked += 1
        key = arguments[-1]
        return next((f"https://red.example/{one}" for _, one in self.held if one == key), None)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(sending, "load_replier", lambda name: network if name == "archive" else None)
    monkeypatch.setattr("core.config.plugins.load_reply_secrets", lambda *_: None)
    return network


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    source = Source(name="archive", module=SimpleNamespace(), options=SourceOptions(), secrets=None, missing=[])
    opened = replace(opened, sources={"archive": source})
    yield profile(opened, Answers(send=True))
    opened.ledger.close()


def profile(context: Context, answers: Answers) -> Context:
    return replace(context, city=context.city.model_copy(update={"answers": answers}))


def lamp(context: Context) -> tuple[str, list[str]]:
    """Return the case about the lamp and its four posts."""
    case = next(one for one in read.case_records(context.ledger) if one.topic == "street_lighting")
    return case.case_key, [one.post_id for one in read.post_records(context.ledger, case_key=case.case_key, order="oldest")]


def state(context: Context, key: str) -> str:
    found = read.answer(context.ledger, key)
    assert found is not None
    return found.state


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    set_clock(monkeypatch, moment)


def approved(context: Context, post_id: str, text: str = "La farola se repara mañana.") -> str:
    [key] = case_answers.draft(context, [post_id], text, "es", "ana")
    case_answers.approve(context, key, "ana")
    return key


def test_a_draft_never_leaves_and_an_approved_one_leaves_once(context: Context, network: Network) -> None:
    case_key, posts = lamp(context)
    [key] = case_answers.draft(context, posts[:1], "La farola se repara mañana.", "es", "ana")
    assert answer(context) == {"sent": 0}
    case_answers.approve(context, key, "ana")
    assert answer(context) == {"sent": 1}
    assert answer(context) == {"sent": 0}
    assert len(network.held) == 1
    case = read.case_record(context.ledger, case_key)
    assert case is not None
    assert (state(context, key), case.state) == ("sent", "answered")
    assert case.answered_at is not None
    assert unbalanced(context.ledger) == []


def test_nothing_leaves_where_the_profile_does_not_say_send(context: Context, network: Network) -> None:
    quiet = profile(context, Answers())
    key = approved(quiet, lamp(context)[1][0])
    assert answer(quiet) == {"sent": 0}
    assert network.held == []
    case_answers.mark_copied(quiet, key, "ana", "https://red.example/by-hand")
    case = read.case_record(context.ledger, lamp(context)[0])
    assert case is not None
    assert (state(quiet, key), case.state) == ("copied", "answered")


def test_an_answer_that_may_have_arrived_is_looked_for_before_it_is_sent_again(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.loses = True
    key = approved(context, lamp(context)[1][0])
    assert answer(context) == {"sent": 0, "unknown": 1}
    assert answer(context) == {"sent": 0}  # too early to look
    network.loses = False
    later(monkeypatch, 3)
    assert answer(context) == {"sent": 1}
    assert (len(network.held), network.asked, state(context, key)) == (1, 1, "sent")


@pytest.mark.parametrize("point", ["answer.claimed", "answer.sent", "answer.stored"])
def test_a_kill_at_any_moment_doubles_nothing_and_loses_nothing(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    key = approved(context, lamp(context)[1][0])

    def kill(name: str) -> None:
        if name == point:
            raise KilledError

    monkeypatch.setattr(outbox, "failpoint", kill)
    with pytest.raises(KilledError):
        answer(context)
    monkeypatch.setattr(outbox, "failpoint", lambda _name: None)
    later(monkeypatch, 11)  # the lease of the killed worker has ended
    answer(context)
    assert (len(network.held), state(context, key)) == (1, "sent")
    assert unbalanced(context.ledger) == []


def test_what_the_network_refuses_says_why_and_is_not_tried_again(context: Context, network: Network) -> None:
    network.fails = RefusedError("the message was deleted (403)")
    key = approved(context, lamp(context)[1][0])
    assert answer(context) == {"sent": 0, "refused": 1}
    network.fails = None
    assert answer(context) == {"sent": 0}
    found = read.answer(context.ledger, key)
    assert found is not None
    assert (found.state, found.reason) == ("refused", "the message was deleted (403)")


def test_a_refused_answer_that_is_tried_again_leaves_unless_a_newer_one_was_approved(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.fails = RefusedError("the message was deleted (403)")
    post = lamp(context)[1][0]
    first = approved(context, post)
    assert answer(context) == {"sent": 0, "refused": 1}
    [row] = read.outbox(context.ledger, kind="answer")
    people.retry(context, row.id, "eva")
    assert state(context, first) == "approved"
    assert answer(context) == {"sent": 0, "refused": 1}
    later(monkeypatch, 1)
    second = approved(context, post, "La farola ya está reparada.")
    people.retry(context, row.id, "eva")
    network.fails = None
    assert answer(context) == {"sent": 1, "returned": 1}
    assert (state(context, first), state(context, second), [key for _, key in network.held]) == ("draft", "sent", [second])
    assert unbalanced(context.ledger) == []


def test_a_network_that_is_away_keeps_its_answers_approved(context: Context, network: Network) -> None:
    network.fails = UnavailableError("no connection to red.example: is it reachable?")
    keys = [approved(context, post) for post in lamp(context)[1][:2]]
    with pytest.raises(UnavailableError, match="archive: no connection"):
        answer(context)
    assert {state(context, key) for key in keys} == {"approved"}
    network.fails = None
    assert answer(context) == {"sent": 2}


def test_one_answer_to_all_witnesses_reaches_each_once_and_is_capped(context: Context, network: Network) -> None:
    few = profile(context, Answers(send=True, max_per_run=3))
    _, posts = lamp(context)
    for _ in range(2):  # the same form sent twice
        keys = case_answers.draft(few, posts, "La farola se repara mañana.", "es", "ana", form="r1")
    for key in keys:
        case_answers.approve(few, key, "ben")
    assert [answer(few), answer(few), answer(few)] == [{"sent": 3}, {"sent": 1}, {"sent": 0}]
    assert len({native for native, _ in network.held}) == len(posts) == len(network.held)


def test_a_lead_approves_what_another_wrote(context: Context, network: Network) -> None:
    strict = profile(context, Answers(send=True, approve="lead"))
    [key] = case_answers.draft(strict, lamp(context)[1][:1], "Se repara mañana.", "es", "ana")
    with pytest.raises(ConfigurationError, match="a second person"):
        case_answers.approve(strict, key, "ana")
    case_answers.approve(strict, key, "eva")
    assert answer(strict) == {"sent": 1}


def test_a_newer_draft_supersedes_the_older_and_a_rejected_one_keeps_its_reason(context: Context) -> None:
    post = lamp(context)[1][:1]
    [first] = case_answers.draft(context, post, "Gracias.", "es", "ana")
    [second] = case_answers.draft(context, post, "Gracias por avisar.", "es", "ana")
    assert (state(context, first), state(context, second)) == ("superseded", "draft")
    with pytest.raises(ConfigurationError, match="no draft any more"):
        case_answers.approve(context, first, "eva")
    with pytest.raises(ConfigurationError, match="Please say why"):
        case_answers.reject(context, second, "eva", " ")
    case_answers.reject(context, second, "eva", "say when it is repaired")
    found = read.answer(context.ledger, second)
    assert found is not None
    assert (found.state, found.reason) == ("rejected", "say when it is repaired")


def test_two_answers_to_one_post_are_not_on_their_way_at_once(context: Context) -> None:
    post = lamp(context)[1][0]
    [first] = case_answers.draft(context, [post], "Gracias.", "es", "ana")
    [second] = case_answers.draft(context, [post], "Lo miramos.", "es", "eva")
    case_answers.approve(context, first, "ana")
    with pytest.raises(ConfigurationError, match="another answer to this post is on its way"):
        case_answers.approve(context, second, "eva")
    case_answers.withdraw(context, first, "ana")
    case_answers.approve(context, second, "eva")
    assert unbalanced(context.ledger) == []


def test_an_answer_to_an_erased_post_never_leaves_and_keeps_no_text(context: Context, network: Network) -> None:
    post = lamp(context)[1][0]
    key = approved(context, post, "Señora, la farola se repara mañana.")
    assert forget.erase_post(context.ledger, post, "asked by the author", NOW)
    assert answer(context) == {"sent": 0}
    found = read.answer(context.ledger, key)
    assert found is not None
    assert (found.text, found.state, found.reason, network.held) == ("", "refused", "its post was erased", [])
    assert unbalanced(context.ledger) == []


def test_text_is_checked_for_its_network() -> None:
    assert length_on("x", "Lea https://sede.madrid.es/una/direccion/muy/larga ahora") == 4 + 23 + 6
    with pytest.raises(ConfigurationError, match="has 301 characters, and bluesky takes 300"):
        check_text("bluesky", "a" * 301)
    with pytest.raises(ConfigurationError, match="Please write the answer"):
        check_text("x", " \n")
    with pytest.raises(ConfigurationError, match=r"still contains \{place\}"):
        check_text("x", "Vamos a {place}")


def test_a_template_is_filled_and_offered_where_it_fits(context: Context) -> None:
    lights = AnswerTemplate(name="repair", language="es", text="Aviso {case} ({topic}), en {place}: {due}.", topics=("street_lighting",))
    closed = AnswerTemplate(name="done", language="es", text="Hecho.", states=("resolved",))
    with_texts = replace(context, city=context.city.model_copy(update={"templates": (lights, closed)}))
    key, _ = lamp(context)
    case = read.case_record(context.ledger, key)
    assert [one.name for one in templates_for(with_texts, case, "es")] == ["repair"]
    text = filled(with_texts, lights, case)
    assert text.startswith(f"Aviso {key} (Alumbrado")
    assert "Puerta del Sol" in text
    with pytest.raises(ValueError, match=r"no field \{name\}; known: \{case\}"):
        AnswerTemplate(name="bad", language="es", text="Hola {name}")
