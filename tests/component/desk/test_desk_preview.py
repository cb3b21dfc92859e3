"""The composer shows an answer as each network will show it, counts as the network counts, and keeps nothing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config import citizen_texts
from core.config.city import Answers
from desk.app import create_app
from desk.pages.cases.preview import shown_on
from ledger import read
from pipeline import casework
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context
from tests.support.desk_client import hidden, people
from tests.support.seeded import fill, open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
LINK = "https://sede.madrid.es/portal/site/tramites/" + "a" * 80


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with posts of four sources and people, made once: each test works on a copy."""
    home = tmp_path_factory.mktemp("made")
    context = open_seeded(home, 12, NOW)
    for number, source in enumerate(("x", "mastodon", "bluesky")):
        fill(context.ledger, context.city, 12, NOW + timedelta(minutes=number + 1), source=source)
    people(context)
    context.ledger.close()
    return home


@pytest.fixture
def context(made: Path, tmp_path: Path) -> Iterator[Context]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    context = open_seeded(tmp_path, 0, NOW)
    yield replace(context, city=context.city.model_copy(update={"answers": Answers(send=True, max_per_run=1)}))
    context.ledger.close()


@pytest.fixture
def key(context: Context) -> str:
    return next(read.case_records(context.ledger, topic="street_lighting")).case_key


@pytest.fixture
def ben(context: Context) -> TestClient:
    from tests.support.desk_client import logged_in

    app = create_app(context)
    app.state.desk.__dict__["sending_channels"] = frozenset({"x", "mastodon"})  # as with their secrets set
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000), headers={"accept-language": "es"})
    return logged_in(context, "ben", client)


def previewed(client: TestClient, context: Context, key: str, text: str, *sources: str, **more: str) -> str:
    posts = [one for one in read.post_records(context.ledger, case_key=key) if one.source in sources]
    form = hidden(client.get(f"/cases/{key}").text, f"/cases/{key}/draft")
    data = {**form, "text": text, "language": "ca", "post": [one.post_id for one in posts], **more}
    answer = client.post(f"/cases/{key}/preview", data=data)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_each_network_counts_the_link_its_own_way_and_shows_it_so(ben: TestClient, context: Context, key: str) -> None:
    page = previewed(ben, context, key, f"Vea {LINK}", "x", "mastodon", "bluesky")
    assert "27 de 280 caracteres; quedan 253" in page
    assert "27 de 500 caracteres; quedan 473" in page
    assert f"{4 + len(LINK)} de 300 caracteres" in page
    assert "Vea sede.madrid.es/portal/site/…" in page
    assert "@… Vea sede.madrid.es/portal/site/tra…" in page
    assert "antepone al texto el nombre" in page
    assert page.count("Tras su aprobación se copia a mano") == 1  # Bluesky
    assert read.answers(context.ledger, case_key=key) == []


def test_what_a_network_would_refuse_is_said_before_anything_is_kept(ben: TestClient, context: Context, key: str) -> None:
    text = "á" * 290
    page = previewed(ben, context, key, text, "x", "bluesky")
    assert "290 de 280 caracteres; quedan -10" in page
    assert "la respuesta tiene 290 caracteres y X admite 280: acórtela" in page
    assert "290 de 300 caracteres; quedan 10" in page
    assert f">{text}</textarea>" in page
    assert '<option value="ca" selected>' in page


def test_a_mention_that_may_not_fit_is_announced(ben: TestClient, context: Context, key: str) -> None:
    assert "puede rechazar la respuesta" not in previewed(ben, context, key, "a" * 468, "mastodon")
    assert "puede rechazar la respuesta" in previewed(ben, context, key, "a" * 469, "mastodon")


def test_a_batch_names_its_recipients_and_the_runs_it_takes(ben: TestClient, context: Context, key: str) -> None:
    posts = [one for one in read.post_records(context.ledger, case_key=key) if one.source in ("x", "mastodon")]
    assert len(posts) > 2
    page = " ".join(previewed(ben, context, key, "Reparada.", "x", "mastodon", "bluesky").split())
    assert f"como máximo: 1. Ejecuciones que necesitan estas: {len(posts)}." in page
    assert page.count("En respuesta a:") >= 3
    assert page.count(" checked>") >= len(posts)


def test_a_preview_without_a_chosen_post_says_so(ben: TestClient, context: Context, key: str) -> None:
    assert "elija los mensajes a los que se responde" in previewed(ben, context, key, "Reparada.")


def test_a_post_without_a_case_has_a_preview_too(ben: TestClient, context: Context) -> None:
    post = next(one for one in read.post_records(context.ledger, source="x") if not one.own)
    form = hidden(ben.get(f"/posts/{post.post_id}").text, f"/posts/{post.post_id}/answer")
    page = ben.post(f"/posts/{post.post_id}/preview", data={**form, "text": "Abre a las nueve.", "asks": "1"}).text
    assert "17 de 280 caracteres; quedan 263" in page
    assert 'name="asks" value="1" checked' in page


def test_links_are_shown_whole_where_the_network_shows_them_whole() -> None:
    assert shown_on("bluesky", f"Vea {LINK}") == f"Vea {LINK}"
    assert shown_on("x", "Vea https://www.madrid.es/a \u202ehola") == "Vea madrid.es/a hola"


def test_the_question_whether_it_is_solved_is_shown_and_counted_as_it_is_sent(ben: TestClient, context: Context, key: str) -> None:
    asking = context.city.model_copy(update={"answers": Answers(send=True, ask_solved=True)})
    ben.app.state.desk.context = replace(context, city=asking)  # type: ignore[attr-defined]
    casework.resolve(context, key, "ana", "")
    question = citizen_texts.solved_question("ca")
    page = previewed(ben, context, key, "Ja hi ha llum.", "x", asks_solved="1")
    whole = f"Ja hi ha llum. {question}"
    assert f"{whole}</p>" in page
    assert f"{len(whole)} de 280 caracteres" in page
    assert f'<q lang="ca">{question}</q>' in page
    assert ">Ja hi ha llum.</textarea>" in page  # the question is not typed twice
    without = previewed(ben, context, key, "Ja hi ha llum.", "x")
    assert "14 de 280 caracteres" in without
    assert f"{whole}</p>" not in without
    too_long = previewed(ben, context, key, "a" * 270, "x", asks_solved="1")
    assert f"la respuesta tiene {271 + len(question)} caracteres" in too_long
    asks_back = previewed(ben, context, key, "Quin número?", "x", asks="1", asks_solved="1")
    assert "12 de 280 caracteres" in asks_back
    [draft] = case_answers.draft(
        replace(context, city=asking), [_first_on_x(context, key)], "Ja hi ha llum.", "ca", "ben", asks_solved=True, any_language=True
    )
    assert read.answer(context.ledger, draft).text == whole  # type: ignore[union-attr]


def _first_on_x(context: Context, key: str) -> str:
    return next(one.post_id for one in read.post_records(context.ledger, case_key=key) if one.source == "x")
