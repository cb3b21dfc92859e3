"""Test the checks at the moment of sending.

They concern the known answer of an answer, and the lease of a dead sender.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.dates import format_date

from core.config.city import Answers, City
from core.config.known_answers.answers import answers_of
from core.config.known_answers.edits import EditedAnswer
from core.config.source_options import SourceOptions
from core.errors import ChangeRefusedError, ConfigurationError
from core.i18n.reasons import display_reason
from core.records.answer import Answer, ReplyTarget
from ledger import leases, read
from ledger.reconciliation import BEING_SENT, balance_sheet
from pipeline.casework.answering import answers as case_answers, validity
from pipeline.context import Context, worker
from pipeline.outbox import sending as outbox
from pipeline.sources import Source
from pipeline.steps import answer as sending
from pipeline.steps.answer import answer
from tests.support.clock import set_clock
from tests.support.killing import KilledError
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
LATER = (NOW + timedelta(days=40)).date()


@dataclass
class Network:
    """Hold the sent answers, and the number of look-ups."""

    held: list[str] = field(default_factory=list)
    asked: int = 0

    def reply(self, _city: object, _options: object, _secrets: object, _target: ReplyTarget, _text: str, key: str) -> str:
        self.held.append(key)
        return f"https://red.example/{key}"

    def find_reply(self, *arguments: object) -> str | None:
        self.asked += 1
        return f"https://red.example/{arguments[-1]}" if arguments[-1] in self.held else None


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()
    monkeypatch.setattr(sending, "load_replier", lambda _name: network)
    monkeypatch.setattr("core.config.plugins.load_reply_secrets", lambda *_: None)
    return network


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    source = Source(name="archive", module=SimpleNamespace(), options=SourceOptions(), secrets=None, missing=[])
    yield replace(opened, city=_city(opened, send=True), sources={"archive": source})
    opened.ledger.close()


def _city(context: Context, send: bool) -> City:
    return context.city.model_copy(update={"answers": Answers(send=send)})


def _approved(context: Context, monkeypatch: pytest.MonkeyPatch, until: date) -> str:
    """Approve an answer while its known answer is valid; return its key."""
    known = answers_of(context.city).answers[0]
    post = next(iter(read.post_records(context.ledger, order="oldest")))
    _valid_until(context, monkeypatch, LATER)
    [key] = case_answers.draft(context, [post.post_id], "Pídalo en el 010.", "es", "ana", origin=f"known {known.id}")
    case_answers.approve(context, key, "ben")
    _valid_until(context, monkeypatch, until)
    return key


def _valid_until(context: Context, monkeypatch: pytest.MonkeyPatch, until: date) -> None:
    first, *others = answers_of(context.city).answers
    changed = first.model_copy(update={"valid_from": date(2026, 1, 1), "valid_until": until})
    monkeypatch.setattr(validity, "known_answers_of", lambda _: tuple(EditedAnswer(answer=one) for one in (changed, *others)))


def _answer(context: Context, key: str) -> Answer:
    found = read.answer(context.ledger, key)
    assert found is not None
    return found


def test_an_answer_past_its_validity_is_not_sent_and_a_person_decides_again(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _approved(context, monkeypatch, date(2026, 11, 1))
    assert answer(context) == {"sent": 0, "returned": 1}
    found = _answer(context, key)
    assert (network.held, found.state, found.approved_by) == ([], "draft", None)
    assert display_reason(found.reason, "en") == (
        "approved by ben and not sent: its known answer was valid until November 1, 2026. Renew it, or write the answer yourself"
    )
    assert display_reason(found.reason, "es") == (
        "la aprobó ben y no se ha enviado: su respuesta conocida era válida hasta el 1 de noviembre de 2026. "
        "Renuévela o redacte usted la respuesta"
    )
    assert next((one.who, one.what) for one in read.audit(context.ledger)) == ("escucha", "return answer")
    _valid_until(context, monkeypatch, LATER)
    assert answer(context) == {"sent": 0}  # renewing it does not approve the answer
    case_answers.approve(context, key, "ben")
    assert answer(context) == {"sent": 1}
    assert (network.asked, _answer(context, key).reason) == (0, "")
    assert unbalanced(context.ledger) == []


@pytest.mark.parametrize("send", [True, False])
def test_a_promise_that_has_passed_since_the_approval_is_not_sent(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch, send: bool
) -> None:
    post = next(iter(read.post_records(context.ledger, order="oldest")))
    day = format_date(NOW + timedelta(days=2), "long", locale="es")
    [key] = case_answers.draft(context, [post.post_id], f"La farola se reparará antes del {day}.", "es", "ana")
    case_answers.approve(context, key, "ben")
    set_clock(monkeypatch, NOW + timedelta(days=4))
    with pytest.raises(ChangeRefusedError, match=f"promises {day}, which has passed"):
        case_answers.publish(context, key, "ben")
    assert answer(replace(context, city=_city(context, send=send))) == {"sent": 0, "returned": 1}
    found = _answer(context, key)
    assert (network.held, found.state) == ([], "draft")
    assert display_reason(found.reason, "es") == (
        f"la aprobó ben y no se ha enviado: promete «{day}», que ya ha pasado. Escriba una fecha que el servicio pueda cumplir"
    )


def test_an_answer_to_copy_by_hand_is_returned_too(context: Context, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _approved(context, monkeypatch, date(2026, 11, 1))
    by_hand = replace(context, city=_city(context, send=False))
    assert answer(by_hand) == {"sent": 0, "returned": 1}
    assert _answer(context, key).state == "draft"
    assert network.held == []


def test_an_answer_waits_while_the_known_answers_cannot_be_read(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _approved(context, monkeypatch, LATER)

    def unreadable(_: Context) -> None:
        raise ConfigurationError("answers.toml: line 3")

    with monkeypatch.context() as broken:
        broken.setattr(validity, "known_answers_of", unreadable)
        assert answer(context) == {"sent": 0, "not_sent": 1}
    assert (network.held, _answer(context, key).state, _answer(context, key).reason) == ([], "approved", "answers.toml: line 3")
    set_clock(monkeypatch, datetime.now(UTC) + timedelta(minutes=3))  # the module may be old by now
    assert answer(context) == {"sent": 1}


def test_validity_that_ends_between_claim_and_sending_is_seen(context: Context, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    key = _approved(context, monkeypatch, LATER)
    monkeypatch.setattr(outbox, "failpoint", lambda _: _valid_until(context, monkeypatch, date(2026, 11, 1)))
    assert answer(context) == {"sent": 0, "returned": 1}
    assert (network.held, _answer(context, key).state) == ([], "draft")


def test_an_expired_answer_that_had_arrived_before_a_kill_is_recorded_as_sent(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = _approved(context, monkeypatch, LATER)
    _kill_at(context, monkeypatch, "answer.sent")
    leases.release_all(context.ledger, worker())
    _valid_until(context, monkeypatch, date(2026, 11, 1))
    assert answer(context) == {"sent": 1}
    assert (network.held, _answer(context, key).state) == ([key], "sent")


def _kill_at(context: Context, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    def kill(name: str) -> None:
        if name == point:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "failpoint", kill)
        with pytest.raises(KilledError):
            answer(context)


@pytest.mark.parametrize("point", ["answer.claimed", "answer.sent"])
def test_what_a_dead_worker_was_sending_is_held_shown_and_looked_for_at_once(
    context: Context, network: Network, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    key = _approved(context, monkeypatch, LATER)
    _kill_at(context, monkeypatch, point)
    assert leases.holders(context.ledger) == {worker()}
    assert read.steps(context.ledger).answers_sending == read.steps(context.ledger).answers == 1
    [line] = [one for one in balance_sheet(context.ledger, None) if one.name == BEING_SENT]
    assert (line.left, line.right, line.ok) == (1, 1, True)
    assert answer(context) == {"sent": 0}  # its lease lasts
    leases.release_all(context.ledger, worker())
    assert answer(context) == {"sent": 1}
    assert (network.asked, network.held) == (1, [key])
    assert leases.holders(context.ledger) == set()
    assert read.steps(context.ledger).answers == 0
