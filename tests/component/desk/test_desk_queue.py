"""Cases worked one after another: whose, in which order, what opens next, and how the last step is taken back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.errors import ChangeRefusedError
from ledger import read, schema
from ledger.database.writing import writing
from ledger.retention import forget
from pipeline import casework
from pipeline.access import accounts
from pipeline.casework import aside, grouping, ownership
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.desk_client import hidden, logged_in, people
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
ROADS, WASTE = "Vías públicas", "Limpieza y residuos"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Seven cases: four of waste and three of roads."""
    context = open_seeded(tmp_path, 42, NOW - timedelta(hours=1))
    people(context)
    accounts.choose_department(context, "ben", ROADS)
    yield context
    context.ledger.close()


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


def queue(context: Context, who: str = "ben", moment: datetime | None = None) -> list[str]:
    """Walk the queue of a user from its beginning to its end."""
    found: list[str] = []
    place = None
    while (key := read.next_in_queue(context.ledger, who, place, moment or datetime.now(UTC))) is not None:
        found.append(key)
        place = read.place_in_queue(context.ledger, key)
    return found


def by_department(context: Context, department: str) -> list[str]:
    return [one.case_key for one in read.case_records(context.ledger, department=department, order="priority", open_only=True)]


def set_case(context: Context, key: str, **new: object) -> None:
    with writing(context.ledger) as connection:
        connection.execute(schema.cases.update().where(schema.cases.c.case_key == key).values(**new))


