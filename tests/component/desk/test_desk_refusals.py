"""What the desk refuses is explained in the reader's language, values included."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 24, NOW)
    people(context)
    yield context
    context.ledger.close()


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben", browser(context, "es"))


@pytest.fixture
def key(context: Context) -> str:
    return next(read.case_records(context.ledger, topic="street_lighting")).case_key


def refused(client: TestClient, page: str, address: str, **form: str) -> tuple[int, str]:
    answer = client.post(address, data={**hidden(client.get(page).text, address), **form})
    return answer.status_code, unescape(answer.text)


def test_a_stale_change_is_refused_in_spanish_and_says_what_the_case_is_now(context: Context, ben: TestClient, key: str) -> None:
    page = f"/cases/{key}"
    stale = hidden(ben.get(page).text, f"{page}/take")
    sent(logged_in(context, "ana"), page, f"{page}/take")
    answer = ben.post(f"{page}/take", data={**stale, "why": "mi barrio"})
    assert answer.status_code == 409
    assert "Este caso ha cambiado desde que lo abrió" in answer.text
    assert "mi barrio" in answer.text


def test_an_old_draft_is_refused_in_spanish_with_its_state(context: Context, ben: TestClient, key: str) -> None:
    [post, *_] = read.post_records(context.ledger, case_key=key)
    [draft] = case_answers.draft(context, [post.post_id], "Se repara mañana.", "es", "ana")
    stale = hidden(ben.get("/answers").text, f"/answers/{draft}/approve")
    case_answers.reject(context, draft, "eva", "sin fecha")
    answer = ben.post(f"/answers/{draft}/approve", data=stale)
    assert answer.status_code == 400
    assert "esta respuesta ya no es un borrador; su estado es: no aprobada" in answer.text


@pytest.mark.parametrize(
    ("action", "form", "text"),
    [
        ("assign", {"department": "Nadie"}, "el perfil no tiene ningún departamento «Nadie»"),
        ("hand-over", {"to": "nadie"}, "«nadie» no puede tramitar casos: elija a una de estas personas: ana, ben, eva"),
        ("place", {"place": "Xyzzy 9"}, "«Xyzzy 9» no es un lugar conocido"),
        ("merge", {"into": "C-nada"}, "no existe el caso C-nada"),
        ("topic", {"topic": "magic"}, "no existe el tema «magic»: elija uno de estos: "),
    ],
)
def test_a_refusal_with_values_is_spanish(ben: TestClient, key: str, action: str, form: dict[str, str], text: str) -> None:
    status, page = refused(ben, f"/cases/{key}", f"/cases/{key}/{action}", **form)
    assert status == 400
    assert text in page
    assert "choose" not in page
    if action == "topic":
        assert "Residuos y limpieza" in page  # a code is shown by its name


def test_a_text_too_long_for_its_network_is_counted_in_spanish(ben: TestClient, context: Context) -> None:
    post = next(iter(read.post_records(context.ledger)))
    page = f"/posts/{post.post_id}"
    status, shown = refused(ben, page, f"{page}/answer", text="a" * 20_001)
    assert status == 400
    assert "la respuesta tiene 20.001 caracteres y Archivo admite 20.000: acórtela" in shown
