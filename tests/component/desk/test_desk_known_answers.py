"""Known answers on the desk: list, search, add, edit, approve, withdraw; two people at once; proposals; the file never changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from core.config.known_answers.answers import answers_path
from ledger import read
from ledger.system import users
from pipeline.casework.answering import editing as answer_editing
from pipeline.casework.answering.known_answers import known_answers_of, revision_of
from pipeline.context import Context
from tests.support.answers_given import give
from tests.support.desk_client import hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
ANSWERS = """
[[answers]]
id = "library_hours"
service = "culture_sports_events"
owner = "Cultura y deportes"
example = true
valid_from = 2026-01-01
valid_until = {until}
links = ["https://www.madrid.es"]
text.es = "El horario de cada biblioteca está en madrid.es o en el 010."
questions.es = ["¿A qué hora abre la biblioteca?"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A city with one known answer; ana and eva may change it, ben may not."""
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(opened)
    users.set_role(opened.ledger, "eva", "lead", "ana", NOW)
    folder = tmp_path / "villa"
    folder.mkdir()
    text = ANSWERS.format(until=(NOW + timedelta(days=200)).date())
    owner = next(one.name for one in opened.city.departments)
    (folder / "answers.toml").write_text(text.replace("Cultura y deportes", owner), encoding="utf-8")
    profile = {"path": folder.with_suffix(".toml"), "gazetteer_folder": str(answers_path(opened.city).parent)}
    yield replace(opened, city=opened.city.model_copy(update=profile))
    opened.ledger.close()


FORM = {
    "service": "culture_sports_events",
    "valid_from": "2026-01-01",
    "valid_until": "2030-01-01",
    "text_es": "Abre a las nueve.",
    "questions_es": "¿A qué hora abre la biblioteca?\nhorario biblio??",
}


def form(context: Context, **other: str) -> dict[str, str]:
    return {**FORM, "owner": context.city.departments[0].name, **other}


def test_a_lead_edits_and_approves_and_the_file_and_its_update_lose_nothing(context: Context) -> None:
    eva, page = logged_in(context, "eva"), "/answers/known/library_hours"
    path = answers_path(context.city)
    shipped, revision = path.read_bytes(), revision_of(context)
    assert "approved by the council" in eva.get(page).text
    sent(eva, page, f"{page}/edit", **form(context, approved="1", links="https://www.madrid.es", why="checked"))
    [entry] = known_answers_of(context)
    assert (entry.answer.text["es"], entry.answer.example, entry.revision) == ("Abre a las nueve.", False, 1)
    assert entry.answer.questions["es"] == ("¿A qué hora abre la biblioteca?", "horario biblio??")
    assert path.read_bytes() == shipped
    assert revision_of(context) != revision  # questions are compared again with the next run
    assert [(one.what, one.who) for one in read.audit(context.ledger, subject="library_hours")] == [("approve known answer", "eva")]
    path.write_text(shipped.decode().replace("El horario", "Todo horario"), encoding="utf-8")  # an update of the file
    [entry] = known_answers_of(context)
    assert (entry.answer.text["es"], entry.file_changed) == ("Abre a las nueve.", True)
    assert "Todo horario" in eva.get(page).text
    assert "new text in the file" in eva.get("/answers/known").text


def test_a_stale_page_is_refused_and_both_texts_are_kept(context: Context) -> None:
    eva, ana, page = logged_in(context, "eva"), logged_in(context, "ana"), "/answers/known/library_hours"
    opened = hidden(ana.get(page).text, f"{page}/edit")
    sent(eva, page, f"{page}/edit", **form(context, text_es="El de eva."))
    refused = ana.post(f"{page}/edit", data={**opened, **form(context, text_es="El de ana.")})
    assert refused.status_code == 409
    assert "El de ana." in refused.text
    assert "El de eva." in refused.text
    assert known_answers_of(context)[0].answer.text["es"] == "El de eva."
    again = hidden(refused.text, f"{page}/edit")  # she has seen both: the form is of the new revision
    assert ana.post(f"{page}/edit", data={**again, **form(context, text_es="El de ana.")}).status_code == 200
    assert known_answers_of(context)[0].answer.text["es"] == "El de ana."
    twice = ana.post(f"{page}/edit", data={**again, **form(context, text_es="El de ana.")})  # a double click
    assert (twice.status_code, known_answers_of(context)[0].revision) == (200, 2)


def test_an_answer_is_added_searched_withdrawn_and_put_back(context: Context) -> None:
    eva = logged_in(context, "eva")
    new = {"id": "pool_hours", "text_es": "La piscina abre a las diez.", "questions_es": "¿Cuándo abre la piscina?"}
    page = sent(eva, "/answers/known/new", "/answers/known/new", **form(context, **new))
    assert "Saved." in page
    assert "pool_hours" in eva.get("/answers/known?q=PISCÍNA").text
    assert "library_hours" not in eva.get("/answers/known?q=piscina").text
    taken = eva.post(
        "/answers/known/new",
        data={**hidden(eva.get("/answers/known/new").text, "/answers/known/new"), **form(context, **new | {"id": "library_hours"})},
    )
    assert (taken.status_code, "La piscina abre a las diez." in taken.text) == (400, True)
    address = "/answers/known/pool_hours"
    sent(eva, address, f"{address}/withdraw", why="closed for works")
    assert "pool_hours" in eva.get("/answers/known?state=withdrawn").text
    assert "closed for works" in sent(eva, address, f"{address}/restore")
    assert answer_editing.entry(context, "pool_hours").state(NOW.date()) == "valid"  # type: ignore[union-attr]


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"text_es": "palabra " * 60}, "Answer (Spanish): takes 495", "Respuesta (español): ocupa 495 de los 280 caracteres"),
    ({"text_es": "<b>gordo</b>"}, "holds HTML: write plain text", "Respuesta (español): contiene HTML: escriba texto sin formato"),
    ({"links": "http://inseguro.example"}, "begins with https://", "Páginas oficiales: no es un enlace que empiece por https://"),
    ({"questions_es": ""}, "at least one example phrasing", "Preguntas: hace falta al menos un ejemplo"),
    ({"valid_until": "2020-01-01"}, "January 1, 2020 is before", "Válida hasta: el 1 de enero de 2020 es anterior al primer día"),
    ({"valid_until": "mañana"}, "Valid until: not a date", "Válida hasta: no es una fecha"),
    ({"owner": "Nadie"}, "is no department", "La mantiene: «Nadie» no es ningún departamento; puede ser: "),
)


@pytest.mark.parametrize(("language", "said"), [("en", 0), ("es", 1)])
def test_what_the_file_may_not_hold_is_refused_with_the_text_kept(context: Context, language: str, said: int) -> None:
    eva, page = logged_in(context, "eva"), "/answers/known/library_hours"
    eva.cookies.set("language", language)
    for table, *texts in WRONG:
        refused = eva.post(f"{page}/edit", data={**hidden(eva.get(page).text, f"{page}/edit"), **form(context, **table)})
        assert (refused.status_code, texts[said] in unescape(refused.text)) == (400, True), table
    assert known_answers_of(context)[0].revision == 0


def test_an_agent_reads_the_list_and_changes_nothing(context: Context) -> None:
    ben, page = logged_in(context, "ben"), "/answers/known/library_hours"
    listed = ben.get("/answers/known").text
    assert "¿A qué hora abre la biblioteca?" in listed
    assert "library_hours" not in listed  # an agent has no link to the form
    assert ben.get(page).status_code == 403
    token = hidden(ben.get("/account").text, "/logout")
    assert ben.post(f"{page}/edit", data={**token, **form(context), "seen": "0"}).status_code == 403
    assert known_answers_of(context)[0].revision == 0


def test_answers_given_alike_are_proposed_and_decided_once(context: Context) -> None:
    give(context, [f"El punto limpio abre de lunes a sábado, caso C-{n}." for n in range(3)])
    eva = logged_in(context, "eva")
    [proposal] = answer_editing.proposals(context)
    assert (len(proposal.cases), proposal.citizens) == (3, 3)
    listed = eva.get("/answers/proposals").text
    assert all(key in listed for key in proposal.cases)
    address = f"/answers/known/new?proposal={proposal.key}"
    filled = eva.get(address).text
    assert "El punto limpio abre" in filled
    assert 'name="questions_es"' in filled
    form_of = {"id": "clean_point_hours", "text_es": "El punto limpio abre de lunes a sábado."}
    sent(eva, address, "/answers/known/new", **form(context, **form_of, questions_es="¿Cuándo abre el punto limpio?"))
    assert answer_editing.proposals(context) == []
    assert [one.answer_id for one in read.proposal_decisions(context.ledger)] == ["clean_point_hours"]


def test_receipts_given_alike_are_no_known_answer(context: Context) -> None:
    give(context, [f"Gracias, hemos recibido su aviso, caso C-{n}." for n in range(3)], acknowledges=True)
    assert answer_editing.proposals(context) == []


def test_a_refused_proposal_stays_refused_when_more_answers_are_given_alike(context: Context) -> None:
    give(context, [f"La poda se hace en invierno, caso C-{n}." for n in range(3)])
    eva = logged_in(context, "eva")
    [proposal] = answer_editing.proposals(context)
    sent(eva, "/answers/proposals", f"/answers/proposals/{proposal.key}/refuse", why="too special")
    give(context, ["La poda se hace en invierno, como siempre."], start=3)
    assert answer_editing.proposals(context) == []
    assert not answer_editing.refuse_proposal(context, proposal.key, "ana", "")
