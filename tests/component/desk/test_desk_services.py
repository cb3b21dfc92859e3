"""The question "Which service?" of cases whose topic is uncertain: asked on the desk, answered by one key, final."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update
from starlette.testclient import TestClient

from core.i18n.display_names import display_name
from core.i18n.formats import format_share
from core.privacy.pseudonymise import pseudonymise
from core.records.read_models import CaseRecord
from escucha.commands import explain
from ledger import read, schema
from ledger.database.writing import engine_of, writing
from pipeline import export
from pipeline.casework import fields, grouping, services
from pipeline.casework.triage_lease import triage_held
from pipeline.context import Context
from search.index import documents
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import SALT, open_seeded, raws, store_and_decide

NOW = datetime.now(UTC)
GENERAL = "Atención a la ciudadanía"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A ledger whose two cases both ask: no vote of its posts is certain enough."""
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(context)
    triage = context.city.triage.model_copy(update={"topic": 1.0})
    context.city = context.city.model_copy(update={"triage": triage})
    for case in list(read.case_records(context.ledger)):
        vote(context, case.case_key)
    yield context
    context.ledger.close()


def vote(context: Context, key: str) -> None:
    with triage_held(context, "test"):
        fields.vote_again(context, key, "test", "people changed its posts")


def cases(context: Context) -> list[CaseRecord]:
    return list(read.case_records(context.ledger, order="due"))


def guesses(context: Context) -> dict[str, str | None]:
    return {row["case_key"]: row["topic_guess"] for row in map(json.loads, export.lines(context.ledger, "cases", "jsonl"))}


def answer(client: TestClient, key: str, topic: str, queue: bool = False) -> str:
    """Choose a service on the page of a case, as the button does; return the address that is shown next."""
    page = f"/cases/{key}" + ("?after=service" if queue else "")
    form = hidden(client.get(page).text, f"/cases/{key}/topic")
    sent = client.post(f"/cases/{key}/topic", data={**form, "topic": topic}, follow_redirects=False)
    assert sent.status_code == 303
    return sent.headers["location"]


def test_the_case_says_what_is_uncertain_and_offers_the_guess_by_a_key(context: Context) -> None:
    ben, lamp = (logged_in(context, "ben"), next(k for k, guess in guesses(context).items() if guess == "street_lighting"))
    shown = " ".join(ben.get(f"/cases/{lamp}").text.split())
    assert "Which service?" in shown
    assert "Until a person says which it is, the case is with Citizen services." in shown
    assert re.search(r'<button name="topic" value="street_lighting" data-key="1">Street lighting', shown)
    assert {(case.topic, case.department) for case in cases(context)} == {("other", GENERAL)}


@pytest.mark.parametrize(("system", "is_told"), [("casebook", False), ("zammad", True)])
def test_that_the_answer_goes_to_the_ticket_is_said(context: Context, system: str, is_told: bool) -> None:
    case = cases(context)[0]
    with writing(context.ledger) as connection:
        connection.execute(update(schema.cases).values(system=system))
    shown = logged_in(context, "ben").get(f"/cases/{case.case_key}").text
    assert ("The answer is sent to the ticket in Zammad too." in shown) == is_told


def test_the_page_of_a_post_marks_its_topic_as_uncertain(context: Context) -> None:
    ben = logged_in(context, "ben")
    post = next(iter(read.post_records(context.ledger, case_key=cases(context)[0].case_key)))
    shown = " ".join(ben.get(f"/posts/{post.post_id}").text.split())
    row = shown.partition('<th scope="row">Topic</th>')[2].partition("</td>")[0]
    assert '<span class="tag">uncertain</span>' in row


def test_the_explanation_of_a_decision_names_the_guess(context: Context) -> None:
    case = cases(context)[0]
    post = next(iter(read.post_records(context.ledger, case_key=case.case_key)))
    said = list(explain.format_text(explain.explain(context.ledger, post.post_id)))
    assert f"topic: other (uncertain, perhaps {guesses(context)[case.case_key]}: staff are asked which service)" in said


