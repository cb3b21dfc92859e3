"""The page of a case as two colleagues use it at once: take, merge, split, undo, and who else has it open."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from ledger import read
from ledger.database.writing import writing
from ledger.system import users
from pipeline.casework import grouping
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(context)
    yield context
    context.ledger.close()


@pytest.fixture
def keys(context: Context) -> tuple[str, str]:
    """Return the case of the lamp and the case of the containers."""
    found = {one.topic: one.case_key for one in read.case_records(context.ledger)}
    return found["street_lighting"], found["waste_cleaning"]


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


def test_two_who_have_a_case_open_see_each_other_and_the_second_change_is_refused_with_its_text(
    context: Context, ben: TestClient, keys: tuple[str, str]
) -> None:
    lamp, _ = keys
    ana, page = logged_in(context, "ana"), f"/cases/{lamp}"
    ben.get(page)
    stale = hidden(ana.get(page).text, f"{page}/take")
    assert ana.get(f"/viewers?case={lamp}").json() == ["ben"]
    assert ana.get("/viewers?case=C-none").status_code == 404
    assert re.search(r">Also open at this moment: <span>ana<", ben.get(page).text)
    assert "ben" in sent(ben, page, f"{page}/take")
    answer = ana.post(f"{page}/take", data={**stale, "why": "my quarter of the city"})
    assert answer.status_code == 409
    assert "my quarter of the city" in answer.text
    work = read.case_work(context.ledger, lamp)
    assert work is not None
    assert work.assignee == "ben"


def test_a_case_is_merged_and_the_merge_undone_by_one_button(ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    whole = sent(ben, f"/cases/{lamp}", f"/cases/{lamp}/merge", into=bins)
    assert "Posts (8)" in whole.replace("\n", "")
    assert "Another case merged into it" in whole
    merged = ben.get(f"/cases/{lamp}").text
    assert f'Merged into</dt><dd><a href="/cases/{bins}"' in merged
    assert f"/cases/{lamp}/take" not in merged
    after = sent(ben, f"/cases/{bins}", f"/cases/{bins}/undo")
    assert "Posts (4)" in after
    assert "undone" in after


def test_posts_are_split_off_and_moved_by_choosing_them(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=bins, order="oldest")]
    form = hidden(ben.get(f"/cases/{bins}").text, f"/cases/{bins}/split")
    new = ben.post(f"/cases/{bins}/split", data={**form, "post": posts[:2]})
    assert "Posts (2)" in new.text
    form = hidden(ben.get(f"/cases/{bins}").text, f"/cases/{bins}/move")
    assert ben.post(f"/cases/{bins}/move", data={**form, "post": posts[2], "into": lamp}).status_code == 200
    assert {one.case_key: one.posts for one in read.case_records(context.ledger)}.items() >= {bins: 1, lamp: 5}.items()
    form = hidden(ben.get(f"/cases/{bins}").text, f"/cases/{bins}/topic")  # one post left: nothing to split
    refused = ben.post(f"/cases/{bins}/split", data={**form, "post": posts[3]})
    assert refused.status_code == 400
    assert "one post has to stay" in refused.text


def test_a_topic_set_on_the_case_shows_what_it_changed(ben: TestClient, keys: tuple[str, str]) -> None:
    _, bins = keys
    page = sent(ben, f"/cases/{bins}", f"/cases/{bins}/topic", topic="roads_pavements", why="the pavement is broken")
    assert "the pavement is broken" in page
    assert "Cleaning and waste → Public roads" in page


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_cases_that_are_like_one_are_shown_with_the_signs(context: Context, keys: tuple[str, str], language: str) -> None:
    lamp, _ = keys
    client = browser(context, language)
    page = logged_in(context, "ben", client).get(f"/cases/{lamp}/like").text
    assert ("¿Es el mismo caso?" if language == "es" else "Is it the same case?") in page
    assert client.get("/cases/C-none/like").status_code == 404


def test_who_only_reads_gets_no_form_and_is_refused(context: Context, keys: tuple[str, str]) -> None:
    users.set_role(context.ledger, "ben", "reader", "ana", NOW)
    client = logged_in(context, "ben")
    page = client.get(f"/cases/{keys[0]}").text
    assert "/take" not in page
    assert client.post(f"/cases/{keys[0]}/take", data={}).status_code == 403


def test_the_list_shows_mine_unassigned_and_overdue_cases(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    sent(ben, f"/cases/{lamp}", f"/cases/{lamp}/take")
    mine, free = ben.get("/cases?whose=mine").text, ben.get("/cases?whose=none").text
    assert (lamp in mine, bins in mine, lamp in free, bins in free) == (True, False, False, True)
    overdue = {one.case_key for one in read.case_records(context.ledger) if one.is_overdue(datetime.now(UTC))}
    shown = ben.get("/cases?overdue=1").text
    assert {key for key in keys if key in shown} == overdue & set(keys)


def test_a_view_is_kept_by_the_filters_and_the_filters_by_a_view(ben: TestClient) -> None:
    page = ben.get("/cases?overdue=1&kind=report&page=1").text
    form = page.partition('class="filters"')[2].partition("</form>")[0]
    assert 'type="checkbox"' not in form  # one way to say one thing: a view
    assert '<input type="hidden" name="overdue" value="1">' in page
    current = re.findall(r'<a href="([^"]*)" data-count="[0-9]+" aria-current="page">', page)
    assert "/cases?kind=report&amp;overdue=1" in current
    assert 'href="/cases?kind=report&amp;whose=mine"' in page
    answered = ben.get("/cases?state=answered").text
    assert re.search(r'href="/cases\?state=answered" data-count="[0-9]+" aria-current="page"', answered)
    assert 'href="/cases?whose=mine"' in answered  # a state of another view is not kept


def test_an_example_past_its_date_says_why_it_is_not_overdue(context: Context, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    with writing(context.ledger) as connection:
        past = {"past": NOW - timedelta(days=9), "lamp": lamp, "bins": bins}
        connection.execute(text("UPDATE cases SET replay = true, due_at = :past WHERE case_key IN (:lamp, :bins)"), past)
        connection.execute(text("UPDATE cases SET source = 'example-x' WHERE case_key = :lamp"), past)
    for language, listed, example, replayed in (
        ("en", ("no deadline: example", "no deadline: replayed"), "because it is an example", "replayed from an archive"),
        ("es", ("sin plazo: ejemplo", "sin plazo: reproducido"), "porque es un ejemplo", "de un archivo"),
    ):
        client = logged_in(context, "ben")
        client.cookies.set("language", language)
        cases = client.get("/cases").text
        assert all(said in cases for said in listed)
        assert example in client.get(f"/cases/{lamp}").text
        assert replayed in client.get(f"/cases/{bins}").text
    assert "overdue</span>" not in client.get(f"/cases/{lamp}").text


def test_an_unknown_action_and_a_wrong_colleague_are_refused(ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, _ = keys
    form = hidden(ben.get(f"/cases/{lamp}").text, f"/cases/{lamp}/hand-over")
    refused = ben.post(f"/cases/{lamp}/hand-over", data={**form, "to": "nobody-here"})
    assert refused.status_code == 400
    assert "cannot work on cases" in refused.text
    assert ben.post(f"/cases/{lamp}/explode", data=form).status_code == 404


def draft_texts(context: Context, key: str) -> list[str]:
    return [one.text for one in read.answers(context.ledger, case_key=key)]


def state_of(context: Context, key: str) -> str:
    found = read.case_record(context.ledger, key)
    assert found is not None
    return found.state


def test_a_storm_has_a_parent_its_children_are_added_and_taken_out_there(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    page = sent(ben, f"/cases/{bins}", f"/cases/{bins}/add-child", child=lamp, why="the storm")
    assert "Cases of this cause (1)" in page
    assert f'Common cause</dt><dd><a href="/cases/{bins}"' in ben.get(f"/cases/{lamp}").text
    page = sent(ben, f"/cases/{bins}", f"/cases/{bins}/remove-child", child=lamp)
    assert "Cases of this cause" not in page
    page = sent(ben, f"/cases/{lamp}", f"/cases/{lamp}/undo", change="2")
    assert "undone" in page
    assert "Cases of this cause (1)" in ben.get(f"/cases/{bins}").text
    refused = ben.post(
        f"/cases/{bins}/add-child", data={**hidden(ben.get(f"/cases/{bins}").text, f"/cases/{bins}/add-child"), "child": "C-none"}
    )
    assert (refused.status_code, "there is no case C-none" in refused.text) == (400, True)


def test_one_answer_goes_to_the_citizens_of_all_cases_of_a_cause(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    sent(ben, f"/cases/{bins}", f"/cases/{bins}/add-child", child=lamp)
    form = hidden(ben.get(f"/cases/{bins}").text, f"/cases/{bins}/draft")
    some = [one.post_id for one in read.post_records(context.ledger, case_key=bins, order="oldest")]
    answer = {**form, "post": some, "text": "El temporal ya pasó.", "language": "es", "children": "1"}
    assert ben.post(f"/cases/{bins}/draft", data=answer).status_code == 200
    assert draft_texts(context, lamp) == ["El temporal ya pasó."] * 4
    assert len(draft_texts(context, bins)) == 4


@pytest.mark.parametrize(("asked", "state"), [(False, "new"), (True, "resolved")])
def test_closing_the_parent_closes_the_children_only_when_asked(
    context: Context, ben: TestClient, keys: tuple[str, str], asked: bool, state: str
) -> None:
    lamp, bins = keys
    sent(ben, f"/cases/{bins}", f"/cases/{bins}/add-child", child=lamp)
    more = {"children": "1"} if asked else {}
    sent(ben, f"/cases/{bins}", f"/cases/{bins}/resolve", why="the storm is over", **more)
    assert (state_of(context, bins), state_of(context, lamp)) == ("resolved", state)
    page = ben.get(f"/cases/{bins}").text
    assert sent(ben, f"/cases/{bins}", f"/cases/{bins}/reopen") != page
    assert state_of(context, lamp) == state


def test_a_priority_is_set_on_the_page_and_sorts_the_list(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    page = sent(ben, f"/cases/{bins}", f"/cases/{bins}/priority", priority="5", why="beside a school")
    assert "set by a person" in page
    assert "complaint (+1)" in page
    assert "2 → 5 (high)" in page
    shown = ben.get("/cases?sort=priority").text
    assert shown.index(bins) < shown.index(lamp)
    assert "highest priority first" in shown
    sent(ben, f"/cases/{lamp}", f"/cases/{lamp}/priority", priority="4")
    sent(ben, f"/cases/{bins}", f"/cases/{bins}/priority", priority="1")
    shown = ben.get("/cases?sort=priority").text
    assert shown.index(lamp) < shown.index(bins)


def test_the_usual_views_count_what_they_list(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    sent(ben, f"/cases/{lamp}", f"/cases/{lamp}/take")
    for _ in range(2):
        sent(ben, f"/cases/{bins}", f"/cases/{bins}/resolve")
        sent(ben, f"/cases/{bins}", f"/cases/{bins}/reopen")
    page = ben.get("/cases").text
    views = dict(re.findall(r'<a href="(/cases\?[^"]*)"[^>]*>[^<]*<span class="of">(\d+)<', page))
    assert views["/cases?whose=mine"] == views["/cases?reopened=2&amp;all=1"] == "1"
    for address, count in views.items():
        listed = ben.get(address.replace("&amp;", "&")).text
        assert f"{count} case" in listed
        assert 'aria-current="page"' in listed
    again = ben.get("/cases?reopened=2&all=1").text
    assert (bins in again, lamp in again) == (True, False)
    assert "Opened again twice or more, by department:" in again
    assert 'data-name="Opened again">2<' in again


def test_the_case_of_an_emergency_says_call_112_in_the_list(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, _ = keys
    with writing(context.ledger) as connection:
        points = '[{"name": "emergency", "points": 0, "evidence": ""}]'
        connection.execute(text("UPDATE cases SET priority_points = :points WHERE case_key = :key"), {"points": points, "key": lamp})
    assert "call 112" in ben.get("/cases").text


def test_a_case_about_two_things_proposes_a_split_with_one_key(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    stray = next(one.post_id for one in read.post_records(context.ledger, case_key=bins))
    assert "Split proposed" not in ben.get(f"/cases/{lamp}").text
    grouping.move(context, bins, [stray], lamp, "eva", "")
    assert "Split proposed" not in ben.get(f"/cases/{lamp}").text  # a person put it there
    with writing(context.ledger) as connection:  # as if triage had put it there
        connection.execute(text("DELETE FROM case_changes"))
        connection.execute(text("UPDATE posts SET decision_reason = 'act: actionable 0.90 >= 0.77'"))
    page = ben.get(f"/cases/{lamp}").text
    assert "Split proposed: 1 post has little in common with the others (likeness 0%)." in page
    shown = re.search(r'<form[^>]*action="/cases/[^"]*/split".*?</form>', page, re.DOTALL)
    assert shown is not None
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown[0]))
    answer = ben.post(f"/cases/{lamp}/split", data=form, follow_redirects=False)
    assert answer.status_code == 303
    moved_to = read.post_record(context.ledger, stray)
    assert moved_to is not None
    assert moved_to.case_key != lamp
    assert "Split proposed" not in ben.get(f"/cases/{lamp}").text
