"""The case book as lists: many cases changed at once and undone, the board, the map, my department and the neighbours of a case."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.errors import ChangeRefusedError
from desk.pages.cases.sketch import MAX_RADIUS, NEAR_M, sketch
from ledger import read, schema
from ledger.database.writing import writing
from pipeline import casework
from pipeline.access import accounts
from pipeline.casework import ownership
from pipeline.context import Context
from tests.support.desk_client import logged_in, people
from tests.support.made_facts import case
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


def ticks(page: str) -> dict[str, str]:
    """Return the value of each case's box, by key."""
    found = re.findall(r'<input type="checkbox" name="case" value="((C-[^":]+):\d+)"', page)
    return {key: value for value, key in found}


def bulk(client: TestClient, page: str, action: str, *boxes: str, **more: str) -> tuple[int, str]:
    """Send the form of the list of cases; return status and text."""
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    form = {"csrf": csrf, "back": "/cases?sort=oldest", "action": action, **more}
    answer = client.post("/cases/bulk", data={**form, "case": list(boxes)})
    return answer.status_code, unescape(answer.text)


def undo_all(client: TestClient, page: str) -> tuple[int, str]:
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    changes = re.findall(r'name="change" value="(\d+)"', page)
    assert changes
    answer = client.post("/cases/bulk", data={"csrf": csrf, "action": "undo", "back": "/cases", "change": changes})
    return answer.status_code, answer.text


def assignees(context: Context, *keys: str) -> list[str | None]:
    found = [read.case_work(context.ledger, key) for key in keys]
    return [None if one is None else one.assignee for one in found]


def states(context: Context, *keys: str) -> list[str | None]:
    found = [read.case_record(context.ledger, key) for key in keys]
    return [None if one is None else one.state for one in found]


