"""Test the reply of a citizen to a question of the council: once, redacted, on the case, and the clock goes on."""

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from core.records.read_models import PostRecord
from core.web.client_address import caller
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger, open_ledger
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context, now
from pipeline.portal import citizens, replies
from pipeline.steps.triage import triage
from portal.pages import report_form
from portal.rendering import LANGUAGES
from portal.site import Site
from tests.support.citizen_reports import SPANISH, open_its_case, send
from tests.support.desk_client import browser
from tests.support.killing import killed_at
from tests.support.ledger_facts import SALT, read_all, unbalanced
from tests.support.portal_facts import client_of, portal_context

QUESTION = "¿En qué número de la plaza está la farola?"
REPLY = "Es la del número 14, delante de la farmacia"


@dataclass
class Asked:
    """Hold a report whose citizen the council has asked something."""

    context: Context
    client: TestClient
    path: str
    case: str

    def reply(self, text: str = REPLY) -> str:
        """Send a reply; return the page that is shown then."""
        found = self.client.post(f"{self.path}/reply", data={"text": text}, headers=SPANISH)
        assert found.status_code == 200, found.text
        return html.unescape(found.text)

    def page(self) -> str:
        return html.unescape(self.client.get(self.path, headers=SPANISH).text)

    def replies(self) -> list[PostRecord]:
        """Return the posts that were stored after the report."""
        return [one for one in read.post_records(self.context.ledger) if one.reply_to is not None]

    def paused(self) -> bool:
        """Return whether the answer time of the case pauses."""
        return read.askings(self.context.ledger)[self.case][-1].replied_at is None

    def ask(self, text: str = QUESTION, *, asks: bool = True) -> None:
        """Publish an answer on the page of the report."""
        (report,) = [one for one in read.post_records(self.context.ledger) if one.reply_to is None]
        [key] = case_answers.draft(self.context, [report.post_id], text, "es", "ana", asks=asks)
        case_answers.approve(self.context, key, "ben")
        case_answers.publish(self.context, key, "ben")


@pytest.fixture
def reported(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = portal_context(tmp_path, portal_ledger)
    context.sources.clear()  # a profile without [sources.inbox]
    client = client_of(context)
    return Asked(context, client, send(client), open_its_case(portal_ledger))


@pytest.fixture
def asked(reported: Asked) -> Asked:
    reported.ask()
    return reported


def test_without_a_question_there_is_no_form(reported: Asked) -> None:
    reported.ask("La farola se repara el lunes.", asks=False)
    assert "<textarea" not in reported.page()
    assert "ya no espera respuesta" in reported.reply()
    assert reported.replies() == []


def test_the_reply_ends_the_pause_and_the_page_says_so(asked: Asked) -> None:
    assert QUESTION in asked.page()
    assert asked.paused()
    page = asked.reply()
    assert "El Ayuntamiento recibió su respuesta el" in page
    assert "<textarea" not in page
    assert REPLY not in page  # the page of a report shows no text of a citizen
    assert not asked.paused()
    assert [one.text for one in asked.replies()] == [REPLY]
    assert unbalanced(asked.context.ledger) == []


def test_a_reply_is_redacted_like_every_post(asked: Asked) -> None:
    asked.reply("En el 14, pregunten por Saturnina Quiñones, saturnina@example.org, 612 345 678")
    (stored,) = asked.replies()
    assert stored.text == "En el 14, pregunten por [name], [email], [number]"


def test_staff_read_it_below_the_question_before_and_after_triage(asked: Asked) -> None:
    asked.reply()
    for _ in range(2):
        page = html.unescape(browser(asked.context, "es").get(f"/cases/{asked.case}").text)
        assert page.index(QUESTION) < page.index("Respuesta de la ciudadanía") < page.rindex(REPLY)
        read_all(asked.context.ledger)
        triage(asked.context)
    (stored,) = asked.replies()
    assert stored.case_key == asked.case
    assert read.case_record(asked.context.ledger, asked.case).posts == 2  # type: ignore[union-attr]


def test_a_double_click_is_one_reply(asked: Asked) -> None:
    for _ in range(2):
        assert "recibió su respuesta" in asked.reply()
    assert len(asked.replies()) == 1


def test_a_second_reply_from_another_window_is_kept_and_the_clock_stops_once(asked: Asked) -> None:
    asked.reply()
    [first] = read.askings(asked.context.ledger)[asked.case]
    assert asked.reply("No, es el 16").count("recibió su respuesta") == 2
    assert [one.text for one in asked.replies()] == ["No, es el 16", REPLY]  # the newest first
    assert read.askings(asked.context.ledger)[asked.case] == [first]
    page = html.unescape(browser(asked.context, "es").get(f"/cases/{asked.case}").text)
    assert page.index(QUESTION) < page.index(REPLY) < page.index("No, es el 16")


def test_more_replies_than_staff_are_shown_are_refused_in_words(asked: Asked) -> None:
    for number in range(replies.MOST):
        assert "recibió su respuesta" in asked.reply(f"Es el {number}")
    assert "la última respuesta no se ha guardado" in asked.reply("Es el 99")
    assert "no se ha guardado" not in asked.reply("Es el 2")  # the same words as before
    assert len(asked.replies()) == replies.MOST


def test_the_next_question_takes_the_same_words_again(asked: Asked) -> None:
    asked.reply("Sí")
    asked.ask("¿Sigue apagada?")
    assert asked.paused()
    asked.reply("Sí")
    assert len(asked.replies()) == 2
    assert not asked.paused()


def test_a_closed_case_takes_no_reply(asked: Asked) -> None:
    workflow.change(asked.context.ledger, asked.case, "resolved", "ana", "", now())
    assert 'id="reply"' not in asked.page()
    assert "ya no espera respuesta" in asked.reply()
    assert asked.replies() == []


def test_a_wrong_reply_is_named_and_its_text_kept(asked: Asked) -> None:
    for text, words in (
        ("   ", "Escriba su respuesta"),
        ("palabra " * 400, "demasiado largo"),
        ("en el 14 <script>alert(1)</script>", "sin HTML"),
        ("en el \u202e14", "sin HTML"),
        ("en el\x0014", "sin HTML"),
    ):
        answer = asked.client.post(f"{asked.path}/reply", data={"text": text}, headers=SPANISH)
        assert answer.status_code == 422
        assert words in answer.text
        assert "<script>" not in answer.text
        typed = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)
        assert typed is not None
        assert typed[1].startswith(text.strip()[:5])
    assert asked.replies() == []
    assert asked.paused()


