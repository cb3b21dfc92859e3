"""The assistant's buttons on the desk: only where it is set up, marked as machine-written, and nothing kept by itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.profile.assistant import Assistant
from core.config.settings import Settings
from ledger import read
from pipeline.context import Context
from reports.publish import write_report
from tests.support.chat_server import says
from tests.support.desk_client import browser, csrf
from tests.support.ledger_facts import SALT
from tests.support.receiver import drop, receiver
from tests.support.report_facts import CITY, NOW, small_ledger

POST = f"{1:032x}"
REPORT = "/reports/weekly/2026-11-16_2026-11-23"
BUTTONS = {"/reports": "Summary by the assistant", f"/posts/{POST}": "Draft by the assistant", "/cases/C-A": "Draft by the assistant"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one report; its folder is named by whole days, as at midnight."""
    home: Path = tmp_path_factory.mktemp("assistant")
    ledger = small_ledger(home)
    write_report(CITY, Settings(home=home), ledger, "weekly", NOW)
    ledger.close()
    shutil.rmtree(home / "open_data", ignore_errors=True)
    return home


@pytest.fixture
def context(home: Path) -> Iterator[Context]:
    from ledger.database import open_ledger

    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    yield Context(city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    ledger.close()


def with_assistant(context: Context, url: str) -> Context:
    context.city = CITY.model_copy(update={"assistant": Assistant(url=url, model="tiny-model", timeout_s=30)})
    return context


@pytest.mark.parametrize("path", BUTTONS)
def test_the_buttons_are_shown_only_where_it_is_set_up(context: Context, path: str) -> None:
    assert "assistant" not in browser(context).get(path).text
    page = browser(with_assistant(context, "http://127.0.0.1:1")).get(path)
    assert (page.status_code, BUTTONS[path] in page.text) == (200, True)


def test_a_summary_is_marked_and_each_sentence_opens_its_posts(context: Context) -> None:
    content = {"sentences": [{"text": "Aceras rotas.", "posts": ["P1"]}, {"text": "Todo va bien.", "posts": []}]}
    with receiver(says(content)) as server:
        desk = browser(with_assistant(context, server.url))
        page = desk.post(f"{REPORT}/summary", data={"csrf": csrf(desk.get("/reports").text)})
    assert page.status_code == 200
    assert "Machine-written" in page.text
    assert "tiny-model" in page.text
    assert "Aceras rotas." in page.text
    assert f'href="/posts/{POST}"' in page.text
    assert "Todo va bien." not in page.text
    assert "1 sentence was left out" in page.text


def test_a_draft_fills_the_form_and_is_kept_only_by_a_person(context: Context) -> None:
    with receiver(says("Gracias por avisar. […]")) as server:
        desk = browser(with_assistant(context, server.url))
        token = csrf(desk.get(f"/posts/{POST}").text)
        page = desk.post(f"/posts/{POST}/assist", data={"csrf": token, "language": "es", "text": ""})
    assert "Machine-written, from the posts alone" in page.text
    assert "Gracias por avisar. […]</textarea>" in page.text
    assert read.answers(context.ledger, post_id=POST) == []
    form = {"csrf": csrf(page.text), "form": "1", "language": "es", "text": "Gracias. […]", "assisted": "1"}
    assert "Write the facts where the draft has" in desk.post(f"/posts/{POST}/answer", data=form).text
    assert read.answers(context.ledger, post_id=POST) == []
    form["text"] = "Gracias por avisar."
    kept = desk.post(f"/posts/{POST}/answer", data=form)
    assert "drafted by the assistant" in kept.text
    (answer,) = read.answers(context.ledger, post_id=POST)
    assert (answer.state, answer.origin, answer.approved_by) == ("draft", "assistant tiny-model", None)


def test_a_failure_keeps_what_was_typed(context: Context) -> None:
    with receiver(drop) as server:
        desk = browser(with_assistant(context, server.url))
        token = csrf(desk.get("/cases/C-A").text)
        page = desk.post("/cases/C-A/assist", data={"csrf": token, "post": POST, "language": "es", "text": "Estimada vecina"})
    assert page.status_code == 400
    assert "The assistant did not answer" in page.text
    assert "Estimada vecina</textarea>" in page.text


def test_a_translation_stands_beside_the_post(context: Context) -> None:
    with receiver(says("Message number 1")) as server:
        desk = browser(with_assistant(context, server.url))
        page = desk.post(f"/posts/{POST}/translation", data={"csrf": csrf(desk.get(f"/posts/{POST}").text)})
    assert "Message number 1" in page.text
    assert "Mensaje número 1" in page.text
    assert "Machine-written" in page.text


@pytest.mark.parametrize("path", ["/reports/weekly/none/summary", "/reports/../x/summary", "/posts/none/translation"])
def test_what_does_not_exist_is_not_found(context: Context, path: str) -> None:
    with receiver(says("x")) as server:
        desk = browser(with_assistant(context, server.url))
        assert desk.post(path, data={"csrf": csrf(desk.get("/reports").text)}).status_code == 404
    assert server.taken == []
