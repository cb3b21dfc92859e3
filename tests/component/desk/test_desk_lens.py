"""The lens on the desk: language, log-in, forms and redirects keep it, and a bad one is explained."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams
from starlette.requests import Request

from desk.lens import Lens
from desk.pages.analysis.dashboards import window_of
from ledger import read
from pipeline.context import Context
from tests.support.desk_client import LOCAL, browser, hidden, logged_in, people
from tests.support.seeded import open_seeded

LENS = "period=week&topic=noise"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, datetime.now(UTC) - timedelta(minutes=5))
    yield context
    context.ledger.close()


def test_language_and_log_in_keep_the_lens(context: Context) -> None:
    client = browser(context)
    assert f"next={f'/posts?{LENS}&q=bar'.replace('?', '%3F').replace('=', '%3D').replace('&', '%26')}" in (
        client.get(f"/posts?{LENS}&q=bar").text
    )
    answer = client.get("/language/es", params={"next": f"/posts?{LENS}"}, follow_redirects=False)
    assert answer.headers["location"] == f"/posts?{LENS}"
    people(context)
    answer = client.get(f"/posts?{LENS}", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=/posts%3Fperiod%3Dweek%26topic%3Dnoise"
    assert logged_in(context, "ana", client).get(f"/cases?{LENS}").status_code == 200


def test_links_forms_and_redirects_keep_the_lens(context: Context) -> None:
    client = browser(context)
    key = next(read.case_records(context.ledger)).case_key
    page = client.get(f"/cases/{key}?{LENS}").text
    assert '<a href="/map?period=week&amp;topic=noise"' in page
    address = f"/cases/{key}/note"
    form = hidden(page.replace(f"?{LENS.replace('&', '&amp;')}", ""), address)
    answer = client.post(f"{address}?{LENS}", data={**form, "why": "visto"}, follow_redirects=False)
    assert answer.headers["location"] == f"/cases/{key}?{LENS}"


@pytest.mark.parametrize("query", ["period=ayer", "first=2026-02-30&last=2026-03-01", "topic=ufos"])
def test_a_lens_that_cannot_be_read_is_explained(context: Context, query: str) -> None:
    answer = browser(context, "es").get(f"/posts?{query}")
    assert answer.status_code == 400
    assert "periodo" in answer.text


@pytest.mark.parametrize("path", ["/", "/posts", "/cases", "/map", "/answers", "/reports", "/dashboards/trust"])
def test_a_parameter_that_is_none_of_the_lens_is_left_alone(context: Context, path: str) -> None:
    """`days` is how the program names a range, not an address: `?days=7` answered 500."""
    assert browser(context).get(f"{path}?days=7&lens=x&window=1").status_code == 200


def test_the_address_of_a_form_leads_back_to_its_page(context: Context) -> None:
    key = next(read.case_records(context.ledger)).case_key
    answer = browser(context).get(f"/cases/{key}/note?{LENS}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{key}?{LENS}")


def test_no_address_leads_to_another_server(context: Context) -> None:
    answer = browser(context).get("/language/es", params={"next": "//evil.example/?period=week"}, follow_redirects=False)
    assert answer.headers["location"] == "/"
    assert LOCAL not in answer.headers["location"]


@pytest.mark.parametrize("path", ["/", "/posts", "/cases", "/map", "/profiles", "/dashboards/trust", "/events"])
@pytest.mark.parametrize(("query", "said"), [("first=2026-01-02", "since 2 Jan 2026"), ("last=2090-01-08", "until 8 Jan 2090")])
def test_a_period_may_be_open_at_one_end(context: Context, path: str, query: str, said: str) -> None:
    page = browser(context).get(f"{path}?{query}")
    assert page.status_code == 200
    assert said in page.text or path == "/events"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("first=2026-11-14&last=2026-11-20", "2026-11-14", "2026-11-20"),
        ("first=2026-11-20&last=2026-11-20", "2026-11-20", "2026-11-20"),
        ("last=2026-11-20", "2026-10-24", "2026-11-20"),
    ],
)
def test_a_dashboard_shows_the_first_and_the_last_day_of_a_range(context: Context, query: str, first: str, last: str) -> None:
    app = browser(context).app
    window, _ = window_of(Request({"type": "http", "app": app}), Lens.read(QueryParams(query)))
    assert (str(window.dates[0]), str(window.dates[-1])) == (first, last)


@pytest.mark.parametrize("path", ["/", "/posts", "/cases", "/answers", "/map", "/reports", "/profiles"])
def test_days_that_have_not_come_show_no_posts(context: Context, path: str) -> None:
    page = browser(context).get(f"{path}?period=custom&first=2090-01-02&last=2090-01-08")
    assert page.status_code == 200
    assert 'class="post"' not in page.text
