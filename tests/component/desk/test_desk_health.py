"""Is listening healthy? One page says it for every source, with links to what it counts, and a way to try at once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from collectors import reddit
from core.config.source_options import SpendingLimits
from core.records.outbox import MAIL, Due
from core.records.post import Rejected
from desk.search_watch import CHECKED_EVERY, SearchWatch
from desk.state import Desk
from ledger import read, schema
from ledger.database.writing import writing
from ledger.ingest import cursors, spending, store
from ledger.outbox import claims, planning
from ledger.system import heartbeat
from pipeline.context import Context
from pipeline.health.alarms import Alarm
from pipeline.portal import citizens
from pipeline.sources import Source
from search.connection.engine import Engine
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.played import PlayedOptions
from tests.support.seeded import open_seeded

pytest_plugins = ("tests.support.engines",)

NOW = datetime.now(UTC) - timedelta(minutes=5)
"""When the posts were written. Runs and heartbeats are of the moment of the test: the whole suite takes longer than an alarm waits."""
HOUR = timedelta(hours=1)


class Priced(PlayedOptions):
    """A source that costs money."""

    def spending_limits(self) -> SpendingLimits:
        return SpendingLimits(monthly_usd=20.0, daily_requests=100)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = open_seeded(tmp_path, 60, NOW)
    options = {"archive": PlayedOptions(every=60), "x": Priced(every=60, quiet_after=2 * HOUR), "y": PlayedOptions(every=60)}
    missing = {"y": ["ESCUCHA_Y"]}
    for name, one in options.items():
        made.sources[name] = Source(name, SimpleNamespace(), one, None, missing.get(name, []))
    heartbeat.beat(made.ledger, datetime.now(UTC))
    yield made
    made.ledger.close()


def collected(context: Context, source: str, at: datetime, outcome: str = "done") -> str:
    run = cursors.begin_run(context.ledger, source, at)
    cursors.end_run(context.ledger, run, at, outcome)
    return run


def with_engine(context: Context, address: str) -> Context:
    context.settings = context.settings.model_copy(update={"elasticsearch_url": address})
    return context


def light(page: str) -> tuple[str, str]:
    """Return the colour of the light in the head of a page, and its sentence."""
    found = re.search(
        r'<a class="light (\w+)" href="/sources" data-key="h" title="[^"]*"><span [^>]*></span><span class="worst">([^<]*)', page
    )
    assert found is not None
    return found[1], found[2]


def checked(client: TestClient) -> None:
    """Wait until the check of the search engine that a page began has ended."""
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]  # the application of the client is Starlette's
    assert desk.shell.search.checking is not None
    desk.shell.search.checking.join(60)


def test_while_all_is_well_every_page_and_salud_say_so_in_a_sentence(context: Context, engine: Engine) -> None:
    client = browser(with_engine(context, engine.url))
    collected(context, "x", datetime.now(UTC))
    page = client.get("/sources").text
    assert "<strong>Listening</strong>: every source is collected on schedule." in page
    assert '<a class="light good" href="/sources" data-key="h" title="Every source is collected on schedule.">' in page
    assert "missing on this machine: ESCUCHA_Y" in page


def test_nothing_is_well_before_anything_ran(tmp_path: Path, engine: Engine) -> None:
    empty = with_engine(open_seeded(tmp_path, 0, NOW), engine.url)
    client = browser(empty)
    assert light(client.get("/account").text) == ("idle", "Not started yet")
    page = client.get("/sources").text
    assert "<strong>Not started yet</strong>: No source was ever collected." in page
    assert "Listening" not in page
    heartbeat.beat(empty.ledger, datetime.now(UTC))
    assert light(client.get("/account").text) == ("good", "Listening")
    empty.ledger.close()


@pytest.mark.parametrize("path", ["/", "/posts", "/cases", "/sources"])
def test_a_search_engine_that_is_down_is_said_on_every_page(context: Context, path: str) -> None:
    """Before, the light was green while searches failed."""
    collected(context, "x", datetime.now(UTC))
    client = browser(with_engine(context, "http://127.0.0.1:9"), "es")
    client.get("/account")  # begins the first check, and does not wait for it
    checked(client)
    page = client.get(path).text
    colour, sentence = light(page)
    assert (colour, sentence.startswith("El buscador no responde desde el ")) == ("bad", True)
    if path == "/sources":
        assert f"<li>{sentence}</li>" in page
        assert "con palabras exactas" in page
        assert "cada fuente se recoge" not in page


def test_the_light_is_green_again_when_the_search_engine_answers_again(context: Context, engine: Engine) -> None:
    collected(context, "x", datetime.now(UTC))
    client = browser(with_engine(context, engine.url))
    watch: SearchWatch = client.app.state.desk.shell.search  # type: ignore[attr-defined]  # as above
    watch.note(False, datetime.now(UTC) - CHECKED_EVERY * 2)
    assert light(client.get("/account").text)[0] == "bad"
    checked(client)
    assert light(client.get("/account").text) == ("good", "Listening")


def test_a_page_does_not_wait_for_the_check_and_only_one_runs_in_its_time() -> None:
    answered, asked = Event(), list[int]()

    def answers() -> bool:
        asked.append(1)
        answered.wait(60)
        return False

    watch = SearchWatch(answers)
    assert watch.alarms(NOW) == watch.alarms(NOW + CHECKED_EVERY / 2) == []
    answered.set()
    assert watch.checking is not None
    watch.checking.join(60)
    assert watch.alarms(NOW + CHECKED_EVERY) == [Alarm("search", NOW)]
    assert len(asked) == 1


@pytest.mark.parametrize(("minutes", "sentence"), [(12, "The scheduler last ran on"), (4 * 60, "X: last collected on")])
def test_what_is_wrong_is_said_on_every_page(context: Context, minutes: int, sentence: str) -> None:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    heartbeat.beat(context.ledger, at if minutes < 60 else datetime.now(UTC))
    collected(context, "x", at)
    client = browser(context)
    assert sentence in client.get("/posts").text
    assert f"<li>{sentence}" in client.get("/sources").text


def test_a_source_that_is_collected_and_brings_nothing_is_silent(context: Context) -> None:
    collected(context, "x", datetime.now(UTC) - 3 * HOUR)
    collected(context, "x", datetime.now(UTC))
    page = browser(context).get("/sources").text
    assert "X: no new posts since" in page
    assert "silent for too long" in page
    assert "alarm after 2 hours without news" in page


def test_the_strip_counts_each_day_and_opens_its_posts(context: Context) -> None:
    page = browser(context).get("/sources").text
    strip = page.split("Archive</h2>")[1].split('<ol class="strip"')[1].split("</ol>")[0]
    assert strip.count("data-count=") == 14
    last = (NOW - timedelta(days=3)).astimezone(context.city.zone).date()
    assert f"first={last}&amp;last={last}" in strip
    assert 'data-count="4"' in strip, "six hours apart"


def test_refused_records_are_counted_and_listed_by_reason_without_text(context: Context) -> None:
    run = cursors.begin_run(context.ledger, "x", NOW)
    rejects = [Rejected.of("x", f"line {n}", ("no_text", "no_time")[n % 2], "a secret text") for n in range(5)]
    store.store_page(context.ledger, run, "x", [], rejects, {"at": 1}, None, NOW)
    client = browser(context)
    assert 'data-count="3" href="/sources/x/refused?reason=no_text">3 records</a> no_text' in client.get("/sources").text
    page = client.get("/sources/x/refused?reason=no_text").text
    assert "<strong>3 records</strong>" in page
    assert "line 4" in page
    assert "line 1" not in page
    assert "secret" not in page
    assert client.get("/sources/unknown/refused").status_code == 404


def test_money_is_shown_against_its_limit_and_a_failure_in_its_words(context: Context) -> None:
    collected(context, "x", NOW, "x: its key was refused (401)")
    spending.spend(context.ledger, "x", datetime.now(UTC), 7, 5.0)
    page = browser(context).get("/sources").text
    assert "5 of 20 USD" in page
    assert 'value="0.25"' in page
    assert "7 of 100" in page
    assert "x: its key was refused (401)" in page
    assert page.index("X</h2>") < page.index("Archive</h2>"), "the one in trouble comes first"


def test_an_administrator_tries_now_and_is_told_when(context: Context) -> None:
    people(context)
    agent, admin = logged_in(context, "ben"), logged_in(context, "ana")
    assert "/sources/archive/collect" not in agent.get("/sources").text
    assert agent.post("/sources/archive/collect", data=hidden(agent.get("/account").text, "/account/password")).status_code == 403
    heartbeat.beat(context.ledger, datetime.now(UTC))
    page = sent(admin, "/sources", "/sources/archive/collect")
    assert "Queued. The scheduler collects it on" in page
    assert "ana asked for it at" in page
    assert 'action="/sources/archive/collect"' not in page
    assert [one.who for one in read.collect_requests(context.ledger)] == ["ana"]
    assert 'action="/sources/y/collect"' not in page, "it is off"


def test_it_says_so_when_no_scheduler_will_collect_it(context: Context) -> None:
    heartbeat.beat(context.ledger, NOW - HOUR)
    page = sent(browser(context, "es"), "/sources", "/sources/archive/collect")
    assert "El planificador está parado: se recogerá cuando vuelva a funcionar" in page
    assert "espera al planificador" in page


def test_backlog_and_links_to_airflow(context: Context) -> None:
    with writing(context.ledger) as connection:
        posts = schema.posts
        some = [one.post_id for one in read.post_records(context.ledger, decision="no_case", limit=3)]
        connection.execute(posts.update().where(posts.c.post_id.in_(some)).values(decision="untriaged"))
    page = browser(context).get("/sources").text
    assert f'data-count="{len(some)}"' in page
    assert "decision=untriaged" in page
    assert 'href="http://127.0.0.1:8801/dags/escucha_collect_archive"' in page
    context.settings = context.settings.model_copy(update={"desk_url": "https://desk.example"})
    assert "8801" not in browser(context, base_url="https://desk.example").get("/sources").text


def test_mails_to_citizens_that_were_given_up_are_shown_with_the_way_to_the_outbox(context: Context) -> None:
    assert "Mails to citizens" not in browser(context).get("/sources").text
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    citizens.store_contact(context, number, "ana@example.org", "es")
    due = Due(subject="b", receiver=number, channel=MAIL, items=((number, "confirm"),))
    planning.plan(context.ledger, "citizen", [due], NOW)
    row = claims.claim(context.ledger, "citizen", "a:1:1", NOW, timedelta(minutes=10))
    assert row is not None
    claims.settle(context.ledger, row, "a:1:1", "refused", "550 mailbox of [address] is full", NOW)
    page = browser(context).get("/sources").text
    assert "550 mailbox of [address] is full" in page
    assert 'href="/outbox?kind=citizen"' in page


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("off: ESCUCHA_EXAMPLE is no", "los ejemplos están desactivados en este equipo"),
        (
            "off: the example month is for a profile without real sources, and x is on",
            "mientras no haya ninguna fuente real activa, y ya hay: x",
        ),
        ("off: set ESCUCHA_A, ESCUCHA_B", ">falta en este equipo: ESCUCHA_A, ESCUCHA_B<"),
        (f"off: set ESCUCHA_A ({reddit.WHY_OFF})", "falta en este equipo: ESCUCHA_A. Reddit solo da claves"),
        (
            "off: set ESCUCHA_A to JSON as `Secrets` in collectors/mastodon/ describes it (its value cannot be parsed)",
            "el valor de ESCUCHA_A en este equipo no se puede leer",
        ),
    ],
)
def test_a_source_says_in_the_readers_language_why_it_is_off(context: Context, why: str, said: str) -> None:
    context.sources["x"].switched_off = why
    page = browser(context, "es").get("/sources").text
    assert said in page
    assert "off:" not in page
