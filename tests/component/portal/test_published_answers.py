"""Test answers to reports of the portal: approved by a person, published once on the page of the report."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.city import Answers
from core.errors import ChangeRefusedError
from ledger import leases, read
from ledger.citizens.news import news
from ledger.database import Ledger
from pipeline import casework
from pipeline.casework import grouping
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context, worker
from pipeline.outbox import sending as outbox
from pipeline.portal import citizens
from pipeline.portal.mails import TO_OTHERS, state_told, state_words
from pipeline.steps.answer import answer
from pipeline.steps.receive import receive, received_id
from portal.pages import report_form
from tests.support.citizen_reports import open_its_case, send
from tests.support.desk_client import browser, sent
from tests.support.killing import KilledError
from tests.support.ledger_facts import decide, into_case, read_all, unbalanced
from tests.support.portal_facts import client_of, portal_context

TEXT = "La farola de la plaza de Lavapiés se repara el lunes."


@dataclass
class Reported:
    """Hold one report of the portal, its case, and a draft by Ana."""

    context: Context
    client: TestClient
    path: str
    case: str
    answer: str

    def state(self) -> tuple[str, str]:
        """Return the states of the answer and of its case."""
        found, case = read.answer(self.context.ledger, self.answer), read.case_record(self.context.ledger, self.case)
        assert found is not None
        assert case is not None
        return found.state, case.state

    def is_shown(self) -> bool:
        return TEXT in self.client.get(self.path).text

    def with_settings(self, **answers: object) -> Context:
        return replace(self.context, city=self.context.city.model_copy(update={"answers": Answers.model_validate(answers)}))


@pytest.fixture
def reported(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Reported:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = portal_context(tmp_path, portal_ledger)
    client = client_of(context)
    path = send(client)
    case = open_its_case(portal_ledger)
    (post,) = read.post_records(portal_ledger)
    [key] = case_answers.draft(context, [post.post_id], TEXT, "es", "ana")
    return Reported(context, client, path, case, key)


def test_an_answer_is_on_the_page_of_the_report_from_its_publication_on(reported: Reported) -> None:
    sends = reported.with_settings(send=True)
    assert (reported.state(), reported.is_shown()) == (("draft", "new"), False)
    case_answers.approve(sends, reported.answer, "ben")
    assert (reported.state(), reported.is_shown()) == (("approved", "new"), False)
    assert [answer(sends), answer(sends)] == [{"sent": 1}, {"sent": 0}]
    assert (reported.state(), reported.is_shown()) == (("sent", "answered"), True)
    assert [step.why for step in read.transitions(reported.context.ledger, reported.case)][-1] == "answered on portal"
    assert unbalanced(reported.context.ledger) == []


def test_without_send_a_person_publishes_it(reported: Reported) -> None:
    by_hand = reported.with_settings(send=False)
    case_answers.approve(by_hand, reported.answer, "ben")
    assert answer(by_hand) == {"sent": 0}
    assert (reported.state(), reported.is_shown()) == (("approved", "new"), False)
    with pytest.raises(ChangeRefusedError, match="nothing to copy"):
        case_answers.mark_copied(by_hand, reported.answer, "ben")
    for _ in range(2):  # a double click
        case_answers.publish(by_hand, reported.answer, "ben")
    assert (reported.state(), reported.is_shown()) == (("sent", "answered"), True)
    published = [one for one in read.audit(reported.context.ledger) if one.what == "publish answer"]
    assert [one.who for one in published] == ["ben"]
    assert unbalanced(reported.context.ledger) == []


def test_what_its_writer_may_not_approve_is_never_published(reported: Reported) -> None:
    second = reported.with_settings(send=True, approve="lead")
    with pytest.raises(ChangeRefusedError, match="second person"):
        case_answers.approve(second, reported.answer, "ana")
    with pytest.raises(ChangeRefusedError, match="only an approved answer"):
        case_answers.publish(second, reported.answer, "ana")
    assert answer(second) == {"sent": 0}
    assert (reported.state(), reported.is_shown()) == (("draft", "new"), False)


def test_an_approval_that_is_taken_back_is_not_published(reported: Reported) -> None:
    sends = reported.with_settings(send=True)
    case_answers.approve(sends, reported.answer, "ben")
    case_answers.withdraw(sends, reported.answer, "ben")
    assert answer(sends) == {"sent": 0}
    assert (reported.state(), reported.is_shown()) == (("draft", "new"), False)


@pytest.mark.parametrize(("point", "is_shown"), [("answer.claimed", False), ("answer.stored", True)])
def test_a_kill_leaves_it_published_once_or_not_yet(
    reported: Reported, monkeypatch: pytest.MonkeyPatch, point: str, is_shown: bool
) -> None:
    sends, ledger = reported.with_settings(send=True), reported.context.ledger
    case_answers.approve(sends, reported.answer, "ben")

    def kill(name: str) -> None:
        if name == point:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "failpoint", kill)
        with pytest.raises(KilledError):
            answer(sends)
    assert reported.is_shown() is is_shown
    assert answer(sends) == {"sent": 0}  # the lease of the dead worker lasts
    leases.release_all(ledger, worker())
    assert answer(sends) == {"sent": 0 if is_shown else 1}
    assert (reported.state(), reported.is_shown()) == (("sent", "answered"), True)
    assert [step.state for step in read.transitions(ledger, reported.case)].count("answered") == 1
    assert unbalanced(ledger) == []


def test_a_person_publishes_what_a_worker_broke_off(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    sends, by_hand = reported.with_settings(send=True), reported.with_settings(send=False)
    case_answers.approve(sends, reported.answer, "ben")

    def kill(name: str) -> None:
        if name == "answer.claimed":
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "failpoint", kill)
        with pytest.raises(KilledError):
            answer(sends)
    assert "Publish the answer" in browser(by_hand).get(f"/cases/{reported.case}").text
    case_answers.publish(by_hand, reported.answer, "eva")
    assert (reported.state(), reported.is_shown()) == (("sent", "answered"), True)
    leases.release_all(reported.context.ledger, worker())
    assert answer(sends) == {"sent": 0}
    assert [step.state for step in read.transitions(reported.context.ledger, reported.case)].count("answered") == 1


def test_the_citizen_is_mailed_the_answer_when_it_is_published(reported: Reported) -> None:
    by_hand, ledger = reported.with_settings(send=False), reported.context.ledger
    number = reported.path.split("/")[2]
    citizens.store_contact(by_hand, number, "ana@example.org", "es")
    contact = read.contact(ledger, number=number)
    assert contact is not None
    citizens.confirm_contact(by_hand, contact)
    case_answers.approve(by_hand, reported.answer, "ben")
    assert f"answer {reported.answer}" not in news(ledger).get(number, [])
    case_answers.publish(by_hand, reported.answer, "ben")
    assert f"answer {reported.answer}" in news(ledger)[number]


def test_a_citizen_hears_nothing_of_a_record_that_was_taken_back_before_the_mail(reported: Reported) -> None:
    by_hand, ledger = reported.with_settings(send=False), reported.context.ledger
    number = reported.path.split("/")[2]
    citizens.store_contact(by_hand, number, "ana@example.org", "es")
    contact = read.contact(ledger, number=number)
    assert contact is not None
    citizens.confirm_contact(by_hand, contact)
    casework.answer(by_hand, reported.case, "ben", "se repara", "por teléfono")
    assert any(one.startswith("step ") for one in news(ledger)[number])
    work = read.case_work(ledger, reported.case)
    assert work is not None
    grouping.undo(by_hand, work.changes[-1].id, "ben", "")
    assert not any(one.startswith("step ") for one in news(ledger).get(number, []))


def test_answers_to_other_posts_of_the_inbox_are_copied_by_hand(reported: Reported, portal_ledger: Ledger) -> None:
    item = {"id": "1", "sender": "call centre", "text": "La farola de la plaza de Lavapiés no funciona"}
    receive(reported.context, [item])
    post_id = received_id(reported.context, item)
    assert post_id is not None
    [key] = case_answers.draft(reported.context, [post_id], TEXT, "es", "ana")
    case_answers.approve(reported.context, key, "ben")
    assert answer(reported.with_settings(send=True)) == {"sent": 0}
    case_answers.mark_copied(reported.context, key, "ben")
    assert read.answer(portal_ledger, key).state == "copied"  # type: ignore[union-attr]


def test_the_desk_offers_to_publish_and_not_to_copy(reported: Reported) -> None:
    eva = browser(reported.with_settings(send=False))
    page = f"/cases/{reported.case}"
    sent(eva, page, f"/answers/{reported.answer}/approve")
    shown = eva.get(page).text
    assert "Publish it on the citizen&#39;s page" in shown
    assert "Copy it to the network by hand" not in shown
    after = sent(eva, page, f"/answers/{reported.answer}/publish")
    assert re.search(r"published on the citizen&#39;s page\s+\d", after)
    assert reported.is_shown()


def test_who_was_not_answered_is_told_that_others_were(reported: Reported) -> None:
    """One answer made all receipts of its case "Answered"."""
    ledger = reported.context.ledger
    (first,) = read.post_records(ledger)
    neighbour = send(reported.client, description="La farola de enfrente tampoco luce desde el martes")
    read_all(ledger)
    (second,) = (one for one in read.post_records(ledger) if one.post_id != first.post_id)
    posts = [read.post_of(ledger, one.post_id) for one in (first, second)]
    assert decide(ledger, into_case(*filter(None, posts))[1:]) == 1
    by_hand = reported.with_settings(send=False)
    case_answers.approve(by_hand, reported.answer, "ben")
    case_answers.publish(by_hand, reported.answer, "ben")
    answered, told = (state_words("es")[state] for state in ("answered", TO_OTHERS))
    assert answered in reported.client.get(reported.path).text
    page = reported.client.get(neighbour).text
    assert (told in page, answered in page, TEXT in page) == (True, False, False)
    assert [state_told(ledger, one, "answered") for one in (first.post_id, second.post_id)] == ["answered", TO_OTHERS]