def test_the_export_and_the_explanation_read_the_guess_with_the_case(context: Context) -> None:
    """The guess is a field of the case: no statement asks for it alone."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    post = next(iter(read.post_records(context.ledger, case_key=cases(context)[0].case_key)))
    event.listen(engine_of(context.ledger), "before_cursor_execute", note)
    try:
        assert set(guesses(context).values()) - {None}
        explain.explain(context.ledger, post.post_id)
    finally:
        event.remove(engine_of(context.ledger), "before_cursor_execute", note)
    assert [one for one in asked if "topic_guess IS NOT NULL" in one] == []


def test_the_index_and_the_record_of_a_case_hold_the_guess_until_it_is_answered(context: Context) -> None:
    case = cases(context)[0]
    assert case.topic_guess == guesses(context)[case.case_key]
    assert documents.case_document(case)["topic_guess"] == case.topic_guess
    before = case.version
    answer(logged_in(context, "ben"), case.case_key, "noise")
    now = read.case_record(context.ledger, case.case_key)
    assert now is not None
    assert now.topic_guess is None
    assert now.version > before
    assert "topic_guess" not in documents.case_document(now)


def test_the_queue_leads_from_case_to_case_until_none_asks(context: Context) -> None:
    ben, asked = logged_in(context, "ben"), guesses(context)
    listed = ben.get("/cases?service=asked").text
    assert re.search(r'href="/cases\?service=asked" data-count="2" aria-current="page"', listed)
    first, second = (case.case_key for case in cases(context))
    assert f'href="/cases/{first}?after=service"' in listed
    assert answer(ben, first, str(asked[first]), queue=True) == f"/cases/{second}?after=service&done={first}"
    assert answer(ben, second, "noise", queue=True) == f"/cases?service=asked&done={second}"
    assert "No cases match." in ben.get("/cases?service=asked").text
    assert {case.case_key: case.topic for case in cases(context)} == {first: asked[first], second: "noise"}
    assert set(guesses(context).values()) == {None}
    assert unbalanced(context.ledger) == []


def test_the_list_names_the_likeliest_service_with_its_certainty(context: Context) -> None:
    ben, (first, _) = logged_in(context, "ben"), cases(context)
    certainty = services.service_questions(context, [first.case_key])[first.case_key].certainty
    guess = display_name("topic", guesses(context)[first.case_key], "en")
    assert f"probably {guess} ({format_share(certainty, 'en')})" in ben.get("/cases?service=asked").text
    everywhere = ben.get("/cases").text
    assert f"probably {guess}</span>" in everywhere


def test_the_likeliest_services_of_ticked_cases_are_confirmed_and_undone_together(context: Context) -> None:
    ben, asked = logged_in(context, "ben"), guesses(context)
    listed = ben.get("/cases?service=asked").text
    ticked = re.findall(r'name="case" value="([^"]+)"', listed)
    form = {**hidden(listed, "/cases/bulk"), "action": "topic", "topic": "", "case": ticked}
    done = ben.post("/cases/bulk", data=form)
    assert done.status_code == 200
    assert {one.case_key: one.topic for one in cases(context)} == asked
    undo = {**hidden(done.text, "/cases/bulk"), "action": "undo", "change": re.findall(r'name="change" value="(\d+)"', done.text)}
    assert ben.post("/cases/bulk", data=undo).status_code == 200
    assert guesses(context) == asked
    assert {case.topic for case in cases(context)} == {"other"}


def test_a_case_that_has_its_service_is_not_set_to_a_guess(context: Context) -> None:
    ben, key = logged_in(context, "ben"), cases(context)[0].case_key
    answer(ben, key, "noise")
    listed = ben.get("/cases").text
    ticked = next(one for one in re.findall(r'name="case" value="([^"]+)"', listed) if one.startswith(key))
    refused = ben.post("/cases/bulk", data={**hidden(listed, "/cases/bulk"), "action": "topic", "topic": "", "case": [ticked]})
    assert refused.status_code == 409
    assert f"case {key} has its service" in refused.text


def test_an_answer_in_the_queue_is_confirmed_and_can_be_undone_there(context: Context) -> None:
    ben, (first, second) = logged_in(context, "ben"), cases(context)
    page = ben.get(answer(ben, first.case_key, "noise", queue=True)).text
    assert f'<a href="/cases/{first.case_key}">' in page
    assert "saved as Noise, with Safety and community relations." in " ".join(page.split())
    undo = hidden(page, f"/cases/{first.case_key}/undo")
    sent = ben.post(f"/cases/{first.case_key}/undo", data=undo, follow_redirects=False)
    assert sent.headers["location"] == f"/cases/{first.case_key}?after=service"
    assert guesses(context)[first.case_key] is not None
    for other in ("anything", second.case_key):  # nothing that this person has just answered
        assert "saved as" not in ben.get(f"/cases?service=asked&done={other}").text


def test_what_a_person_chose_stays_until_a_person_undoes_it(context: Context) -> None:
    ben, key = logged_in(context, "ben"), cases(context)[0].case_key
    before = guesses(context)[key]
    assert answer(ben, key, "noise") == f"/cases/{key}?done={key}"
    vote(context, key)  # its posts still vote for something else
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert (found.topic, found.department) == ("noise", "Seguridad y convivencia")
    work = read.case_work(context.ledger, key)
    assert work is not None
    change = next(one.id for one in work.changes if one.what == "topic")
    grouping.undo(context, change, "ben", "")
    assert guesses(context)[key] == before


def test_the_certainty_that_is_shown_is_that_of_the_vote(tmp_path: Path) -> None:
    """Copies in capitals make the vote no surer, so the page must not show more than what was needed to decide."""
    context = open_seeded(tmp_path, 0, NOW)
    context.city = context.city.model_copy(update={"triage": context.city.triage.model_copy(update={"topic": 0.9})})
    quiet = raws(1, NOW)[0]
    loud = quiet.model_copy(update={"native_id": "loud", "author_id": "loud", "text": quiet.text.upper()})
    posts = [pseudonymise(raw, context.city, SALT) for raw in (quiet, loud)]
    store_and_decide(context.ledger, context.city, posts, NOW)
    (case,) = cases(context)
    question = services.service_questions(context, [case.case_key])[case.case_key]
    assert (case.posts, case.topic, round(question.certainty, 4), question.needed) == (2, "other", 0.75, 0.9)
    context.ledger.close()


@pytest.mark.parametrize("chosen", ["noise", "other"])
def test_an_answer_given_while_the_posts_vote_again_stays(context: Context, monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    key = cases(context)[0].case_key
    answers = iter([chosen])

    def answered_meanwhile(name: str) -> None:
        for topic in answers if name == "casework.voted" else ():
            fields.set_topic(context, key, topic, "ben", "")

    monkeypatch.setattr(fields, "failpoint", answered_meanwhile)
    vote(context, key)
    assert next(answers, None) is None
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert (found.topic, guesses(context)[key]) == (chosen, None)
    assert read.cases_to_vote(context.ledger, 10) == []


def test_that_it_is_another_matter_is_an_answer_too(context: Context) -> None:
    ben, key = logged_in(context, "ben"), cases(context)[0].case_key
    answer(ben, key, "other")
    vote(context, key)
    assert guesses(context)[key] is None


def test_in_spanish_the_question_is_asked_in_spanish(context: Context) -> None:
    client = browser(context, "es")
    key = cases(context)[0].case_key
    assert "¿Qué servicio?" in logged_in(context, "ben", client).get(f"/cases/{key}").text


def test_the_topic_of_a_case_is_set_with_its_posts_unless_the_box_is_unticked(context: Context) -> None:
    client = logged_in(context, "ben")
    key, other = [one.case_key for one in read.case_records(context.ledger)][:2]
    page = client.get(f"/cases/{key}").text
    form = page.split(f'action="/cases/{key}/topic"')[1].split("</form>")[0]
    assert 'name="with_posts" value="1" checked' in form
    sent(client, f"/cases/{key}", f"/cases/{key}/topic", topic="noise", with_posts="1")
    sent(client, f"/cases/{other}", f"/cases/{other}/topic", topic="noise")
    assert {one.topic for one in read.post_records(context.ledger, case_key=key)} == {"noise"}
    assert "noise" not in {one.topic for one in read.post_records(context.ledger, case_key=other)}
