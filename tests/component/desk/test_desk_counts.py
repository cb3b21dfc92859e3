"""Every link that shows a count opens exactly the rows it counted, on every page, on three ledgers."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from core.config.profile.reports import Scope
from core.records.post import Rejected
from dashboards.panels import DASHBOARDS
from ledger import read, schema
from ledger.database.writing import writing
from ledger.ingest import cursors, store
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser
from tests.support.played import PlayedOptions
from tests.support.report_numbers import write_numbers
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
COUNTED = re.compile(r'<a\b[^>]*\bdata-count="(\d+)"[^>]*>')
ADDRESS = re.compile(r'\shref="([^"]*)"')
STATUS = re.compile(
    r'<p role="status">(?:<strong>[\d,.]+ looks?</strong> for )?(?:<strong>)?([\d,.]+) (?:posts?|cases?|records?|answers?|saved views?)\b'
)
PATHS = (
    "/",
    "/?period=30d&compare=weeks",
    "/?period=all",
    "/?topic=street_lighting&period=30d",
    "/?district=Centro&period=30d",
    "/posts",
    "/posts?period=all&of=all",
    "/posts?topic=waste_cleaning&intent=complaint&period=all",
    "/posts?of=own",
    "/posts?q=farola&period=all",
    "/posts?q=contenedores&topic=waste_cleaning&period=all",
    "/cases",
    "/cases?all=1",
    "/cases?layout=board&all=1",
    "/cases?q=farola",
    "/cases?topic=waste_cleaning&period=30d",
    "/review",
    "/sources",
    "/reports",
    "/answers",
    "/views",
    "/reports/view/2026",
    "/reports/view-centro/2026",
    "/reports/view-waste-cleaning-complaint/2026",
    "/reports/view-archive/2026",
    "/settings/triage?try=1&act=0.9&review=0.2&reach=0.95&review_per_day=60&pooled=0.8&same_days=21&similar=&reopen_days=14",
    "/map?area=40.4,-3.7,40.43,-3.66,40.41,-3.65",
    "/dashboards/now?topic=waste_cleaning&period=7d&compare=weeks",
    "/profiles/service/waste_cleaning",
)
MORE_PATHS = (
    "/map",
    "/map?by=barrio&show=change&period=all",
    "/map?district=Centro&step=30",
    "/map?topic=waste_cleaning&compare=weeks&example=1",
    "/posts?area=40.40,-3.72,40.43,-3.66&period=all",
    "/posts?q=contenedores&area=40.40,-3.72,40.43,-3.66",
    "/posts?barrio=Sol&period=all",
    "/posts?placed=no&q=biblioteca",
    "/cases?area=40.40,-3.72,40.43,-3.66",
    *(f"/dashboards/{one.key}" for one in DASHBOARDS),
    "/dashboards/campaign?intent=complaint&period=last_week",
    "/dashboards/cases?district=Salamanca&intent=complaint",
    "/dashboards/service?area=40.4,-3.7,40.43,-3.66,40.41,-3.65",
    "/dashboards/district?barrio=Goya&compare=none",
    "/profiles",
    "/profiles?intent=complaint",
    "/profiles/district/Salamanca?period=7d",
    "/events",
    "/gold",
)


SCOPES = (Scope(), Scope(district="Centro"), Scope(topic="waste_cleaning", intent="complaint"), Scope(source="archive"))


def seeded(home: Path, count: int) -> Context:
    """Fill a ledger, with spam and posts by the city too."""
    context = open_seeded(home, count, NOW)
    context.sources["archive"] = Source("archive", SimpleNamespace(), PlayedOptions(every=60), None, [])
    if count > 20:
        run = cursors.begin_run(context.ledger, "archive", NOW)
        rejects = [Rejected.of("archive", f"line {n}", "no_text", "") for n in range(3)]
        store.store_page(context.ledger, run, "archive", [], rejects, {"at": 1}, None, NOW)
        ids = [one.post_id for one in read.post_records(context.ledger, decision="no_case", limit=9)]
        posts, labels = schema.posts, schema.labels
        with writing(context.ledger) as connection:
            for some, column, value in (
                (ids[:3], labels.c.spam, True),
                (ids[3:5], labels.c.relevance, False),
                (ids[5:6], labels.c.language, "ca"),
            ):
                connection.execute(labels.update().where(labels.c.post_id.in_(some)).values({column: value}))
            changed = {"own": True, "version": posts.c.version + 1}
            connection.execute(posts.update().where(posts.c.post_id.in_(ids[6:8])).values(changed))
            every = posts.update().values(version=posts.c.version + 1, index_state="pending")
            connection.execute(every)
    steps.index(context)
    for scope in SCOPES:
        write_numbers(context, scope, NOW)
    return context


@pytest.fixture(
    scope="module",
    params=[pytest.param(0, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow), 60],
    ids=["empty", "small", "filled"],
)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    context = seeded(tmp_path_factory.mktemp("home"), request.param)
    yield browser(context)
    context.ledger.close()
    stop_embedded(context.settings)


def counted_links(page: str) -> Iterator[tuple[str, int]]:
    for tag in COUNTED.finditer(page):
        address = ADDRESS.search(tag[0])
        assert address is not None, tag[0]
        yield unescape(address[1]), int(tag[1])


def rows_of(client: TestClient, address: str) -> int:
    """Return how many rows a page lists, by what it says."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = STATUS.search(answer.text)
    assert found is not None, address
    return int(re.sub(r"[,.]", "", found[1]))