def done_on(client: TestClient, key: str, action: str, **form: str) -> str:
    """Send a form of the page of a case in the queue; return where it leads."""
    page = client.get(f"/cases/{key}?after=queue").text
    answer = client.post(f"/cases/{key}/{action}", data={**hidden(page, f"/cases/{key}/{action}"), **form}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_queue_holds_my_cases_and_those_of_my_department_that_no_person_took(context: Context) -> None:
    roads, waste = by_department(context, ROADS), by_department(context, WASTE)
    assert (len(roads) >= 2, len(waste) >= 2) == (True, True)
    ownership.take(context, waste[1], "ben")
    ownership.take(context, roads[0], "ana")
    assert set(queue(context)) == {waste[1], *roads[1:]}
    assert read.count_cases(context.ledger, **read.queue_of(context.ledger, "ben", NOW)) == len(roads)
    assert roads[0] in queue(context, "ana")
    assert set(queue(context, "eva")) == {*roads[1:], *waste, *queue(context, "eva")} - {waste[1]}  # she chose no department


def test_harm_comes_first_and_then_the_time_left(context: Context) -> None:
    first, second, *others = by_department(context, ROADS)
    set_case(context, second, priority=5)
    set_case(context, first, priority=2, due_at=NOW + timedelta(hours=1))
    for n, key in enumerate(others):
        set_case(context, key, priority=2, due_at=NOW + timedelta(hours=2 + n))
    assert queue(context) == [second, first, *others]
    set_case(context, second, replay=True)
    set_case(context, first, priority=5)
    assert queue(context)[:2] == [first, second]  # for a replayed one no citizen waits


def test_after_an_action_the_next_case_opens_and_undo_leads_back(context: Context, ben: TestClient) -> None:
    first, second, *_ = queue(context)
    assert done_on(ben, first, "reject", why="es un camino privado") == f"/cases/{second}?after=queue&done={first}"
    page = ben.get(f"/cases/{second}?after=queue&done={first}").text
    assert f'<a href="/cases/{first}">' in page
    undo = ben.post(f"/cases/{first}/undo", data=hidden(page, f"/cases/{first}/undo"), follow_redirects=False)
    assert undo.headers["location"] == f"/cases/{first}?after=queue"
    assert [one.state for one in read.transitions(context.ledger, first)] == ["new", "rejected", "new"]
    assert queue(context)[0] == first


def test_a_correction_stays_on_the_case_and_the_last_decision_ends_the_queue(context: Context, ben: TestClient) -> None:
    *_, last = queue(context)
    assert done_on(ben, last, "priority", priority="1") == f"/cases/{last}?after=queue&done={last}"
    assert queue(context)[-1] == last
    assert done_on(ben, last, "resolve", why="") == f"/cases?whose=queue&done={last}"
    page = ben.get(f"/cases?whose=queue&done={last}").text
    assert "resolved." in page
    assert f'data-count="{len(queue(context))}" aria-current="page">My queue' in page


def test_the_same_form_sent_twice_is_one_step_and_opens_the_same_case(context: Context, ben: TestClient) -> None:
    first, second, *_ = queue(context)
    form = hidden(ben.get(f"/cases/{first}?after=queue").text, f"/cases/{first}/resolve")
    places = [ben.post(f"/cases/{first}/resolve", data=form, follow_redirects=False).headers["location"] for _ in range(2)]
    assert places == [f"/cases/{second}?after=queue&done={first}"] * 2
    assert [one.state for one in read.transitions(context.ledger, first)] == ["new", "resolved"]


def test_a_case_whose_answer_is_approved_asks_for_nothing_until_it_is_taken_back(context: Context, ben: TestClient) -> None:
    first, second, *_ = queue(context)
    posts = [one.post_id for one in read.post_records(context.ledger, case_key=first)]
    to = done_on(ben, first, "draft", text="Se arregla el lunes.", language="es", post=posts[0], approve="1")
    assert to == f"/cases/{second}?after=queue&done={first}"
    assert first not in queue(context)
    page = ben.get(to).text
    assert "1 answer approved." in page
    assert ben.post(f"/cases/{first}/undo", data=hidden(page, f"/cases/{first}/undo")).status_code == 200
    assert [one.state for one in read.answers(context.ledger, case_key=first)] == ["draft"]
    assert queue(context)[0] == first


def test_a_case_that_waits_for_its_citizen_leaves_the_queue(context: Context, ben: TestClient) -> None:
    first, *_ = queue(context)
    page = ben.get(f"/cases/{first}?asks=1&after=queue").text
    assert re.search(r'name="asks" value="1" checked', page)
    post = next(read.post_records(context.ledger, case_key=first)).post_id
    done_on(ben, first, "draft", text="¿En qué número?", language="es", post=post, approve="1", asks="1")
    [answer] = read.answers(context.ledger, case_key=first)
    assert first in queue(context)  # not asked yet: it is on its way
    answers.mark_copied(context, answer.key, "ben")
    assert first not in queue(context)


def test_one_action_is_offered_first_and_the_rest_behind_more(context: Context, ben: TestClient) -> None:
    first, *_ = queue(context)

    def shown(address: str) -> list[str]:
        lead = ben.get(address).text.partition('class="lead card"')[2].partition("</section>")[0]
        before, _, rest = lead.partition('<details class="more"')
        assert rest.count("<details") >= 10
        return re.findall(r'<(?:button|a class="button")(?! quiet)[^>]*>([^<]+?) *<', before)

    assert shown(f"/cases/{first}") == ["Take it"]
    assert shown(f"/cases/{first}?after=queue") == ["Write the answer"]
    ownership.take(context, first, "ben")
    assert shown(f"/cases/{first}") == ["Write the answer"]
    assert "taken by ben" in ben.get(f"/cases/{first}").text
    done_on(ben, first, "resolve", why="")
    assert shown(f"/cases/{first}") == ["Reopen"]


def test_the_page_says_how_many_cases_name_the_same_place(context: Context, ben: TestClient) -> None:
    roads = by_department(context, ROADS)
    page = ben.get(f"/cases/{roads[0]}").text
    found = re.search(r'<a data-count="(\d+)" href="(/cases\?all=1[^"]*)">(\d+) cases, this one included</a>', page)
    assert found is not None
    assert found[1] == found[3]
    assert f"<strong>{found[1]} cases</strong>" in ben.get(found[2].replace("&amp;", "&")).text


def tomorrow(context: Context) -> str:
    return aside.days_offered(context)[0].isoformat()


def writes(context: Context, key: str, *, author: str | None = None, thread: str | None = None) -> None:
    """Store that a citizen wrote now: another post of the case, or a reply in its thread."""
    first, *others = [one.post_id for one in read.post_records(context.ledger, case_key=key)]
    outside = next(one.post_id for one in read.post_records(context.ledger) if one.case_key is None)
    new = {"received_at": datetime.now(UTC) + timedelta(seconds=1)}
    with writing(context.ledger) as connection:
        posts = schema.posts
        if thread is None:
            connection.execute(posts.update().where(posts.c.post_id == (others or [first])[0]).values(**new))
            return
        connection.execute(posts.update().where(posts.c.post_id == first).values(author="a" * 64, thread=thread))
        connection.execute(posts.update().where(posts.c.post_id == outside).values(**new, author=author, thread=thread))


def test_a_case_put_aside_leaves_every_queue_and_returns_by_itself_on_its_day(context: Context, ben: TestClient) -> None:
    first, second, *_ = before = queue(context)
    for_ana = queue(context, "ana")
    day = datetime.fromisoformat(tomorrow(context)).replace(tzinfo=context.city.zone)
    form = hidden(ben.get(f"/cases/{first}?after=queue").text, f"/cases/{first}/aside")
    for _ in range(2):  # sent twice by a double click
        sent = ben.post(f"/cases/{first}/aside", data={**form, "day": tomorrow(context)}, follow_redirects=False)
        assert sent.headers["location"] == f"/cases/{second}?after=queue&done={first}"
    assert queue(context) == before[1:]
    assert first not in queue(context, "ana")
    assert queue(context, moment=day - timedelta(seconds=1)) == before[1:]
    assert queue(context, moment=day) == before
    assert queue(context, "ana", day) == for_ana
    page = ben.get(f"/cases/{first}").text
    assert "put aside until" in page
    assert "<strong>Put aside</strong> · ben" in page  # the history says who
    listed = ben.get("/cases?whose=queue").text
    assert "1 case is put aside until a later day" in listed
    assert first in ben.get("/cases?aside=1").text
    assert second not in ben.get("/cases?aside=1").text


def test_a_case_put_aside_is_brought_back_by_undo(context: Context, ben: TestClient) -> None:
    first, second, *_ = before = queue(context)
    done_on(ben, first, "aside", until=tomorrow(context))
    page = ben.get(f"/cases/{second}?after=queue&done={first}").text
    undo = ben.post(f"/cases/{first}/undo", data=hidden(page, f"/cases/{first}/undo"), follow_redirects=False)
    assert undo.headers["location"] == f"/cases/{first}?after=queue"
    assert queue(context) == before
    assert "put aside until" not in ben.get(f"/cases/{first}").text


@pytest.mark.parametrize("reply", [{}, {"author": "a" * 64, "thread": "t-1"}], ids=["a post of the case", "a reply in the thread"])
def test_a_case_put_aside_returns_when_its_citizen_writes_again(context: Context, reply: dict[str, str]) -> None:
    first, *_ = before = queue(context)
    aside.put_aside(context, first, tomorrow(context), "ben")
    assert first not in queue(context)
    if reply:
        writes(context, first, author="b" * 64, thread="t-1")
        assert first not in queue(context)  # another person in the thread
    writes(context, first, **reply)
    assert queue(context) == before


def test_a_case_that_is_handed_over_is_not_hidden_from_who_gets_it(context: Context) -> None:
    first, *_ = queue(context)
    aside.put_aside(context, first, tomorrow(context), "ben")
    casework.note(context, first, "ben", "la pieza llega el lunes")
    assert first not in queue(context)
    ownership.hand_over(context, first, "ana", "ben", "")
    assert first in queue(context, "ana")


def test_the_desk_stands_when_the_posts_of_a_case_put_aside_are_erased(context: Context, ben: TestClient) -> None:
    first, *_ = queue(context)
    aside.put_aside(context, first, tomorrow(context), "ben")
    for one in list(read.post_records(context.ledger, case_key=first)):
        forget.erase_post(context.ledger, one.post_id, "asked for", NOW)
    assert [ben.get(path).status_code for path in ("/", "/cases", "/cases?whose=queue", f"/cases/{first}")] == [200] * 4


def test_a_case_put_aside_returns_when_another_is_merged_into_it(context: Context) -> None:
    first, second, *_ = queue(context)
    aside.put_aside(context, first, tomorrow(context), "ben")
    assert first not in queue(context)
    grouping.merge(context, second, first, "ana", "")
    assert first in queue(context)


def test_only_a_day_to_come_and_a_case_that_waits_can_be_put_aside(context: Context, ben: TestClient) -> None:
    first, *_ = queue(context)
    today = datetime.now(context.city.zone).date()
    for day in (today, today + timedelta(days=91)):
        with pytest.raises(ChangeRefusedError, match="at most 90 days"):
            aside.put_aside(context, first, day.isoformat(), "ben")
    with pytest.raises(ChangeRefusedError, match="Choose the day"):
        aside.put_aside(context, first, "lunes", "ben")
    form = hidden(ben.get(f"/cases/{first}").text, f"/cases/{first}/aside")
    assert "Choose the day on which the case comes back." in ben.post(f"/cases/{first}/aside", data=form).text
    casework.resolve(context, first, "ben", "")
    with pytest.raises(ChangeRefusedError, match="no citizen waits"):
        aside.put_aside(context, first, tomorrow(context), "ben")


def test_tomorrow_and_the_next_monday_are_offered_once_each(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def offered(day: int) -> list[int]:
        monkeypatch.setattr(aside, "now", lambda: datetime(2026, 12, day, 10, tzinfo=UTC))
        return [one.day for one in aside.days_offered(context)]

    assert [offered(3), offered(6), offered(7)] == [[4, 7], [7], [8, 14]]


def test_mark_as_answered_is_undone_and_the_answer_time_runs_on(context: Context, ben: TestClient) -> None:
    first, second, *_ = before = queue(context)
    done_on(ben, first, "answer", why="se repara el lunes", where="por teléfono")
    answered = read.case_record(context.ledger, first)
    assert answered is not None
    assert answered.answered_at is not None
    page = ben.get(f"/cases/{second}?after=queue&done={first}").text
    assert "what the citizen was told cannot be unsaid" in page
    ben.post(f"/cases/{first}/undo", data=hidden(page, f"/cases/{first}/undo"))
    assert queue(context) == before
    case = read.case_record(context.ledger, first)
    assert case is not None
    assert (case.waits, case.answered_at, case.answer_hours) == (True, None, None)
    assert [one.state for one in read.transitions(context.ledger, first)] == ["new", "answered", "new"]  # the step stays in the history
    done_on(ben, first, "answer", why="se repara hoy", where="por teléfono")
    again = read.case_record(context.ledger, first)
    assert again is not None
    assert again.answered_at is not None
    assert again.answered_at > answered.answered_at  # the one that holds, not the one that was taken back


def test_an_answer_that_reached_the_citizen_still_counts_when_a_record_is_undone(context: Context, ben: TestClient) -> None:
    first, *_ = queue(context)
    post = next(one.post_id for one in read.post_records(context.ledger, case_key=first))
    done_on(ben, first, "answer", why="se repara el lunes", where="por teléfono")
    [given] = answers.draft(context, [post], "Se repara el lunes.", "es", "ben", any_language=True)
    answers.approve(context, given, "ben")
    answers.mark_copied(context, given, "ben")
    page = ben.get(f"/cases/{first}").text
    ben.post(f"/cases/{first}/undo", data=hidden(page, f"/cases/{first}/undo"))
    case = read.case_record(context.ledger, first)
    assert case is not None
    assert case.answered_at is not None