def test_a_reply_of_ten_megabytes_is_refused_while_it_arrives(asked: Asked) -> None:
    assert asked.client.post(f"{asked.path}/reply", data={"text": "a" * 10_000_000}).status_code == 413


def test_the_eleventh_reply_from_one_address_waits_and_keeps_its_text(asked: Asked) -> None:
    site: Site = asked.client.app.state.site  # type: ignore[attr-defined]
    for _ in range(10):
        assert site.replies.admits(caller("127.0.0.1"))
    answer = asked.client.post(f"{asked.path}/reply", data={"text": REPLY}, headers=SPANISH)
    assert answer.status_code == 429
    assert REPLY in answer.text
    assert asked.replies() == []


def test_a_guessed_number_or_key_stores_nothing(asked: Asked) -> None:
    number = asked.path.split("/")[2]
    for path in (f"/case/{number}/{'0' * 20}/reply", f"/case/0000000000/{asked.path.split('/')[3]}/reply"):
        assert asked.client.post(path, data={"text": REPLY}).status_code == 404
    assert asked.replies() == []


def test_the_form_is_in_every_language_of_the_portal(asked: Asked) -> None:
    for language in LANGUAGES:
        page = asked.client.get(asked.path, headers={"accept-language": language}).text
        label = re.search(r'<label for="text">([^<]+)</label>', page)
        assert label is not None
        assert (label[1] == "Your reply to the council") == (language == "en")
        refused = asked.client.post(f"{asked.path}/reply", data={"text": ""}, headers={"accept-language": language})
        assert ("Write your reply." in refused.text) == (language == "en")
    # the refused form has another address; the language can be changed there too
    assert asked.client.get(f"{asked.path}/reply", follow_redirects=False).headers["location"] == asked.path


def send_to(asked: Asked, home: Path, ready: Callable[[], object] = lambda: None, text: str = REPLY) -> replies.ReplyOutcome:
    """Store the reply in a separate process, with its own connection to the ledger."""
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    context = portal_context(home, ledger)
    receipt = citizens.find_receipt(context, *asked.path.split("/")[2:])
    assert receipt is not None
    question = replies.question(context, receipt)
    assert question is not None
    ready()
    try:
        return replies.store_reply(context, receipt, question, text)
    finally:
        ledger.close()


def test_two_workers_store_one_reply(asked: Asked, tmp_path: Path) -> None:
    at_once = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: send_to(asked, tmp_path, lambda: at_once.wait(120)), range(2)))
    assert found == ["stored", "stored"]
    assert [one.text for one in asked.replies()] == [REPLY]


@pytest.mark.parametrize("words", [(REPLY, "No, es el 16"), (REPLY, REPLY)], ids=["different", "the same"])
def test_two_processes_at_one_moment_keep_each_wording_once(asked: Asked, tmp_path: Path, words: tuple[str, str]) -> None:
    fork = get_context("fork")
    at_once = fork.Barrier(2)
    workers = [fork.Process(target=send_to, args=(asked, tmp_path, partial(at_once.wait, 20), text)) for text in words]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(one.text for one in asked.replies()) == sorted(set(words))
    [question] = read.askings(asked.context.ledger)[asked.case]
    assert question.replied_at == min(one.received_at for one in asked.replies())
    assert asked.page().count("recibió su respuesta") == len(set(words))
    page = html.unescape(browser(asked.context, "es").get(f"/cases/{asked.case}").text)
    assert all(page.count(f">{text}<") == 1 for text in set(words))
    assert unbalanced(asked.context.ledger) == []


@pytest.mark.parametrize("point", ["ledger.commit", "ledger.committed"])
def test_killed_at_any_write_the_same_form_stores_one_reply(asked: Asked, tmp_path: Path, point: str) -> None:
    kills = 0
    while killed_at(f"{point}:{kills + 1}", lambda: send_to(asked, tmp_path)):
        kills += 1
    assert kills >= 2  # a run begins, the page is stored, the run ends
    asked.reply()
    assert [one.text for one in asked.replies()] == [REPLY]
    assert unbalanced(asked.context.ledger) == []
