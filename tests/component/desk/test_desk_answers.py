"""An answer on the desk: a template, a draft to all witnesses, approval by whom the profile asks for, copied by hand."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from core.config.city import Answers, AnswerTemplate
from core.config.known_answers.answers import KnownAnswer
from core.config.known_answers.edits import EditedAnswer
from ledger import read, schema
from ledger.database.writing import writing
from ledger.system import users
from pipeline import casework
from pipeline.casework.answering import answers as case_answers, templates
from pipeline.casework.answering.templates import due_date
from pipeline.context import Context
from tests.support.desk_client import hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
TEXT = AnswerTemplate(name="Avería", language="es", text="Su aviso {case} en {place} está en {department}.")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(opened)
    users.set_role(opened.ledger, "eva", "lead", "ana", NOW)
    city = opened.city.model_copy(update={"answers": Answers(approve="lead"), "templates": (TEXT,)})
    yield replace(opened, city=city)
    opened.ledger.close()


@pytest.fixture
def key(context: Context) -> str:
    return next(one.case_key for one in read.case_records(context.ledger) if one.topic == "street_lighting")


def test_an_answer_from_template_to_citizen(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    prepared = ben.get(f"{page}?template=Avería").text
    assert f"Su aviso {key} en Puerta del Sol está en Vías públicas." in prepared
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=key)]
    form = {**hidden(prepared, f"{page}/draft"), "text": "Se repara mañana.", "post": posts}
    for _ in range(2):  # sent twice by a double click
        assert ben.post(f"{page}/draft", data=form).status_code == 200
    drafts = read.answers(context.ledger, case_key=key)
    assert [(one.state, one.origin) for one in drafts] == [("draft", "template Avería")] * 4
    assert ben.post(f"/answers/{drafts[0].key}/approve", data=form).status_code == 403  # the profile asks for a lead
    eva = logged_in(context, "eva")
    for one in drafts:
        sent(eva, "/answers", f"/answers/{one.key}/approve", list="1")
    assert "Copy it to the network by hand" in ben.get("/answers").text
    after = sent(ben, page, f"/answers/{drafts[0].key}/copied", url="https://red.example/7")
    assert "copied by hand" in after
    case = read.case_record(context.ledger, key)
    assert case is not None
    assert case.state == "answered"


def test_an_approved_answer_that_cannot_be_sent_is_offered_for_copying(context: Context, key: str) -> None:
    sending = replace(context, city=context.city.model_copy(update={"answers": Answers(send=True)}))
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=key)][:1]
    [draft] = case_answers.draft(sending, posts, "Se repara mañana.", "es", "ana")
    case_answers.approve(sending, draft, "ana")
    page = logged_in(sending, "ben").get("/answers").text  # the archive that the posts come from has no way back
    assert "It is there now" in page
    assert "It leaves with the next run" not in page


def test_an_answer_too_long_for_its_network_comes_back_with_its_text(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=key)]
    form = hidden(ben.get(page).text, f"{page}/draft")
    refused = ben.post(f"{page}/draft", data={**form, "post": posts[0], "text": "palabra " * 4000})
    assert refused.status_code == 400
    assert "please shorten it" in refused.text
    assert "palabra palabra" in refused.text


def test_a_post_without_a_case_is_answered_on_its_own_page(context: Context) -> None:
    ben = logged_in(context, "ben")
    question = next(one for one in read.post_records(context.ledger) if one.intent == "question" and one.case_key is None)
    page = f"/posts/{question.post_id}"
    after = sent(ben, page, f"{page}/answer", text="Abre a las nueve.")
    assert "Abre a las nueve." in after
    [draft] = read.answers(context.ledger, post_id=question.post_id)
    eva = logged_in(context, "eva")
    rejected = sent(eva, page, f"/answers/{draft.key}/reject", why="say which library")
    assert "say which library" in rejected
    assert eva.post(f"/answers/{draft.key}/explode", data=hidden(eva.get(page).text, f"{page}/answer")).status_code == 404


def test_the_question_whether_it_is_solved_is_offered_and_may_be_left_out(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    question = "¿Está solucionado? Si quiere, responda sí o no."
    casework.resolve(context, key, "ana", "")
    assert question not in ben.get(page).text  # off unless the profile asks for it
    asking = replace(context, city=context.city.model_copy(update={"answers": Answers(ask_solved=True)}))
    ben = logged_in(asking, "ben")
    assert question in ben.get(page).text
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=key)]
    sent(ben, page, f"{page}/draft", text="Ya hay luz.", post=posts[0], asks_solved="1")
    sent(ben, page, f"{page}/draft", text="Ya hay luz.", post=posts[1])
    drafts = {one.post_id: one.text for one in read.answers(context.ledger, case_key=key)}
    assert drafts == {posts[0]: f"Ya hay luz. {question}", posts[1]: "Ya hay luz."}


def test_the_actions_of_a_case_lead_to_its_answer_form(context: Context, key: str) -> None:
    page = logged_in(context, "ben").get(f"/cases/{key}").text
    assert f'href="/cases/{key}?template=&amp;asks=1&amp;after=#answers-given"' in page
    assert 'href="#answers-given"' not in page  # the one action is to take it
    taken = sent(logged_in(context, "ben"), f"/cases/{key}", f"/cases/{key}/take")
    assert re.findall(r'<a class="button" href="([^"]+)" data-key="r">(.*?) <kbd', taken) == [("#answers-given", "Write the answer")]
    assert page.count('id="answers-given"') == 1


def test_a_receipt_is_marked_on_its_form_and_leaves_the_case_waiting(context: Context, key: str) -> None:
    text = AnswerTemplate(name="Recibido", language="es", text="Hemos abierto el caso {case}.", acknowledges=True)
    context = replace(context, city=context.city.model_copy(update={"templates": (text,)}))
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    prepared = ben.get(f"{page}?template=Recibido").text
    assert 'name="acknowledges" value="1" checked' in prepared
    post = next(iter(read.post_records(context.ledger, case_key=key))).post_id
    form = {**hidden(prepared, f"{page}/draft"), "text": f"Caso {key}", "post": post, "language": "es"}
    ben.post(f"{page}/draft", data={**form, "acknowledges": "1"})
    [draft] = read.answers(context.ledger, case_key=key)
    assert draft.acknowledges
    case_answers.approve(context, draft.key, "eva")
    after = sent(ben, page, f"/answers/{draft.key}/copied")
    assert "<strong>acknowledged</strong>" in after
    case = read.case_record(context.ledger, key)
    assert case is not None
    assert (case.waits, case.answered_at) == (True, None)
    assert key in ben.get("/cases?state=acknowledged").text


def test_a_template_whose_date_has_passed_says_what_to_do(context: Context, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = AnswerTemplate(name="Plazo", language="es", text="Le responderemos antes del {plazo}.")
    context = replace(context, city=context.city.model_copy(update={"templates": (text,)}))
    ben, case = logged_in(context, "ben"), read.case_record(context.ledger, key)
    assert case is not None
    assert "that day has passed" not in ben.get(f"/cases/{key}?template=Plazo").text
    monkeypatch.setattr(templates, "now", lambda: case.due_at + timedelta(days=20))
    page = ben.get(f"/cases/{key}?template=Plazo").text
    date = due_date(context, case, "es")
    assert f"This template promises an answer by {date}, and that day has passed." in page
    assert "Write in place of {plazo} a date that the service can keep" in page


def test_who_resolves_a_case_sees_that_an_approved_answer_has_not_reached_the_citizen(context: Context, key: str) -> None:
    ben, notice = logged_in(context, "ben"), "approved answer has not reached the citizen yet"
    post = next(iter(read.post_records(context.ledger, case_key=key))).post_id
    [answer] = case_answers.draft(context, [post], "Está reparada.", "es", "ana")
    assert notice not in ben.get(f"/cases/{key}").text
    case_answers.approve(context, answer, "eva")
    page = ben.get(f"/cases/{key}").text
    assert notice in page.split(f'action="/cases/{key}/resolve"')[1].split("</form>")[0]
    case_answers.mark_copied(context, answer, "eva")
    assert notice not in ben.get(f"/cases/{key}").text


def in_english(context: Context, post_id: str) -> None:
    with writing(context.ledger) as connection:
        connection.execute(update(schema.labels).where(schema.labels.c.post_id == post_id).values(language="en"))


def ticked(page: str) -> list[str]:
    """Return the recipients that the form proposes."""
    return re.findall(r'type="checkbox" name="post" value="(\w+)" checked', page.split("answer-form")[1])


def two_languages(context: Context, ben: TestClient, key: str, template: str = "") -> tuple[dict[str, object], list[str]]:
    """Return the form of a case whose first post is English, and its posts."""
    posts = sorted(one.post_id for one in read.post_records(context.ledger, case_key=key))
    in_english(context, posts[0])
    shown = ben.get(f"/cases/{key}?template={template}").text
    return {**hidden(shown, f"/cases/{key}/draft"), "language": "es", "post": posts}, posts


def kept(context: Context, key: str) -> dict[str, tuple[str, str]]:
    return {one.post_id: (one.language, one.text) for one in read.answers(context.ledger, case_key=key) if one.state == "draft"}


def test_one_form_has_an_answer_for_each_language_and_each_citizen_gets_that_of_his(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    form, posts = two_languages(context, ben, key)
    shown = ben.get(page).text
    assert "The citizens write in more than one language" in shown
    assert "Answer to those who write in English" in shown
    assert sorted(ticked(shown)) == posts
    english, spanish = "It will be repaired tomorrow, thank you.", "La farola se repara mañana."
    preview = ben.post(f"{page}/preview", data={**form, "text": spanish, "text.en": english}).text
    assert f'<p class="text" lang="en" dir="auto">{english}</p>' in preview
    assert f'<p class="text" lang="es" dir="auto">{spanish}</p>' in preview
    for _ in range(2):  # sent twice by a double click
        assert ben.post(f"{page}/draft", data={**form, "text": spanish, "text.en": english}).status_code == 200
    assert kept(context, key) == {posts[0]: ("en", english), **dict.fromkeys(posts[1:], ("es", spanish))}
    assert len({one.batch for one in read.answers(context.ledger, case_key=key)}) == 1  # one undo takes back all


def test_nobody_gets_the_text_of_another_language_unless_a_person_says_so(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    form, posts = two_languages(context, ben, key)
    form |= {"text": "La farola se repara mañana.", "text.en": ""}
    refused = ben.post(f"{page}/draft", data=form)
    assert refused.status_code == 400
    assert "There is no answer in English yet: write it, or tick that these citizens get the one in Spanish." in refused.text
    assert "La farola se repara mañana.</textarea>" in refused.text
    assert kept(context, key) == {}
    old = {name: value for name, value in form.items() if name != "text.en"}  # a form without the field is no way round it
    assert "Chosen posts in another language than this answer (Spanish): 1 (English)." in ben.post(f"{page}/draft", data=old).text
    wrong = ben.post(f"{page}/draft", data={**form, "text.en": "La farola se repara mañana, gracias por avisar."})
    assert "This answer reads as Spanish, and its language is set to English." in wrong.text
    assert kept(context, key) == {}
    assert ben.post(f"{page}/draft", data={**form, "main.en": "1"}).status_code == 200
    assert kept(context, key) == dict.fromkeys(posts, ("es", "La farola se repara mañana."))


def test_each_draft_begins_with_the_template_of_its_language(context: Context, key: str) -> None:
    texts = [
        AnswerTemplate(name="Recibido", language="es", text="Hemos abierto el caso {caso}.", acknowledges=True),
        AnswerTemplate(name="Received", language="en", text="We opened case {case}.", acknowledges=True),  # the only one that does the same
        AnswerTemplate(name="Cita", language="es", text="Le llamamos mañana."),
        AnswerTemplate(name="Cita", language="en", text="We call you tomorrow."),
        AnswerTemplate(name="Obra", language="es", text="Empieza la obra.", becomes="resolved"),
    ]
    context = replace(context, city=context.city.model_copy(update={"templates": tuple(texts)}))
    ben = logged_in(context, "ben")
    two_languages(context, ben, key)

    def prepared(name: str) -> list[str]:
        page = ben.get(f"/cases/{key}?template={name}").text
        return re.findall(r'<textarea id="(?:answer-text|text-en)"[^>]*>([^<]*)<', page)

    assert prepared("Recibido") == [f"Hemos abierto el caso {key}.", f"We opened case {key}."]
    assert prepared("Cita") == ["Le llamamos mañana.", "We call you tomorrow."]
    assert prepared("Obra") == ["Empieza la obra.", ""]
    assert "The chosen text does not exist in English: write it, or tick" in ben.get(f"/cases/{key}?template=Obra").text


def test_a_known_answer_about_the_topic_is_offered_in_the_languages_that_it_has(
    context: Context, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KnownAnswer(
        id="farola",
        service="street_lighting",
        owner="Vías públicas",
        text={"es": "Avise de una farola apagada aquí:", "en": "Report a lamp that is out here:"},
        questions={"es": ("¿Dónde aviso?",)},
        links=("https://www.madrid.es/avisos",),
        valid_from=NOW.date() - timedelta(days=9),
        valid_until=NOW.date() + timedelta(days=9),
    )
    monkeypatch.setattr(import_module("desk.pages.cases.composer"), "known_answers_of", lambda _context: (EditedAnswer(answer=known),))
    ben = logged_in(context, "ben")
    form, posts = two_languages(context, ben, key, "known farola")
    page = ben.get(f"/cases/{key}?template=known+farola").text
    assert '<option value="known farola" selected>' in page
    spanish, english = re.findall(r'<textarea id="(?:answer-text|text-en)"[^>]*>([^<]*)<', page)
    assert english == "Report a lamp that is out here: https://www.madrid.es/avisos"
    assert ben.post(f"/cases/{key}/draft", data={**form, "text": spanish, "text.en": english}).status_code == 200
    assert {one.origin for one in read.answers(context.ledger, case_key=key)} == {"known farola"}  # so that it is not sent once it expired
    assert kept(context, key)[posts[0]] == ("en", english)


def test_a_text_in_another_language_than_it_says_is_noticed_and_kept_only_on_purpose(context: Context, key: str) -> None:
    ben, page = logged_in(context, "ben"), f"/cases/{key}"
    posts = sorted(one.post_id for one in read.post_records(context.ledger, case_key=key))
    form = {**hidden(ben.get(page).text, f"{page}/draft"), "language": "es", "post": posts}
    form["text"] = "The lamp will be repaired tomorrow, thank you for telling us."
    refused = ben.post(f"{page}/draft", data=form)
    assert "This answer reads as English, and its language is set to Spanish." in refused.text
    assert read.answers(context.ledger, case_key=key) == []
    for short in ("Done, thanks", "It is fixed now, thanks", "Ja està arreglat, gràcies"):
        assert "and its language is set to Spanish." in ben.post(f"{page}/draft", data={**form, "text": short}).text
    romanian = {**form, "text": "Vă mulțumim pentru sesizare, groapa va fi reparată în curând."}
    assert "This answer reads as unknown, and its language is set to Spanish." in ben.post(f"{page}/draft", data=romanian).text
    assert read.answers(context.ledger, case_key=key) == []
    assert ben.post(f"{page}/draft", data={**form, "any_language": "1"}).status_code == 200
    assert len(read.answers(context.ledger, case_key=key)) == len(posts)


def test_answers_are_written_in_every_language_that_posts_are_read_in(context: Context, key: str) -> None:
    page = logged_in(context, "ben").get(f"/cases/{key}").text
    offered = re.findall(r'<option value="(\w+)"', page.split('id="answer-language"')[1].split("</select>")[0])
    assert set(offered) == {"es", "en", "ca", "gl", "eu", "pt", "fr", "it", "de"}
    assert offered[0] == "es"
