"""Templates that do more than answer: department, state and note in one form, once, and taken back together."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.city import AnswerTemplate, load_city
from core.errors import ConfigurationError
from ledger import read
from pipeline import casework
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.desk_client import hidden, logged_in, people
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import MADRID, open_seeded

NOW = datetime.now(UTC)
MACROS = (
    AnswerTemplate(
        name="Arreglado", language="es", text="Arreglado ({caso}).", becomes="resolved", department="Movilidad", note="en {lugar}"
    ),
    AnswerTemplate(name="A Movilidad", language="es", department="Movilidad", note="es de semáforos"),
    AnswerTemplate(name="Cerrar", language="es", becomes="resolved", note="ya no está"),
)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(context)
    context = replace(context, city=context.city.model_copy(update={"templates": MACROS}))
    yield context
    context.ledger.close()


@pytest.fixture
def key(context: Context) -> str:
    return next(read.case_records(context.ledger, topic="street_lighting")).case_key


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


def form_of(client: TestClient, key: str, name: str) -> dict[str, str]:
    """Return the answer form of a macro as the page fills it."""
    page = client.get(f"/cases/{key}?template={name}").text
    form = {**hidden(page, f"/cases/{key}/draft"), "language": "es"}
    chosen = page.partition('class="also"')[2].partition("</fieldset>")[0]
    form |= dict(re.findall(r'<select[^>]* name="(\w+)">.*?<option value="([^"]*)" selected>', chosen))
    form["becomes"] = re.findall(r'name="becomes">.*?<option value="(\w*)" selected>', chosen)[0]
    form["note"] = re.findall(r'name="note" maxlength="2000" value="([^"]*)"', chosen)[0]
    form["text"] = re.findall(r'<textarea id="answer-text"[^>]*>([^<]*)<', page)[0]
    return form


def states(context: Context, key: str) -> list[str]:
    return [one.state for one in read.transitions(context.ledger, key)]


def test_a_macro_routes_at_once_and_closes_when_the_citizen_has_the_answer(context: Context, ben: TestClient, key: str) -> None:
    post = next(read.post_records(context.ledger, case_key=key)).post_id
    form = form_of(ben, key, "Arreglado")
    assert (form["text"], form["department"], form["becomes"]) == (f"Arreglado ({key}).", "Movilidad", "resolved")
    for _ in range(2):  # sent twice it is one
        sent = ben.post(f"/cases/{key}/draft", data={**form, "post": post, "approve": "1"}, follow_redirects=False)
        assert sent.headers["location"] == f"/cases/{key}?done={key}"
    assert states(context, key) == ["new", "assigned"]
    assert read.transitions(context.ledger, key)[-1].why == "en Puerta del Sol"
    [answer] = read.answers(context.ledger, case_key=key)
    assert (answer.state, answer.origin) == ("approved", "resolved after template Arreglado")
    answers.mark_copied(context, answer.key, "ben")
    record = read.case_record(context.ledger, key)
    assert record is not None
    assert (states(context, key)[-1], record.department, record.answered_at is not None) == ("resolved", "Movilidad", True)
    assert "with the template Arreglado" in ben.get(f"/cases/{key}").text
    assert unbalanced(context.ledger) == []


def test_one_undo_takes_back_all_that_a_macro_did(context: Context, ben: TestClient, key: str) -> None:
    before = read.case_record(context.ledger, key)
    post = next(read.post_records(context.ledger, case_key=key)).post_id
    page = ben.post(f"/cases/{key}/draft", data={**form_of(ben, key, "Arreglado"), "post": post, "approve": "1"}).text
    assert "1 answer approved." in page
    assert "assigned to Mobility." in page
    assert ben.post(f"/cases/{key}/undo", data=hidden(page, f"/cases/{key}/undo")).status_code == 200
    after = read.case_record(context.ledger, key)
    assert before is not None
    assert after is not None
    assert (after.department, after.state) == (before.department, before.state)
    assert [one.state for one in read.answers(context.ledger, case_key=key)] == ["draft"]


def test_a_macro_without_an_answer_does_the_rest_at_once(context: Context, ben: TestClient, key: str) -> None:
    form = form_of(ben, key, "A Movilidad")
    assert ben.post(f"/cases/{key}/draft", data=form).status_code == 200
    form = form_of(ben, key, "Cerrar")
    for _ in range(2):
        assert ben.post(f"/cases/{key}/draft", data=form).status_code == 200
    assert states(context, key) == ["new", "assigned", "resolved"]
    assert [one.why for one in read.transitions(context.ledger, key)][1:] == ["es de semáforos", "ya no está"]
    assert read.answers(context.ledger, case_key=key) == []


def test_a_macro_on_a_case_that_a_colleague_changed_keeps_the_words_and_approves_nothing(
    context: Context, ben: TestClient, key: str
) -> None:
    post = next(read.post_records(context.ledger, case_key=key)).post_id
    form = form_of(ben, key, "Arreglado")
    casework.note(context, key, "ana", "llamar antes")
    refused = ben.post(f"/cases/{key}/draft", data={**form, "post": post, "approve": "1"})
    assert refused.status_code == 409
    assert f"Arreglado ({key}).</textarea>" in refused.text
    assert 'value="en Puerta del Sol"' in refused.text
    assert states(context, key) == ["new"]
    assert [one.state for one in read.answers(context.ledger, case_key=key)] == ["draft"]


def test_a_profile_with_a_macro_of_no_department_or_of_nothing_is_refused(tmp_path: Path) -> None:
    text = MADRID.read_text().replace('gazetteer_folder = "madrid"', "")
    for wrong, said in (
        ('department = "Nadie"', "there is no department 'Nadie'"),
        ("", "give it a text, or a state, a department or a note"),
    ):
        (tmp_path / "c.toml").write_text(f'{text}\n[[templates]]\nname = "X"\nlanguage = "es"\n{wrong}\n')
        with pytest.raises(ConfigurationError, match=said):
            load_city(tmp_path / "c.toml")
