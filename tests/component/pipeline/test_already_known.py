"""A report that joins an open case gets a draft that says what is known; a person approves it; no storm of drafts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.config import citizen_texts
from core.config.city import Answers
from core.privacy.pseudonymise import pseudonymise
from ledger import read
from pipeline import casework
from pipeline.casework.answering import already_known, answers as case_answers
from pipeline.casework.answering.already_known import draft_already_known
from pipeline.context import Context
from tests.support.seeded import SALT, open_seeded, raws, store_and_decide

NOW = datetime.now(UTC)


AROUND = (
    ("Ayer tarde, volviendo del trabajo.", "Llamé y no lo cogió nadie en media hora, qué paciencia."),
    ("Mi abuela casi se cae por esto.", "Tiene noventa años y ya no se atreve a salir sola de casa."),
    ("Buenos días, ¿sabéis algo?", "Los comerciantes de la zona hemos escrito dos cartas este mes."),
    ("Otra vez igual que en verano!!", "Pagamos impuestos para que luego pase esto, vaya vergüenza."),
)
"""What four people write around the same sentence: copies of one text would count as one person."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Two cases of the last days, each reported by four citizens on X."""
    context = open_seeded(tmp_path, 0, NOW)
    end = NOW - timedelta(hours=1)
    found = (
        one.model_copy(update={"text": f"{AROUND[n // 6][0]} {one.text.rsplit(' (', 1)[0]}. {AROUND[n // 6][1]} ({n})"})
        for n, one in enumerate(raws(24, end, "x"))
    )
    posts = [pseudonymise(one, context.city, SALT) for one in found]
    store_and_decide(context.ledger, context.city, posts, end, "x")
    yield context
    context.ledger.close()


def case_of(context: Context, topic: str) -> str:
    return next(one.case_key for one in read.case_records(context.ledger) if one.topic == topic)


def drafted(context: Context, key: str, state: str = "draft") -> list[str]:
    return [one.text for one in read.answers(context.ledger, case_key=key) if one.state == state]


def test_all_but_the_first_citizen_get_one_draft_each_and_none_is_sent(context: Context) -> None:
    key = case_of(context, "street_lighting")
    case = read.case_record(context.ledger, key)
    assert case is not None
    but_the_first = sum(one.authors - 1 for one in read.case_records(context.ledger))
    assert (case.authors, draft_already_known(context)) == (4, but_the_first)
    assert draft_already_known(context) == 0  # a second run, or a second worker
    texts = drafted(context, key)
    due = case.due_at.astimezone(context.city.zone).date()
    assert texts == [citizen_texts.already_known("es", 4, "new", due if due >= NOW.date() else None)] * 3
    assert "nos han avisado 4 personas. Estado: recibido." in texts[0]
    first = next(one for one in read.post_records(context.ledger, case_key=key, order="oldest"))
    assert read.answers(context.ledger, post_id=first.post_id) == []
    assert {one.state for one in read.answers(context.ledger)} == {"draft"}


def test_a_draft_follows_its_case_and_what_a_person_decided_stays(context: Context) -> None:
    key = case_of(context, "street_lighting")
    draft_already_known(context)
    mine, other, _ = read.answers(context.ledger, case_key=key)
    case_answers.approve(context, mine.key, "ana")
    case_answers.reject(context, other.key, "ana", "not to this one")
    casework.assign(context, key, "Vías públicas", "ana", "")
    draft_already_known(context)
    [text] = drafted(context, key)
    assert "Estado: en curso." in text
    assert "recibido" in drafted(context, key, "approved")[0]
    assert len(drafted(context, key, "rejected")) == 1
    casework.resolve(context, key, "ana", "")
    draft_already_known(context)
    assert drafted(context, key) == []
    assert len(drafted(context, key, "superseded")) == 2


def test_a_storm_makes_few_drafts_and_the_setting_none(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    off = replace(context, city=context.city.model_copy(update={"answers": Answers(already_known=False)}))
    assert draft_already_known(off) == 0
    monkeypatch.setattr(already_known, "WAITING_AT_MOST", 2)
    assert [draft_already_known(context), draft_already_known(context)] == [2, 0]
    case_answers.reject(context, read.answers(context.ledger)[0].key, "ana", "no")
    assert draft_already_known(context) == 1


def test_replayed_posts_and_old_ones_get_none(tmp_path: Path) -> None:
    replayed = open_seeded(tmp_path / "a", 24, NOW - timedelta(hours=1), replay=True)
    old = open_seeded(tmp_path / "b", 24, NOW - timedelta(days=8))
    assert [draft_already_known(replayed), draft_already_known(old)] == [0, 0]
    replayed.ledger.close()
    old.ledger.close()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "Estado: en curso. Respuesta prevista: jueves, 3 de diciembre."),
        ("ca", "Estat: en curs. Resposta prevista: dijous, 3 de desembre."),
        ("gl", "Estado: en curso. Resposta prevista: xoves, 3 de decembro."),
        ("eu", "Egoera: lantzen. Erantzuteko eguna: abenduaren 3(a), osteguna."),
        ("en", "State: in work. Answer expected by: Thursday 3 December."),
    ],
)
def test_the_text_in_each_language_fits_on_every_network(language: str, said: str) -> None:
    text = citizen_texts.already_known(language, 42, "assigned", date(2026, 12, 3))
    assert "42" in text
    assert text.endswith(said)
    assert len(citizen_texts.already_known(language, 12_345, "answered", date(2026, 12, 23))) < 240