def all_links(client: TestClient, paths: Sequence[str] = PATHS) -> dict[str, set[int]]:
    """Return the address of every counted link, with its counts."""
    links: dict[str, set[int]] = {}
    for path in paths:
        answer = client.get(path)
        empty_district = answer.status_code == 404 and path.startswith("/profiles/district/")
        assert answer.status_code == 200 or empty_district, path
        for address, n in counted_links(answer.text):
            links.setdefault(address, set()).add(n)
    assert len(links) >= 9
    return links


def wrong_counts(client: TestClient, links: dict[str, set[int]]) -> dict[str, tuple[set[int], int]]:
    rows = {address: rows_of(client, address) for address in links}
    return {address: (counts, rows[address]) for address, counts in links.items() if counts != {rows[address]}}


def test_one_count_of_each_form_opens_the_rows_it_counted(client: TestClient) -> None:
    links = all_links(client)
    forms = {(parts.path, tuple(sorted(parse_qs(parts.query)))): one for one in sorted(links) if (parts := urlsplit(one))}
    assert len(forms) >= 5
    assert wrong_counts(client, {address: links[address] for address in forms.values()}) == {}


@pytest.mark.slow
def test_every_count_opens_the_rows_it_counted(client: TestClient) -> None:
    links = all_links(client, (*PATHS, *MORE_PATHS))
    for address, n in counted_links(client.get("/search?q=farola").text):  # loads the gazetteer, which takes seconds
        links.setdefault(address, set()).add(n)
    assert wrong_counts(client, links) == {}


def test_the_rows_of_all_pages_of_a_list_are_as_many_as_it_says(client: TestClient) -> None:
    address: str | None = "/posts?period=all&of=all&sort=oldest"
    total, seen = rows_of(client, address or ""), list[str]()
    while address:
        page = client.get(address).text
        seen += re.findall(r'name="post" value="(\w+):', page)
        following = re.search(r'rel="next"[^>]* href="([^"]+)"', page)
        address = None if following is None else unescape(following[1])
    assert len(seen) == len(set(seen)) == total


def test_an_empty_desk_says_where_to_look(client: TestClient) -> None:
    empty = rows_of(client, "/posts?period=all&of=all") == 0
    page = client.get("/").text
    assert ("No posts have been collected yet." in page) is empty
    steps = re.findall(r'<li><a href="/settings/setup/(\w+)">', page)
    assert steps == (["city", "sources", "users"] if empty else [])
    assert ("No posts have been collected yet." in client.get("/posts").text) is empty
    assert ("Tasks run on schedule" in page) is not empty


def test_bad_places_and_orders_are_refused_in_words(client: TestClient) -> None:
    for query in ("sort=x", "of=x", "decision=x", "case_kind=x", "after=x", "after=2026-13-01_a", "q=a&after=-1"):
        assert client.get(f"/posts?{query}").status_code == 400, query
    assert client.get("/review?at=x").status_code == 400


def test_the_file_of_a_panel_has_the_numbers_of_its_page(client: TestClient) -> None:
    file = client.get("/profiles/service/waste_cleaning/posts_by_source.csv?period=7d&intent=complaint")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    counts = [int(line.rpartition(",")[2]) for line in file.text.splitlines()[1:]]
    assert sum(counts) == rows_of(client, "/posts?topic=waste_cleaning&period=7d&intent=complaint")
    if counts:
        picture = client.get("/profiles/service/waste_cleaning/posts_by_source.png?period=7d")
        assert picture.content.startswith(b"\x89PNG")
    for missing in ("/profiles/service/nothing", "/profiles/district/Nothing", "/profiles/x/noise", "/profiles/service/noise/x.csv"):
        assert client.get(missing).status_code == 404, missing
