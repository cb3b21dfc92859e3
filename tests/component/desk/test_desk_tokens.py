"""Test the page of API tokens: made once, shown once, revoked at once, for administrators alone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read
from pipeline.access import api_tokens
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.portal_facts import client_of
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 8, datetime.now(UTC) - timedelta(hours=1))
    yield opened
    opened.ledger.close()


@pytest.fixture
def desk(context: Context) -> TestClient:
    return browser(context)


def form_of(desk: TestClient, **typed: object) -> dict[str, object]:
    return {**hidden(desk.get("/tokens").text, "/tokens"), "name": "dashboard", "scope": ["cases"], "days": "30", **typed}


def shown_token(page: str) -> str:
    (found,) = set(re.findall(r"esc_[\w-]{43}", page))
    return str(found)


def test_a_token_is_shown_once_and_reads_what_it_allows_until_it_is_revoked(context: Context, desk: TestClient) -> None:
    token = shown_token(desk.post("/tokens", data=form_of(desk)).text)
    page = desk.get("/tokens").text
    assert ("esc_" in page, ">never<" in page) == (False, True)
    reader = client_of(context, headers={"Authorization": f"Bearer {token}"})
    assert [reader.get(f"/api/v1/{one}").status_code for one in ("cases", "posts")] == [200, 403]
    page = desk.get("/tokens").text
    assert ">never<" not in page  # its last use is shown
    sent(desk, "/tokens", "/tokens/dashboard/revoke")
    assert reader.get("/api/v1/cases").status_code == 401
    done = [(one.what, one.subject, one.who) for one in read.audit(context.ledger) if one.what.startswith("api_token")]
    assert done == [("api_token_revoked", "dashboard", "desk"), ("api_token_made", "dashboard", "desk")]


def test_a_double_click_makes_one_token_and_shows_it_twice(context: Context, desk: TestClient) -> None:
    form = form_of(desk)
    assert len({shown_token(desk.post("/tokens", data=form).text) for _ in range(2)}) == 1
    (made,) = api_tokens.list_tokens(context.ledger)
    assert (made.name, made.scopes) == ("dashboard", frozenset({"cases"}))


def test_a_form_that_is_changed_and_sent_again_makes_another_token(context: Context, desk: TestClient) -> None:
    form = form_of(desk)
    first = shown_token(desk.post("/tokens", data=form).text)
    second = shown_token(desk.post("/tokens", data={**form, "name": "archive", "scope": ["posts"]}).text)
    reader = client_of(context, headers={"Authorization": f"Bearer {second}"})
    assert [reader.get(f"/api/v1/{one}").status_code for one in ("posts", "cases")] == [200, 403]
    assert (first == second, {one.name for one in api_tokens.list_tokens(context.ledger)}) == (False, {"dashboard", "archive"})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "Mi panel"}, "minúsculas, cifras y -"),
        ({"name": "<b>"}, "minúsculas, cifras y -"),
        ({"scope": []}, "al menos un permiso de lectura"),
        ({"scope": ["everything"]}, "al menos un permiso de lectura"),
        ({"days": "0"}, "de 1 a 730 días"),
        ({"days": "731"}, "de 1 a 730 días"),
        ({"days": "²"}, "de 1 a 730 días"),
    ],
)
def test_a_wrong_field_is_explained_and_the_form_kept(context: Context, typed: dict[str, object], words: str) -> None:
    desk = browser(context, "es")
    answer = desk.post("/tokens", data=form_of(desk, **typed))
    assert answer.status_code == 400
    assert words in answer.text
    assert "<b>" not in answer.text
    if "name" not in typed:
        assert 'value="dashboard"' in answer.text
    assert api_tokens.list_tokens(context.ledger) == []


def test_a_name_is_never_used_again(context: Context, desk: TestClient) -> None:
    api_tokens.make(context.ledger, "dashboard", ["cases"], 30, "console:eva")
    api_tokens.revoke(context.ledger, "dashboard", "console:eva")
    answer = desk.post("/tokens", data=form_of(desk))
    assert (answer.status_code, "choose another name" in answer.text) == (400, True)


def test_only_administrators_see_and_make_tokens(context: Context) -> None:
    people(context)
    ben, eva = logged_in(context, "ben"), logged_in(context, "eva")
    assert ben.get("/tokens").status_code == 403
    form = form_of(eva)
    assert ben.post("/tokens", data=form).status_code == 403
    assert ben.post("/tokens/x/revoke", data=form).status_code == 403
    assert eva.post("/tokens/x/revoke", data=form).status_code == 400
    assert api_tokens.list_tokens(context.ledger) == []