def test_several_cases_are_taken_and_all_of_it_is_undone(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    page = ben.get("/cases").text
    boxes = ticks(page)
    status, said = bulk(ben, page, "take", *(boxes[key] for key in keys))
    assert (status, "2 cases were changed." in said) == (200, True)
    assert 'href="/cases?sort=oldest" data-exact' in said
    assert assignees(context, *keys) == ["ben", "ben"]
    assert states(context, *keys) == ["assigned", "assigned"]
    assert undo_all(ben, said)[0] == 200
    assert assignees(context, *keys) == [None, None]
    assert states(context, *keys) == ["new", "new"]


def test_a_case_that_changed_meanwhile_is_refused_alone_and_in_words(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, bins = keys
    page = ben.get("/cases").text
    ownership.take(context, lamp, "ana")
    boxes = ticks(page)
    status, said = bulk(ben, page, "take", boxes[lamp], boxes[bins], why="my quarter")
    assert status == 409
    assert "1 case was changed." in said
    assert "This case was changed since you opened it. Nothing of yours was saved yet; your words are below." in said
    assert ">my quarter</textarea>" in said  # what was typed is not lost
    assert assignees(context, lamp, bins) == ["ana", "ben"]
    again = bulk(ben, page, "take", boxes[bins], why="my quarter")  # the same form sent twice
    assert again[0] == 200


def test_cases_are_assigned_handed_over_and_closed_as_on_their_own_page(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    def records() -> list[tuple[str, str]]:
        found = [read.case_record(context.ledger, key) for key in keys]
        return [(one.state, one.department) for one in found if one is not None]

    before = records()
    page = ben.get("/cases").text
    _, said = bulk(ben, page, "assign", *ticks(page).values(), department="Movilidad")
    assert [department for _, department in records()] == ["Movilidad"] * 2
    undo_all(ben, said)
    assert [department for _, department in records()] == [department for _, department in before]
    page = ben.get("/cases").text
    assert bulk(ben, page, "hand-over", *ticks(page).values(), to="eva")[0] == 200
    assert assignees(context, *keys) == ["eva", "eva"]
    page = ben.get("/cases").text
    status, said = bulk(ben, page, "reject", *ticks(page).values())
    assert (status, "Please say why it is rejected." in said) == (409, True)
    _, said = bulk(ben, page, "resolve", *ticks(page).values())
    assert [state for state, _ in records()] == ["resolved"] * 2
    assert undo_all(ben, said)[0] == 200
    assert [state for state, _ in records()] == ["assigned"] * 2
    assert read.reopening_counts(context.ledger, keys) == {}  # a closing that was taken back opened nothing again


def test_ticked_cases_are_merged_into_the_oldest_and_separated_again(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    oldest = next(read.case_records(context.ledger, order="oldest", case_keys=keys)).case_key
    [other] = [key for key in keys if key != oldest]
    page = ben.get("/cases").text
    _, said = bulk(ben, page, "merge", *ticks(page).values())
    work = read.case_work(context.ledger, other)
    assert work is not None
    assert work.merged_into == oldest
    undo_all(ben, said)
    work = read.case_work(context.ledger, other)
    assert work is not None
    assert work.merged_into is None
    page = ben.get("/cases").text
    assert "Tick two cases or more" in bulk(ben, page, "merge", ticks(page)[oldest])[1]
    assert "there is no case C-none" in bulk(ben, page, "merge", ticks(page)[oldest], into="C-none")[1]


@pytest.mark.parametrize(
    ("action", "boxes", "status"),
    [("take", (), 400), ("take", ("C-1:x",), 400), ("take", ("C-none:1",), 409), ("explode", ("C-1:1",), 404)],
)
def test_a_form_without_cases_or_with_wrong_ones_changes_nothing(ben: TestClient, action: str, boxes: tuple[str, ...], status: int) -> None:
    assert bulk(ben, ben.get("/cases").text, action, *boxes)[0] == status


def test_a_reader_has_no_boxes(context: Context) -> None:
    casework.set_user(context.ledger, "ben", read.users(context.ledger)[1].password_hash, "reader")
    page = logged_in(context, "ben").get("/cases").text
    assert ticks(page) == {}
    assert "With the ticked cases" not in page


def test_the_board_has_a_column_for_each_open_state(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    ownership.take(context, keys[0], "ben")
    page = ben.get("/cases?layout=board").text
    columns = dict(re.findall(r'id="column-(\w+)"><a data-count="(\d+)"', page))
    assert columns == {"new": "1", "assigned": "1", "acknowledged": "0", "answered": "0"}
    assert set(re.findall(r'id="column-(\w+)"', ben.get("/cases?layout=board&state=new").text)) == {"new"}
    everything = re.findall(r'id="column-(\w+)"', ben.get("/cases?layout=board&all=1").text)
    assert everything == ["new", "assigned", "acknowledged", "answered", "resolved", "rejected", "merged"]


def test_the_map_shows_the_cases_of_the_list_that_have_a_point(context: Context, ben: TestClient) -> None:
    placed = {one.case_key for one in read.case_records(context.ledger, open_only=True) if one.lat is not None}
    page = ben.get("/cases?layout=map").text
    assert set(re.findall(r'<a href="/cases/([^"]+)" tabindex', page)) == placed != set()
    assert "has a place on the map" in ben.get("/cases?layout=map&q=nothing+like+this").text


def test_cases_are_found_by_title_place_and_key(ben: TestClient, keys: tuple[str, str]) -> None:
    lamp, _ = keys
    for words in ("farola", "puerta del sol", lamp):
        assert list(ticks(ben.get("/cases", params={"q": words}).text)) == [lamp]
    assert ticks(ben.get("/cases?q=%25").text) == {}


def test_my_department_lists_what_the_reader_chose(context: Context, ben: TestClient, keys: tuple[str, str]) -> None:
    page = ben.get("/cases?whose=department").text
    assert ticks(page) == {}
    lamp = read.case_record(context.ledger, keys[0])
    assert lamp is not None
    form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', page)[0], "back": "/cases?whose=department"}
    chosen = ben.post("/cases/my-department", data={**form, "department": lamp.department}).text
    assert list(ticks(chosen)) == [lamp.case_key]
    assert ben.post("/cases/my-department", data={**form, "department": "Nada"}).status_code == 400
    with pytest.raises(ChangeRefusedError, match="no user"):
        accounts.choose_department(context, "nobody", lamp.department)
    assert read.audit(context.ledger, "ben")[0].what == "department_chosen"


def test_the_neighbours_of_a_case_are_listed_by_distance(context: Context, ben: TestClient) -> None:
    placed = next(one for one in read.case_records(context.ledger) if one.lat is not None)
    assert "No other open case within 400 m." in ben.get(f"/cases/{placed.case_key}").text
    other = next(one for one in read.case_records(context.ledger) if one.case_key != placed.case_key)
    assert placed.lat is not None
    assert placed.lon is not None
    move(context, other.case_key, placed.lat + 300 / 111_195, placed.lon)
    page = ben.get(f"/cases/{placed.case_key}").text
    near = page.partition('class="near"')[2].partition("</section>")[0]
    assert f'href="/cases/{other.case_key}"' in near
    assert "300 m away" in near
    assert re.search(r'class="case[^"]* here"', page.partition('class="lead card"')[2])
    move(context, other.case_key, placed.lat + (NEAR_M + 10) / 111_195, placed.lon)
    assert "No other open case within 400 m." in ben.get(f"/cases/{placed.case_key}").text


def move(context: Context, key: str, lat: float, lon: float) -> None:
    with writing(context.ledger) as connection:
        cases = schema.cases
        connection.execute(cases.update().where(cases.c.case_key == key).values(lat=lat, lon=lon))


def test_a_sketch_draws_large_cases_below_small_ones(context: Context) -> None:
    drawn = sketch(context.city, [case("1", lat=40.38, lon=-3.72, posts=1), case("2", lat=40.44, lon=-3.66, posts=400)])
    assert drawn is not None
    assert [(one.case.case_key, one.radius) for one in drawn.dots] == [("2", MAX_RADIUS), ("1", 9.0)]
    assert sketch(context.city, [case("3", lat=None, lon=None, posts=1)]) is None
